"""The passkey that a phone brings when it enrols: verified here, kept with the phone."""

from typing import Any

from proxy.accounts.passkey import NewPasskey, Passkey
from proxy.errors import PeerError
from proxy.factors.passkey import NotVerified, check_registration
from proxy.frontends.web.ports import Parts
from proxy.frontends.web.problem import Problem


def passkey_of(parts: Parts, members: dict[str, Any], proof: str) -> NewPasskey | None:
    """
    Give the passkey of an enrolment whose *proof* is verified; None: it brings none.

    Raises:
        Problem: 400 it does not verify, or of another kind; 422 the person was not verified, or a
            synced one where none is taken.
    """
    only = members.get("passkey_only", False)
    if not isinstance(only, bool):
        raise Problem(400, "malformed")
    if members.get("passkey") is None:
        if only:
            raise Problem(400, "bad-passkey")
        return None
    try:
        found = check_registration(members["passkey"], proof, parts.relying_party)
    except NotVerified as error:
        raise Problem(422, error.reason) from None
    except PeerError as error:
        raise Problem(400, error.reason) from None
    must_be_taken(parts, synced=found.synced)
    passkey = Passkey(
        credential_id=found.credential_id,
        public_key=found.public_key,
        sign_count=found.sign_count,
        synced=found.synced,
        only=only,
    )
    return NewPasskey(passkey, found.text)


def must_be_taken(parts: Parts, *, synced: bool) -> None:
    """Raise where a passkey may be on other devices and the settings take none that may."""
    if synced and not parts.synced_passkeys():
        raise Problem(422, "passkey-synced")
