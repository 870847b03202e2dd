"""What is legal and yet unwise."""

import pytest

from proxy.settings.check import check
from tests.peers.authority import Authority

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SECRET = "a-secret-of-more-than-twelve-octets"
FACTORS = "factors: [push, totp]"


@pytest.fixture
def findings(config):
    def give(*changes: tuple[str, str]) -> list[str]:
        prefix = f"{config.path}:"
        return [str(finding).removeprefix(prefix) for finding in check(config.good(*changes))]

    return give


def test_nothing_to_say(findings):
    """A good configuration draws no warning."""
    assert findings() == []


CASES = [
    ((SECRET, "twelveoctets"), "19: warning: clients.vpn.secret: 12 octets or fewer"),
    (
        (SECRET, f"{SECRET}\n    require_message_authenticator: false"),
        "20: warning: clients.vpn.require_message_authenticator: false leaves",
    ),
    ((FACTORS, "factors: []"), "15: warning: policies[0].factors: [] lets the password alone pass"),
    ((FACTORS, "factors: [recovery]"), "15: warning: policies[0].factors: recovery codes alone"),
    (
        (FACTORS, f"{FACTORS}\n    number_digits: 4"),
        "16: warning: policies[0].number_digits: fewer than 6",
    ),
    (
        (FACTORS, f"{FACTORS}\n    picking: true"),
        "16: warning: policies[0].picking: true: a blind guess is right once in ten times",
    ),
    (
        (FACTORS, f"{FACTORS}\n    wait: 5s"),
        "12: warning: policies[0]: with client vpn: wait of 5s is too short",
    ),
    (
        (FACTORS, f"{FACTORS}\n    wait: 3m"),
        "12: warning: policies[0]: with client vpn: push.lifetime of 2m ends before",
    ),
    (
        (FACTORS, f"{FACTORS}\n    number_matching: required"),
        "12: warning: policies[0]: with client vpn: number_matching: required",
    ),
    (
        (FACTORS, "factors: [totp]\n    verify_user: true"),
        "16: warning: policies[0].verify_user: without push in `factors` no phone is asked",
    ),
    (
        (FACTORS, f"{FACTORS}\n    methods: [pap, eap, portal]"),
        "16: warning: policies[0].methods: no client's login comes by eap or portal",
    ),
    (
        ("[ldaps://dc1.example.org]", "[ldap://dc1.example.org]\n    allow_cleartext: true"),
        "7: warning: directories.corp.servers[0]: ldap://dc1.example.org:389: passwords cross",
    ),
    (
        ("type: ldap", "type: ldap\n    allow_cleartext: true"),
        "7: warning: directories.corp.allow_cleartext: nothing needs it",
    ),
    (
        (
            "clients:\n  vpn",
            "clients:\n  b: {networks: [10.0.0.0/8], secret: 1234567890abcdef}\n  vpn",
        ),
        "17: warning: clients.b: no policy names this client",
    ),
    (
        ("clients:\n  vpn", "radius: {reject_delay: 0s}\nclients:\n  vpn"),
        "16: warning: radius.reject_delay: less than 1s",
    ),
    (
        (
            "example.org}",
            "example.org, portal: {enrolment: first-login, first_login_until: 2020-12-31}}",
        ),
        "3: warning: web.portal.first_login_until: 2020-12-31 is over",
    ),
    (
        ("example.org}", "example.org, trusted_proxies: [0.0.0.0/0]}"),
        "3: warning: web.trusted_proxies[0]: 0.0.0.0/0 lets anyone",
    ),
    (
        (FACTORS, f"{FACTORS}\n  - {{name: b, clients: [vpn], directory: corp, factors: [totp]}}"),
        "16: warning: policies[1]: never decides: policy 'staff' before it",
    ),
    (
        (
            FACTORS,
            (
                f"{FACTORS}\n    app_codes: false\n    groups: ['cn=a,dc=example']"
                "\n  - {name: b, clients: [vpn], directory: corp, factors: [totp]}"
            ),
        ),
        "16: warning: policies[0].app_codes: false holds for everyone in corp, so for policy 'b'",
    ),
]


@pytest.mark.parametrize(("change", "expected"), CASES, ids=lambda case: str(case)[:60])
def test_warnings(findings, change, expected):
    """Each warning is told with its line, alone."""
    (finding,) = findings(change)
    assert finding.startswith(expected)


def test_cas_of_no_push_service(findings, config):
    """They vouch for services of one's own, and none is named."""
    Authority(config.folder)
    (finding,) = findings(("directories:", "push: {ca_certificates: ca.pem}\ndirectories:"))
    assert finding.startswith("4: warning: push.ca_certificates: nothing needs it")


@pytest.mark.parametrize("host", ["192.0.2.1", "192.0.2.1:8443", "[2001:db8::1]"])
def test_passkeys_want_a_name(findings, host):
    """No browser makes one for an address; only a policy that wants one is warned of."""
    url = ("https://mfa.example.org", f"'https://{host}'")
    assert findings(url) == []
    (found,) = findings(url, (FACTORS, f"{FACTORS}\n    verify_user: true"))
    assert found.startswith(
        "16: warning: policies[0].verify_user: no browser makes a passkey for an address"
    )


def test_a_policy_that_verifies_draws_no_warning_else(findings):
    """With push, at a site with a name."""
    assert findings((FACTORS, f"{FACTORS}\n    verify_user: true")) == []


def test_network_in_anothers(findings):
    """A client inside another's network is told: the longer one decides."""
    more = "clients:\n  b: {networks: [192.0.0.0/16], secret: 1234567890abcdef}\n  vpn"
    found = findings(("clients:\n  vpn", more), ("clients: [vpn]", "clients: [vpn, b]"))
    assert len(found) == 1
    assert "192.0.2.0/24 lies in 192.0.0.0/16 of client b" in found[0]


def test_a_later_policy_that_still_decides(findings):
    """A policy after one with conditions or groups is reached."""
    first = f"{FACTORS}\n    when: {{NAS-Port: 1}}"
    second = "\n  - {name: b, clients: [vpn], directory: corp, factors: [totp], groups: ['cn=a']}"
    third = "\n  - {name: c, clients: [vpn], directory: corp, factors: [totp]}"
    assert findings((FACTORS, first + second + third)) == []


def test_secret_files_that_everyone_can_read(findings, config):
    """A secret's file is for its owner."""
    (config.folder / "s").write_text(SECRET)
    (config.folder / "s").chmod(0o644)
    (finding,) = findings((SECRET, "!file s"))
    assert finding.startswith("19: warning: clients.vpn.secret: everyone can read")


def test_written_secrets_that_everyone_can_read(config):
    """Secrets that are written out make the configuration itself a secret."""
    loaded = config.good()
    config.path.chmod(0o644)
    assert [finding.line for finding in check(loaded)] == [2, 19]


@pytest.mark.parametrize("octets", [None, b"no PEM"])
def test_certificate_files(findings, config, octets):
    """A certificate that is missing, or none, is a fault."""
    for name in ("c.pem", "k.pem", "ca.pem"):
        if octets:
            (config.folder / name).write_bytes(octets)
    found = findings(
        ("example.org}", "example.org, certificate: c.pem, private_key: k.pem}"),
        ("type: ldap", "type: ldap\n    ca_certificates: ca.pem"),
    )
    wanted = [
        "3: web.certificate: ",
        "3: web.private_key: ",
        "7: directories.corp.ca_certificates: ",
    ]
    assert [finding.startswith(text) for finding, text in zip(found, wanted, strict=True)] == [
        True
    ] * 3


def test_no_clients_and_no_policies(findings):
    """A configuration without clients or policies lets nobody in, and says so."""
    gone = "policies:\n  - name: staff\n    clients: [vpn]\n    directory: corp\n    factors: [push, totp]\n"
    rest = f"clients:\n  vpn:\n    networks: [192.0.2.0/24]\n    secret: {SECRET}\n"
    assert findings((gone, ""), (rest, "")) == [
        "1: warning: no clients, so nobody is answered",
        "1: warning: policies: none, so every login is refused",
    ]
