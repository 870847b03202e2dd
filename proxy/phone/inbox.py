"""
The open requests of a phone, verified before anything of them is shown.

A request that the server's keys do not verify, that is for another phone, or that has ended, is not
there. A key that is not known is learnt only from a list that a known key signed.
"""

from dataclasses import dataclass, replace
from typing import Any

from proxy.errors import PeerError
from proxy.factors.approval import (
    Answer,
    ApprovalRequest,
    Decision,
    UnknownServerKey,
    read_request,
    shown_text,
)
from proxy.factors.key_list import read_key_list
from proxy.phone.client import Client
from proxy.phone.home import Enrolled, Home


@dataclass(frozen=True, slots=True)
class Shown:
    """A verified request."""

    jws: str
    request: ApprovalRequest
    others: tuple[str, ...]
    """Where other logins of the same person wait."""


class Inbox:
    """What one phone can answer."""

    def __init__(self, client: Client, home: Home, enrolled: Enrolled) -> None:
        self._client = client
        self._home = home
        self._enrolled = enrolled
        self._seen: str | None = None
        self.refused = 0
        """Requests that did not verify."""

    def open(self) -> list[Shown]:
        """Give the open requests now."""
        found, self._seen = self._client.approvals()
        return self._verified(found)

    def changed(self, wait: float) -> list[Shown] | None:
        """Wait for another list than the last; None: there is none yet."""
        found, tag = self._client.approvals(wait, self._seen)
        self._seen = tag or self._seen
        return self._verified(found) if found else None

    def answer(self, shown: Shown, decision: Decision, number: str | None = None) -> None:
        """Send the answer of the person."""
        self._client.answer(shown.jws, shown.request, Answer(decision, number))

    def _verified(self, found: dict[str, Any]) -> list[Shown]:
        others = tuple(shown_text(str(origin)) for origin in _list(found, "others"))
        shown = []
        for jws in _list(found, "approvals"):
            try:
                request = self._read(str(jws))
            except PeerError:
                self.refused += 1
                continue
            if request.expires_at > self._client.now():
                shown.append(Shown(str(jws), request, others))
        return shown

    def _read(self, jws: str) -> ApprovalRequest:
        try:
            return self._verify(jws)
        except UnknownServerKey:
            self._learn_keys()
            return self._verify(jws)

    def _verify(self, jws: str) -> ApprovalRequest:
        enrolled = self._enrolled
        return read_request(jws, enrolled.keys(), enrolled.issuer, enrolled.device_id)

    def _learn_keys(self) -> None:
        enrolled = self._enrolled
        signed = str(self._client.me(enrolled.server_keys).get("server_keys", ""))
        keys = read_key_list(signed, enrolled.keys(), enrolled.issuer, enrolled.device_id)
        kept = {kid: key.to_jwk() for kid, key in keys.items()}
        self._enrolled = replace(enrolled, server_keys=kept)
        self._home.keep_enrolled(self._enrolled)


def _list(found: dict[str, Any], name: str) -> list[Any]:
    """Give a member that should be a list; a server that sends another is not believed."""
    value = found.get(name)
    return value if isinstance(value, list) else []
