"""
Asking a person's phone and waiting for what it says.

approvals   the Approvals port: ask, wait, claim, withdraw; woken by any process's word
inbox       which phones are listening, and what wakes them
"""
