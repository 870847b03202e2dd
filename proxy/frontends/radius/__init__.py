"""
The RADIUS door: datagrams in, replies out (RFC 2865).

listeners    all sockets of the door, which may be exchanged while requests are pending
udp          one of them: it answers from the address a request came to
pktinfo      which of our addresses a datagram came to, and a reply leaves from
exchange     the straight line of one datagram: client, packet, integrity, duplicates, login
terms        clients, reading and writing as one configuration has them; exchanged as a whole
reading      Access-Request to LoginRequest or Resume, or why it is refused at the door
writing      the login's answer to the octets of a reply
wording      every text that a NAS shows to a person
eap          conversations of EAP, and the login that each ends in (RFC 3579)
talks        those that are going on, each under its State; bounded
eap_tls      certificate and TLS of EAP
stations     TLS sessions of devices that have just been in, which may be resumed
discards     counts what is dropped, and tells the log at a limited rate
"""
