"""
RADIUS on the wire: octets in, values out, and back; no socket, no clock.

packet          strict decode, encode: what is past here is a good packet
shared_secret   a client's shared secret with the hash states that begin with it, made once
integrity       Message-Authenticator and Proxy-State rules of requests; signed replies
password        hiding of User-Password and of salted attributes
requests        what is asked of another RADIUS server, and whether its answer is one
retransmission  when that is sent again
passing         attributes of its Access-Accept that go on to the NAS
texts           texts of Reply-Message
mschap          MS-CHAPv2 as it is relayed
mschap_sums     its sums, from a password's NT hash; md4 is for them alone
upstream_seals  what another server said, sealed for the store
duplicates      admit(source, authenticator, now) -> New | Pending | Answered | Full
definitions     what the dictionary says of each attribute
attributes      attributes by their names: read as texts for policies, prepared for replies
values          values between octets and text, by type
vendors         what Vendor-Specific holds
replies         attributes of replies, ready but for the salt
dictionary/     attribute definitions, one file an RFC or a vendor, read by pyrad
site_dictionary a site's own files, which add attributes and change none
address         IPv4-mapped addresses as what they are
clients         the NASes, found by source address
caller          who stands behind the NAS, normalised
"""
