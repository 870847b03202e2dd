"""
HTTPS: what phones call, and the few pages that a browser may open.

ports           what is needed of the store and of the push room
service         the door as one part: built, started, stopped
site            what the listener serves: one resource tree, bounds, headers of every answer
channel         one connection: a request must come whole, soon and small
problem         every error is a problem (RFC 9457); counted here, once
device_api      the paths for phones: enrolment, approvals, answers
app_codes       codes in the app: TOTP that a phone enrols
privacyidea     the one path of the privacyIDEA Authenticator
device_calls    which phone calls: its DPoP proof, once
answering       the check of a phone's answer and what each verdict is told as
first_codes     recovery codes for a phone that has just enrolled
polls           the list of approvals that a phone waits for: long polls and the event stream
tries           how often a source may fail to enrol
source          who is calling, behind the proxies that are trusted
assets          static files for browsers: the authenticator at /app/ and /enroll
portal/         the pages where people sign in, enrol and see their logins
pages           whether the daemon is alive
tls             the listener's certificate; local_ca makes one for a trial
"""
