"""Directories that are other RADIUS servers: their keys, and what does not fit."""

import pytest

from proxy.firstfactor.upstream_options import UpstreamAddress
from proxy.settings.check import check
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.load import load
from proxy.settings.plain import directory_options, policies
from proxy.settings.upstreams import upstream_options

CONFIG = """\
store: sqlite:///a.db
master_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
web: {url: https://mfa.example.org}
directories:
  nps:
    type: radius
    servers: [192.0.2.20, "2001:db8::20", "[2001:db8::21]:1645"]
    secret: a-secret-of-more-than-twelve-octets
policies:
  - {name: staff, clients: [vpn], directory: nps, factors: [totp]}
clients:
  vpn: {networks: [192.0.2.10], secret: a-secret-of-more-than-twelve-octets, wait: 60s}
"""


@pytest.fixture
def loaded(tmp_path):
    def load_with(*changes):
        text = CONFIG
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        file = tmp_path / "countersign.yaml"
        file.write_text(text)
        file.chmod(0o600)
        return load(file)

    return load_with


def faults(loaded, *changes):
    with pytest.raises(ConfigurationFaults) as caught:
        loaded(*changes)
    return [str(fault).partition("countersign.yaml:")[2] for fault in caught.value.faults]


def adding(text):
    return ("    type: radius\n", f"    type: radius\n    {text}\n")


def test_what_the_rooms_get(loaded):
    """Defaults are safe: no attribute passes, Message-Authenticator is required."""
    one = loaded()
    (options,) = upstream_options(one.settings)
    assert options.servers == (
        UpstreamAddress("192.0.2.20", 1812),
        UpstreamAddress("2001:db8::20", 1812),
        UpstreamAddress("2001:db8::21", 1645),
    )
    assert [str(server) for server in options.servers][1:] == [
        "[2001:db8::20]:1812",
        "[2001:db8::21]:1645",
    ]
    assert (options.attributes, options.require_message_authenticator) == ((), True)
    assert ("typed", True, 10.0, 2.0) == (
        options.user_name,
        options.status_server,
        options.timeout,
        options.retransmit,
    )
    assert "Calling-Station-Id" in options.send
    assert options.own == ((32, b"countersign"),)
    assert directory_options(one.settings) == []
    assert policies(one.settings, one.attributes)[0].upstream
    assert [] == [str(finding) for finding in check(one) if "secret" not in str(finding)]


def test_attributes_may_be_all_or_none(loaded):
    """Or named."""
    one = loaded(
        adding("attributes: all"), ("secret: a-secret", "send: none\n    secret: a-secret")
    )
    (options,) = upstream_options(one.settings)
    assert ("all", ()) == (options.attributes, options.send)
    one = loaded(adding("attributes: [Class, MS-MPPE-Send-Key]"))
    assert upstream_options(one.settings)[0].attributes == ("Class", "MS-MPPE-Send-Key")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("[192.0.2.20,", "[nps.example.org,"), "7: directories.nps.servers[0]: found 'nps"),
        (("[192.0.2.20,", '["192.0.2.20:0",'), "7: directories.nps.servers[0]: found '192"),
        (("[192.0.2.20,", "[7,"), "7: directories.nps.servers[0]: found 7, wanted an IP address"),
        (('"2001:db8::20"', "192.0.2.20"), "7: directories.nps.servers: found a server twice"),
        (adding("attributes: some"), "7: directories.nps.attributes: found 'some', wanted all"),
        (adding("attributes: [State]"), "7: directories.nps.attributes: found State, which never"),
        (adding("attributes: [Clas]"), "7: directories.nps.attributes: found attribute Clas, did"),
        (adding("send: [Clas]"), "7: directories.nps.send: found attribute Clas, did you mean"),
        (adding("retransmit: 10s\n    timeout: 5s"), "7: directories.nps.retransmit: found more"),
        (adding("upn_suffixes: [a.example]"), "7: directories.nps.upn_suffixes: found with user_"),
        (adding("search_base: dc=a"), "7: directories.nps.search_base: found an unknown key, "),
        (("    type: radius\n", ""), "5: directories.nps.type: missing, wanted a value"),
        (
            ("type: radius", "type: raduis"),
            "6: directories.nps.type: found 'raduis', wanted 'ldap'",
        ),
        (("    secret: a-secret-of-more-than-twelve-octets\npol", "pol"), "5: directories.nps.sec"),
        (("factors:", "groups: [cn=a], factors:"), "10: policies[0].groups: found groups, but dir"),
        (("factors:", "remember: 8h, factors:"), "10: policies[0].remember: found remember, but"),
        (
            ("factors:", "reply: [{attribute: Class, from: mail}], factors:"),
            "10: policies[0].reply[0].from: found from, but directory nps is a RADIUS server",
        ),
    ],
)
def test_faults(loaded, change, told):
    """Each with its line, and what was wanted."""
    (fault,) = faults(loaded, change)
    assert fault.startswith(told), fault


def test_warnings(loaded):
    """Answers that can be forged, a secret that can be guessed."""
    one = loaded(
        adding("require_message_authenticator: false"),
        ("secret: a-secret-of-more-than-twelve-octets\npol", "secret: short\npol"),
    )
    told = [str(finding).partition("nps.")[2] for finding in check(one)]
    assert any(line.startswith("require_message_authenticator: false lets") for line in told)
    assert any(line.startswith("secret: 12 octets or fewer") for line in told)
