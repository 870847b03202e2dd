"""
The configuration: one YAML file, read once, every fault told with file and line,
all of them at once.

finding          what is told about a line: a fault (nothing starts) or a warning
document         the YAML text to plain values, the line of each, and its secrets
sources          where a secret comes from: the text itself, !file, !env, !credential
values           durations, addresses, networks, URLs, secrets: text to values
section          what every section is: frozen, strict, closed to unknown keys
profile          what is known of a kind of NAS (profiles/), and a client's defaults from it
schema           every key, its type and default (doors, directories, policies, clients beside it)
wording          what pydantic found, said in the operator's words
combinations     faults that need more than one key to be seen
directory_faults filters, DNs and servers; attribute_faults: attributes and their values
upstreams        directories that are RADIUS servers: as the rooms take them, and their faults
load             load(path): all of the above, or ConfigurationFaults
check            what is legal, yet unwise (policy_, remember_warnings, patience); missing files
master_key       making the master key's file, once
plain            the settings as the rooms take them
editors          the JSON Schema for editors
reference        the page with every key, for people (nas_pages: what is known of each NAS)

Rooms never see the schema: serve.py hands them plain values.
"""
