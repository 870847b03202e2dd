"""Which approval request serves a login."""

from dataclasses import replace

from proxy.login.asking import Ask, Join, KnownApproval, Refuse, choose
from tests.peers.logins import NOW, client, login

OPEN = KnownApproval("a", "vpn", "192.0.2.7", b"\xff" * 32, None, False, None, NOW)
NUMBERED = replace(OPEN, id="n", number="123456")
ELSEWHERE = replace(OPEN, id="e", caller="198.51.100.1", join_digest=b"e" * 32)


def chosen(*usable, number=False, verify_user=False, same_packet=None, **facts):
    return choose(
        login(**facts),
        number=number,
        verify_user=verify_user,
        usable=usable,
        same_packet=same_packet,
    )


def test_a_first_login_asks():
    """There is nothing to join."""
    assert Ask() == chosen()
    assert Ask() == chosen(number=True)


def test_the_same_login_again_joins():
    """Whatever its Identifier, port or node."""
    assert Join(OPEN) == chosen(OPEN)


def test_a_late_approval_serves_the_same_login_again():
    """The push that was approved after the NAS gave up."""
    late = replace(OPEN, approved_at=NOW + 40)
    assert Join(late) == chosen(late)


def test_another_caller_waits():
    """There is no second push; the phone shows the other origin."""
    assert Refuse("another-login", (ELSEWHERE,)) == chosen(ELSEWHERE)


def test_another_client_waits():
    """The digest is over the client too."""
    other = replace(OPEN, client="wifi", join_digest=b"w" * 32)
    assert Refuse("another-login", (other,)) == chosen(other)


def test_an_untold_caller_joins_nothing():
    """Unless the client joins by user, which gives a digest."""
    untold = replace(OPEN, caller=None, join_digest=None)
    assert Refuse("another-login", (untold,)) == chosen(untold, caller=None, join_digest=None)


def test_a_late_approval_of_another_place_serves_nobody_else():
    """And does not stand in the way of a new request."""
    assert Ask() == chosen(replace(ELSEWHERE, approved_at=NOW))


def test_the_same_packet_joins_its_own_request():
    """A NAS that repeats its packet to a restarted server."""
    untold = replace(OPEN, caller=None, join_digest=None)
    assert Join(untold) == chosen(untold, same_packet="a", caller=None, join_digest=None)


def test_a_packet_of_another_caller_or_password_is_another_packet():
    """A NAS whose Request Authenticators repeat hands nobody another's approval."""
    assert Refuse("replayed") == chosen(ELSEWHERE, same_packet="e")


def test_a_packet_is_never_pushed_twice():
    """Its request is over, or showed a number."""
    assert Refuse("replayed") == chosen(same_packet="a")
    assert Refuse("replayed") == chosen(NUMBERED, same_packet="n", number=True)


def test_a_number_is_never_joined():
    """It belongs to one login."""
    assert Refuse("another-login", (NUMBERED,)) == chosen(NUMBERED)


def test_a_newer_login_with_a_number_replaces_the_same_callers():
    """New number, the old request is withdrawn."""
    assert Ask((NUMBERED,)) == chosen(NUMBERED, number=True)


def test_an_untold_caller_replaces_the_newest_of_its_client():
    """Nobody can tell whose it is."""
    newer = replace(NUMBERED, id="m", caller="198.51.100.1", created_at=NOW + 5)
    facts = {"caller": None, "join_digest": None}
    assert Ask((newer,)) == chosen(NUMBERED, newer, number=True, **facts)


def test_two_numbers_from_different_callers_are_open_at_once():
    """Each is labelled with its origin."""
    other = replace(NUMBERED, id="o", caller="198.51.100.1")
    assert Ask() == chosen(other, number=True)


def test_never_three():
    """The third waits."""
    others = (
        replace(NUMBERED, id="o", caller="198.51.100.1"),
        replace(NUMBERED, id="p", caller="198.51.100.2"),
    )
    assert Refuse("another-login", others) == chosen(*others, number=True)


def test_a_number_beside_a_plain_request_waits():
    """Two are open only where both show a number."""
    assert Refuse("another-login", (ELSEWHERE,)) == chosen(ELSEWHERE, number=True)
    assert Refuse("another-login", (OPEN,)) == chosen(OPEN, number=True)


def test_the_same_caller_at_another_client_is_another_login():
    """Its number does not replace this client's."""
    wifi = replace(NUMBERED, client="wifi")
    assert Ask() == chosen(wifi, number=True, client=client())


VERIFIED = replace(OPEN, id="v", verify_user=True)


def test_a_request_that_verifies_nobody_is_replaced_where_the_policy_wants_it():
    """The same caller, whose login came under another policy before."""
    assert Ask((OPEN,)) == chosen(OPEN, verify_user=True)


def test_an_approval_without_verification_serves_no_login_that_wants_it():
    """Late, however right else."""
    assert Ask() == chosen(replace(OPEN, approved_at=NOW + 40), verify_user=True)


def test_a_request_that_verifies_serves_either_policy():
    """It proves more than one of them wants; open or late."""
    for one in (VERIFIED, replace(VERIFIED, approved_at=NOW + 40)):
        assert Join(one) == chosen(one, verify_user=True) == chosen(one)
    assert Join(VERIFIED) == chosen(replace(OPEN, approved_at=NOW), VERIFIED, verify_user=True)


def test_another_callers_request_is_not_replaced():
    """Though it verifies nobody."""
    assert Refuse("another-login", (ELSEWHERE,)) == chosen(ELSEWHERE, verify_user=True)
    assert Refuse("another-login", (ELSEWHERE,)) == chosen(OPEN, ELSEWHERE, verify_user=True)


def test_the_same_packet_under_a_policy_that_wants_verification():
    """It gets no second push, and not the approval of before."""
    assert Refuse("replayed") == chosen(OPEN, same_packet="a", verify_user=True)
    assert Join(VERIFIED) == chosen(VERIFIED, same_packet="v", verify_user=True)
