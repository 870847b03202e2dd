"""Logins, people and policies for tests, with only the interesting parts to be said."""

from dataclasses import replace

from proxy.accounts.account import Account, Enrolments, Person
from proxy.login.policy import Decision, Policy
from proxy.login.request import ClientTerms, Login, LoginRequest
from proxy.login.stages import Known
from proxy.radius.called_station import UNTOLD, CalledStation
from proxy.secret import Secret

NOW = 1_700_000_000.0
RECOVERY_CODE = "ABCD-EFGH-JKMN-PQRS"
PHONE = Enrolments(device_id="phone", totp_digits=None, recovery_codes=0)
TOTP = Enrolments(device_id=None, totp_digits=6, recovery_codes=0)
EVERYTHING = Enrolments(device_id="phone", totp_digits=6, recovery_codes=3)
ALICE = Person("corp", "alice", "id-1", "uid=alice,dc=example", frozenset({"cn=vpn,dc=example"}))
ACCOUNT = Account(1, "corp", "alice", None)


def client(**terms):
    return replace(ClientTerms("vpn", challenge=False, wait=30.0, append_code=False), **terms)


def login(number=1, **facts):
    terms = facts.pop("client", client())
    return replace(
        Login(
            login_id=f"{number:032x}",
            username="alice",
            client=terms,
            caller="192.0.2.7",
            origin="192.0.2.7",
            join_digest=b"\xff" * 32,
            request_digest=b"\xfe" * 28 + number.to_bytes(4, "big"),
        ),
        **facts,
    )


def request(number=1, password=b"pw", arrived=NOW, attributes=None, *, ssid=None, **facts):
    method = facts.pop("method", "pap")
    return LoginRequest(
        login(number, **facts),
        Secret(password),
        attributes or {},
        arrived,
        method,
        called=UNTOLD if ssid is None else CalledStation(None, ssid),
    )


def policy(*factors, **parts):
    return replace(Policy("staff", frozenset({"vpn"}), "corp", factors), **parts)


def decision(*factors, **parts):
    return replace(
        Decision(
            policy="staff",
            factors=factors,
            challenge=False,
            wait=30.0,
            append_code=False,
            number=False,
            push="push" in factors,
            number_digits=6,
            reply=(),
        ),
        **parts,
    )


def known(*factors, **parts):
    return Known(login(), replace(ALICE, groups=frozenset()), ACCOUNT, decision(*factors, **parts))
