"""
Files of TOTP seeds that people or tokens have already: octets to seeds, each with its line.

entry            what a file has: seeds with their owners, faults with their lines
csv_file         `username,base32seed` lines
xml_tree         XML, read by a parser that knows no entities
pskc             Portable Symmetric Key Container (RFC 6030)
pskc_encryption  its encrypted values
reading          which of the two a file is

Nothing here knows people or directories: an owner is the text that the file has.
"""
