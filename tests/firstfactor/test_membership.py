"""Each way to a person's groups: whole, with the primary group, or not at all."""

import pytest

from proxy.firstfactor import membership, primary_group
from proxy.firstfactor.options import GroupsByAttribute, GroupsBySearch, NestedActiveDirectory
from proxy.ldap import ber, requests, responses
from proxy.ldap.filters import compile_filter
from proxy.ldap.pages import encode_page, next_cookie
from proxy.login.events import DirectoryFailed
from tests.peers.ldap_network import ALICE, LdapServer, Logins, Network, entry, options, result

BASE = "dc=example"
DOMAIN = bytes.fromhex("010500000000000515000000") + bytes(12)
ALICE_SID = DOMAIN + (1104).to_bytes(4, "little")
USERS_SID = DOMAIN + (513).to_bytes(4, "little")
USERS = "cn=users,dc=example"
BY_MEMBER = GroupsBySearch(BASE, compile_filter("(member={dn})", "dn"))
WALKED = GroupsBySearch(BASE, compile_filter("(member={dn})", "dn"), walk=True)
ACCOUNT = {"uid": [b"alice"], "objectSid": [ALICE_SID], "primaryGroupID": [b"513"]}


def dn(name):
    return f"cn={name},{BASE}"


class Groups(LdapServer):
    """A server with alice and groups: name to members, each a name or a DN."""

    def __init__(self, groups, alice=None, primary=USERS):
        super().__init__(on_search=self.search)
        self.groups = {
            dn(name): {one if "=" in one else dn(one) for one in members}
            for name, members in groups.items()
        }
        self.alice = alice or {"uid": [b"alice"]}
        self.primary = primary

    def search(self, wire, message):
        asked = requests.decode_search(message.body)
        if ber.element(4, b"uid") in asked.filter:
            wire.say(message.message_id, entry(ALICE, **self.alice), result(responses.DONE))
            return
        found = [
            group
            for group, members in self.groups.items()
            if any(ber.element(4, one.encode()) in asked.filter for one in members)
            or any(ber.element(0x83, one.encode()) in asked.filter for one in members)
        ]
        if self.primary is not None and USERS_SID in asked.filter:
            found.append(self.primary)
        wire.say(message.message_id, *map(entry, found), result(responses.DONE))


def groups_of(server, groups):
    """Give the groups of alice, or the failure."""
    answer = Logins(Network(server), options(groups=groups)).found()
    return answer if isinstance(answer, DirectoryFailed) else answer.person.groups


# --- walked ---


def test_groups_in_groups_are_walked():
    """Staff is in vpn, vpn in remote: all three."""
    server = Groups({"staff": [ALICE], "vpn": ["staff"], "remote": ["vpn"], "other": ["bob"]})
    assert {dn("staff"), dn("vpn"), dn("remote")} == groups_of(server, WALKED)
    assert {dn("staff")} == groups_of(server, BY_MEMBER)


def test_cycles_end():
    """Groups that are in each other are met once."""
    server = Groups({"a": [ALICE, "c"], "b": ["a"], "c": ["b", "c"]})
    assert {dn("a"), dn("b"), dn("c")} == groups_of(server, WALKED)
    assert len(server.searches) == 1 + 4


def chain(length):
    """Give groups nested so deep."""
    return Groups({f"g{n}": [f"g{n - 1}" if n else ALICE] for n in range(length)})


def test_the_depth_is_bounded():
    """What is deeper is a failure, not a part of the groups."""
    assert len(groups_of(chain(membership.LEVELS), WALKED)) == membership.LEVELS
    failed = groups_of(chain(membership.LEVELS + 1), WALKED)
    assert DirectoryFailed("corp: found groups nested deeper than 16 levels") == failed


def test_a_thousand_groups_are_walked_in_few_searches():
    """Many groups of one level are one search."""
    server = Groups({f"g{n}": [ALICE] for n in range(1000)} | {"top": ["g999"]})
    assert len(groups_of(server, WALKED)) == 1001
    assert len(server.searches) == 1 + 1 + 16 + 1


def test_too_many_groups_are_a_failure():
    """Over all levels together."""
    server = Groups(
        {f"g{n}": [ALICE] for n in range(3000)} | {f"h{n}": ["g0"] for n in range(2001)}
    )
    assert isinstance(groups_of(server, WALKED), DirectoryFailed)


def test_a_level_that_cannot_be_read_is_a_failure():
    """Never the groups below it alone."""

    class Failing(Groups):
        def search(self, wire, message):
            if dn("staff").encode() in message.body:
                wire.say(message.message_id, result(responses.DONE, 50))
            else:
                super().search(wire, message)

    assert isinstance(groups_of(Failing({"staff": [ALICE]}), WALKED), DirectoryFailed)


# --- the primary group ---


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        (GroupsByAttribute("memberOf"), set()),
        (BY_MEMBER, set()),
        (WALKED, {dn("nested")}),
        (NestedActiveDirectory(), {dn("nested")}),
    ],
)
def test_the_primary_group_is_among_the_groups(groups, more):
    """In every way; the groups that it is in where groups are nested."""
    alice = ACCOUNT | {"memberOf": [dn("staff").encode()]}
    server = Groups({"staff": [ALICE], "nested": [USERS]}, alice)
    assert {dn("staff"), USERS} | more == groups_of(server, groups)


def test_its_name_is_asked_for_once():
    """Nearly everybody has the same; after five minutes it is asked for again."""
    server = Groups({}, ACCOUNT)
    network = Network(server)
    logins = Logins(network, options(groups=NestedActiveDirectory()))
    for _ in range(3):
        assert {USERS} == logins.found().person.groups
    assert len(server.searches) == 3 + 1 + 3
    network.pass_time(primary_group.KEPT, step=10)
    assert {USERS} == logins.found().person.groups
    assert len(server.searches) == 7 + 3


def test_a_renamed_primary_group_is_noticed():
    """By the very next login, with the groups that it is in."""
    server = Groups({"nested": [USERS, dn("everyone")]}, ACCOUNT)
    logins = Logins(Network(server), options(groups=NestedActiveDirectory()))
    assert {USERS, dn("nested")} == logins.found().person.groups
    server.primary = dn("everyone")
    assert {dn("everyone"), dn("nested")} == logins.found().person.groups


def test_a_primary_group_that_is_never_where_it_was_is_a_failure():
    """Renamed between every two questions: no part of the groups."""

    class Restless(Groups):
        def search(self, wire, message):
            super().search(wire, message)
            self.primary = dn(f"users{len(self.searches)}")

    assert isinstance(groups_of(Restless({}, ACCOUNT), NestedActiveDirectory()), DirectoryFailed)


@pytest.mark.parametrize("groups", [GroupsByAttribute("memberOf"), BY_MEMBER, WALKED])
def test_a_primary_group_that_is_not_shown_is_a_failure(groups):
    """A group that cannot be seen may be the one that a policy asks for."""
    assert isinstance(groups_of(Groups({}, ACCOUNT, primary=None), groups), DirectoryFailed)
    failed = groups_of(Groups({}, ACCOUNT, primary=None), NestedActiveDirectory())
    assert isinstance(failed, DirectoryFailed)


@pytest.mark.parametrize(
    "alice",
    [
        {"uid": [b"alice"], "objectSid": [ALICE_SID]},
        {"uid": [b"alice"], "primaryGroupID": [b"513"]},
        ACCOUNT | {"objectSid": [b"\x01"]},
        ACCOUNT | {"primaryGroupID": [b"users"]},
    ],
)
def test_an_account_whose_primary_group_is_not_told_is_a_failure(alice):
    """Half of it hidden, or no such thing."""
    assert isinstance(groups_of(Groups({}, alice), NestedActiveDirectory()), DirectoryFailed)


def test_an_entry_of_no_domain_has_none():
    """Lightweight instances have identifiers and no primary groups."""
    alice = {"uid": [b"alice"], "objectSid": [bytes.fromhex("0102000015cd5b0715000000")]}
    assert {dn("staff")} == groups_of(Groups({"staff": [ALICE]}, alice), NestedActiveDirectory())


# --- ranges ---


class Ranged(LdapServer):
    """A server that gives some values of memberOf at once, as Active Directory does."""

    def __init__(self, count, step=1500):
        super().__init__(on_search=self.search)
        self.values = [dn(f"g{n}").encode() for n in range(count)]
        self.step = step

    def search(self, wire, message):
        asked = requests.decode_search(message.body)
        wanted = asked.attributes[-1]
        begin = int(wanted.split(b"=")[1][:-2]) if b"range" in wanted else 0
        part = self.values[begin : begin + self.step]
        last = begin + len(part) - 1
        name = f"memberOf;range={begin}-{'*' if last >= len(self.values) - 1 else last}"
        found = entry(ALICE, uid=[b"alice"], **{name: part})
        wire.say(message.message_id, found, result(responses.DONE))


def test_ranges_are_read_to_their_end():
    """The rest is asked for, part by part."""
    server = Ranged(4000)
    assert len(groups_of(server, GroupsByAttribute("memberOf"))) == 4000
    rest = [search for search in server.searches if search.scope == requests.Scope.BASE]
    assert [(b"memberof;range=1500-*",), (b"memberof;range=3000-*",)] == [
        search.attributes for search in rest
    ]
    assert {ALICE.encode()} == {search.base for search in rest}


def test_ranges_without_end_are_a_failure():
    """Nobody is in so many groups."""
    assert isinstance(groups_of(Ranged(9000), GroupsByAttribute("memberOf")), DirectoryFailed)


@pytest.mark.parametrize("option", ["range=x", "range=0", "range=5-3", "range=0-*;x", "range=-*"])
def test_a_range_that_is_none_is_a_failure(option):
    """What it leaves out is not known."""
    found = entry(ALICE, uid=[b"alice"], **{f"memberOf;{option}": [b"cn=vpn"]})
    failed = groups_of(LdapServer(found=(found,)), GroupsByAttribute("memberOf"))
    assert isinstance(failed, DirectoryFailed)


@pytest.mark.parametrize("code", [0, 32, 50])
def test_a_rest_that_is_not_given_is_a_failure(code):
    """An entry that went, or that is no longer shown."""

    class Going(Ranged):
        def search(self, wire, message):
            if b";range=1500" in message.body:
                wire.say(message.message_id, result(responses.DONE, code))
            else:
                super().search(wire, message)

    assert isinstance(groups_of(Going(2000), GroupsByAttribute("memberOf")), DirectoryFailed)


def test_other_options_are_other_attributes():
    """`memberOf;lang-de` is not memberOf."""
    found = entry(ALICE, uid=[b"alice"], memberOf=[b"cn=a"], **{"memberOf;lang-de": [b"cn=b"]})
    assert {"cn=a"} == groups_of(LdapServer(found=(found,)), GroupsByAttribute("memberOf"))


# --- pages ---


class Paged(Groups):
    """A server that gives a thousand entries at once, and more in pages alone."""

    code = responses.SIZE_LIMIT_EXCEEDED
    cookie = b"next"

    def search(self, wire, message):
        asked = requests.decode_search(message.body)
        if ber.element(4, b"uid") in asked.filter:
            super().search(wire, message)
            return
        names = [entry(name) for name in self.groups]
        if not message.controls:
            wire.say(message.message_id, *names[:1000], result(responses.DONE, self.code))
            return
        begin = int(next_cookie(message.controls) or b"0")
        more = b"%d" % (begin + 500) if begin + 500 < len(names) else b""
        wire.say(
            message.message_id,
            *names[begin : begin + 500],
            result(responses.DONE),
            controls=encode_page(0, more),
        )


@pytest.mark.parametrize("code", [responses.SIZE_LIMIT_EXCEEDED, responses.ADMIN_LIMIT_EXCEEDED])
def test_more_groups_than_are_given_at_once_come_in_pages(code):
    """All over the connection that the first page came over."""
    server = Paged({f"g{n}": [ALICE] for n in range(1700)})
    server.code = code
    assert len(groups_of(server, BY_MEMBER)) == 1700
    over = {id(wire) for wire in server.wires for message in wire.heard if message.controls}
    assert len(over) == 1


def test_pages_without_end_are_a_failure():
    """Empty ones too."""

    class Endless(Paged):
        def search(self, wire, message):
            if message.controls:
                controls = encode_page(0, b"next")
                wire.say(message.message_id, result(responses.DONE), controls=controls)
            else:
                super().search(wire, message)

    server = Endless({f"g{n}": [ALICE] for n in range(1001)})
    assert isinstance(groups_of(server, BY_MEMBER), DirectoryFailed)
    assert isinstance(
        groups_of(Paged({f"g{n}": [ALICE] for n in range(5001)}), BY_MEMBER), DirectoryFailed
    )


def test_a_page_that_is_lost_is_a_failure():
    """The rest cannot be had over another connection."""

    class Losing(Paged):
        def search(self, wire, message):
            if message.controls and next_cookie(message.controls):
                wire.end()
            else:
                super().search(wire, message)

    server = Losing({f"g{n}": [ALICE] for n in range(1700)})
    assert isinstance(groups_of(server, BY_MEMBER), DirectoryFailed)


def test_a_server_without_pages_says_why():
    """Its limit, as before."""

    class Plain(Paged):
        def search(self, wire, message):
            if message.controls:
                wire.say(message.message_id, result(responses.DONE, self.code))
            else:
                super().search(wire, message)

    failed = groups_of(Plain({f"g{n}": [ALICE] for n in range(1001)}), BY_MEMBER)
    assert DirectoryFailed("corp: the search for groups failed:  (4)") == failed
