"""Logins that are remembered: a device that roams in a Wi-Fi, and all that ends it, for real."""

import json

import pytest

from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.nas import ACCESS_ACCEPT, ACCESS_REJECT
from tests.peers.slapd import PEOPLE, needs_slapd
from tests.scenarios.conftest import Someone
from tests.scenarios.test_terminal_phone import TerminalPhone

pytestmark = [pytest.mark.scenario, needs_slapd]

AIR, ROOF, CELLAR = "127.0.0.41", "127.0.0.42", "127.0.0.43"
LAPTOP, SAME_LAPTOP, TABLET = b"3C-22-FB-00-1A-2B:corp", b"3c22.fb00.1a2b", b"3c:22:fb:00:ff:ee"


@pytest.fixture(scope="module")
def daemon(slapd, tmp_path_factory):
    """Two access points that remember together, and one that remembers by itself."""
    device = {"caller_is": "device", "wait": "3s"}
    running = Daemon(
        tmp_path_factory.mktemp("remembering"),
        slapd.directory_settings(),
        {
            "air": client(AIR, remember_group="wifi", **device),
            "roof": client(ROOF, remember_group="wifi", **device),
            "cellar": client(CELLAR, **device),
        },
        [
            {
                "name": "wifi",
                "clients": ["air", "roof", "cellar"],
                "directory": "corp",
                "factors": ["push", "totp", "recovery"],
                "remember": "12h",
            }
        ],
    )
    try:
        yield running.start()
        assert [] == running.faults()
    finally:
        running.stop()


@pytest.fixture
def someone(daemon, names):
    """A person with a phone."""
    return Someone(daemon, next(names)).enrol_phone()


def passes(someone, caller=LAPTOP, at=AIR, password=None):
    """Log in, and say whether that was at once, without anybody answering a phone."""
    with someone.nas(at) as nas:
        return ACCESS_ACCEPT == nas.ask(someone.packet(password, caller=caller), 6).code


def pass_fully(someone, caller=LAPTOP, at=AIR):
    """Log in with a push."""
    thread, answered = someone.answer_soon()
    assert passes(someone, caller, at)
    thread.join(20)
    assert [204] == answered


def last(daemon, someone):
    """Give the reason of the last record, and its steps."""
    row = daemon.database.now(
        lambda session: session._connection.execute(
            "SELECT login_id, reason, transcript FROM login_records WHERE username = ?"
            " ORDER BY id DESC LIMIT 1",
            (someone.name,),
        ).fetchone()
    )
    return row["login_id"], row["reason"], json.loads(row["transcript"])


def test_a_device_roams_without_a_second_push(someone, daemon):
    """At the access points of its group, however they write its address; and nowhere else."""
    pass_fully(someone)
    full, reason, _ = last(daemon, someone)
    assert "push" == reason
    assert passes(someone, SAME_LAPTOP, ROOF)
    _, reason, steps = last(daemon, someone)
    assert "remembered" == reason
    (recalled,) = [what for name, what, *_ in steps if name == "SecondFactorRecalled"]
    assert (full, "push") == (recalled["login_id"], recalled["factor"])
    assert not passes(someone, TABLET)
    assert not passes(someone, at=CELLAR)


def test_the_password_is_asked_all_the_same(someone):
    """A wrong one is refused."""
    pass_fully(someone)
    assert not passes(someone, password="wrong")
    assert passes(someone)


def test_an_address_is_no_device(someone):
    """Nor is a NAS that tells no caller."""
    pass_fully(someone, b"192.0.2.7")
    assert not passes(someone, b"192.0.2.7")


def test_it_outlives_the_daemon(someone, daemon):
    """Killed and started again."""
    pass_fully(someone)
    daemon.kill()
    daemon.start()
    assert passes(someone)


def test_a_report_ends_it(someone):
    """ "This was not me", about a login from elsewhere."""
    pass_fully(someone)
    thread, answered = someone.answer_soon("report")
    with someone.nas(CELLAR) as nas:
        assert ACCESS_REJECT == nas.ask(someone.packet(caller=TABLET), 6).code
    thread.join(20)
    assert [204] == answered
    assert not passes(someone)


def test_a_new_phone_ends_it(someone, daemon):
    """The old one is replaced."""
    pass_fully(someone)
    daemon.command("device", "revoke", someone.phone.id)
    someone.enrol_phone()
    assert not passes(someone)


def test_a_new_app_ends_it(someone, daemon):
    """Whatever is enrolled."""
    pass_fully(someone)
    daemon.command("totp", "enroll", someone.name)
    assert not passes(someone)


def test_a_password_change_ends_it(someone, slapd):
    """Seen by pwdChangedTime; the new password is right, and needs a second factor."""
    pass_fully(someone)
    dn = f"uid={someone.name},{PEOPLE}"
    slapd.change(f"dn: {dn}\nchangetype: modify\nreplace: userPassword\nuserPassword: new\n")
    assert not passes(someone, password="new")


def test_a_change_of_something_else_does_not(someone, slapd):
    """A person is renamed or gets a telephone."""
    pass_fully(someone)
    dn = f"uid={someone.name},{PEOPLE}"
    slapd.change(f"dn: {dn}\nchangetype: modify\nreplace: telephoneNumber\ntelephoneNumber: 7\n")
    assert passes(someone)


def test_an_admin_sees_and_ends_it(someone, daemon):
    """One device by its number, then all."""
    pass_fully(someone, LAPTOP)
    pass_fully(someone, TABLET)
    newest, oldest = daemon.json("account", "show", someone.name)["remembered"]
    assert ("**:**:**:**:1a:2b", "air", "push") == (
        oldest["caller"],
        oldest["client"],
        oldest["factor"],
    )
    daemon.command("account", "forget", someone.name, "--id", str(newest["id"]))
    assert not passes(someone, TABLET)
    assert passes(someone, LAPTOP)
    daemon.command("account", "forget", someone.name)
    assert not passes(someone, LAPTOP)


def test_a_shorter_time_holds_from_the_reload_on(someone, daemon):
    """And so does none at all."""
    pass_fully(someone)
    (policy,) = daemon.configuration["policies"]
    del policy["remember"]
    daemon.reload()
    assert not passes(someone)
    policy["remember"] = "12h"
    daemon.reload()
    assert passes(someone)


def test_by_the_commands(someone, daemon, tmp_path):
    """`countersign login` as the NAS, `countersign phone` as the phone."""
    daemon.command("device", "revoke", someone.phone.id)
    link = daemon.command("device", "invite", someone.name).strip()
    phone = TerminalPhone(tmp_path / "home")
    status, told = phone.run("enroll", link, "--ca", daemon.ca)
    assert 0 == status, told
    watching = phone.start("watch", "--answer", "approve", "--once")

    def log_in(expect=0):
        host, port = daemon.server()
        return daemon.command(
            *("login", someone.name, "--server", f"{host}:{port}"),
            *("--secret", SECRET.decode(), "--password", someone.password),
            *("--calling-station-id", "3c-22-fb-00-77-77", "--timeout", "6"),
            expect=expect,
        )

    daemon.configuration["clients"]["cellar"]["networks"] = ["127.0.0.1/32"]
    daemon.reload()
    assert log_in().startswith("accept")
    watching.communicate(timeout=30)
    assert log_in().startswith("accept")
    daemon.command("account", "forget", someone.name)
    assert log_in(expect=1).startswith("reject")
