"""
The first factor: LDAP directories and other RADIUS servers, on Twisted.

directories    the port that the hall knows: several directories, asked in order
directory      one directory: find a person, check a password
people         a person's entry: search, name, stable id
nt_hash         a response of MS-CHAPv2, by the NT hash that a directory gives
account_state   what a bind would have refused, read from the entry
password_marks  what shows when a person's password was changed last
membership     a person's groups: by attribute, by search, walked, in chain
groups         what they are read from: searches, names that can be compared
ranges         an attribute with more values than are given at once
primary_group  Active Directory's primary group, which no list names
verdicts       what the answer to a bind means
password_change  changing a password, the old one proved right
options        everything that is configured, as values
servers        the servers of one directory in order: fail-over and fail-back
server         one server: its two pools, set aside while it fails, probed in the background
paging         a search with more entries than are given at once
pool           connections to one server, opened on demand, kept, checked when idle
opening        TCP, TLS or StartTLS, the service account's bind
trust          which certificates are accepted, and for which name
connection     one connection: many operations at once, each with its time limit
operation      one request and what has come of its answer
failures       why a server gave no answer
upstream       a directory that is another RADIUS server; upstream_options: as configured
upstream_answers  what its answers mean
upstream_servers  its servers in order: where a password may go, and where not
upstream_server   one of them: requests on their way, whether it is asked; upstream_sockets
upstream_probe    what `check --connect` asks of it
shield         before all of it: lets through what cannot lock anybody out
code_shield    codes that are checked before the password: not too many wrong ones
lockouts       when a directory locks accounts, read from it
lockout_watch  that, again and again, for the shield
probe          what `check --connect` asks
kinds          which directory it is, by its root DSE and schema

A bind goes out once: `failures.NotSent` alone lets it go to another server.
"""
