"""
What a person has or knows beside the password: secret + input + now -> verdict, and nothing else.

strict_json   the JSON that is accepted from a peer: one object, no repeated names, bounded
jwk           the keys of phones and server: P-256, strictly read, named by their thumbprint
jws           signed texts: compact, ES256, one profile for all of them
approval      what the server signs to ask a phone, what the phone signs to answer
dpop          the proof of its key that a phone sends with each call
enrolment     the proof of its new key that a phone sends when it enrols
subscription  where a phone is woken: what its browser told of its push service
key_list      the server's public keys, signed by one that the phone has
totp          codes by time
recovery      codes on paper
passkey       what an authenticator says when it made sure of the person (WebAuthn)
seed_files    files of seeds that people have already: CSV, PSKC
"""
