"""Encrypted values of PSKC files."""

import base64
import re
from pathlib import Path

import pytest

from proxy.factors.seed_files.entry import BadFile
from proxy.factors.seed_files.pskc_encryption import Unlock, lock_of
from proxy.factors.seed_files.xml_tree import parse
from proxy.secret import Secret

FILES = Path(__file__).parent / "files"
SHARED = Unlock(key=Secret(bytes.fromhex("12345678901234567890123456789012")))
QWERTY = Unlock(passphrase=Secret(b"qwerty"))
FIGURE6 = (FILES / "rfc6030_figure6.xml").read_text()
FIGURE7 = (FILES / "rfc6030_figure7.xml").read_text()
SECRET = ("KeyPackage", "Key", "Data", "Secret")


def opened(text, unlock):
    root = parse(text.encode())
    return lock_of(root, unlock).open(root.find(*SECRET)).reveal()


def test_rfc6030_figure_6():
    """A shared key, and a MAC key encrypted by it."""
    root = parse(FIGURE6.encode())
    assert (
        lock_of(root, SHARED).mac_key.reveal().hex() == "1122334455667788990011223344556677889900"
    )
    assert opened(FIGURE6, SHARED) == b"12345678901234567890"


def test_rfc6030_figure_7():
    """A passphrase: the key that the RFC names is derived from it."""
    root = parse(FIGURE7.encode())
    assert lock_of(root, QWERTY).key.reveal().hex() == "651e63cd57008476af1ff6422cd02e41"
    assert opened(FIGURE7, QWERTY) == bytes.fromhex("3132333435363738393031323334353637383930")


def test_a_mac_key_that_is_missing_is_the_encryption_key():
    """RFC 6030 section 6.1.1: then the two are the same."""
    root = parse(re.sub(r"<MACKey>.*</MACKey>", "", FIGURE6, flags=re.DOTALL).encode())
    assert lock_of(root, SHARED).mac_key == SHARED.key


def test_a_file_without_an_encryption_key_has_no_lock():
    """Its values are plain."""
    assert lock_of(parse(b"<KeyContainer/>"), Unlock()) is None


@pytest.mark.parametrize(
    ("text", "unlock", "found"),
    [
        (FIGURE6, Unlock(), "wanted --key-file"),
        (FIGURE7, Unlock(), "wanted --passphrase-file"),
        (FIGURE6, QWERTY, "wanted --key-file"),
        (FIGURE7, SHARED, "wanted --passphrase-file"),
        (FIGURE6, Unlock(key=Secret(b"x" * 15)), "wanted 16, 24 or 32 octets"),
        (FIGURE6, Unlock(key=Secret(b"x" * 32)), "found a key of 256 bits, wanted 128"),
        (FIGURE6, Unlock(key=Secret(b"x" * 16)), "does not open"),
        (FIGURE7, Unlock(passphrase=Secret(b"qwertz")), "does not open"),
        (FIGURE6.replace("Su+Nvt", "Su+Nvu"), SHARED, "does not open"),
        (FIGURE6.replace("D+cIHI", "D+cIHJ"), SHARED, "does not open"),
        (FIGURE6.replace("AAECAw", "AAECAx"), SHARED, "does not open"),
        (re.sub("<ValueMAC>.*</ValueMAC>", "", FIGURE6, flags=re.DOTALL), SHARED, "no ValueMAC"),
        (re.sub("<MACMethod.*</MACMethod>", "", FIGURE6, flags=re.DOTALL), SHARED, "no MACMethod"),
        (FIGURE6.replace("#hmac-sha1", "#hmac-md5"), SHARED, "MACMethod that is not supported"),
        (FIGURE6.replace("aes128-cbc", "kw-aes128"), SHARED, "cipher that is not supported"),
        (FIGURE6.replace("aes128-cbc", "tripledes-cbc"), SHARED, "cipher that is not supported"),
        (FIGURE6.replace("ds:KeyName", "ds:X509Data"), SHARED, "EncryptionKey that is not supp"),
        (FIGURE7.replace("#pbkdf2", "#pbes2"), QWERTY, "wanted PBKDF2"),
        (FIGURE7.replace("PBKDF2-params", "other"), QWERTY, "no PBKDF2 parameters"),
        (FIGURE7.replace("<PRF/>", '<PRF Algorithm="md5"/>'), QWERTY, "PRF that is not supported"),
        (FIGURE7.replace(">1000<", ">0<"), QWERTY, "IterationCount"),
        (FIGURE7.replace(">1000<", ">99999999<"), QWERTY, "IterationCount"),
        (FIGURE7.replace(">16<", ">8<"), QWERTY, "KeyLength"),
        (FIGURE7.replace("Ej7/PEpyEpw=", "§"), QWERTY, "not base64"),
        (FIGURE6.replace("ESIzRF", "ESI"), SHARED, "not base64"),
        (FIGURE6.replace("xenc:CipherValue", "xenc:CipherOther"), SHARED, "no CipherValue"),
        (re.sub(r"ESIzRF\S+", "ESIzRFVmd4iZABEiM0RVZg==", FIGURE6), SHARED, "whole blocks"),
    ],
)
def test_what_does_not_open_is_told(text, unlock, found):
    """With its line, and nothing of a secret."""
    with pytest.raises(BadFile, match=found) as raised:
        opened(text, unlock)
    assert 6 <= raised.value.fault.line <= 55
    assert "qwert" not in str(raised.value)


def test_every_changed_octet_is_noticed():
    """Anywhere in the ciphertext or its IV."""
    whole = "AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv"
    octets = base64.b64decode(whole)
    for place in range(len(octets)):
        changed = bytearray(octets)
        changed[place] ^= 1
        text = FIGURE6.replace(whole, base64.b64encode(changed).decode())
        with pytest.raises(BadFile, match="does not open"):
            opened(text, SHARED)
