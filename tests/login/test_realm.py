"""Where a typed name is looked up, and as what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.login.realm import Realms

BOTH = ("corp", "guests")
REALMS = Realms(
    domains={"corp": "corp", "corp.example.org": "corp", "guests": "guests"},
    upn_suffixes={"example.org": "corp", "people.example.net": "guests"},
)


@pytest.mark.parametrize(
    ("typed", "directories", "name"),
    [
        ("alice", BOTH, "alice"),
        ("CORP\\alice", ("corp",), "alice"),
        ("corp\\Alice", ("corp",), "Alice"),
        ("ＣＯＲＰ\\alice", ("corp",), "alice"),
        ("GUESTS\\alice", ("guests",), "alice"),
        ("alice@Corp.Example.Org", ("corp",), "alice"),
        ("alice@corp", ("corp",), "alice"),
        ("alice@guests", ("guests",), "alice"),
        ("alice@example.org", ("corp",), "alice@example.org"),
        ("Alice@PEOPLE.example.net", ("guests",), "Alice@PEOPLE.example.net"),
        ("a@mail.example@guests", ("guests",), "a@mail.example"),
        ("CORP\\alice@example.org", ("corp",), "alice@example.org"),
        ("CORP\\a\\b", ("corp",), "a\\b"),
        ("OTHER\\alice", (), "alice"),
        ("OTHER\\alice@example.org", (), "alice@example.org"),
        ("example.org\\alice", (), "alice"),
        ("\\alice", (), "alice"),
        ("alice@other", (), "alice@other"),
        ("alice@", (), "alice@"),
        ("corp\\", (), ""),
        ("@example.org", (), "@example.org"),
        ("  @corp", (), "  "),
    ],
)
def test_where_a_name_is_looked_up(typed, directories, name):
    """A listed realm leads to its directory alone; any other to none."""
    assert (directories, name) == REALMS.place(typed, "vpn", BOTH)


@pytest.mark.parametrize("typed", ["alice", "CORP\\alice", "alice@corp", "\\", "@", "a@b\\c"])
def test_without_realms_names_are_asked_for_as_typed(typed):
    """So it is where nothing of this is configured."""
    assert (BOTH, typed) == Realms().place(typed, "vpn", BOTH)


def test_a_realm_is_no_way_around_the_policies():
    """The realm's directory is asked only where a policy may come to it."""
    assert ((), "alice") == REALMS.place("CORP\\alice", "wifi", ("guests",))
    assert ((), "alice@example.org") == REALMS.place("alice@example.org", "wifi", ("guests",))


def test_an_unknown_realm_is_part_of_a_name_only_elsewhere():
    """A directory that lists no realm may have mail addresses for names; one that does has not."""
    realms = Realms(domains={"corp": "corp"})
    assert (("guests",), "alice@other") == realms.place("alice@other", "vpn", BOTH)
    assert ((), "alice") == realms.place("OTHER\\alice", "vpn", BOTH)


def test_names_without_a_realm_go_to_the_default():
    """In its order, as far as the policies may come there."""
    realms = Realms(default=("guests", "corp"))
    assert (("guests", "corp"), "alice") == realms.place("alice", "vpn", BOTH)
    assert (("corp",), "alice") == realms.place("alice", "vpn", ("corp", "more"))
    assert ((), "alice") == realms.place("alice", "vpn", ("more",))
    assert (("guests", "corp"), "alice") == realms.place("alice", None, BOTH)


def test_a_client_has_a_default_of_its_own():
    """It wins, and leaves realms alone."""
    realms = Realms(domains={"corp": "corp"}, default=("corp",), by_client={"wifi": ("guests",)})
    assert (("guests",), "alice") == realms.place("alice", "wifi", BOTH)
    assert (("corp",), "alice") == realms.place("alice", "vpn", BOTH)
    assert (("corp",), "alice") == realms.place("CORP\\alice", "wifi", BOTH)
    assert (("guests",), "a@b") == realms.place("a@b", "wifi", BOTH)
    assert ((), "a@b") == realms.place("a@b", "vpn", BOTH)


def test_names_that_are_looked_up_alike_have_one_key():
    """Whatever was typed; the same name in two directories has two."""
    default = Realms(domains=REALMS.domains, default=("corp",))
    alike = ("alice", "CORP\\Alice", "ALICE@corp.example.org", "alice ")
    assert 1 == len({default.key(typed, "vpn", BOTH) for typed in alike})
    assert default.key("GUESTS\\alice", "vpn", BOTH) != default.key("CORP\\alice", "vpn", BOTH)


texts = st.text(st.sampled_from("ab\\@ C.＠"), max_size=8)
realm_names = st.sampled_from(["a", "b", "c", "a.b"])


@given(texts, st.dictionaries(realm_names, st.sampled_from(BOTH)), st.permutations(BOTH))
def test_nobody_is_taken_for_another_directorys(typed, domains, order):
    """A shortened name is asked for in one directory alone: the one that lists what was cut off."""
    directories, name = Realms(domains=domains, default=tuple(order)).place(typed, "vpn", BOTH)
    if name == typed or not directories:
        return
    (directory,) = directories
    cut = typed.removesuffix(name) if typed.endswith(name) else typed.removeprefix(name)
    before, after = typed.partition("\\")[0], typed.rpartition("@")[2]
    assert cut
    assert directory in {
        domains.get(realm.strip().casefold().replace("＠", "@")) for realm in (before, after)
    }
