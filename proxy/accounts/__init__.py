"""
People as this product knows them: who an account is, what it has enrolled, what blocks it.

account     the name, the stable id, what is enrolled; the key used before a person was found
presumed    names where the directory cannot be searched
device      a phone: candidate, enrolled, retired
passkey     a phone's passkey, and how its counter goes on
lockout     counting failures and the waits that grow with them
web_session  a browser's session with the portal: its time, and what was proved in it
self_service  what people see and change of their own second factors
announcement  what a person is told of by mail
enrolment   invitations: how long, how the code is made, told apart and stored
"""
