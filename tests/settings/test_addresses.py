"""Where things are."""

import pytest
from pydantic import TypeAdapter, ValidationError

from proxy.settings.addresses import (
    Address,
    ContactUrl,
    LdapServer,
    LdapServerUrl,
    NetworkText,
    PushServiceText,
    WebUrl,
    parse_address,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.0.0.0:1812", Address("0.0.0.0", 1812)),
        ("[::]:0", Address("::", 0)),
        ("[2001:db8::1]:8443", Address("2001:db8::1", 8443)),
        ("::1:1812", None),
        ("[192.0.2.1]:1812", None),
        ("192.0.2.300:1812", None),
        ("192.0.2.1:65536", None),
        ("192.0.2.1", None),
        ("localhost:1812", None),
        ("0.0.0.0:1812\n", None),
    ],
)
def test_addresses(text, expected):
    """An address has a port, and brackets where it is IPv6; names are none."""
    assert parse_address(text) == expected


def test_address_as_text():
    """An address prints as it is written."""
    assert [str(Address("::", 1)), str(Address("0.0.0.0", 1))] == ["[::]:1", "0.0.0.0:1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ldaps://dc1", LdapServer("dc1", 636, tls=True)),
        ("ldap://dc1/", LdapServer("dc1", 389, tls=False)),
        ("ldaps://[2001:db8::1]:1636", LdapServer("2001:db8::1", 1636, tls=True)),
    ],
)
def test_ldap_servers(text, expected):
    """A server is a scheme, a host and perhaps a port."""
    assert TypeAdapter(LdapServerUrl).validate_python(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "dc1",
        "ldaps://",
        "ldaps://a:b",
        "ldaps://u@a",
        "ldaps://a/dc=x",
        "ldaps://a?x",
        "ldaps://a:0",
        3,
    ],
)
def test_not_ldap_servers(text):
    """What goes beyond that is refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(LdapServerUrl).validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://a/?x",
        "https://a/#x",
        "https://u:p@a",
        "https://",
        "https://a b",
        "https://[a",
        "https://ä",
        3,
    ],
)
def test_not_web_urls(text):
    """The web's URL is where phones go: no query, fragment, user or odd characters."""
    with pytest.raises(ValidationError):
        TypeAdapter(WebUrl).validate_python(text)


def test_web_url_with_a_path():
    """A reverse proxy may put the web under a path."""
    assert (
        TypeAdapter(WebUrl).validate_python("https://a.example:1/mfa") == "https://a.example:1/mfa"
    )


@pytest.mark.parametrize("value", [24, "x/8", "192.0.2.0/33"])
def test_not_networks(value):
    """A network is an address with or without a prefix length."""
    with pytest.raises(ValidationError):
        TypeAdapter(NetworkText).validate_python(value)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("push.example.org", ("push.example.org", None)),
        ("Push.Example.org:8443", ("push.example.org", 8443)),
        ("192.0.2.7:1", ("192.0.2.7", 1)),
        ("[2001:DB8::1]:8443", ("2001:db8::1", 8443)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
    ],
)
def test_push_services(text, service):
    """A host, with or without a port; as endpoints are compared with it."""
    found = TypeAdapter(PushServiceText).validate_python(text)
    assert service == (found.host, found.port)


@pytest.mark.parametrize(
    "text",
    ["", ":443", "a:", "a:0", "a:65536", "a:b", "https://a", "a/b", "u@a", "a b", "[::1", 3, None],
)
def test_not_push_services(text):
    """No URL and no network."""
    with pytest.raises(ValidationError):
        TypeAdapter(PushServiceText).validate_python(text)


@pytest.mark.parametrize("text", ["mailto:it@example.org", "https://example.org/it"])
def test_contacts(text):
    """As RFC 8292 section 2.1 has them."""
    assert text == TypeAdapter(ContactUrl).validate_python(text)


@pytest.mark.parametrize(
    "text",
    ["it@example.org", "mailto:it", "mailto:it@a\r\nX: y", "http://a", "https://", "x" * 300, 3],
)
def test_not_contacts(text):
    """It stands in a header of every push."""
    with pytest.raises(ValidationError):
        TypeAdapter(ContactUrl).validate_python(text)
