"""
The encrypted values of a PSKC file: RFC 6030 section 6.

The key is shared before (section 6.1) or derived from a passphrase by PBKDF2 (section 6.2). Values
are encrypted by AES in CBC mode, so each has a MAC over its octets (section 6.1.1), which is
checked before anything is decrypted. Certificates (section 6.3), key wrapping and other ciphers are
refused.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from proxy.factors.seed_files.entry import BadFile
from proxy.factors.seed_files.xml_tree import Element
from proxy.secret import Secret

BLOCK: Final = 16
ITERATIONS_LIMIT: Final = 10_000_000
"""Of PBKDF2: some seconds."""
_AES_CBC: Final = re.compile(r"http://www\.w3\.org/2001/04/xmlenc#aes(128|192|256)-cbc")
_HMAC: Final = re.compile(
    r"http://www\.w3\.org/(?:2000/09/xmldsig|2001/04/xmldsig-more)#hmac-(sha(?:1|256|384|512))"
)
_PRF: Final = re.compile(r"(?:.*#)?hmac-?(?:with)?-?(sha(?:1|256|384|512))", re.IGNORECASE)
_WRONG: Final = "found a value that this key or passphrase does not open, or that was changed"


@dataclass(frozen=True, slots=True)
class Unlock:
    """What the operator gives to open a file; both None: nothing."""

    key: Secret | None = None
    """The key that was shared before: 16, 24 or 32 octets."""
    passphrase: Secret | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """How the values of one file are opened."""

    key: Secret
    mac_key: Secret
    mac_hash: str
    """As hashlib names it."""

    def open(self, value: Element) -> Secret:
        """
        Open the EncryptedValue of an element that has one.

        Raises:
            BadFile: another cipher, no MAC, another key, or a changed value; with its line.
        """
        sealed = value.find("EncryptedValue")
        assert sealed is not None
        octets = _cipher_value(sealed)
        mac = value.find("ValueMAC")
        if mac is None:
            raise BadFile(value.line, "found no ValueMAC, without which CBC proves nothing")
        made = hmac.digest(self.mac_key.reveal(), octets, self.mac_hash)
        if not hmac.compare_digest(made, base64_of(mac)):
            raise BadFile(mac.line, _WRONG)
        return _decrypt(sealed, octets, self.key)


def lock_of(container: Element, unlock: Unlock) -> Lock | None:
    """
    Find how the values of a container are opened; None: it has no EncryptionKey.

    Raises:
        BadFile: a kind of key or MAC that is not supported, or none was given that is wanted.
    """
    described = container.find("EncryptionKey")
    if described is None:
        return None
    derived = described.find("DerivedKey")
    if derived is not None:
        key = _derived(derived, unlock)
    elif described.find("KeyName") is not None:
        key = _shared(described, unlock)
    else:
        raise BadFile(described.line, "found a kind of EncryptionKey that is not supported")
    method = container.find("MACMethod")
    if method is None:
        raise BadFile(described.line, "found no MACMethod, wanted one beside EncryptionKey")
    algorithm = _HMAC.fullmatch(method.attributes.get("Algorithm", ""))
    if algorithm is None:
        raise BadFile(method.line, "found a MACMethod that is not supported, wanted HMAC with SHA")
    mac_key = method.find("MACKey")
    return Lock(
        key,
        key if mac_key is None else _decrypt(mac_key, _cipher_value(mac_key), key),
        algorithm[1],
    )


def base64_of(element: Element) -> bytes:
    """Read the base64 text of an element, white space anywhere in it. Raises BadFile."""
    try:
        return base64.b64decode("".join(element.text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadFile(element.line, f"found a {element.name} that is not base64") from None


def _shared(described: Element, unlock: Unlock) -> Secret:
    if unlock.key is None:
        raise BadFile(described.line, "its values are encrypted by a key: wanted --key-file")
    if len(unlock.key.reveal()) not in {16, 24, 32}:
        raise BadFile(described.line, "found a key of another length, wanted 16, 24 or 32 octets")
    return unlock.key


def _derived(derived: Element, unlock: Unlock) -> Secret:
    """Derive the key from the passphrase: PBKDF2 (RFC 8018 section 5.2, appendix A.2)."""
    method = derived.find("KeyDerivationMethod")
    if method is None or not method.attributes.get("Algorithm", "").endswith("#pbkdf2"):
        raise BadFile(derived.line, "found a key derivation that is not supported, wanted PBKDF2")
    parameters = method.find("PBKDF2-params")
    salt = None if parameters is None else parameters.find("Salt", "Specified")
    if parameters is None or salt is None:
        raise BadFile(method.line, "found no PBKDF2 parameters with a salt")
    iterations = _number(parameters, "IterationCount", 1, ITERATIONS_LIMIT)
    length = _number(parameters, "KeyLength", 16, 32)
    function = _PRF.fullmatch(_pseudo_random(parameters) or "hmac-sha1")
    if function is None:
        raise BadFile(parameters.line, "found a PRF that is not supported, wanted HMAC with SHA")
    if unlock.passphrase is None:
        raise BadFile(derived.line, "its values are encrypted: wanted --passphrase-file")
    return Secret(
        hashlib.pbkdf2_hmac(
            function[1].lower(), unlock.passphrase.reveal(), base64_of(salt), iterations, length
        )
    )


def _pseudo_random(parameters: Element) -> str:
    """Name the PRF; schemas have it as an attribute, some programs write it as text."""
    element = parameters.find("PRF")
    if element is None:
        return ""
    return element.attributes.get("Algorithm", "") or element.text.strip()


def _number(parent: Element, name: str, least: int, most: int) -> int:
    element = parent.find(name)
    text = "" if element is None else element.text.strip()
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise BadFile(parent.line, f"found no {name} from {least} to {most}")
    return int(text)


def _cipher_value(sealed: Element) -> bytes:
    value = sealed.find("CipherData", "CipherValue")
    if value is None:
        raise BadFile(sealed.line, f"found no CipherValue in {sealed.name}")
    return base64_of(value)


def _decrypt(sealed: Element, octets: bytes, key: Secret) -> Secret:
    """Decrypt IV and ciphertext (XML Encryption 1.1 section 5.2)."""
    method = sealed.find("EncryptionMethod")
    algorithm = _AES_CBC.fullmatch("" if method is None else method.attributes.get("Algorithm", ""))
    if algorithm is None:
        raise BadFile(sealed.line, "found a cipher that is not supported, wanted AES in CBC mode")
    if len(key.reveal()) * 8 != int(algorithm[1]):
        raise BadFile(
            sealed.line,
            f"found a key of {len(key.reveal()) * 8} bits, wanted {algorithm[1]}",
        )
    if len(octets) < 2 * BLOCK or len(octets) % BLOCK:
        raise BadFile(sealed.line, "found a CipherValue that is not an IV and whole blocks")
    decryptor = Cipher(AES(key.reveal()), CBC(octets[:BLOCK])).decryptor()
    plain = decryptor.update(octets[BLOCK:]) + decryptor.finalize()
    if not 1 <= plain[-1] <= BLOCK:
        raise BadFile(sealed.line, _WRONG)
    return Secret(plain[: -plain[-1]])
