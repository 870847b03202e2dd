"""
Who stands behind the NAS, in one spelling: what joins the retries of one login.

NASes write the same caller in many ways, and with a port or an SSID that changes from one attempt
to the next: an address is taken without port (`:4500`, or strongSwan's `[4500]`) or brackets, a MAC
without its SSID.
"""

import re
from ipaddress import ip_address

from proxy.radius.address import unmapped

_ADDRESS = re.compile(
    r"""
    \[ (?P<bracketed> [0-9A-Fa-f:.]+ (?: %[^\]]+ )? ) \] (?: :\d{1,5} )?
    | (?P<with_port> \d{1,3} (?: \.\d{1,3} ){3} ) :\d{1,5}
    | (?P<before_port> [0-9A-Fa-f:.]+ ) \[\d{1,5}\]
    """,
    re.VERBOSE | re.ASCII,
)
_MAC = re.compile(
    r"""
    (?P<mac>
        [0-9A-Fa-f]{2} (?P<by_two> [-:. ] ) (?: [0-9A-Fa-f]{2} (?P=by_two) ){4} [0-9A-Fa-f]{2}
        | [0-9A-Fa-f]{4} (?P<by_four> [-:.] ) [0-9A-Fa-f]{4} (?P=by_four) [0-9A-Fa-f]{4}
        | [0-9A-Fa-f]{6} [-:.] [0-9A-Fa-f]{6}
        | [0-9A-Fa-f]{12}
    )
    (?: : (?P<rest> .* ) )?
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PLAIN_IPV4 = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}", re.ASCII)
"""An address in its one spelling already, which is what most NASes send."""
_PORT = "port "
_SEPARATORS = str.maketrans("", "", "-:. ")


def normalise_caller(text: str) -> str | None:
    """
    Give a caller in its one spelling; None: the text says nothing.

    An address comes without port or brackets, a MAC as 12 lower-case hex digits without what
    follows a `:`; any other text as it stands. What can be read as an address is one, though it
    might be a MAC with an SSID of hex digits.
    """
    if not text.strip():
        return None
    return _address(text) or _mac(text) or text


def split_mac(text: str) -> tuple[str, str] | None:
    """
    Give a MAC as 12 lower-case hex digits, and what follows it after a `:`, which may be nothing.

    None: the text begins with no MAC, or something else follows it.
    """
    match = _MAC.fullmatch(text)
    return match and (match["mac"].translate(_SEPARATORS).lower(), match["rest"] or "")


def is_address(text: str) -> bool:
    """Say whether a text is an IP address, with or without port or brackets."""
    return _address(text) is not None


def caller_at_port(port: str, nas: str) -> str:
    """Name a caller by where it is plugged in, for a NAS that sends no station's name."""
    return f"{_PORT}{port} of {nas}"


def is_port(caller: str) -> bool:
    """Say whether a caller is named by a port, which may be one and the same for everybody."""
    return caller.startswith(_PORT)


def _address(text: str) -> str | None:
    if _PLAIN_IPV4.fullmatch(text):
        return text
    match = _ADDRESS.fullmatch(text)
    bare = match[match.lastgroup] if match and match.lastgroup else text
    try:
        return str(unmapped(ip_address(bare)))
    except ValueError:
        return None


def _mac(text: str) -> str | None:
    parts = split_mac(text)
    return None if parts is None else parts[0]
