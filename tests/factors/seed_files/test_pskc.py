"""TOTP keys of PSKC files; those in files/ were written by python-pskc 1.4, or stand in the RFC."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.factors.seed_files.entry import BadFile, Entry
from proxy.factors.seed_files.pskc import read_pskc
from proxy.factors.seed_files.pskc_encryption import Unlock
from proxy.factors.totp import TotpSeed
from proxy.secret import Secret

FILES = Path(__file__).parent / "files"
NOW = 1_800_000_000.0
PASSPHRASE = Unlock(passphrase=Secret(b"correct horse battery staple"))
SHARED = Unlock(key=Secret(bytes.fromhex("12345678901234567890123456789012")))
SEEDS = {
    "alice": TotpSeed(Secret(b"12345678901234567890")),
    "uid=bob,ou=people,dc=example,dc=org": TotpSeed(
        Secret(b"12345678901234567890123456789012"), "SHA256", 8, 60
    ),
    "carol": TotpSeed(Secret(b"1234567890" * 6 + b"1234"), "SHA512", 7, 30),
}
KEY = """\
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">
<KeyPackage><DeviceInfo></DeviceInfo>
<Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
<AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
<Data>
<Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>
<TimeInterval><PlainValue>30</PlainValue></TimeInterval>
</Data>
<UserId>alice</UserId>
</Key></KeyPackage>
</KeyContainer>"""


def read(text, unlock=None):
    return read_pskc(text.encode(), unlock or Unlock(), NOW)


@pytest.mark.parametrize(
    ("name", "unlock"),
    [
        ("plain", Unlock()),
        ("shared_key", SHARED),
        ("shared_key_256", Unlock(key=Secret(bytes(range(32))))),
        ("passphrase", PASSPHRASE),
        ("passphrase_sha256", PASSPHRASE),
    ],
)
def test_files_of_another_implementation(name, unlock):
    """Owner, secret, suite, digits and interval of each key, plain or encrypted."""
    found = read_pskc((FILES / f"{name}.xml").read_bytes(), unlock, NOW)
    assert found.faults == []
    assert {entry.owner: entry.seed for entry in found.entries} == SEEDS


def test_a_key_has_a_line():
    """That of its element."""
    assert read(KEY).entries == [Entry(3, "alice", SEEDS["alice"])]
    assert not read(KEY).is_signed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pskc:totp", "pskc#totp"),
        ("<UserId>alice</UserId>", ""),
        ('<ResponseFormat Length="6" Encoding="DECIMAL"/>', ""),
        ("<TimeInterval><PlainValue>30</PlainValue></TimeInterval>", ""),
        ("<Data>", "<Data><Time><PlainValue>0</PlainValue></Time>"),
        ("<AlgorithmParameters>", "<AlgorithmParameters><Suite>HMAC-SHA-1</Suite>"),
        ("<AlgorithmParameters>", "<AlgorithmParameters><Suite>sha1</Suite>"),
        ("MTIzNDU2", "\n  MTIz\n  NDU2"),
        ("<Data>", "<Policy><KeyUsage>OTP</KeyUsage><KeyUsage>CR</KeyUsage></Policy><Data>"),
        ("<Data>", "<Policy><StartDate>2012-08-01T00:00:00Z</StartDate></Policy><Data>"),
        ("<Data>", "<Policy><ExpiryDate>2037-12-31T00:00:00</ExpiryDate></Policy><Data>"),
    ],
)
def test_what_is_the_same_in_other_words(before, after):
    """Defaults, names of drafts, the device's user, white space, a policy that permits it."""
    text = KEY.replace(before, after)
    assert text != KEY
    text = text.replace("<DeviceInfo>", "<DeviceInfo><UserId>alice</UserId>")
    assert [entry.seed for entry in read(text).entries] == [SEEDS["alice"]]


@pytest.mark.parametrize(
    ("before", "after", "line", "found"),
    [
        ("pskc:totp", "pskc:hotp", 3, "found a key for hotp, wanted totp"),
        (' Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"', "", 3, "for nothing"),
        ("<UserId>alice</UserId>", "", 3, "no UserId"),
        ("<UserId>alice</UserId>", "<UserId>&#x202e;\n</UserId>", 3, "no UserId"),
        ("alice", "a" * 1025, 3, "no UserId"),
        ('Length="6"', 'Length="10"', 4, "another Length"),
        ('Encoding="DECIMAL"', 'Encoding="HEXADECIMAL"', 4, "wanted DECIMAL"),
        ('Length="6"', 'Length="6" CheckDigits="true"', 4, "CheckDigits"),
        ("<AlgorithmParameters>", "<AlgorithmParameters><Suite>MD5</Suite>", 3, "a Suite"),
        (">30<", ">0<", 3, "a step of 0 s"),
        (">30<", ">3600<", 3, "a step of 3600 s"),
        (">30<", ">thirty<", 7, "TimeInterval that is no plain whole number"),
        ("<Data>", "<Data><Time><PlainValue>5</PlainValue></Time>", 5, "found Time that is not 0"),
        ("<Data>", "<Data><TimeDrift><PlainValue>4</PlainValue></TimeDrift>", 5, "TimeDrift"),
        ("<Data>", "<Data><Counter><PlainValue>7</PlainValue></Counter>", 5, "Counter"),
        ("MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "MTIzNDU2Nzg5MA==", 3, "80 bits, wanted 112"),
        ("MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "no base64!", 6, "PlainValue that is not base64"),
        ("PlainValue>MTIz", "Other>", 6, None),
        ("<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue>", "", 6, "no value in Secret"),
        ("<PlainValue>MTIz", "<EncryptedValue/><PlainValue>MTIz", 6, "both a plain and an enc"),
        (
            "<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue>",
            "<EncryptedValue/>",
            6,
            "no EncryptionKey",
        ),
        ("Secret>", "Other>", 3, "no Secret"),
        ("Data>", "Other>", 3, "no Secret"),
        ("<Data>", "<Policy><PINPolicy/></Policy><Data>", 5, "PINPolicy"),
        ("<Data>", "<Policy><NumberOfTransactions>9</NumberOfTransactions></Policy><Data>", 5, "N"),
        ("<Data>", "<Policy><KeyUsage>CR</KeyUsage></Policy><Data>", 3, "another use"),
        ("<Data>", "<Policy><StartDate>2037-01-01</StartDate></Policy><Data>", 5, "still to come"),
        ("<Data>", "<Policy><ExpiryDate>2020-01-01</ExpiryDate></Policy><Data>", 5, "has passed"),
        ("<Data>", "<Policy><ExpiryDate>soon</ExpiryDate></Policy><Data>", 5, "no date"),
        ("<DeviceInfo>", "<DeviceInfo><ExpiryDate>2020-01-01</ExpiryDate>", 2, "has passed"),
        ("<Data>", "<Data/><Data>", 5, "second Data"),
    ],
)
def test_what_cannot_be_kept_is_a_fault_of_its_key(before, after, line, found):
    """With its line and without its secret; other keys of the file are read."""
    text = KEY.replace(before, after)
    if found is None:
        text = text.replace("OTA=</PlainValue>", "OTA=</Other>")
        found = "no value in Secret"
    bad, _, end = text.partition("</KeyPackage>")
    good = KEY.partition("\n")[2].partition("</KeyPackage>")[0] + "</KeyPackage>"
    both = read(f"{bad}</KeyPackage>{good}{end}")
    assert [entry.owner for entry in both.entries] == ["alice"]
    (fault,) = both.faults
    assert (fault.line, found in fault.message) == (line, True), fault
    assert "MTIz" not in fault.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<html/>", "found html, wanted a KeyContainer"),
        (KEY.replace("keyprov:pskc", "keyprov:pskc:1.0", 1), "wanted a KeyContainer"),
        (KEY.replace('Version="1.0"', 'Version="2.0"'), "another Version"),
        (KEY.replace('Version="1.0"', ""), "another Version"),
        ("<!DOCTYPE a>" + KEY, "document type"),
        ("nonsense", "not XML"),
    ],
)
def test_what_is_no_container(text, found):
    """The whole file is refused."""
    with pytest.raises(BadFile, match=found):
        read(text)


def test_a_package_without_a_key_is_a_fault():
    """It is something that the file's maker did not mean."""
    (fault,) = read(re.sub("<Key .*</Key>", "", KEY, flags=re.DOTALL)).faults
    assert (fault.line, fault.message) == (2, "found no Key in a KeyPackage")


def test_a_signature_is_noticed():
    """And not verified."""
    assert read(KEY.replace("</KeyContainer>", "<Signature/></KeyContainer>")).is_signed


def test_hotp_of_the_rfc_is_refused_by_name():
    """Its value is opened by nobody."""
    found = read_pskc((FILES / "rfc6030_figure6.xml").read_bytes(), SHARED, NOW)
    assert [fault.message for fault in found.faults] == ["found a key for hotp, wanted totp"]


def test_too_many_keys(monkeypatch):
    """One file is one transaction."""
    monkeypatch.setattr("proxy.factors.seed_files.entry.SEEDS_LIMIT", 2)
    package = KEY.partition("\n")[2].partition("</KeyContainer>")[0]
    read(KEY.replace("</KeyContainer>", package + "</KeyContainer>"))
    with pytest.raises(BadFile, match="more than 2 seeds"):
        read(KEY.replace("</KeyContainer>", package * 2 + "</KeyContainer>"))


@given(st.data())
def test_whatever_is_changed_is_read_or_told(data):
    """Never another error."""
    octets = bytearray((FILES / "shared_key.xml").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        found = read_pskc(bytes(octets), SHARED, NOW)
    except BadFile:
        return
    for entry in found.entries:
        assert entry.seed.secret in {seed.secret for seed in SEEDS.values()}
