"""
EAP, the server's side: a conversation of requests and responses that yields credentials.

Pure: octets in, octets out; TLS runs over memory buffers. A conversation knows nothing of RADIUS,
directories or factors: it ends with credentials, the login decides, and what the login says is
wrapped again. Everything that comes from the peer is hostile: each length, count and order is
bounded, and whatever does not fit ends the conversation or is ignored, with a reason.

    packet          code, identifier, type, data (RFC 3748)
    fragments       TLS data in pieces, both ways (RFC 5216 section 3.1)
    tls_engine      TLS without a socket, and the keys that it exports
    ttls            attribute-value pairs inside the tunnel (RFC 5281)
    conversation    Identity, choice of method, handshake, credentials, success or failure
"""
