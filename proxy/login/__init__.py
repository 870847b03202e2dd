"""
The core: one login is one small machine; everything here is a value or a pure function of values.

request     what a login is: LoginRequest, Resume, and the client's terms
policy      which factors a login needs, and what an Access-Accept carries
actions     what the machine asks of the world (questions) or tells the client (answers)
events      what the world says back
stages      what a login is waiting for; the parked one is stored as JSON
machine     step(stage, event, now) -> (stage, action): the table of every legal transition
first_factor, second_factor, dialogue, upstream: its parts; upstream where the first factor is
            another RADIUS server
asking      which approval request serves a login
fatigue     when none is sent, so that nobody is worn down by them
remembering a second factor that was passed before, and what it serves
joining     which requests are one login, and who gets its answer

DESIGN names three questions; there are eight here, because the policy may decide how a password is
split (`append_code`), so the person and the groups are known before the password is tried
(FindPerson, LoadAccount, then CheckFirstFactor), and because asking for an approval, awaiting it,
claiming it for one session and withdrawing it are four facts that the record must tell apart.
"""
