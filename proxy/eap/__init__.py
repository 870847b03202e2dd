"""
EAP, the server's side: a conversation of requests and responses that yields credentials.

Pure: octets in, octets out; TLS runs over memory buffers. A conversation knows nothing of RADIUS,
directories or factors: it ends with credentials, the login decides, and what the login says is
wrapped again. Everything that comes from the peer is hostile: each length, count and order is
bounded, and whatever does not fit ends the conversation or is ignored, with a reason.

    packet          code, identifier, type, data (RFC 3748)
    fragments       TLS data in pieces, both ways (RFC 5216 section 3.1)
    tls_engine      TLS without a socket, and the keys that it exports
    inner           what is said inside a tunnel, whatever the tunnel is
    ttls, peap      the inside of EAP-TTLS (RFC 5281) and of PEAPv0
    inside          EAP inside a tunnel: Identity, choice of method
    gtc             EAP-GTC: the password, and questions after it
    mschapv2        EAP-MSCHAPv2: challenge, response, result
    flights         messages of TLS in fragments, both ways, and alerts
    tunnel          TLS and an inside, together a method
    method          what a method is to a conversation, and which there are
    tls             EAP-TLS (RFC 5216, RFC 9190): a certificate in place of a password
    bare            GTC or MSCHAPv2 without TLS around it, for gateways of IKEv2
    certificate     whom a certificate names
    terms           how conversations are held with the devices of one client
    conversation    Identity, choice of method, repetitions, credentials, success or failure
"""
