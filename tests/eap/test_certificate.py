"""Whom certificates name."""

import pytest
from cryptography import x509

from proxy.eap.certificate import BadCertificate, named_by
from tests.peers.authority import UPN, Authority, upn

MAIL = x509.RFC822Name("alice@example.org")
ORDER = ("upn", "email", "cn")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    ("names", "order", "found"),
    [
        ([MAIL, upn("alice@corp.example.org")], ORDER, "alice@corp.example.org"),
        ([MAIL, upn("alice@corp.example.org")], ("email",), "alice@example.org"),
        ([MAIL, upn("alice@corp.example.org")], ("cn",), "Alice"),
        ([MAIL], ORDER, "alice@example.org"),
        ([x509.DNSName("laptop.example.org")], ORDER, "Alice"),
        ([], ORDER, "Alice"),
        ([upn("ä" * 100)], ORDER, "ä" * 100),
    ],
)
def test_the_first_kind_of_name_in_order(authority, names, order, found):
    """Other names, and names of other kinds, are not looked at."""
    certificate, _ = authority.person("Alice", names=names)
    assert named_by(certificate, order).username == found.encode()


@pytest.mark.parametrize(
    ("names", "order", "why"),
    [
        ([], ("upn", "email"), "found no name of a person, wanted one of upn, email"),
        ([MAIL, x509.RFC822Name("bob@example.org")], ORDER, "found 2 names of the kind email"),
        ([upn("a"), upn("b")], ORDER, "found 2 names of the kind upn"),
        ([x509.OtherName(UPN, b"\x16\x01a")], ORDER, "no UTF8String"),
        ([x509.OtherName(UPN, b"\x0c\x00")], ORDER, "no UTF8String"),
        ([x509.OtherName(UPN, b"\x0c\x01\xff")], ORDER, "cannot be read"),
        ([upn("a" * 254)], ORDER, "found a name of 254 octets"),
    ],
)
def test_names_of_nobody(authority, names, order, why):
    """A certificate that is not clear lets nobody in."""
    certificate, _ = authority.person("Alice", names=names)
    with pytest.raises(BadCertificate, match=why):
        named_by(certificate, order)


@pytest.mark.parametrize("usage", [(), (x509.ExtendedKeyUsageOID.SERVER_AUTH,)])
def test_what_it_is_for(authority, usage):
    """A server's certificate is nobody's, whatever its name."""
    certificate, _ = authority.person(names=[MAIL], usage=usage)
    with pytest.raises(BadCertificate, match="clientAuth"):
        named_by(certificate, ORDER)
