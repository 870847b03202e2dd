"""How often a source may fail to enrol."""

from ipaddress import ip_address

from proxy.frontends.web.source import client_address, source_of
from proxy.frontends.web.tries import SOURCES, TRIES, Tries

HERE = source_of(ip_address("192.0.2.7"))


def test_ten_failures_then_waits_that_double():
    """A minute, two, four."""
    tries = Tries()
    for _ in range(TRIES):
        assert 0 == tries.wait(HERE, 0.0)
        tries.failed(HERE, 0.0)
    assert 60 == tries.wait(HERE, 0.0)
    tries.failed(HERE, 60.0)
    assert 120 == tries.wait(HERE, 60.0)


def test_failures_are_forgotten():
    """A minute after the first, if there were few."""
    tries = Tries()
    for at in range(TRIES - 1):
        tries.failed(HERE, float(at))
    tries.failed(HERE, 61.0)
    assert 0 == tries.wait(HERE, 61.0)


def test_what_is_kept_is_bounded():
    """Whoever has many addresses fills no memory."""
    tries = Tries()
    for number in range(SOURCES + 10):
        tries.failed(source_of(ip_address(number)), 0.0)
    assert SOURCES == len(tries._failures)


def test_an_ipv6_host_is_its_network():
    """It has 2 to the 64 addresses."""
    assert source_of(ip_address("2001:db8::1")) == source_of(ip_address("2001:db8::2"))


def test_only_trusted_proxies_are_believed():
    """From the right, as long as a trusted one wrote it."""
    trusted = [source_of(ip_address("192.0.2.1"))]
    assert "198.51.100.1" == str(client_address("198.51.100.1", ["203.0.113.9"], trusted))
    assert "203.0.113.9" == str(client_address("192.0.2.1", ["1.2.3.4, 203.0.113.9"], trusted))
    assert "192.0.2.1" == str(client_address("192.0.2.1", ["nonsense"], trusted))
    assert "192.0.2.1" == str(client_address("192.0.2.1", [], trusted))
