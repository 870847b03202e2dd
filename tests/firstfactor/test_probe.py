"""What `check --connect` asks of a directory: each server, all its steps."""

from twisted.internet.defer import Deferred

from proxy.firstfactor.probe import probe_directory
from proxy.ldap import ber, requests, responses
from tests.peers.ldap_network import LdapServer, Network, entry, options, result

VPN = "cn=vpn,dc=example"


def probed(*servers, **facts):
    """Probe the servers of a directory that must know the group vpn."""
    network = Network(*servers)
    answers = []
    coroutine = probe_directory(options(len(servers), **facts), [VPN], network)
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


class Showing(LdapServer):
    """A server that shows these entries: name to attributes."""

    def __init__(self, **entries):
        super().__init__()
        self.entries = {"dc=example": {}, VPN: {}} | entries

    def receive(self, wire, message):
        if message.operation != requests.SEARCH:
            super().receive(wire, message)
            return
        base = requests.decode_search(message.body).base.decode()
        shown = self.entries.get(base)
        if shown is None:
            wire.say(message.message_id, result(responses.DONE, 32))
        else:
            name = base or "cn=root"
            wire.say(message.message_id, entry(name, **shown), result(responses.DONE))


SCHEMA = {"attributeTypes": [b"( 1.2 NAME 'uid' )", b"( 1.3 NAME 'cn' )"]}
ROOT = {
    "vendorName": [b"389 Project"],
    "vendorVersion": [b"389-Directory/2.3"],
    "namingContexts": [b"dc=example"],
    "subschemaSubentry": [b"cn=schema"],
}


def test_what_it_is_and_what_its_schema_lacks():
    """By its root DSE and its schema; memberOf is configured."""
    (one,) = probed(Showing(**{"": ROOT, "cn=schema": SCHEMA}))
    assert ("389", "dc=example", frozenset({"memberOf"})) == (
        one.found.kind,
        one.found.suffix,
        one.found.unknown,
    )


def test_what_policies_send_is_looked_for_too():
    """Its schema has cn."""
    (one,) = probed(Showing(**{"": ROOT, "cn=schema": SCHEMA}), sent=("acl", "cn"))
    assert frozenset({"memberOf", "acl"}) == one.found.unknown


def test_freeipa_is_told_by_its_suffix():
    """Its server is a 389."""
    (one,) = probed(Showing(**{"": ROOT, "dc=example": {"info": [b"IPA V2.0"]}}))
    assert ("freeipa", "FreeIPA on 389 Directory Server (389-Directory/2.3)") == (
        one.found.kind,
        one.found.title,
    )
    assert frozenset() == one.found.unknown  # it shows no schema


def test_active_directorys_schema_is_not_asked_for():
    """It is large, and has the attributes of all others too."""
    server = Showing(**{"": {"supportedCapabilities": [b"1.2.840.113556.1.4.800"]}})
    (one,) = probed(server)
    assert "active-directory" == one.found.kind
    assert [b"dc=example", VPN.encode()] == [search.base for search in server.searches]


def test_a_server_that_tells_nothing_is_another():
    """No root DSE: nothing is known, and nothing wrong."""
    (one,) = probed(knowing("dc=example", VPN))
    assert ("other", "") == (one.found.kind, one.found.title)


def test_a_root_that_cannot_be_read_is_trouble():
    """Garbage within an entry."""
    broken = ber.element(responses.ENTRY, b"garbage")

    class Broken(Showing):
        def receive(self, wire, message):
            if message.body.startswith(b"\x04\x00\x0a"):
                wire.say(message.message_id, broken, result(responses.DONE))
            else:
                super().receive(wire, message)

    (one,) = probed(Broken())
    assert one.trouble is not None
    assert one.found is None
