"""
What an upstream server said and only this server may know, while it is kept in the store.

Its State never goes to a NAS; keys among the attributes of its Access-Accept go there once, under
the NAS's secret. Both are sealed under the master key.
"""

import base64
import binascii

from proxy.radius.passing import PassedAttribute, UnreadableAttributes, pack, unpack
from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret

_ATTRIBUTES = "attributes of an upstream server"


class UpstreamSeals:
    """Seals and opens, under the master key."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master

    def seal_state(self, directory: str, address: str, state: bytes) -> str:
        """Seal a State with the server that gave it."""
        plain = address.encode() + b"\0" + state
        return _text(self._master.seal(Secret(plain), _state_of(directory)))

    def open_state(self, directory: str, sealed: str) -> tuple[str, bytes]:
        """Give the server's address and the State. Raises NotSealed."""
        plain = self._master.open(_octets(sealed), _state_of(directory)).reveal()
        address, _, state = plain.partition(b"\0")
        return address.decode(), state

    def seal_attributes(self, passing: list[PassedAttribute]) -> str | None:
        """Seal attributes; None: there are none."""
        return _text(self._master.seal(Secret(pack(passing)), _ATTRIBUTES)) if passing else None

    def open_attributes(self, sealed: str) -> list[PassedAttribute]:
        """Give the attributes. Raises NotSealed."""
        try:
            return unpack(self._master.open(_octets(sealed), _ATTRIBUTES).reveal())
        except UnreadableAttributes as error:
            raise NotSealed(_ATTRIBUTES) from error


def _state_of(directory: str) -> str:
    return f"State of upstream {directory}"


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise NotSealed("not base64") from error
