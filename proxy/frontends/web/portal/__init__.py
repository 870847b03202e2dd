"""
The portal: pages where people enrol, and see and end what is theirs. A door like the RADIUS one.

door         the paths; each request looked at, served, and worded as a page
visit        what is known of a request before its page: where from, whose session, its form
forms        a form's fields, bounded; the token that proves it came from a page of ours
sign_in      a name and a password become a `LoginRequest`, an answer to a challenge a `Resume`
entering     the pages of signing in and out
factors      the pages of phone, app and recovery codes
passkeys     proving oneself by the phone's passkey
overview     the pages of what there is: enrolments, recent logins
wording      what people are told, and nothing that tells them apart from those who guess
pages        templates to octets, with the headers of a page
ports        what it needs of hall and store

One sign-in, walked:

 1  visit         the browser is within `web.portal.networks`; else there is no such page
 2  entering      GET /sign-in: a random id in a cookie (`__Host-`, HttpOnly, SameSite=Strict), and
                  in the form a token that only this server makes of that id
 3  forms         POST /sign-in: the token, and the Origin where the browser says it, else refused
 4  sign_in       a LoginRequest of the client `portal`: it can show a challenge, its caller is the
                  browser's address; the runner drives it like one of a NAS, with the same delays,
                  counters, limits, records and approvals
 5  login/machine password right, a phone is there: Challenge with a number
 6  store         State, challenge and login stay here (web_sign_ins) under a new random id, which
                  is all that the browser gets
 7  entering      GET /sign-in shows the number; a script asks now and then whether there is news
 8  sign_in       POST /sign-in/answer: a Resume with that State, empty or with a code
 9  login/machine Accept, once the phone's signed approval or the code is this login's own
10  store         the record of that accepted login, and nothing else, opens one session
                  (web_sessions) under a fresh id; the one that the browser had before is over
11  overview      GET /

A session lasts 15 minutes without a request, 8 hours at most, and ends at once where the account is
blocked. What binds or unbinds a factor wants a second factor of the last 5 minutes, which the store
checks in the transaction that changes it; to give one is to sign in again. No secret is in a URL:
an enrolment code stands in a fragment, which browsers keep to themselves.
"""
