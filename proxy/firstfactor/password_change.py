"""
Changing a person's password, as that person's own change: the old one goes with the new.

Active Directory takes it over the service account's connection, since nobody with an expired
password can bind. Other directories take it from the person (RFC 3062), on a connection that the
old password opened; where an expired one opens none, from the service account, if it may.

A change goes out once: whether one was made whose answer did not come, only the next login shows.
"""

import re
from typing import Final

from proxy.firstfactor.connection import Connection
from proxy.firstfactor.kinds import ROOT_ATTRIBUTES, is_active_directory
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.server import DirectoryServer
from proxy.firstfactor.verdicts import verdict
from proxy.ldap import controls, requests, responses
from proxy.ldap.controls import PASSWORD_POLICY_REQUEST
from proxy.ldap.passwords import encode_active_directory, encode_password_modify
from proxy.ldap.requests import Scope, SearchRequest
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorFailed,
    FirstFactorPassed,
    NotChanged,
    PasswordChanged,
    PasswordNotChanged,
)
from proxy.secret import Secret

Outcome = PasswordChanged | PasswordNotChanged | DirectoryFailed

_ROOT: Final = requests.encode_search(SearchRequest(b"", Scope.BASE, ROOT_ATTRIBUTES))
_ROOT_WANTED: Final = frozenset(name.lower() for name in ROOT_ATTRIBUTES)

_BY_POLICY: Final[dict[int, NotChanged]] = {
    controls.ACCOUNT_LOCKED: "not-permitted",
    controls.MODIFICATION_NOT_ALLOWED: "not-permitted",
    controls.MUST_SUPPLY_OLD: "not-permitted",
    controls.INSUFFICIENT_QUALITY: "too-simple",
    controls.TOO_SHORT: "too-short",
    controls.TOO_YOUNG: "too-young",
    controls.IN_HISTORY: "used-before",
}
_WINDOWS: Final = re.compile(r"([0-9A-Fa-f]{8}): ")
_BY_WINDOWS: Final[dict[str, NotChanged]] = {
    "00000056": "old-password",
    "0000052D": "refused",
    "00000775": "not-permitted",
}
"""Windows' codes, hexadecimal, with which Active Directory's diagnostics begin: wrong password,
password restriction (length, complexity, history and age, without saying which), locked."""
_BY_RESULT: Final[dict[int, NotChanged]] = {
    responses.STRONGER_AUTH_REQUIRED: "not-permitted",
    responses.CONSTRAINT_VIOLATION: "refused",
    responses.INVALID_CREDENTIALS: "old-password",
    responses.INSUFFICIENT_ACCESS: "not-permitted",
    responses.UNWILLING_TO_PERFORM: "not-permitted",
}


async def change_over(
    server: DirectoryServer, service: Connection, dn: bytes, old: Secret, new: Secret
) -> Outcome:
    """
    Change a password at a server.

    Args:
        service: a connection of the service account's, for this alone; it is closed.

    Raises:
        ServerFailure: no answer came that can be used.
        MalformedMessage: what came cannot be read.
    """
    try:
        if await _is_active_directory(server, service):
            return judge(await server.ask(service, encode_active_directory(dn, old, new)))
        return await _as_the_person(server, service, dn, old, new)
    finally:
        service.close()


async def _is_active_directory(server: DirectoryServer, service: Connection) -> bool:
    answer = await server.ask(service, _ROOT, entries_wanted=1)
    if not answer.entries:
        return False
    root = responses.decode_entry(answer.entries[0], _ROOT_WANTED).attributes
    return is_active_directory(root)


async def _as_the_person(
    server: DirectoryServer, service: Connection, dn: bytes, old: Secret, new: Secret
) -> Outcome:
    own = await server.connected(as_service=False)
    try:
        bound = await server.ask(own, requests.encode_bind(dn, old), PASSWORD_POLICY_REQUEST)
        opened = bound.result.code == responses.SUCCESS
        match verdict(bound):
            case FirstFactorPassed():
                over = own
            case FirstFactorFailed(proof="password-must-change" | "password-expired"):
                over = own if opened else service
            case FirstFactorFailed(proof=None):
                return PasswordNotChanged("old-password")
            case FirstFactorFailed():
                return PasswordNotChanged("not-permitted")
            case DirectoryFailed() as failed:
                return failed
        request = encode_password_modify(dn, old, new)
        return judge(await server.ask(over, request, PASSWORD_POLICY_REQUEST))
    finally:
        own.close()


def judge(answer: Answer) -> Outcome:
    """Say what the answer to a change means. Raises MalformedMessage."""
    result = answer.result
    if result.code == responses.SUCCESS:
        return PasswordChanged()
    policy = controls.find_password_policy(answer.controls) if answer.controls else None
    reason = None
    if policy is not None and policy.error is not None:
        reason = _BY_POLICY.get(policy.error)
    found = _WINDOWS.match(result.diagnostic)
    if reason is None and found is not None:
        reason = _BY_WINDOWS.get(found[1].upper())
    reason = reason or _BY_RESULT.get(result.code)
    if reason is None:
        return DirectoryFailed(f"the change was refused: {result.diagnostic} ({result.code})")
    return PasswordNotChanged(reason)
