"""What of EAP cannot work together, and what of it is unwise."""

import time

import pytest

from proxy.settings.check import check
from tests.peers.authority import Authority

SECRET = "    secret: a-secret-of-more-than-twelve-octets\n"
EAP = "eap: {certificate: server.pem, private_key: server.key"
TLS = (SECRET, f"{SECRET}    eap: [tls]\n")


def eap(more=""):
    return ("clients:\n", f"{EAP}{more}}}\nclients:\n")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([TLS], "20: clients.vpn.eap: found without the section `eap`"),
        ([TLS, eap()], "21: clients.vpn.eap: found tls without eap.client_ca"),
        ([eap(", client_crl: [ca.pem]")], "16: eap.client_crl: found without eap.client_ca"),
        ([eap(", client_name: [cn, cn]")], "16: eap.client_name: found a name twice"),
        (
            [(SECRET, f"{SECRET}    eap: [ttls, gtc]\n"), eap()],
            "21: clients.vpn.eap: found gtc without eap_without_tls: true",
        ),
        (
            [(SECRET, f"{SECRET}    eap_without_tls: true\n    eap: [mschapv2]\n"), eap()],
            "22: clients.vpn.eap: found mschapv2, but no policy for vpn has a directory",
        ),
        (
            [(SECRET, f"{SECRET}    eap: [ttls, ttls]\n"), eap()],
            "21: clients.vpn.eap: found a method twice",
        ),
    ],
)
def test_what_cannot_work(config, changes, told):
    """By file and line."""
    (found,) = config.bad(*changes)
    assert found.startswith(told)


@pytest.fixture
def warnings(config):
    authority = Authority(config.folder)
    authority.issue("radius.example.org")

    def give(*changes):
        found = [str(one).removeprefix(f"{config.path}:") for one in check(config.good(*changes))]
        return [one for one in found if "eap" in one]

    return authority, give


def test_revocation_that_is_not_looked_at(warnings):
    """It is told; a list that is good draws no word."""
    authority, give = warnings
    (found,) = give(TLS, eap(", client_ca: ca.pem"))
    assert found.startswith("16: warning: eap.client_ca: without client_crl")
    authority.revocation_list()
    assert give(TLS, eap(", client_ca: ca.pem, client_crl: [revoked.pem]")) == []


def test_a_list_that_has_expired(warnings):
    """Nobody comes in, and that is told before anybody tries."""
    authority, give = warnings
    authority.revocation_list(days=-1)
    (found,) = give(TLS, eap(", client_ca: ca.pem, client_crl: [revoked.pem]"))
    assert found.startswith("16: warning: eap.client_crl[0]: expired on 20")
    assert time.strftime("%Y", time.gmtime(time.time() - 86400)) in found


def test_files_that_are_none(warnings):
    """A list that is none, authorities that are none."""
    _, give = warnings
    (found,) = give(TLS, eap(", client_ca: ca.pem, client_crl: [server.key]"))
    assert found.startswith("16: eap.client_crl[0]: found no certificate revocation list in")
    assert give(TLS, eap(", client_ca: server.key, client_crl: [no.pem]"))[0].startswith(
        "16: eap.client_ca: found no PEM certificate in"
    )


def test_authorities_that_nobody_needs(warnings):
    """No client speaks EAP-TLS."""
    _, give = warnings
    (found,) = give(eap(", client_ca: ca.pem"))
    assert found.startswith("16: warning: eap.client_ca: nothing needs it")


def test_methods_without_tls(warnings):
    """What their user must know; and that a switch is on for nothing."""
    _, give = warnings
    switched = f"{SECRET}    eap_without_tls: true\n"
    (found,) = give((SECRET, f"{switched}    eap: [gtc]\n"), eap())
    assert found.startswith("21: warning: clients.vpn.eap_without_tls: gtc: whoever sees")
    (found,) = give((SECRET, f"{switched}    eap: [ttls]\n"), eap())
    assert found.startswith("21: warning: clients.vpn.eap_without_tls: nothing needs it")
