"""Codes, against oathtool's."""

import subprocess
import time

import pytest

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT
from tests.scenarios.conftest import APPENDED, ASKED, HELD, HYBRID, Someone

pytestmark = pytest.mark.scenario


def code(seed, offset=0, *, at=None, more=("--totp",)):
    """Give the code of now, or of a time, as another implementation makes it."""
    at = f"@{int(time.time() if at is None else at) + 30 * offset}"
    told = subprocess.run(
        ["oathtool", *more, "--base32", "--now", at, seed],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def wrong(seed):
    """Give a code that is none of the window's."""
    window = {code(seed, offset) for offset in (-2, -1, 0, 1, 2)}
    return next(
        text
        for text in ("000000", "111111", "222222", "333333", "444444", "555555")
        if text not in window
    )


def test_a_code_in_a_challenge(someone):
    """Wrong: a new challenge. Right: in. The same again: in, once more the same outcome."""
    seed = someone.enrol_totp()
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet(), 5)
        again = nas.ask(someone.packet(wrong(seed), state=asked.state), 5)
        right = code(seed)
        accepted = nas.ask(someone.packet(right, state=again.state), 5)
        repeated = nas.ask(someone.packet(right, state=again.state), 5)
        other = nas.ask(someone.packet(wrong(seed), state=again.state), 5)
    assert [ACCESS_CHALLENGE, ACCESS_CHALLENGE, ACCESS_ACCEPT, ACCESS_ACCEPT, ACCESS_REJECT] == [
        reply.code for reply in (asked, again, accepted, repeated, other)
    ]


def test_a_code_serves_once(someone):
    """Neither in another challenge nor appended."""
    seed = someone.enrol_totp()
    with someone.nas(ASKED) as nas, someone.nas(APPENDED) as appended:
        right = code(seed)
        asked = nas.ask(someone.packet(), 5)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(right, state=asked.state), 5).code
        asked = nas.ask(someone.packet(), 5)
        assert ACCESS_CHALLENGE == nas.ask(someone.packet(right, state=asked.state), 5).code
        used = appended.ask(someone.packet(f"{someone.password},{right}"), 5)
        fresh = appended.ask(someone.packet(f"{someone.password},{code(seed, 1)}"), 5)
    assert (ACCESS_REJECT, ACCESS_ACCEPT) == (used.code, fresh.code)


def test_five_wrong_codes_begin_a_wait(someone, daemon):
    """Then the right one is refused too, until an admin unlocks."""
    seed = someone.enrol_totp()
    with someone.nas(APPENDED) as nas:
        for _ in range(5):
            assert (
                ACCESS_REJECT
                == nas.ask(someone.packet(f"{someone.password},{wrong(seed)}"), 5).code
            )
        assert ACCESS_REJECT == nas.ask(someone.packet(f"{someone.password},{code(seed)}"), 5).code
        daemon.command("account", "unlock", someone.name)
        assert ACCESS_ACCEPT == nas.ask(someone.packet(f"{someone.password},{code(seed)}"), 5).code


def test_a_recovery_code(someone, daemon):
    """Serves once, appended in any spelling."""
    codes = daemon.command("recovery", "issue", someone.name).split()
    with someone.nas(APPENDED) as nas:
        typed = f"{someone.password},{codes[0].lower()}"
        assert ACCESS_ACCEPT == nas.ask(someone.packet(typed), 5).code
        assert ACCESS_REJECT == nas.ask(someone.packet(typed), 5).code


def test_nobody_enrolled_is_told_where(someone, daemon):
    """After the right password only."""
    with someone.nas(HELD) as nas:
        told, wrong_password = nas.ask(someone.packet(), 5), nas.ask(someone.packet("wrong"), 5)
    assert daemon.url in told.text
    assert daemon.url not in wrong_password.text


def test_removing_totp_holds_at_once(someone, daemon):
    """For the State that is out, too."""
    seed = someone.enrol_totp()
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet(), 5)
        daemon.command("totp", "remove", someone.name)
        assert ACCESS_ACCEPT != nas.ask(someone.packet(code(seed), state=asked.state), 5).code


def test_three_wrong_codes_end_a_login(someone):
    """Two challenges more, then a reject."""
    seed = someone.enrol_totp()
    with someone.nas(ASKED) as nas:
        reply, seen = nas.ask(someone.packet()), []
        while reply.code == ACCESS_CHALLENGE:
            reply = nas.ask(someone.packet(wrong(seed), state=reply.state))
            seen.append(reply.code)
    assert [ACCESS_CHALLENGE, ACCESS_CHALLENGE, ACCESS_REJECT] == seen


def test_a_code_behind_a_wrong_password_is_neither_used_nor_counted(someone):
    """It still serves, and so often wrong would have begun a wait."""
    seed = someone.enrol_totp()
    with someone.nas(APPENDED) as nas:
        right = code(seed)
        for _ in range(3):
            assert ACCESS_REJECT == nas.ask(someone.packet(f"wrong,{wrong(seed)}")).code
            assert ACCESS_REJECT == nas.ask(someone.packet(f"wrong,{right}")).code
        assert ACCESS_ACCEPT == nas.ask(someone.packet(f"{someone.password},{right}")).code


def test_a_state_is_its_persons_and_its_clients(someone, daemon, names):
    """Anybody else's use of it is refused and takes nothing from it."""
    seed, stranger = someone.enrol_totp(), Someone(daemon, next(names))
    theirs = stranger.enrol_totp()
    with someone.nas(ASKED) as nas, someone.nas(HYBRID) as elsewhere:
        state = nas.ask(someone.packet()).state
        assert ACCESS_REJECT == nas.ask(stranger.packet(code(theirs), state=state)).code
        assert ACCESS_REJECT == elsewhere.ask(someone.packet(code(seed), state=state)).code
        assert ACCESS_REJECT == nas.ask(someone.packet(code(seed), state=bytes(24))).code
        assert ACCESS_ACCEPT == nas.ask(someone.packet(code(seed), state=state)).code


def test_a_recovery_code_answers_a_challenge(someone):
    """It is one of the codes that are asked for."""
    codes = someone.recovery_codes()
    with someone.nas(ASKED) as nas:
        asked = nas.ask(someone.packet())
        assert ACCESS_CHALLENGE == asked.code
        assert ACCESS_ACCEPT == nas.ask(someone.packet(codes[1], state=asked.state)).code


def test_a_name_in_other_letters_is_the_same_account(someone):
    """A code used by one spelling is used for the others."""
    seed = someone.enrol_totp()
    typed = f"{someone.password},{code(seed)}"
    with someone.nas(APPENDED) as nas:
        assert ACCESS_ACCEPT == nas.ask(someone.packet(typed, name=someone.name.upper())).code
        assert ACCESS_REJECT == nas.ask(someone.packet(typed, name=f"{someone.name} ")).code
