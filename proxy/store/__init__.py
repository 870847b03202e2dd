"""
What outlives the process: accounts, enrolments, approvals, parked logins, the record of each login.

schema        the tables, once, in SQLAlchemy Core; Alembic migrates (migrations/)
session       one transaction: Core statements, compiled once per dialect, run on the raw connection
database      where it is, how it is opened, brought up to date and used by a command
engine        the daemon's store: writes through the writer, reads at once
writer        many jobs, one transaction: run on the loop, committed on the disk's thread
disk          the one thread: it waits for the disk and for other processes
accounts      find, make, block; what is enrolled; the Accounts port
bypasses      break-glass: for whom the first factor suffices for a while
bypass_watch  tells each bypass in the log, and ends it in time
remembered    logins whose second factor serves again; the Recall port
shield        failed binds that count, and when directories lock
passcodes     the Passcodes port: a code checked, counted and used up in one transaction
totp          seeds, and the last step that was used of each
pending_totp  seeds that a phone's app enrols, until a code of them was given
app_codes     that, for the web door
recovery      recovery codes
first_codes   the first set of them, for a phone that has just enrolled
wrong_codes   how many wrong codes in a row, and when the last
fatigue       pushes refused or unanswered in a row, and what that blocks
confirming    a person's word that they are there, which ends a block
invitations   what lets one phone enrol, once
devices       phones, one a person
passkeys      what a phone verifies its person with
privacyidea   phones with the privacyIDEA Authenticator: invited, rolled out, activated
stored_tokens  those, for the web door
stored_devices  phones for the doors
used_proofs   DPoP proofs that have served
server_keys   the keys that sign approval requests
push_keys     the key that push services know this server by
subscriptions  where phones are woken; one a phone
stored_pushes  the same for the push room
sealed        what is sealed, and under which master key
kept_keys     the keys of digests, which stay when the master key is exchanged
master_key_exchange  another master key, beside a running daemon
asking        approval requests: opening, joining, claiming and late approval
approvals     approval requests: answering, withdrawing, making void
kept_approvals  approval requests for the hall
logins        parked logins and the record of each login; two ports
web_sessions  sessions of browsers, each from one accepted login
sign_ins    sign-ins of browsers that wait for a second factor
self_service  what people change of their own second factors, and whether they may
login_history  a person's recent logins, and their word that one was not theirs
stored_portal  all of that for the portal
announcements  what people are told by mail
housekeeping  what is deleted by age
notices       what one process tells the others: a phone retired, a request answered

A function here takes a Session first and is one step of a transaction; whoever calls it decides
where the transaction ends: `Store.write` in the daemon, `Database.now` in a command. Functions
never commit. Nothing is deleted that proves who approved what.
"""
