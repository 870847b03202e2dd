"""countersign device."""

import pytest

from proxy.accounts.device import Candidate
from proxy.accounts.passkey import NewPasskey, Passkey
from proxy.factors.subscription import parse_subscription
from proxy.settings.load import load
from proxy.store import devices, subscriptions
from tests.peers.privacyidea_phone import scanned
from tests.peers.push_service import BrowserKeys

ID = "x" * 43


def enrol(command, code: str, device_id: str = ID, passkey: Passkey | None = None):
    master = load(command.config).settings.master_key.key
    new = passkey and NewPasskey(passkey, "registration")
    candidate = Candidate(device_id, '{"kty":"EC"}', "pixel", "proof", new)
    return command.database.now(
        lambda session: devices.enrol(session, master, code, candidate, command.now)
    )


def invited(command, *args: str) -> str:
    url = command.good("device", "invite", "alice", *args).splitlines()[0]
    head, _, code = url.partition("#")
    assert head == "https://mfa.example.org/enroll"
    return code


def test_invite(command):
    """The URL stands on a line of its own; its code enrols a phone."""
    assert enrol(command, invited(command)).device_id == ID


def test_a_newer_invitation_ends_an_older_one(command):
    """Only the newest code serves."""
    old = invited(command)
    new = invited(command)
    assert enrol(command, old) == "bad-invitation"
    assert enrol(command, new).device_id == ID


def test_ttl(command):
    """An invitation lasts as long as --ttl says."""
    code = invited(command, "--ttl", "5m")
    command.now += 301
    assert enrol(command, code) == "bad-invitation"


def test_bad_ttl(command):
    """A time to live that is none ends with 2."""
    for ttl in ("15", "0s", "8d", "soon"):
        assert command("device", "invite", "alice", "--ttl", ttl).exit_code == 2


def test_invite_who_has_a_phone(command):
    """A second phone needs --replace, which retires the first when the second enrols."""
    enrol(command, invited(command))
    status, said = command.said("device", "invite", "alice")
    assert status == 1
    assert "pixel" in said
    assert ID in said
    code = invited(command, "--replace")
    assert command.json("account", "show", "alice")["device"]["id"] == ID
    enrol(command, code, "y" * 43)
    assert command.json("account", "show", "alice")["device"]["id"] == "y" * 43


def test_invite_json_and_qr(command):
    """--json tells when the invitation ends; --qr draws it."""
    shown = command.json("device", "invite", "alice", "--ttl", "1h")
    assert shown["expires_at"] == "2026-09-21T15:13:20Z"
    assert len(command.good("device", "invite", "alice", "--qr").splitlines()) > 10


def test_list(command):
    """Phones are listed with their ids; retired ones with --all."""
    enrol(command, invited(command))
    assert [ID, "corp/alice", "pixel", "2026-09-21T14:13:20Z", "no", "enrolled"] == (
        command.good("device", "list").splitlines()[1].split()
    )
    command.good("device", "revoke", ID)
    assert command.json("device", "list", "alice") == []
    (retired,) = command.json("device", "list", "alice", "--all")
    assert retired["retired_reason"] == "revoked"


def test_list_says_who_wakes_a_phone(command):
    """By the host of its push service alone; nobody: notices were not turned on."""
    enrol(command, invited(command))
    assert command.json("device", "list")[0]["push_service"] is None
    told = parse_subscription(BrowserKeys().subscription("https://push.example.org/send/abc"))
    command.database.now(lambda s: subscriptions.subscribe(s, ID, told, command.now))
    assert "push.example.org" == command.json("device", "list")[0]["push_service"]
    shown = command.good("device", "list")
    assert "push.example.org" == shown.splitlines()[1].split()[-1]
    assert "send" not in shown


@pytest.mark.parametrize(
    ("synced", "only", "shown"),
    [
        (False, False, "yes"),
        (True, False, "synced"),
        (False, True, "yes, only"),
        (True, True, "synced, only"),
    ],
)
def test_phones_with_a_passkey_are_shown_as_such(command, synced, only, shown):
    """In the list, and with the account."""
    passkey = Passkey(b"credential", b"key", 0, synced, only)
    enrol(command, invited(command), passkey=passkey)
    assert f" {shown} " in command.good("device", "list").splitlines()[1]
    assert f"passkey:         {shown}" in command.good("account", "show", "alice").splitlines()
    facts = {"synced": synced, "only": only}
    assert facts == command.json("device", "list", "alice")[0]["passkey"]
    assert facts == command.json("account", "show", "alice")["device"]["passkey"]


def test_a_phone_without_a_passkey_is_shown_as_such(command):
    """A person without a phone has none either."""
    assert "passkey:         no" in command.good("account", "show", "alice").splitlines()
    enrol(command, invited(command))
    assert command.json("device", "list", "alice")[0]["passkey"] is None
    assert "passkey:         no" in command.good("account", "show", "alice").splitlines()


def test_revoke(command):
    """A phone is revoked once, and other processes are told."""
    enrol(command, invited(command))
    command.good("device", "revoke", ID)
    assert command.said("device", "revoke", ID) == (1, f"found no enrolled phone {ID}")
    assert command.json("account", "show", "alice")["device"] is None


def test_a_phone_whose_id_looks_like_an_option(command):
    """An id is base64url: it may begin with hyphens, and hold the letter of an option."""
    for device_id in ("-" + "h" * 42, "--" + "help" * 10 + "x", "-_" + "z" * 41):
        enrol(command, invited(command), device_id)
        command.good("device", "revoke", device_id)
    assert command("device", "revoke", "--help").output.startswith("Usage:")
    assert command("device", "revoke").exit_code == 2


def test_a_blocked_account_is_not_invited(command):
    """Whom an admin blocked gets no new phone."""
    command.good("account", "list")
    command("totp", "enroll", "alice")
    command.good("account", "block", "alice")
    assert command.said("device", "invite", "alice")[0] == 1


def test_invite_for_the_privacyidea_authenticator(command):
    """What the app scans stands on a line of its own; --qr draws it, --json tells it too."""
    uri, *drawing = command.good(
        "device", "invite", "alice", "--app", "privacyidea", "--qr"
    ).splitlines()
    found = scanned(uri)
    assert "https://mfa.example.org/api/privacyidea" == found["url"]
    assert ("alice", "mfa.example.org", "15") == (found["label"], found["issuer"], found["ttl"])
    assert drawing
    told = command.json("device", "invite", "alice", "--app", "privacyidea", "--ttl", "90s")
    assert "2" == scanned(told["url"])["ttl"]
    assert found["serial"] != scanned(told["url"])["serial"]


def test_another_app_ends_an_older_invitation_too(command):
    """There is one good one, whatever its app."""
    old = invited(command)
    command.good("device", "invite", "alice", "--app", "privacyidea")
    assert enrol(command, old) == "bad-invitation"


def test_another_app_needs_replace_as_well(command):
    """And an app that nobody knows is wrong use."""
    enrol(command, invited(command))
    assert 1 == command.said("device", "invite", "alice", "--app", "privacyidea")[0]
    command.good("device", "invite", "alice", "--app", "privacyidea", "--replace")
    assert 2 == command("device", "invite", "alice", "--app", "other").exit_code
    assert "countersign" == command.json("device", "list", "alice")[0]["app"]
