"""
Countersign: a second factor for RADIUS, held until a phone's signed approval arrives.

The floors. Imports only go down; import-linter holds it (`[tool.importlinter]` in pyproject.toml).

    roof      cli/   serve.py   settings/          people and files start here; parts are built here
              in_force.py   reloading.py   past.py      what a new reading of the file exchanges
              doors.py   counting.py       what listens; what is counted
              signing.py   web_rooms.py   shielding.py   pushing.py    what rooms are given
    doors     frontends/radius   frontends/web     the ways in
    helpers   firstfactor/   push/   store/   mail/   webhook/    the ways out; they never import
              countries.py   service_manager.py                   one another
    (apart)   phone/                               a phone in a terminal: a client of the device API
    hall      runner.py   helpers.py   endings.py   going_on.py   turns.py   drives logins
              ports.py   deadlines.py   long_work.py   outbox.py
    ground    login/   accounts/   factors/   ldap/   radius/   eap/   pure: octets, values, `now`
              sealing.py   secret.py   crockford.py   errors.py

One Access-Request, walked (PAP, push):

 1  frontends/radius/udp       a datagram, where it came from, to which of our addresses
 2  frontends/radius/exchange  the straight line of the next four steps, `receive`
 3  radius/clients, packet     the client by its address, octets to packet; else silence
 4  radius/integrity           Message-Authenticator by the client's rule; else silence
 5  radius/duplicates          new: go on; pending: nothing; answered: the same octets again
 6  frontends/radius/reading   the packet to a LoginRequest, or with a State to a Resume
 7  runner `begin`             joins the login that is going on, or begins one
 8  login/first_factor         FindPerson, LoadAccount, CheckFirstFactor: one question a step
 9  firstfactor/directory      search with all groups; then a bind as the person
10  login/policy               which factors, a number or none, how long the NAS waits
11  login/second_factor        AskApproval, AwaitApproval
12  store/asking               opens a request or finds the one that this login may join
13  push/approvals             waits; nothing is held but one small object
14  frontends/web/device_api   the phone's POST: proof, signature, number; stored; waiters are woken
15  store/asking `claim`       the approval becomes this login's, for ever
16  runner `_settle`           record, parked stage and outcome are committed together
17  going_on                   the newest request gets the answer; a reject waits its delay
18  frontends/radius/writing   attributes, Proxy-State, both signatures; out the same way

EAP runs steps 1 to 6 for some rounds in `frontends/radius/eap` and `eap/`; when a tunnel yields a
name and a password, it is an ordinary login, and its answer is wrapped again before 18.

A challenge parks the login in the store at 16; the answer comes in at 6 as a Resume, on any node,
after any restart.
"""

__version__ = "0.1.0"
