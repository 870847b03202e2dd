"""
A response of MS-CHAPv2 checked by the NT hash that a directory gives.

The hash is as good as the password. It is read for this one login over TLS, by the service account,
lives in a `Secret` while the response is checked, and is never kept.
"""

import binascii
from typing import Final

from proxy.firstfactor.account_state import STATE_ATTRIBUTES, locked, refusal
from proxy.firstfactor.one_entry import OneEntry, Values
from proxy.firstfactor.operation import Answer
from proxy.firstfactor.options import DirectoryOptions
from proxy.login.events import FirstFactorFailed, FirstFactorPassed
from proxy.radius import mschap
from proxy.radius.mschap_sums import HASH_LENGTH, Proved, prove
from proxy.radius.passing import PassedAttribute
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.secret import Secret

_EMPTY: Final = Secret(bytes.fromhex("31d6cfe0d16ae931b73c59d7e0c089c0"))
"""Of the empty password, which nobody logs in with."""
_SALTED: Final = b""
"""An attribute that is hidden with a salt and has no tag."""


class NtHashes:
    """
    Checks responses by the hashes of one directory.

    Args:
        attribute: has the hash, as 32 hexadecimal digits or as 16 octets.
        seals: seals what goes on to the NAS.
    """

    def __init__(self, options: DirectoryOptions, attribute: str, seals: UpstreamSeals) -> None:
        self._attribute = attribute.lower().encode()
        self._entry = OneEntry(options, (attribute, *STATE_ATTRIBUTES))
        self._seals = seals

    def request(self, dn: str) -> bytes:
        """Write the search for one entry."""
        return self._entry.request(dn)

    def check(
        self, answer: Answer, credentials: Secret, name: str, now: float
    ) -> FirstFactorPassed | FirstFactorFailed:
        """
        Judge a response.

        Args:
            answer: to `request`.
            credentials: challenge and response, as `mschap.find_response` gives them.
            name: as the peer told it.
            now: seconds since the epoch.

        Raises:
            NoEntry, MalformedMessage: the answer cannot be used.
        """
        entry = self._entry.read(answer)
        closed = locked(entry, now)
        if closed is not None:
            return closed
        nt_hash = self._hash(entry)
        if nt_hash is None or nt_hash == _EMPTY:
            return FirstFactorFailed("no-nt-hash")
        proved = prove(credentials, name.encode(), nt_hash)
        if proved is None:
            return FirstFactorFailed("wrong-password")
        return refusal(entry, now) or self._passed(credentials, proved)

    def _hash(self, entry: Values) -> Secret | None:
        """Read the hash; None: there is not one, or it is none."""
        values = entry.get(self._attribute, [])
        if len(values) != 1:
            return None
        value = values[0]
        if len(value) == 2 * HASH_LENGTH:
            try:
                value = binascii.unhexlify(value)
            except binascii.Error:
                return None
        return Secret(value) if len(value) == HASH_LENGTH else None

    def _passed(self, credentials: Secret, proved: Proved) -> FirstFactorPassed:
        identifier = credentials.reveal()[mschap.CHALLENGE_LENGTH : mschap.CHALLENGE_LENGTH + 1]
        return FirstFactorPassed(
            passed=self._seals.seal_attributes(
                [
                    PassedAttribute(mschap.SUCCESS_NUMBER, identifier + proved.success),
                    PassedAttribute(mschap.SEND_KEY_NUMBER, proved.send_key.reveal(), _SALTED),
                    PassedAttribute(
                        mschap.RECEIVE_KEY_NUMBER, proved.receive_key.reveal(), _SALTED
                    ),
                ]
            )
        )
