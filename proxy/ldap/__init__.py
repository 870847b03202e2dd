"""
Just enough LDAP on the wire: octets in, values out, nothing else; no sockets, no clock.

ber           tags, definite lengths, integers (X.690 as RFC 4511 section 5.1 narrows it)
framing       a stream of octets cut into messages, with a limit on what a length may declare
message       the envelope of every message: id, operation, controls
requests      bind, search, StartTLS, unbind, abandon
passwords     changes of a password, the old one with the new
responses     results, entries, the notice of disconnection
controls      password policy (expired, reset, locked) as a bind's answer carries it
pages         paged results: a search's control and the cookie of the next page
security_ids  Active Directory's objectSid; a person's gives the primary group's
names         distinguished names in one canonical form, so that they can be compared
filters       search filters compiled when the configuration is read; a value only fills a place

Nothing here recurses over what a peer sent: every operation is read to a fixed depth, and what is
not understood is skipped. `names` and `filters` recurse or loop over the operator's text alone.
"""
