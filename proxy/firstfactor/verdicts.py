"""
What the answer to a bind means.

Success passes, unless the password policy says that the password must be changed first. Of the
refusals, some prove that the password was right: the directory looks at the password before it
finds these reasons. Whatever is neither success nor a refusal of this person says nothing.
"""

import re
from typing import Final

from proxy.firstfactor.operation import Answer
from proxy.ldap import controls, responses
from proxy.ldap.controls import PasswordPolicy
from proxy.login.events import (
    DirectoryFailed,
    FirstFactorFailed,
    FirstFactorPassed,
    PasswordProof,
)

Verdict = FirstFactorPassed | FirstFactorFailed | DirectoryFailed

_PASSED: Final = FirstFactorPassed()
"""Nearly every login's, made once."""

_ACTIVE_DIRECTORY: Final = re.compile(r"AcceptSecurityContext error, data ([0-9a-fA-F]+)")

_SUB_CODES: Final[dict[str, PasswordProof]] = {
    "530": "logon-hours",
    "531": "workstation",
    "532": "password-expired",
    "533": "account-disabled",
    "701": "account-expired",
    "773": "password-must-change",
}
"""Active Directory's reasons, hexadecimal, that are looked at after the password; not 525 (no such
person), 52e (wrong password) and 775 (locked)."""

_POLICY_PROOFS: Final[dict[int, PasswordProof]] = {
    controls.PASSWORD_EXPIRED: "password-expired",
    controls.CHANGE_AFTER_RESET: "password-must-change",
}

_REFUSALS: Final = {
    responses.INVALID_CREDENTIALS: "wrong-password",
    responses.INAPPROPRIATE_AUTHENTICATION: "no-password",
    responses.NO_SUCH_OBJECT: "no-such-entry",
}

_REFUSING: Final = frozenset({responses.CONSTRAINT_VIOLATION, responses.UNWILLING_TO_PERFORM})
_WORDS: Final = {
    "Account inactivated": "account-disabled",
    "Account inactivity limit exceeded": "account-inactive",
    "Account (Kerberos principal) is expired": "account-expired",
    "Entry permanently locked": "account-locked",
    "Too many failed logins": "account-locked",
}
"""How 389 Directory Server (nsAccountLock, account policy) and FreeIPA begin to refuse a person,
before they look at the password; with constraintViolation or unwillingToPerform."""


def verdict(answer: Answer) -> Verdict:
    """
    Judge a bind's answer.

    Raises:
        MalformedMessage: the password policy's control cannot be read.
    """
    result = answer.result
    policy = controls.find_password_policy(answer.controls) if answer.controls else None
    error = policy.error if policy is not None else None
    if result.code == responses.SUCCESS:
        return _PASSED if policy is None else _success(policy)
    if result.code in _REFUSING:
        for words, reason in _WORDS.items():
            if result.diagnostic.startswith(words):
                return FirstFactorFailed(reason)
    if error == controls.ACCOUNT_LOCKED:
        # 389 Directory Server says so with constraintViolation (19).
        return _policy_refusal(error)
    if result.code not in _REFUSALS:
        return DirectoryFailed(f"the bind was refused: {result.diagnostic} ({result.code})")
    if result.code == responses.INVALID_CREDENTIALS:
        if error is not None:
            return _policy_refusal(error)
        found = _ACTIVE_DIRECTORY.search(result.diagnostic)
        if found is not None:
            return _sub_code_refusal(found[1].lower())
    return FirstFactorFailed(_REFUSALS[result.code])


def _success(policy: PasswordPolicy) -> Verdict:
    if policy.error is not None:
        return _policy_refusal(policy.error)
    return _PASSED if policy.grace_logins is None else FirstFactorPassed(grace=True)


def _policy_refusal(error: int) -> FirstFactorFailed:
    proof = _POLICY_PROOFS.get(error)
    if proof is not None:
        return FirstFactorFailed(proof, proof)
    locked = error == controls.ACCOUNT_LOCKED
    return FirstFactorFailed("account-locked" if locked else f"password-policy-{error}")


def _sub_code_refusal(sub_code: str) -> FirstFactorFailed:
    proof = _SUB_CODES.get(sub_code)
    if proof is not None:
        return FirstFactorFailed(proof, proof)
    return FirstFactorFailed("account-locked" if sub_code == "775" else "wrong-password")
