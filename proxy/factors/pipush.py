"""
What the privacyIDEA Authenticator app speaks: its QR code, and the texts that either side signs.

The app asks and answers by a protocol of its own, poll-only here. Server and phone sign texts that
are made of fields with `|` between them, so no field may hold one. This page knows of neither
sockets nor the store. docs/privacyidea-app.md tells what an answer of it proves.
"""

import base64
import binascii
import json
import math
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from proxy.errors import PeerError
from proxy.factors.approval import Decision, shown_text
from proxy.factors.claims import ClockError
from proxy.factors.rsa_keys import RsaPublicKey, RsaSigningKey

KIND: Final = "privacyidea"
PATH: Final = "/api/privacyidea"
"""After `web.url`; the app has one path for all."""
NAME: Final = "privacyIDEA Authenticator"
"""What such a phone is called: it tells no name."""
CLOCK_TOLERANCE: Final = 180.0
"""Seconds that a poll's timestamp may be off, either way."""
NUMBER_DIGITS: Final = 2
OPTIONS: Final = 10
"""Buttons, of which one is right: as many as the app's own server ever shows."""
SERIAL_LETTERS: Final = 4
SERIAL_DIGITS: Final = 12
CREDENTIAL_OCTETS: Final = 20
_SERIAL: Final = re.compile(r"[A-Z]{4}[0-9A-F]{12}")
_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(?:\d{3}|\d{6})Z", re.ASCII)
_PUBLIC_KEY_LENGTH: Final = 1024

_REASON: Final = re.compile(r"[a-z_]{1,32}")
_PRESENCE: Final = re.compile(r"[0-9]{1,10}")
"""No field may look like another: what is signed says which one it is by its place alone."""


class BadForm(PeerError):  # noqa: N818 - it names what was found
    """A field that has not the form that it must have."""

    reason = "malformed"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a challenge is made of."""

    nonce: str
    serial: str
    account: str
    client: str
    """The NAS's name in the configuration."""
    origin: str
    """The caller, else the client's address."""
    number: str | None
    """To be pressed, among others of two digits; None: it is approved or declined."""


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """An answer, as its form's fields say; the signature is still to be checked."""

    serial: str
    nonce: str | None
    """None: an older app, which leaves it out."""
    declined: bool
    decline_reason: str | None
    presence_answer: str | None
    signature: str

    def signed_text(self, nonce: str) -> str:
        """Give what its signature must be over, if it answers the challenge with this nonce."""
        parts = [nonce, self.serial]
        if self.declined:
            parts.append("decline")
        if self.decline_reason is not None:
            parts.append(self.decline_reason)
        if self.presence_answer is not None:
            parts.append(self.presence_answer)
        return "|".join(parts)

    def verifies(self, nonce: str, key: RsaPublicKey) -> bool:
        """Say whether the phone with this key signed it for the challenge with this nonce."""
        return key.verifies(self.signature, self.signed_text(nonce))

    @property
    def decision(self) -> Decision:
        """Give what the person decided; a trigger that nobody knows of is reported."""
        if not self.declined:
            return "approve"
        return "report" if self.decline_reason == "unknown_trigger" else "deny"


def app_url(url: str) -> str:
    """
    Give the app's address at `web.url` as the app itself writes it: without the usual port.

    It signs and verifies its own spelling of an address, never ours.
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(":443"))) + PATH


def new_serial() -> str:
    """Make the name of a token: the app tells tokens apart by it alone, over all servers."""
    letters = "".join(secrets.choice(string.ascii_uppercase) for _ in range(SERIAL_LETTERS))
    return letters + secrets.token_hex(SERIAL_DIGITS // 2).upper()


def is_serial(text: str) -> bool:
    """Say whether a text has the form of a serial of ours."""
    return _SERIAL.fullmatch(text) is not None


def new_credential() -> str:
    """Make the code by which a phone rolls out: 160 random bits in hexadecimal."""
    return secrets.token_hex(CREDENTIAL_OCTETS)


def enrolment_uri(
    *, url: str, serial: str, credential: str, label: str, issuer: str, ttl: float
) -> str:
    """
    Give the text of the QR code that the app scans; it holds the credential.

    Args:
        url: `web.url`.
        ttl: seconds in which the phone must roll out and poll.
    """
    facts = {
        "url": app_url(url),
        "ttl": str(max(1, math.ceil(ttl / 60))),
        "issuer": issuer,
        "enrollment_credential": credential,
        "v": "1",
        "serial": serial,
        "sslverify": "1",
        "poll_only": "True",
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in facts.items())
    return f"otpauth://pipush/{quote(label, safe='')}?{query}"


def read_public_key(text: str) -> RsaPublicKey:
    """
    Read the `pubkey` of a roll-out: base64 of DER, in either alphabet, with spaces for `+`.

    Raises:
        BadForm: it is none. BadKey: it is none that is good enough.
    """
    if len(text) > _PUBLIC_KEY_LENGTH:
        raise BadForm("found a public key that is too long")
    plain = text.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        octets = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadForm("found a public key that is not base64") from None
    return RsaPublicKey.parse_der(octets)


def check_timestamp(text: str, now: float) -> float:
    """
    Give the time that a phone wrote (UTC, 3 or 6 decimals); seconds since the epoch.

    Raises:
        BadForm: it is none. ClockError: it is not near *now*.
    """
    if _TIMESTAMP.fullmatch(text) is None:
        raise BadForm("found a timestamp of another form")
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise BadForm("found a timestamp that no calendar has") from None
    if abs(moment - now) > CLOCK_TOLERANCE:
        raise ClockError(f"found a timestamp more than {CLOCK_TOLERANCE:.0f} s from our clock")
    return moment


def poll_text(serial: str, timestamp: str) -> str:
    """Give what a poll's signature is over."""
    return f"{serial}|{timestamp}"


def update_text(token: str, serial: str, timestamp: str) -> str:
    """Give what the signature of a token update is over."""
    return f"{token}|{serial}|{timestamp}"


def sign_challenge(asked: Asked, url: str, key: RsaSigningKey) -> str:
    """Give a challenge as JSON, signed once and kept; every value is a text."""
    members = {
        "nonce": asked.nonce,
        "question": f"{_shown(asked.account)} logs in at {_shown(asked.client)} "
        f"from {_shown(asked.origin)}. Is that you?",
        "title": f"Login at {_shown(asked.client)}",
        "serial": asked.serial,
        "sslverify": "1",
        "url": app_url(url),
    }
    signed = ["nonce", "url", "serial", "question", "title", "sslverify"]
    if asked.number is not None:
        members["require_presence"] = ",".join(options_with(asked.number))
        members["version"] = "2"
        signed.append("require_presence")
    members["signature"] = key.sign("|".join(members[name] for name in signed))
    return json.dumps(members)


def options_with(number: str) -> list[str]:
    """Hide a number among others, all different, in an order that tells nothing."""
    found = {number}
    while len(found) < OPTIONS:
        found.add(new_number())
    return sorted(found)


def new_number() -> str:
    """Draw a number that fits on a button."""
    return f"{secrets.randbelow(10**NUMBER_DIGITS):0{NUMBER_DIGITS}d}"


def read_answer(fields: Mapping[str, str]) -> PushAnswer:
    """Read an answer's fields, of which each is there once. Raises BadForm."""
    reason, presence = fields.get("decline_reason"), fields.get("presence_answer")
    declined = fields.get("decline")
    if declined not in (None, "1") or (reason is not None and declined is None):
        raise BadForm("found a decline of another form")
    if reason is not None and _REASON.fullmatch(reason) is None:
        raise BadForm("found a reason of another form")
    if presence is not None and _PRESENCE.fullmatch(presence) is None:
        raise BadForm("found an answer that is no number")
    return PushAnswer(
        serial=fields["serial"],
        nonce=fields.get("nonce"),
        declined=declined is not None,
        decline_reason=reason,
        presence_answer=presence,
        signature=fields["signature"],
    )


def _shown(text: str) -> str:
    return shown_text(text).replace("|", "/")
