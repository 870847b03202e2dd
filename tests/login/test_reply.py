"""What the lines of a policy come to for one person."""

from dataclasses import replace

import pytest

from proxy.login.events import ApprovalClaimed, FirstFactorPassed, PasscodeAccepted
from proxy.login.machine import step
from proxy.login.policy import NotAllowed, decide
from proxy.login.reply import FromDirectory, ReplyAttribute, Unsendable, reply_of
from proxy.login.stages import (
    NO_DIALOGUE,
    AwaitingClaim,
    AwaitingFirstFactor,
    AwaitingPasscode,
)
from proxy.radius.attributes import Attributes
from tests.peers.logins import ALICE, EVERYTHING, NOW, client, known, policy

ATTRIBUTES = Attributes()
FILTER = FromDirectory("Filter-Id", "acl")
ONCE = {"Session-Timeout", "Framed-IP-Address", "Tunnel-Type"}


def given(*lines, **attributes):
    values = tuple((name, tuple(texts)) for name, texts in attributes.items())
    return [(one.attribute, one.value) for one in reply_of(lines, values, ONCE)]


def test_each_value_of_the_directory_is_an_attribute():
    """In the order in which it gives them."""
    assert [("Filter-Id", "a"), ("Filter-Id", "b")] == given(FILTER, acl=["a", "b"])


def test_what_the_directory_lacks_gives_nothing():
    """An attribute without values, or one that was not asked for."""
    assert [] == given(FILTER, acl=[])
    assert [] == given(FILTER)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["a", None], "found a value of acl that is no text"),
        ([""], "found a value of acl that is no text"),
        (["a"] * 33, "found 33 values of acl, wanted 32"),
    ],
)
def test_what_cannot_be_sent_is_no_reply(texts, told):
    """Not even what could be."""
    with pytest.raises(Unsendable, match=told):
        given(FILTER, acl=texts)


def test_two_values_of_what_comes_once():
    """A directory gives them in any order: none of them is right."""
    with pytest.raises(Unsendable, match="found 2 values for Framed-IP-Address"):
        given(FromDirectory("Framed-IP-Address", "ip"), ip=["192.0.2.1", "192.0.2.2"])


def test_text_that_looks_like_hex_digits_stays_text():
    """Whoever may write their entry writes no octets."""
    octets = FromDirectory("Class", "acl", octets=True)
    assert [("Class", "0x30783431")] == given(octets, acl=["0x41"])
    assert [("Filter-Id", "0x41")] == given(FILTER, acl=["0x41"])


def test_the_first_line_counts_for_what_comes_once():
    """Somebody in two groups gets what stands first; others get all lines."""
    lines = [
        FromDirectory("Session-Timeout", "limit"),
        ReplyAttribute("Session-Timeout", "60"),
        ReplyAttribute("Session-Timeout", "120"),
        ReplyAttribute("Tunnel-Type", "VLAN", tag=1),
        ReplyAttribute("Tunnel-Type", "VLAN", tag=2),
        ReplyAttribute("Reply-Message", "a"),
        ReplyAttribute("Reply-Message", "b"),
    ]
    rest = [("Tunnel-Type", "VLAN")] * 2 + [("Reply-Message", "a"), ("Reply-Message", "b")]
    assert [("Session-Timeout", "60"), *rest] == given(*lines)
    assert [("Session-Timeout", "9"), *rest] == given(*lines, limit=["9"])


def deciding(*lines, groups=(), **attributes):
    rule = policy("push", reply=lines, length=ATTRIBUTES.length, room=300)
    values = tuple((name, tuple(texts)) for name, texts in attributes.items())
    person = replace(ALICE, groups=frozenset(groups), attributes=values)
    return decide([rule], person, client())


@pytest.mark.parametrize(
    ("line", "text", "told"),
    [
        (FromDirectory("Framed-IP-Address", "x"), "here", "found 'here' for Framed-IP-Address"),
        (FILTER, "a" * 254, "found a value of Filter-Id that takes 254 octets, wanted at most 253"),
        (FILTER, "ä" * 127, "found a value of Filter-Id that takes 254 octets"),
    ],
)
def test_a_value_that_is_not_of_its_type_refuses_the_login(line, text, told):
    """A session without its filter would be a wider one."""
    refused = deciding(replace(line, source="x"), x=[text])
    assert isinstance(refused, NotAllowed)
    assert ("unsendable-reply", "staff") == (refused.reason, refused.policy)
    assert refused.detail.startswith(told)


def test_a_reply_without_room_refuses_the_login():
    """Whatever it is made of."""
    refused = deciding(FILTER, acl=["a" * 250, "b" * 250])
    assert "found attributes of 504 octets, wanted at most 300" == refused.detail


def test_a_line_for_others_may_be_wrong():
    """It is not sent to this person."""
    line = FromDirectory("Framed-IP-Address", "ip", frozenset({"cn=a"}))
    assert () == deciding(line, ip=["here"]).reply
    assert "unsendable-reply" == deciding(line, groups=["cn=a"], ip=["here"]).reason


def test_decisions_are_shared_where_the_directory_gives_nothing():
    """One object for all that wait."""
    rule = policy("push", reply=(ReplyAttribute("Class", "staff"), FILTER))
    assert decide([rule], ALICE, client()) is decide([rule], ALICE, client())


REPLY = (ReplyAttribute("Class", "staff"), ReplyAttribute("Filter-Id", "a"))


def accepts(**facts):
    """Give the answer of each way to pass."""
    push = known("push", reply=REPLY, **facts)
    totp = known("totp", reply=REPLY, **facts)
    alone = known(reply=REPLY, **facts)
    code = AwaitingPasscode(totp, EVERYTHING, "totp", NO_DIALOGUE, appended=True)
    yield step(AwaitingClaim(push), ApprovalClaimed("id"), NOW)[1]
    yield step(code, PasscodeAccepted("totp"), NOW)[1]
    yield step(AwaitingFirstFactor(alone, EVERYTHING, None), FirstFactorPassed(), NOW)[1]


def test_every_way_to_pass_sends_the_same():
    """A phone, a code, or the password alone."""
    assert [REPLY] * 3 == [answer.reply for answer in accepts()]


def test_a_class_with_the_logins_id():
    """So that accounting can be joined; every way to pass has it."""
    (login_id,) = {answer.reply[-1] for answer in accepts(accounting_class=True)}
    assert ReplyAttribute("Class", known().login.login_id) == login_id
    assert 32 == len(login_id.value)
