"""
The table of all legal transitions, made by trying every event in every stage.

`python -m tests.login.transitions > tests/login/transitions.txt` writes it anew; its diff is the
review of a change of behaviour.
"""

from dataclasses import fields, replace

from proxy.accounts.account import NOTHING_ENROLLED, Account, Enrolments
from proxy.accounts.bypass import Bypass
from proxy.login import events as e
from proxy.login import stages as s
from proxy.login.machine import step
from proxy.login.policy import Remembering
from proxy.login.request import Proof
from proxy.login.transition import UnknownTransition
from proxy.sealing import keyed_digest
from proxy.secret import Secret
from tests.peers.logins import (
    ACCOUNT,
    ALICE,
    EVERYTHING,
    NOW,
    PHONE,
    RECOVERY_CODE,
    TOTP,
    known,
    policy,
    request,
)

BLOCKED = Account(1, "corp", "alice", "blocked")
BYPASS = Bypass(7, "lost the phone", NOW + 600)
STRANGER = Account(1, "corp", "alice", "another-person")
PLAIN = s.OpenApproval("plain", None, NOW + 120)
NUMBERED = s.OpenApproval("numbered", "424242", NOW + 300)
CODES = Enrolments(device_id=None, totp_digits=6, recovery_codes=1)

DECISIONS = {
    "push": known("push"),
    "push|challenge": known("push", challenge=True),
    "push+number|challenge": known("push", challenge=True, number=True),
    "push,totp": known("push", "totp"),
    "push,totp|challenge": known("push", "totp", challenge=True),
    "push,totp+number|challenge": known("push", "totp", challenge=True, number=True),
    "push-needs-number,totp": known("push", "totp", push=False),
    "totp,push|challenge": known("totp", "push", challenge=True),
    "totp": known("totp"),
    "recovery|challenge": known("recovery", challenge=True),
    "nothing": known(),
}
REMEMBERING = known(
    "push", "totp", challenge=True, remember=Remembering(3600.0, "address", "client vpn")
)
VERIFYING = {
    "push+verify": known("push", verify_user=True),
    "push,totp+verify": known("push", "totp", verify_user=True),
    "push,totp+verify|challenge": known("push", "totp", challenge=True, verify_user=True),
}
PASSKEY = replace(PHONE, passkey=True)
ENROLMENTS = {"none": NOTHING_ENROLLED, "phone": PHONE, "totp": TOTP, "all": EVERYTHING}

VOUCHED = {
    "certificate": Proof("certificate", directory="corp"),
    "certificate elsewhere": Proof("certificate", directory="other"),
    "resumed session": Proof("resumed-session", person=ALICE, at=NOW),
    "upstream": Proof("upstream", upstream="corp", passed="sealed attributes"),
    "upstream elsewhere": Proof("upstream", upstream="other"),
}
PROVED = e.PersonProved(replace(ALICE, groups=frozenset()), "sealed attributes")
EVENTS = {
    "LoginStarted": e.LoginStarted(),
    "LoginVouched": e.LoginVouched("certificate"),
    "PersonBarred": e.PersonBarred("account-disabled"),
    "PersonFound": e.PersonFound(ALICE),
    "PersonNotFound": e.PersonNotFound("unknown"),
    "PersonAmbiguous": e.PersonNotFound("ambiguous"),
    "DirectoryFailed": e.DirectoryFailed("timeout"),
    "AccountLoaded(none)": e.AccountLoaded(ACCOUNT, NOTHING_ENROLLED),
    "AccountLoaded(all)": e.AccountLoaded(ACCOUNT, EVERYTHING),
    "AccountLoaded(blocked)": e.AccountLoaded(BLOCKED, EVERYTHING),
    "AccountLoaded(stranger)": e.AccountLoaded(STRANGER, EVERYTHING),
    "AccountLoaded(successor)": e.AccountLoaded(replace(ACCOUNT, id=2), EVERYTHING),
    "AccountLoaded(bypass)": e.AccountLoaded(ACCOUNT, EVERYTHING, BYPASS),
    "AccountLoaded(blocked, bypass)": e.AccountLoaded(BLOCKED, EVERYTHING, BYPASS),
    "FirstFactorPassed": e.FirstFactorPassed(),
    "FirstFactorPassed(grace)": e.FirstFactorPassed(grace=True),
    "FirstFactorPassed(attributes)": e.FirstFactorPassed(passed="sealed attributes"),
    "PersonPresumed": e.PersonPresumed(ALICE),
    "AccountUnknown": e.AccountUnknown(),
    "PersonProved": PROVED,
    "FirstFactorFailed(relayed)": e.FirstFactorFailed("no", relayed=e.Relayed("Expired.", None)),
    "FirstFactorChallenged": e.FirstFactorChallenged("sealed", "PIN?", echo=False, lifetime=None),
    "FirstFactorChallenged(60 s)": e.FirstFactorChallenged("sealed", "", echo=True, lifetime=60.0),
    "FirstFactorFailed": e.FirstFactorFailed("wrong-password"),
    "FirstFactorFailed(proof)": e.FirstFactorFailed("532", "password-expired"),
    "ApprovalAsked": e.ApprovalAsked("plain", None, NOW + 120, joined=False),
    "ApprovalAsked(number)": e.ApprovalAsked("numbered", "424242", NOW + 300, joined=False),
    "ApprovalNotAsked(another)": e.ApprovalNotAsked("another-login"),
    "ApprovalAsked(press)": e.ApprovalAsked("pressed", "42", NOW + 300, joined=False, press=True),
    "ApprovalNotAsked(waiting)": e.ApprovalNotAsked("waiting", 30.0),
    "ApprovalNotAsked(blocked)": e.ApprovalNotAsked("push-blocked"),
    "ApprovalNotAsked(no-device)": e.ApprovalNotAsked("no-device"),
    "ApprovalNotAsked(no-way-to-ask)": e.ApprovalNotAsked("no-way-to-ask"),
    "ApprovalAnswered(approve)": e.ApprovalAnswered("plain", "approve"),
    "ApprovalAnswered(deny)": e.ApprovalAnswered("plain", "deny"),
    "ApprovalAnswered(report)": e.ApprovalAnswered("plain", "report"),
    "ApprovalEnded(expired)": e.ApprovalEnded("plain", "expired"),
    "ApprovalEnded(withdrawn)": e.ApprovalEnded("plain", "withdrawn"),
    "ApprovalEnded(void)": e.ApprovalEnded("plain", "void"),
    "ApprovalEnded(wrong-number)": e.ApprovalEnded("plain", "wrong-number"),
    "ApprovalClaimed": e.ApprovalClaimed("plain"),
    "ApprovalLost(superseded)": e.ApprovalLost("plain", "superseded"),
    "ApprovalLost(claimed)": e.ApprovalLost("plain", "claimed"),
    "ApprovalLost(void)": e.ApprovalLost("plain", "void"),
    "ApprovalWithdrawn": e.ApprovalWithdrawn("plain"),
    "PasscodeAccepted": e.PasscodeAccepted("totp"),
    "PasscodeRefused": e.PasscodeRefused("totp", "wrong"),
    "PasscodeRefused(throttled)": e.PasscodeRefused("totp", "throttled"),
    "PasscodeRefused(waiting)": e.PasscodeRefused("totp", "waiting"),
    "SecondFactorRecalled": e.SecondFactorRecalled("f" * 32, "push", NOW - 60),
    "SecondFactorNotRecalled": e.SecondFactorNotRecalled("none"),
    "AnswerGiven": e.AnswerGiven(Secret(b"123456"), "attempt"),
    "PasswordChanged": e.PasswordChanged(),
    "PasswordNotChanged(too-short)": e.PasswordNotChanged("too-short"),
    "PasswordNotChanged(old-password)": e.PasswordNotChanged("old-password"),
    "StoreFailed": e.StoreFailed("unavailable"),
    "CallerGone": e.CallerGone(),
    "TimeRanOut": e.TimeRanOut(),
}

TEXTS = {
    "nothing": b"",
    "blank": b"  ",
    "word": b"go on",
    "totp": b"123456",
    "recovery": RECOVERY_CODE.encode(),
    "number": b"424242",
}


def stages():
    """Give every kind of stage, with a name that says what matters of it."""
    yield "Arrived", s.Arrived(request(), (policy("push"),))
    yield "Arrived(no policy)", s.Arrived(request(), ())
    yield "Arrived(no password)", s.Arrived(request(password=b""), (policy("push"),))
    for name, password, append in (
        ("plain", b"pw", False),
        ("code", b"pw,123456", True),
        ("push", b"pw,push", True),
        ("code alone", b",123456", True),
    ):
        rule = policy("push", "totp", append_code=append)
        asked = request(password=password)
        yield f"AwaitingPerson({name})", s.AwaitingPerson(asked, (rule,))
        yield f"AwaitingAccount({name})", s.AwaitingAccount(asked, (rule,), ALICE)
    elsewhere = policy("push", groups=frozenset({"cn=admins"}))
    yield "AwaitingAccount(no group)", s.AwaitingAccount(request(), (elsewhere,), ALICE)
    refusing = policy(allow=False)
    yield "AwaitingAccount(refused)", s.AwaitingAccount(request(), (refusing,), ALICE)
    yield from _vouched()
    yield from _responses()
    yield from _upstreams()
    yield from _first_factors()
    yield from _code_first()
    yield from _approvals()
    yield from _codes()
    yield "AwaitingClaim", s.AwaitingClaim(known("push"))
    yield "AwaitingWithdrawal", s.AwaitingWithdrawal(_accept())
    yield "AwaitingAnswer", s.AwaitingAnswer(known("totp", challenge=True), s.NO_DIALOGUE)
    yield from _changes()
    yield "Ended", s.Ended()


def _accept():
    return step(s.AwaitingClaim(known("push")), e.ApprovalClaimed("plain"), NOW)[1]


def _vouched():
    """Give the stages of a login whose first factor was proved before it began."""
    rules = {
        "push": policy("push"),
        "nothing": policy(),
        "second first": policy("totp", second_first=True, append_code=True),
        "group": policy("push", groups=frozenset({"cn=admins"})),
    }
    for who, proof in VOUCHED.items():
        asked = replace(request(password=b""), proof=proof)
        for name, rule in rules.items() if who in {"certificate", "upstream"} else ():
            yield f"AwaitingAccount({who}; {name})", s.AwaitingAccount(asked, (rule,), ALICE)
        yield f"Arrived({who})", s.Arrived(asked, (policy("push"),))
        yield f"AwaitingPerson({who})", s.AwaitingPerson(asked, (policy("push"),))


def _responses():
    """Give the stages of logins by MS-CHAPv2 against a directory that gives NT hashes."""
    inside = replace(request(password=b"response"), method="eap", response=True)
    giving = policy("push", "totp", append_code=True, nt_hash=True)
    first = policy("totp", append_code=True, nt_hash=True, second_first=True)
    bare = replace(inside, method="mschapv2")
    yield "Arrived(response)", s.Arrived(inside, (policy("push"), giving))
    yield "Arrived(response, no hash)", s.Arrived(inside, (policy("push"),))
    yield "Arrived(response without EAP)", s.Arrived(bare, (giving,))
    yield "AwaitingAccount(response)", s.AwaitingAccount(inside, (giving,), ALICE)
    yield "AwaitingAccount(response, code first)", s.AwaitingAccount(inside, (first,), ALICE)


def _upstreams():
    """Give the stages of a login whose first factor is another RADIUS server."""
    rules = {
        "push": policy("push"),
        "push|challenge": policy("push", challenge=True),
        "append": policy("totp", append_code=True),
        "elsewhere": policy("push", directory="other"),
        "group": policy("push", groups=frozenset({"cn=admins"})),
    }
    for name, rule in rules.items():
        asked = request(password=b"pw,123456")
        yield f"AwaitingPresumedAccount({name})", s.AwaitingPresumedAccount(asked, (rule,), ALICE)
        for rounds in (0, 10) if rule.challenge else (0,):
            presumed = _presumed(challenge=bool(rule.challenge), rounds=rounds)
            stage = s.AwaitingUpstream(presumed, (rule,), None)
            yield f"AwaitingUpstream({name}; {rounds} rounds)", stage
        proved = s.AwaitingProvedAccount(_presumed(), (rule,), PROVED, None)
        yield f"AwaitingProvedAccount({name})", proved
    response = replace(request(password=b"response"), method="mschapv2", response=True)
    only = (policy("push", append_code=True),)
    yield "AwaitingPresumedAccount(mschapv2)", s.AwaitingPresumedAccount(response, only, ALICE)
    appended = s.AppendedFactor("totp", Secret(b"123456"))
    yield (
        "AwaitingProvedAccount(appended)",
        s.AwaitingProvedAccount(_presumed(), (policy("totp"),), PROVED, appended),
    )
    asked = s.AwaitingUpstreamAnswer(_presumed(rounds=1), "sealed")
    yield "AwaitingUpstreamAnswer", asked
    yield "AnsweringUpstream", s.AnsweringUpstream(asked, only)


def _presumed(*, challenge=True, rounds=0):
    return s.Presumed(request().login, ALICE, "pap", {}, challenge=challenge, rounds=rounds)


def _first_factors():
    for rule in ("push", "totp", "nothing"):
        yield (
            f"AwaitingFirstFactor({rule}; none; bypass)",
            s.AwaitingFirstFactor(DECISIONS[rule], NOTHING_ENROLLED, None, bypass=True),
        )
    for rule, facts in DECISIONS.items():
        for has, enrolments in ENROLMENTS.items():
            yield (
                f"AwaitingFirstFactor({rule}; {has})",
                s.AwaitingFirstFactor(facts, enrolments, None),
            )
    for rule, facts in VERIFYING.items():
        for has, enrolments in {**ENROLMENTS, "passkey": PASSKEY}.items():
            yield (
                f"AwaitingFirstFactor({rule}; {has})",
                s.AwaitingFirstFactor(facts, enrolments, None),
            )
    closed = known("push", enrolment=False)
    for has, enrolments in (("none", NOTHING_ENROLLED), ("phone", PHONE)):
        name = f"AwaitingFirstFactor(push, no enrolment; {has})"
        yield name, s.AwaitingFirstFactor(closed, enrolments, None)
    yield (
        "AwaitingApprovalRequest(push, no enrolment)",
        s.AwaitingApprovalRequest(closed, PHONE),
    )
    for name, login, appended in (
        ("", REMEMBERING.login, None),
        ("; appended totp", REMEMBERING.login, s.AppendedFactor("totp", Secret(b"123456"))),
        ("; untold caller", replace(REMEMBERING.login, caller=None), None),
    ):
        facts = replace(REMEMBERING, login=login)
        before = s.AwaitingFirstFactor(facts, EVERYTHING, appended)
        yield f"AwaitingFirstFactor(push,totp|challenge+remember; all{name})", before
        yield f"AwaitingRecall(push,totp|challenge; all{name})", s.AwaitingRecall(before)
    for kind in ("totp", "recovery", None):
        for rule in ("push", "push,totp", "totp", "nothing", "push-needs-number,totp"):
            appended = s.AppendedFactor(kind, Secret(b"123456"))
            name = f"AwaitingFirstFactor({rule}; all; appended {kind or 'push'})"
            yield name, s.AwaitingFirstFactor(DECISIONS[rule], EVERYTHING, appended)


def _code_first():
    """Give the ways of a code that is checked before the password."""
    rule = policy("totp", append_code=True, second_first=True)
    for name, password in (
        ("code", b"pw,123456"),
        ("recovery", f"pw,{RECOVERY_CODE}".encode()),
        ("push", b"pw,push"),
        ("plain", b"pw"),
        ("code alone", b",123456"),
    ):
        stage = s.AwaitingAccount(request(password=password), (rule,), ALICE)
        yield f"AwaitingAccount(second-first; {name})", stage
    facts = known("totp", append_code=True, second_first=True)
    yield "AwaitingCodeFirst", s.AwaitingCodeFirst(facts, EVERYTHING, "totp", OLD)
    first = s.AwaitingFirstFactor(facts, EVERYTHING, None, proved="totp")
    yield "AwaitingFirstFactor(second-first; code proved)", first


def _approvals():
    for rule in ("push", "push|challenge", "push,totp", "push,totp|challenge"):
        facts = DECISIONS[rule]
        dialogue = s.Dialogue(PLAIN, 0, None)
        yield f"AwaitingApprovalRequest({rule}; all)", s.AwaitingApprovalRequest(facts, EVERYTHING)
        yield (
            f"AwaitingApproval({rule}; all)",
            s.AwaitingApproval(facts, EVERYTHING, PLAIN, dialogue),
        )
    verifying = VERIFYING["push,totp+verify|challenge"]
    yield "AwaitingApprovalRequest(verify)", s.AwaitingApprovalRequest(verifying, PASSKEY)
    dialogue = s.Dialogue(PLAIN, 0, None)
    yield (
        "AwaitingApproval(verify)",
        s.AwaitingApproval(verifying, PASSKEY, PLAIN, dialogue),
    )
    facts = DECISIONS["push,totp+number|challenge"]
    asked = s.Dialogue(NUMBERED, 0, NOW + 300)
    over = s.Dialogue(NUMBERED, 0, NOW)
    yield "AwaitingApproval(number)", s.AwaitingApproval(facts, EVERYTHING, NUMBERED, asked)
    yield "AwaitingApproval(number; over)", s.AwaitingApproval(facts, EVERYTHING, NUMBERED, over)


def _codes():
    facts = DECISIONS["push,totp|challenge"]
    for name, approval in (("alone", None), ("with push", PLAIN), ("with number", NUMBERED)):
        for tries in (0, 2):
            dialogue = s.Dialogue(approval, tries, None if approval is None else NOW + 300)
            stage = s.AwaitingPasscode(facts, EVERYTHING, "totp", dialogue, appended=False)
            yield f"AwaitingPasscode({name}; {tries} tries)", stage
            for what, text in TEXTS.items():
                again = s.AwaitingAccountAgain(facts, dialogue, Secret(text), "attempt")
                yield f"AwaitingAccountAgain({name}; {tries} tries; {what})", again
    appended = s.AwaitingPasscode(facts, EVERYTHING, "totp", s.NO_DIALOGUE, appended=True)
    yield "AwaitingPasscode(appended)", appended
    recovery = s.AwaitingAccountAgain(
        known("recovery", challenge=True), s.NO_DIALOGUE, Secret(RECOVERY_CODE.encode()), "attempt"
    )
    yield "AwaitingAccountAgain(recovery policy; recovery)", recovery
    foreign = replace(recovery, text=Secret(b"123456"))
    yield "AwaitingAccountAgain(recovery policy; totp)", foreign


OLD, NEW = Secret(b"old-password"), Secret(b"new-password")


def _dialogue(**changed):
    change = s.PasswordDialogue(_accept(), OLD, forced=True, ends_at=NOW + 300)
    return replace(change, **changed)


def _changes():
    """Give the ways of a password that is to be changed."""
    facts = known("push", "totp", challenge=True, password_change=True)
    appended = s.AppendedFactor("totp", Secret(b"123456"))
    for has, enrolments in ENROLMENTS.items():
        first = s.AwaitingFirstFactor(facts, enrolments, None, password=OLD)
        yield f"AwaitingFirstFactor(password change; {has})", first
    first = s.AwaitingFirstFactor(facts, EVERYTHING, appended, password=OLD)
    yield "AwaitingFirstFactor(password change; all; appended totp)", first
    for why in ("password-expired", None):
        for what, inner in (
            ("approval asked", s.AwaitingApprovalRequest(facts, EVERYTHING)),
            (
                "held",
                s.AwaitingApproval(facts, EVERYTHING, PLAIN, s.Dialogue(PLAIN, 0, None)),
            ),
            ("claim", s.AwaitingClaim(facts)),
            ("parked", s.AwaitingAnswer(facts, s.NO_DIALOGUE)),
            (
                "code",
                s.AwaitingPasscode(facts, EVERYTHING, "totp", s.NO_DIALOGUE, appended=False),
            ),
            ("typed", s.AwaitingAccountAgain(facts, s.NO_DIALOGUE, Secret(b"123456"), "attempt")),
            ("withdrawal", s.AwaitingWithdrawal(_accept())),
        ):
            yield (
                f"AwaitingSecondFactor({what}; {why})",
                s.AwaitingSecondFactor(facts, inner, OLD, why),
            )
    yield from _new_passwords(facts)


def _new_passwords(facts):
    digest = keyed_digest(facts.login.request_digest, NEW.reveal())
    dialogues = {
        "first": _dialogue(),
        "first; grace": _dialogue(forced=False),
        "first; last try": _dialogue(tries=2),
        "again": _dialogue(first=digest),
        "again; last try": _dialogue(first=digest, tries=2),
        "again; grace; last try": _dialogue(first=digest, tries=2, forced=False),
        "first; over": _dialogue(ends_at=NOW),
    }
    texts = {
        "nothing": b"",
        "new": NEW.reveal(),
        "other": b"other-password",
        "old": OLD.reveal(),
        "long": b"x" * 129,
        "no text": b"\xff",
        "NUL": b"new\0password",
    }
    for name, change in dialogues.items():
        yield f"AwaitingNewPassword({name})", s.AwaitingNewPassword(facts, change)
        yield f"AwaitingPasswordChange({name})", s.AwaitingPasswordChange(facts, change)
        for what, text in texts.items():
            if name != "first" and what not in ("nothing", "new", "other"):
                continue
            typed = s.AwaitingAccountForChange(facts, change, Secret(text))
            yield f"AwaitingAccountForChange({name}; {what})", typed


def _untold(field, value):
    """Say whether a field belongs to upstream servers and says nothing."""
    theirs = {"method", "state", "relay", "relayed", "passed", "text"}
    return field.name in theirs and value == field.default


def _shown(value):
    """Show an action by the fields that differ from login to login."""
    hidden = {"login", "person", "account_id", "account_name", "reply", "policy"}
    hidden |= {"user_name", "detail"}
    hidden |= {name for name in ("wait", "given_up", "vouched") if not getattr(value, name, None)}
    parts = [
        f"{field.name}={getattr(value, field.name)!r}"
        for field in fields(value)
        if field.name not in hidden
        and not (field.name == "hidden" and not value.hidden)  # told where a password is typed
        and not _untold(field, getattr(value, field.name))
    ]
    text = f"{type(value).__name__}({', '.join(parts)})"
    return text.replace(repr(NOW + 300), "NOW+300").replace(repr(NOW), "NOW")


def table():
    """Give the lines of the table; an event that a stage never asked for has none."""
    for name, stage in stages():
        for happened, event in EVENTS.items():
            try:
                after, action = step(stage, event, NOW)
            except UnknownTransition:
                continue
            yield f"{name} + {happened} -> {type(after).__name__}, {_shown(action)}"


if __name__ == "__main__":
    print("\n".join(table()))
