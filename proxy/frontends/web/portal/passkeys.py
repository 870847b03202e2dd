"""
Proving oneself by the phone's passkey: for whoever lost the app's storage, but not the passkey.

The page carries a text that was sealed for this session; what the authenticator signs is bound to
its digest, as it is to an answer's in the app. It serves once.
"""

from typing import Any

from proxy.accounts.self_service import Changed, OwnPasskey, Refusal
from proxy.errors import PeerError
from proxy.factors.jwk import encode_base64url
from proxy.factors.passkey import RelyingParty, check_assertion
from proxy.factors.strict_json import parse_object
from proxy.frontends.web.portal.ports import PortalParts
from proxy.frontends.web.portal.visit import Visit


class OwnPasskeys:
    """The passkeys of the phones of those who have a session."""

    def __init__(self, parts: PortalParts) -> None:
        self._parts = parts
        self._party = RelyingParty.of(parts.url)

    def asked(self, visit: Visit) -> dict[str, str] | None:
        """Give what a page needs to ask for the passkey; None: there is none that serves."""
        own = self._own(visit)
        if own is None:
            return None
        return {
            "text": self._parts.store.passkey_text(visit.browser),
            "credential": encode_base64url(own.passkey.credential_id),
        }

    async def prove(self, visit: Visit) -> Changed | Refusal:
        """Take an assertion from a form."""
        text, own = visit.form.get("text", ""), self._own(visit)
        if own is None:
            return "passkey-refused"
        try:
            assertion = check_assertion(
                self._assertion(visit),
                text,
                self._party,
                own.device_id,
                own.passkey.credential_id,
                own.passkey.public_key,
                synced=own.passkey.synced,
            )
        except PeerError:
            return "passkey-refused"
        return await self._parts.store.prove_by_passkey(
            visit.browser, text, own.device_id, assertion.sign_count
        )

    def _assertion(self, visit: Visit) -> dict[str, Any]:
        return parse_object(visit.form.get("assertion", "").encode())

    def _own(self, visit: Visit) -> OwnPasskey | None:
        own = self._parts.store.passkey(visit.known.account_id)
        if own is None or (own.passkey.synced and not visit.terms.synced_passkeys):
            return None
        return own
