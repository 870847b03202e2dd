"""One server: set aside while it fails, probed in the background."""

from proxy.login.events import DirectoryFailed, FirstFactorPassed, PersonFound
from tests.peers.ldap_network import LdapServer, Logins, Network


def started(server):
    """Give logins against one server, the daemon started."""
    logins = Logins(Network(server))
    logins.directories.start()
    logins.network.pass_time()
    return logins


def attempts_within(logins, server, seconds):
    """Count the connections tried while time passes."""
    before = server.attempts
    logins.network.pass_time(seconds, step=0.25)
    return server.attempts - before


def test_a_start_opens_a_connection():
    """The first login finds it open, and bound."""
    server = LdapServer()
    logins = started(server)
    assert isinstance(logins.found(), PersonFound)
    assert 1 == server.attempts


def test_a_server_that_is_down_at_the_start_is_used_when_it_is_up():
    """The daemon starts without it, and finds it within the longest wait between two probes."""
    server = LdapServer(accepts=False)
    logins = started(server)
    assert isinstance(logins.found(), DirectoryFailed)
    logins.network.pass_time(100, step=0.25)
    server.accepts = True
    logins.network.pass_time(15.5)
    assert isinstance(logins.found(), PersonFound)
    assert logins.took == 0


def test_probes_become_rare():
    """At once, then after 0.5 s, 1, 2, 4, 8 and at last every 15 s."""
    server = LdapServer(accepts=False)
    logins = started(server)
    assert 7 >= attempts_within(logins, server, 20)
    assert 4 >= attempts_within(logins, server, 60)


def test_there_is_one_probe_at_a_time():
    """Even where the server fails a login while the first probe still waits."""
    server = LdapServer(answers=False)
    logins = started(server)
    logins.network.pass_time(1)
    server.accepts = False
    logins.found()
    logins.network.pass_time(100, step=0.25)
    assert 4 >= attempts_within(logins, server, 60)


def test_a_server_that_fails_again_soon_is_probed_later():
    """One that comes and goes is not tried twice a second."""
    server = LdapServer()
    logins = started(server)
    for _ in range(8):
        server.die()
        logins.found()
        server.accepts = True
        logins.network.pass_time(16, step=0.25)
        assert isinstance(logins.found(), PersonFound)
    server.die()
    logins.found()
    assert 4 >= attempts_within(logins, server, 30)


def test_a_server_that_did_well_for_long_is_probed_at_once():
    """An old failure is forgiven."""
    server = LdapServer(accepts=False)
    logins = started(server)
    logins.network.pass_time(100, step=0.25)
    server.accepts = True
    logins.network.pass_time(100, step=0.25)
    server.die()
    logins.found()
    server.accepts = True
    logins.network.pass_time(1)
    assert isinstance(logins.found(), PersonFound)


def test_one_slow_connection_does_not_set_a_server_aside():
    """A bind that gets no answer says nothing of a server that answers others meanwhile."""
    server = LdapServer(on_bind=lambda wire, message: None)
    logins = started(server)
    logins.found()
    slow = logins.check()
    for _ in range(6):
        logins.network.pass_time(1)
        assert isinstance(logins.found(), PersonFound)
    assert isinstance(slow.answers[0], DirectoryFailed)
    assert isinstance(logins.found(), PersonFound)
    assert logins.took == 0


def test_an_idle_server_that_fell_silent_is_known_before_the_next_login():
    """The check of idle connections finds it; the login after that does not wait."""
    first, second = LdapServer(), LdapServer()
    logins = Logins(Network(first, second))
    logins.found()
    first.answers = False
    logins.network.pass_time(70)
    assert isinstance(logins.found(), PersonFound)
    assert logins.took == 0
    assert 1 == len(second.searches)


def test_what_is_in_flight_when_a_server_is_set_aside_may_still_be_answered():
    """A bind on another connection ends as the server answers it."""
    server = LdapServer(on_bind=lambda wire, message: None)
    network = Network(server)
    logins = Logins(network)
    logins.found()
    asked = logins.check()
    network.pass_time(4)
    server.on_search = lambda wire, message: wire.end()
    logins.found()
    (bound,) = [wire for wire in server.open_wires if wire.heard[-1].operation == 0x60]
    bound.say(bound.heard[-1].message_id, b"\x61\x07\x0a\x01\x00\x04\x00\x04\x00")
    network.pass_time()
    assert [FirstFactorPassed()] == asked.answers
    network.pass_time(2)
    assert not bound.open
