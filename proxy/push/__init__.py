"""
Asking a person's phone and waiting for what it says.

approvals   the Approvals port: ask, wait, claim, withdraw; woken by any process's word
inbox       which phones are listening, and what wakes them
webpush     wakes phones through the push services of their browsers: when, how often, until when
sending     one message to one service, within one time limit
services    which services may be called, at which addresses
connecting  the name resolved once, its addresses judged, one of them connected
names       look-ups on threads of their own
encryption  a message that the service between cannot read
vapid       the token by which a service knows who sends
retrying    what an answer means, and how long to wait
"""
