"""What `check --connect` asks of a directory: each server, all its steps."""

from twisted.internet.defer import Deferred

from proxy.firstfactor.probe import probe_directory
from proxy.ldap import requests, responses
from tests.peers.ldap_network import LdapServer, Network, entry, options, result

VPN = "cn=vpn,dc=example"


def probed(*servers):
    """Probe the servers of a directory that must know the group vpn."""
    network = Network(*servers)
    answers = []
    coroutine = probe_directory(options(len(servers)), [VPN], network)
    Deferred.fromCoroutine(coroutine).addBoth(answers.append)
    network.pass_time(20)
    assert [] == [wire for server in servers for wire in server.open_wires]
    (found,) = answers
    return found


def knowing(*dns):
    """Give a server that has these entries alone."""

    def answer(wire, message):
        base = requests.decode_search(message.body).base.decode()
        if base in dns:
            wire.say(message.message_id, entry(base), result(responses.DONE))
        else:
            wire.say(message.message_id, result(responses.DONE, 32))

    return LdapServer(on_search=answer)


def test_a_server_that_has_everything():
    """No trouble, nothing missing, and the connection is closed."""
    (one,) = probed(knowing("dc=example", VPN))
    assert (None, {}) == (one.trouble, one.missing)


def test_each_server_is_asked():
    """Another's answer does not count for one that is down, refuses, is silent or talks garbage."""

    class Refusing(LdapServer):
        def receive(self, wire, message):
            wire.say(message.message_id, result(responses.BIND, 49, b"who?"))

    garbage = LdapServer(on_search=lambda wire, message: wire.say_octets(b"garbage"))
    good, down, refusing, silent, talking = probed(
        knowing("dc=example", VPN),
        LdapServer(accepts=False),
        Refusing(),
        LdapServer(answers=False),
        garbage,
    )
    assert good.trouble is None
    assert "refused" in down.trouble
    assert "the service account was refused: who? (49)" == refusing.trouble
    assert silent.trouble is not None
    assert "wanted a message" in talking.trouble


def test_what_is_missing_is_told():
    """A group that a policy names, and the base of all searches."""
    first, second = probed(knowing("dc=example"), knowing(VPN))
    assert [VPN] == list(first.missing)
    assert ["dc=example"] == list(second.missing)
