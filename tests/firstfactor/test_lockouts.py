"""When a directory locks accounts, as it tells."""

import pytest
from twisted.internet.defer import Deferred

from proxy.accounts.throttle import DirectoryLockout
from proxy.firstfactor.lockout_watch import READ_EVERY, LockoutWatch, lockouts_of
from proxy.firstfactor.lockouts import Lockouts, of_domain, of_policies
from tests.peers.ldap_network import LdapServer, Network, entry, options

NEVER_AGES = DirectoryLockout(5, None)
HALF_AN_HOUR = DirectoryLockout(10, 1800.0)


def policy(most, window=None, cn=b"people", lockout=b"TRUE"):
    values = {b"cn": [cn], b"pwdlockout": [lockout], b"pwdmaxfailure": [b"%d" % most]}
    return values if window is None else values | {b"pwdfailurecountinterval": [b"%d" % window]}


@pytest.mark.parametrize(
    ("threshold", "window", "wanted"),
    [
        (b"10", b"-18000000000", HALF_AN_HOUR),
        (b"5", b"0", NEVER_AGES),
        (b"0", b"-18000000000", None),
        (b"many", b"-1", None),
        (None, None, None),
    ],
)
def test_a_domain(threshold, window, wanted):
    """In ticks of 100 ns, negative; 0 locks nobody."""
    values = {b"lockoutthreshold": threshold, b"lockoutobservationwindow": window}
    assert wanted == of_domain({name: [one] for name, one in values.items() if one is not None})


@pytest.mark.parametrize(
    ("policies", "wanted"),
    [
        ([], Lockouts(told=False, everyone=None)),
        ([policy(5)], Lockouts(told=True, everyone=NEVER_AGES)),
        ([policy(5, 0)], Lockouts(told=True, everyone=NEVER_AGES)),
        ([policy(10, 1800)], Lockouts(told=True, everyone=HALF_AN_HOUR)),
        ([policy(5, lockout=b"FALSE")], Lockouts(told=True, everyone=None)),
        ([policy(0)], Lockouts(told=True, everyone=None)),
        (
            [policy(5), policy(10, 1800, cn=b"Default")],
            Lockouts(told=True, everyone=HALF_AN_HOUR, some=(NEVER_AGES,)),
        ),
        (
            [policy(10, 1800), policy(5)],
            Lockouts(told=True, everyone=NEVER_AGES, some=(HALF_AN_HOUR,)),
        ),
    ],
)
def test_password_policies(policies, wanted):
    """The only one, the one that is named default, else the strictest; it must lock at all."""
    assert wanted == of_policies(policies)


ROOT = {"namingContexts": [b"dc=example"]}
AD = {**ROOT, "supportedCapabilities": [b"1.2.840.113556.1.4.800"]}
DOMAIN = {"lockoutThreshold": [b"10"], "lockOutObservationWindow": [b"-18000000000"]}
PPOLICY = {"cn": [b"x"], "pwdLockout": [b"TRUE"], "pwdMaxFailure": [b"5"]}


def telling(root, suffix):
    """Give a server that has a root DSE and an entry to be found at its suffix."""

    return LdapServer(
        root=(entry("", **root),) if root else (), found=(entry("dc=example", **suffix),)
    )


@pytest.mark.parametrize(
    ("root", "suffix", "wanted"),
    [
        (AD, DOMAIN, Lockouts(told=True, everyone=HALF_AN_HOUR)),
        (ROOT, PPOLICY, Lockouts(told=True, everyone=NEVER_AGES)),
        ({}, {}, Lockouts(told=False, everyone=None)),
    ],
)
def test_what_a_server_tells(root, suffix, wanted):
    """The domain's entry, or the policies under its suffix; the connection is closed."""
    server = telling(root, suffix)
    network, told = Network(server), []
    Deferred.fromCoroutine(lockouts_of(options(), network)).addBoth(told.append)
    network.pass_time(1)
    assert [wanted] == told
    assert [] == server.open_wires


class Keeping:
    def __init__(self):
        self.learnt = []

    async def learn(self, directory, lockout):
        self.learnt.append((directory, lockout))


def test_it_is_learnt_and_learnt_again():
    """What is known is exchanged in place; what did not change is not kept again."""
    server = telling(AD, DOMAIN)
    network, keeping, known = Network(server), Keeping(), {}
    watch = LockoutWatch(known, keeping, lambda: [options()], network)
    watch.start()
    network.pass_time(1)
    assert {"corp": HALF_AN_HOUR} == known
    network.pass_time(READ_EVERY + 1, 60)
    assert [("corp", HALF_AN_HOUR)] == keeping.learnt
    server.found = (entry("dc=example", lockoutThreshold=[b"0"]),)
    watch.read()
    network.pass_time(1)
    assert {} == known
    assert [("corp", HALF_AN_HOUR), ("corp", None)] == keeping.learnt
    watch.stop()


def test_a_directory_that_is_down_changes_nothing():
    """What was known stays."""
    network, keeping = Network(), Keeping()
    known = {"corp": HALF_AN_HOUR}
    watch = LockoutWatch(known, keeping, lambda: [options()], network)
    watch.start()
    network.pass_time(30, 1)
    assert {"corp": HALF_AN_HOUR} == known
    watch.stop()
