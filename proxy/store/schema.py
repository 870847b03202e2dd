"""
The tables. Times are seconds since the epoch (UTC), as floats; sealed columns are `MasterKey.seal`.

Changes go through a new revision in migrations/; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("directory", String(64), nullable=False),
    Column("user_name", String(256), nullable=False),
    Column("stable_id", String(128)),
    Column("created_at", Float, nullable=False),
    Column("blocked_at", Float),  # an admin blocked it
    Column("stranger_id", String(128)),  # another stable id was seen under this name
    Column("set_aside_at", Float),  # an admin decided: another person has the name now
    Index(
        "uq_accounts_name",
        "directory",
        "user_name",
        unique=True,
        sqlite_where=text("set_aside_at IS NULL"),
        postgresql_where=text("set_aside_at IS NULL"),
    ),
)

totp = Table(
    "totp",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("sealed_seed", LargeBinary),  # NULL: removed; what was used of it stays
    Column("seed_digest", LargeBinary, nullable=False),  # keyed; tells the same seed enrolled again
    Column("algorithm", String(8), nullable=False),  # SHA1, SHA256, SHA512
    Column("digits", Integer, nullable=False),
    Column("period", Integer, nullable=False),
    Column("enrolled_at", Float, nullable=False),
    Column("last_step", Integer),  # no step up to this one is accepted again
    Column("last_attempt", String(80)),  # whose step it was
    Column("device_id", String(43)),  # the phone whose app makes the codes; NULL: another app
)

pending_totp = Table(
    "pending_totp",  # what a phone's app has of a seed until a code of it was given
    metadata,
    Column("device_id", ForeignKey("devices.id"), primary_key=True),
    Column("sealed_seed", LargeBinary, nullable=False),
    Column("replaces", LargeBinary),  # the digest of the seed that is there; NULL: there is none
    Column("tries", Integer, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("code_digest", LargeBinary, nullable=False),
    Column("issued_at", Float, nullable=False),
    Column("used_at", Float),
    Column("used_attempt", String(80)),
    Column("ended_at", Float),  # a newer set was issued
)

passcode_failures = Table(
    "passcode_failures",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("failures", Integer, nullable=False),  # in a row
    Column("last_failed_at", Float, nullable=False),
    Column("last_attempt", String(80), nullable=False),
)

push_standings = Table(
    "push_standings",  # pushes refused or unanswered since the last approval, over all clients
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("denied", Integer, nullable=False),
    Column("unanswered", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_failed_at", Float, nullable=False),
    Column("blocked_by", String(16)),  # denials, unanswered, report
    Column("blocked_at", Float),
)

push_waits = Table(
    "push_waits",  # the same at one client, since the last approval there
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("client", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_failed_at", Float, nullable=False),
)

known_places = Table(
    "known_places",  # where a person's logins passed a second factor
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # client, country
    Column("place", String(64), primary_key=True),
    Column("at", Float, nullable=False),  # the first time
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("code_digest", LargeBinary, nullable=False, unique=True),
    Column("replaces", Integer, nullable=False),  # 1: retires the phone there is
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float),
    Column("ended_at", Float),  # a newer one was made
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(43), primary_key=True),  # RFC 7638 thumbprint; once used, never again
    Column("kind", String(16), nullable=False, server_default="app"),  # or privacyidea
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("invitation_id", ForeignKey("invitations.id"), nullable=False),
    Column("enrolment_proof", Text, nullable=False),  # the JWS, or roll-out and poll, as received
    Column("enrolled_at", Float, nullable=False),
    Column("retired_at", Float),
    Column("retired_reason", String(32)),  # revoked, replaced, unenrolled
    Index(
        "uq_devices_active",
        "account_id",
        unique=True,
        sqlite_where=text("retired_at IS NULL"),
        postgresql_where=text("retired_at IS NULL"),
    ),
)

passkeys = Table(
    "passkeys",  # what a phone verifies its person with; came with the phone, stays as it does
    metadata,
    Column("device_id", ForeignKey("devices.id"), primary_key=True),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),  # COSE_Key
    Column("sign_count", BigInteger, nullable=False),  # up to 2**32 - 1
    Column("synced", Integer, nullable=False),  # 1: backup eligible
    Column("only", Integer, nullable=False),  # 1: the phone approves nothing without it
    Column("registration", Text, nullable=False),  # RegistrationResponseJSON
)

privacyidea_tokens = Table(
    "privacyidea_tokens",  # phones with that app: invited, rolled out, then one of `devices`
    metadata,
    Column("serial", String(16), primary_key=True),
    Column("invitation_id", ForeignKey("invitations.id"), nullable=False, unique=True),
    Column("public_jwk", Text),  # NULL: not rolled out
    Column("roll_out", Text),  # the form, as received
    Column("device_id", ForeignKey("devices.id"), unique=True),  # NULL: no signed poll came yet
    Column("expires_at", Float, nullable=False, index=True),  # of what is no device by then
)

privacyidea_keys = Table(
    "privacyidea_keys",  # the one key that such phones know the server by
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sealed_private", LargeBinary, nullable=False),  # PKCS#8 DER
    Column("created_at", Float, nullable=False),
)

master_keys = Table(
    "master_keys",  # which key seals: never the key itself
    metadata,
    Column("mark", String(16), primary_key=True),
    Column("state", String(8), nullable=False, unique=True),  # current, next
    Column("sealed_key", LargeBinary),  # of the next one: the key, sealed under the current one
    Column("since", Float),  # NULL: from the first
)

kept_keys = Table(
    "kept_keys",  # keys of digests, which outlive the master key that they were derived from
    metadata,
    Column("purpose", String(16), primary_key=True),
    Column("sealed_key", LargeBinary, nullable=False),
)

server_keys = Table(
    "server_keys",
    metadata,
    Column("kid", String(43), primary_key=True),
    Column("sealed_private", LargeBinary, nullable=False),  # PKCS#8 DER
    Column("public_jwk", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("signs_from", Float, nullable=False),
    Column("ended_at", Float),
)

push_keys = Table(
    "push_keys",  # what push services know this server by: one key, for as long as the store lives
    metadata,
    Column("id", Integer, primary_key=True),  # 1
    Column("sealed_private", LargeBinary, nullable=False),  # PKCS#8 DER
    Column("public_point", String(87), nullable=False),  # as browsers take it
    Column("created_at", Float, nullable=False),
)

push_subscriptions = Table(
    "push_subscriptions",  # where a phone is woken
    metadata,
    Column("device_id", ForeignKey("devices.id"), primary_key=True),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", LargeBinary, nullable=False),
    Column("auth", LargeBinary, nullable=False),
    Column("expires_at", Float),
    Column("subscribed_at", Float, nullable=False),
    Column("last_notice", Integer, nullable=False, server_default="0"),
    # 1: the phone was retired, and is told so once
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("device_id", ForeignKey("devices.id"), nullable=False),
    Column("login_id", String(32), nullable=False),  # whose it is: the newest that joined
    Column("client", String(64), nullable=False),
    Column("caller", String(256)),
    Column("origin", String(256), nullable=False),
    Column("join_digest", LargeBinary),
    Column("nonce", String(43), nullable=False),
    Column("number", String(16)),
    Column("request", Text, nullable=False),  # JWS or JSON, every poll gives the same octets
    Column("verify_user", Integer, nullable=False, server_default="0"),  # 1: wants an assertion
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("state", String(16), nullable=False),
    # open, approved, denied, reported, withdrawn, given-up (its login ended without it), expired,
    # void (device or account gone), wrong-number
    Column("wrong_numbers", Integer, nullable=False, server_default="0"),
    Column("answer", Text),  # the JWS or form, as received
    Column("assertion", Text),  # AuthenticationResponseJSON over the answer, where it was wanted
    Column("ended_at", Float),
    Column("claimed_by", String(32)),  # the login that was admitted
    Column("claimed_at", Float),
    Column("first_id", String(32)),  # NULL: it replaced none; else the first of those replaced
    Column("uncounted", Integer, nullable=False, server_default="0"),
    # 1: if it runs out, its person may not have been able to answer
    Column("first_time", Integer, nullable=False, server_default="0"),  # 1: from a new client
    Column("country", String(2)),  # of the caller, where it is new
    Index("ix_approvals_account_state", "account_id", "state"),
    Index(
        "ix_approvals_open_expires",
        "expires_at",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)

wrong_answers = Table(
    "wrong_answers",  # verified answers whose number was wrong, kept like the right ones
    metadata,
    Column("id", Integer, primary_key=True),
    Column("approval_id", ForeignKey("approvals.id"), nullable=False, index=True),
    Column("answer", Text, nullable=False),  # the JWS, as received
    Column("assertion", Text),  # as in approvals
    Column("at", Float, nullable=False),
)

approval_requests = Table(
    "approval_requests",  # the Request Authenticators that led to a push, for 24 h
    metadata,
    Column("request_digest", LargeBinary, primary_key=True),
    Column("approval_id", ForeignKey("approvals.id"), nullable=False),
    Column("at", Float, nullable=False, index=True),
)

approval_others = Table(
    "approval_others",  # other callers, seen while the request was open
    metadata,
    Column("approval_id", ForeignKey("approvals.id"), primary_key=True),
    Column("origin", String(256), primary_key=True),
    Column("at", Float, nullable=False),
)

parked_logins = Table(
    "parked_logins",
    metadata,
    Column("state", LargeBinary, primary_key=True),
    Column("login_id", String(32), nullable=False, index=True),
    Column("account_id", ForeignKey("accounts.id")),  # NULL: an upstream has not proved it yet
    Column("client", String(64), nullable=False),
    Column("username", String(256), nullable=False),
    Column("stage", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
    Column("taken_at", Float),
    Column("answer_digest", LargeBinary),
    Column("outcome", Text),
    Column("outcome_at", Float),
    Column("dead_at", Float),  # the login was replaced
)

login_records = Table(
    "login_records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login_id", String(32), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("account_id", ForeignKey("accounts.id"), index=True),
    Column("directory", String(64)),
    Column("username", String(256), nullable=False),
    Column("client", String(64), nullable=False),
    Column("origin", String(256), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("policy", String(64)),
    Column("transcript", Text, nullable=False),
    Index(
        "ix_login_records_portal",  # what lets a browser in; other logins cost it nothing
        "login_id",
        sqlite_where=text("client = 'portal'"),
        postgresql_where=text("client = 'portal'"),
    ),
)

login_reports = Table(
    "login_reports",  # "this was not me"
    metadata,
    Column("login_id", String(32), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("at", Float, nullable=False),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id_digest", LargeBinary, primary_key=True),  # the id is in the browser alone
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("login_id", String(32), nullable=False, unique=True),  # one login, one session
    Column("proved_by", String(16), nullable=False),  # push, totp, recovery, password, passkey
    Column("proved_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False, index=True),
    Column("ended_at", Float),  # signed out
)

web_sign_ins = Table(
    "web_sign_ins",  # the password was right, the challenge is shown
    metadata,
    Column("id_digest", LargeBinary, primary_key=True),
    Column("login_id", String(32), nullable=False),
    Column("username", String(256), nullable=False),  # as typed
    Column("state", LargeBinary, nullable=False),  # what the answer resumes
    Column("shown", Text, nullable=False),  # the challenge, as JSON
    Column("intent", String(16), nullable=False),  # where the person wanted to go
    Column("expires_at", Float, nullable=False, index=True),
)

remembered = Table(
    "remembered",  # logins whose second factor serves again, from the same caller
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("place_digest", LargeBinary, nullable=False),  # keyed; client group and caller
    Column("login_id", String(32), nullable=False, unique=True),
    Column("client", String(64), nullable=False),
    Column("caller", String(64), nullable=False),  # as people are shown it, not whole
    Column("enrolled", String(128), nullable=False),  # what the person had then
    Column("password_mark", LargeBinary, nullable=False),  # keyed; what showed of the password
    Column("started_at", Float, nullable=False),  # the password was right
    Column("passed_at", Float),  # NULL: the second factor is being asked
    Column("until", Float, nullable=False, index=True),
    Column("factor", String(16)),
    Column("number", Integer, nullable=False),  # 1: a number was typed for the push
    Column("verified", Integer, nullable=False),  # 1: the phone's passkey verified its person
    Column("used_at", Float),  # when it let in last
)

announcements = Table(
    "announcements",  # changes that the person is told of by mail, and alerts
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", String(256), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_at", Float, index=True),  # NULL: sent, or given up
    Column("audience", String(8), nullable=False, server_default="person"),  # admin, webhook
)

bypasses = Table(
    "bypasses",  # for whom the first factor suffices for a while; kept, like the records
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id")),  # NULL: everyone at a client
    Column("client", String(64)),  # NULL: one person, at every client but the portal
    Column("reason", String(200), nullable=False),
    Column("made_by", String(64), nullable=False),  # the user of the operating system
    Column("made_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Column("ended_at", Float),  # an admin ended it, a newer one did, or its time was over
    Index(
        "ix_bypasses_open",
        "ends_at",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

shield_failures = Table(
    "shield_failures",  # failed binds, and codes before a password, that count
    metadata,
    Column("id", Integer, primary_key=True),
    Column("directory", String(64), nullable=False),
    Column("user_name", String(256), nullable=False),
    Column("kind", String(8), nullable=False, server_default="password"),  # or code
    Column("stranger", Integer, nullable=False),  # 1: from no source of the person's own
    Column("at", Float, nullable=False, index=True),
    Index("ix_shield_failures_person", "directory", "user_name"),
)

directory_lockouts = Table(
    "directory_lockouts",  # when a directory locks accounts, as it told
    metadata,
    Column("directory", String(64), primary_key=True),
    Column("threshold", Integer, nullable=False),
    Column("window", Float),  # NULL: what failed never ages
)

used_proofs = Table(
    "used_proofs",  # DPoP proofs, for as long as they could be repeated
    metadata,
    Column("proof_digest", LargeBinary, primary_key=True),
    Column("expires_at", Float, nullable=False, index=True),
)

notices = Table(
    "notices",  # what one process tells the others
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column(
        "kind", String(32), nullable=False
    ),  # approval-ended, device-retired, inbox-changed, bypass-changed, shield-cleared
    Column("subject", String(64), nullable=False),  # an approval's or a device's id
    sqlite_autoincrement=True,
)
