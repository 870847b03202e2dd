"""An expired password, changed in the login: Active Directory (Samba), OpenLDAP's ppolicy, 389."""

import re

import pytest

from tests.peers import samba as corp
from tests.peers.daemon import SECRET, Daemon, client
from tests.peers.ds389 import PLAIN_LAYOUT, change, needs_ds389
from tests.peers.nas import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    STATE,
    USER_NAME,
    Nas,
    request,
)
from tests.peers.slapd import PEOPLE, Slapd, needs_slapd, person
from tests.scenarios.test_codes import code

pytestmark = pytest.mark.scenario

SOURCE, PLAIN = "127.0.0.51", "127.0.0.52"
PROMPT = 76
NEW = "Better-Passw0rd-1"
ASKED = "Your password must be changed. Enter a new one."
GRACE = "Your password has expired. Enter a new one, or continue without for now."
AGAIN = "Enter the new password once more."
TOO_WEAK = "That password is not allowed: too short, too simple or used before. Enter another."
NOT_CHANGED = "Your password could not be changed. Ask your help desk."
EXPIRED = "Your password has expired. Change it, then log in again."
REFUSED = "Login failed. Check your name, your password and your code, then try again."


class Front:
    """A daemon whose one policy wants a code and lets people change an expired password."""

    def __init__(self, folder, directory):
        rule = {"directory": "corp", "factors": ["totp"]}
        self.daemon = Daemon(
            folder,
            directory,
            {"vpn": client(SOURCE, challenge=True), "plain": client(PLAIN, append_code=True)},
            [
                {"name": "vpn", "clients": ["vpn"], "password_change": True, **rule},
                {"name": "plain", "clients": ["plain"], **rule},
            ],
            totp={"window_steps": 10},
        )
        self._codes = {}

    def __enter__(self):
        self.daemon.start()
        return self

    def __exit__(self, *_):
        self.daemon.stop()

    def enrol(self, name):
        """Enrol an app with the command."""
        uri = self.daemon.command("totp", "enroll", name)
        self._codes[name] = re.search(r"secret=([A-Z2-7]+)", uri)[1], iter(range(-9, 10))

    def code(self, name):
        """Give a code that was not given before: one serves once."""
        seed, offsets = self._codes[name]
        return code(seed, next(offsets))

    def talk(self, name, *texts, source=SOURCE, state=None):
        """Type one text after the other; give the replies."""
        replies = []
        with Nas(SECRET, ("127.0.0.1", self.daemon.radius_port), source) as nas:
            for text in texts:
                attributes = [(USER_NAME, name.encode())]
                if state is not None:
                    attributes.append((STATE, state))
                packet = request(SECRET, attributes, password=text.encode())
                reply = nas.ask(packet, 10)
                replies.append(reply)
                if reply is None or reply.code != ACCESS_CHALLENGE:
                    break
                state = reply.state
        return replies

    def outcome(self, name, password):
        """Log in by password and code where nothing can be changed."""
        (reply,) = self.talk(name, f"{password},{self.code(name)}", source=PLAIN)
        return reply.code

    def change(self, name, password, *texts):
        """Log in by password and code, then type *texts*; give what was shown after the code."""
        if name not in self._codes:
            self.enrol(name)
        first, *shown = self.talk(name, password, self.code(name), *texts)
        assert ("Enter your code.", True) == (first.text, echoes(first))
        *asked, last = shown
        assert not any(echoes(reply) for reply in asked)
        return [reply.text for reply in shown], last.code

    def traces(self, *passwords):
        """Say which of these passwords stand in the log or the store."""
        database = self.daemon.folder / "store/countersign.db"
        octets = b"".join(file.read_bytes() for file in database.parent.glob("countersign.db*"))
        octets += self.daemon.text().encode()
        return [one for one in passwords if one.encode() in octets]


def echoes(reply):
    """Say whether the NAS may show what is typed (RFC 2869 section 5.10)."""
    return [bytes(3) + b"\1"] == reply.values(PROMPT)


# --- Active Directory ---


@pytest.fixture(scope="module")
def windows(samba, tmp_path_factory):
    with Front(tmp_path_factory.mktemp("windows"), samba.directory_settings()) as front:
        yield front


@corp.needs_samba
@pytest.mark.parametrize("name", ["due", "fresh"])
def test_active_directory_takes_the_new_one(windows, name):
    """Expired (532) or to be changed (773): proved, then the code, then the new one twice."""
    old = f"{name}-Passw0rd"
    assert ([ASKED, AGAIN, ""], ACCESS_ACCEPT) == windows.change(name, old, NEW, NEW)
    assert ACCESS_ACCEPT == windows.outcome(name, NEW)
    assert [] == windows.traces(NEW, old)


@corp.needs_samba
def test_the_domains_rules_hold(windows):
    """What they refuse is told, and another asked for; two that differ are asked for again."""
    shown = windows.change(
        "picky", "picky-Passw0rd", "short", "short", "nocomplexity1", "other", NEW, NEW
    )
    differ = "The two were not the same. Enter a new password."
    assert ([ASKED, AGAIN, TOO_WEAK, AGAIN, differ, AGAIN, ""], ACCESS_ACCEPT) == shown
    assert ACCESS_ACCEPT == windows.outcome("picky", NEW)


@corp.needs_samba
def test_three_new_passwords_and_no_more(windows):
    """Then the login is refused, and the old password is what it was."""
    again = [text for word in ("one", "two", "three") for text in (word, word)]
    shown, answer = windows.change("stubborn", "stubborn-Passw0rd", *again)
    assert [ASKED, AGAIN, TOO_WEAK, AGAIN, TOO_WEAK, AGAIN, NOT_CHANGED] == shown
    assert ACCESS_REJECT == answer
    assert ([ASKED, AGAIN, ""], ACCESS_ACCEPT) == windows.change(
        "stubborn", "stubborn-Passw0rd", NEW, NEW
    )


@corp.needs_samba
def test_who_knows_an_old_password_alone_comes_to_no_new_one(windows, samba):
    """Three wrong codes: nothing was asked that could change it. A wrong one is refused at once."""
    windows.enrol("stranger")
    replies = windows.talk("stranger", "stranger-Passw0rd", "000000", "000001", "000002", NEW)
    assert [ACCESS_CHALLENGE] * 3 + [ACCESS_REJECT] == [reply.code for reply in replies]
    assert not any("new" in reply.text for reply in replies)
    (refused,) = windows.talk("stranger", "wrong")
    assert (ACCESS_REJECT, REFUSED) == (refused.code, refused.text)
    with samba.administrator() as connection:
        connection.search(f"CN=stranger,{corp.USERS}", "(cn=*)", attributes=["pwdLastSet"])
        assert "126227772000000000" == str(
            connection.entries[0]["pwdLastSet"].raw_values[0], "ascii"
        )


@corp.needs_samba
def test_a_locked_account_is_asked_nothing(windows):
    """The right password looks like a wrong one, however old it is."""
    windows.enrol("shut")
    for _ in range(3):
        windows.talk("shut", "wrong")
    (refused,) = windows.talk("shut", "shut-Passw0rd")
    assert (ACCESS_REJECT, REFUSED) == (refused.code, refused.text)


@corp.needs_samba
def test_it_goes_on_after_a_restart(windows):
    """The old password was kept for it, sealed; nothing of it is in the clear."""
    windows.enrol("patient")
    replies = windows.talk("patient", "patient-Passw0rd", windows.code("patient"), NEW)
    windows.daemon.kill()
    windows.daemon.start()
    (accepted,) = windows.talk("patient", NEW, state=replies[-1].state)
    assert ([ASKED, AGAIN], ACCESS_ACCEPT) == ([one.text for one in replies[1:]], accepted.code)
    assert ACCESS_ACCEPT == windows.outcome("patient", NEW)
    assert [] == windows.traces(NEW, "patient-Passw0rd")


# --- OpenLDAP ---

POLICY = f"""
dn: cn=short,ou=policies,dc=example,dc=org
changetype: modify
add: pwdMustChange
pwdMustChange: TRUE
-
add: pwdInHistory
pwdInHistory: 3
-
add: pwdCheckQuality
pwdCheckQuality: 2
-
add: pwdMinLength
pwdMinLength: 8

{person("gina", "pwdPolicySubentry: cn=short,ou=policies,dc=example,dc=org")}
dn: uid=gina,{PEOPLE}
changetype: modify
replace: pwdReset
pwdReset: TRUE
"""
WITH_GRACE = """
dn: cn=short,ou=policies,dc=example,dc=org
changetype: modify
add: pwdGraceAuthNLimit
pwdGraceAuthNLimit: 9
"""


@pytest.fixture(scope="module")
def openldap(tmp_path_factory):
    with Slapd(tmp_path_factory.mktemp("slapd") / "slapd", self_service=True) as slapd:
        slapd.change(POLICY)
        yield slapd


@pytest.fixture(scope="module")
def ppolicy(openldap, tmp_path_factory):
    with Front(tmp_path_factory.mktemp("ppolicy"), openldap.directory_settings()) as front:
        yield front


@needs_slapd
def test_openldap_takes_the_new_one(ppolicy):
    """A password that was reset: the person's own change, by the policy's rules, each told."""
    short = "That password is too short. Enter a longer one."
    shown = ppolicy.change("gina", "gina-password", "short", "short", NEW, NEW)
    assert ([ASKED, AGAIN, short, AGAIN, ""], ACCESS_ACCEPT) == shown
    assert ACCESS_ACCEPT == ppolicy.outcome("gina", NEW)
    assert ACCESS_REJECT == ppolicy.outcome("gina", "gina-password")
    assert [] == ppolicy.traces(NEW, "gina-password")


@needs_slapd
def test_an_expired_one_that_opens_nothing(ppolicy, openldap):
    """Without a grace login OpenLDAP lets nobody but an administrator change it; with one it does."""
    shown = ppolicy.change("dora", "dora-password", NEW, NEW)
    assert ([ASKED, AGAIN, NOT_CHANGED], ACCESS_REJECT) == shown
    openldap.change(WITH_GRACE)
    assert ([GRACE, ""], ACCESS_ACCEPT) == ppolicy.change("dora", "dora-password", "")
    assert ([GRACE, AGAIN, ""], ACCESS_ACCEPT) == ppolicy.change("dora", "dora-password", NEW, NEW)
    assert ACCESS_ACCEPT == ppolicy.outcome("dora", NEW)


# --- 389 Directory Server ---


@pytest.fixture(scope="module")
def plain389(ds389, tmp_path_factory):
    own = 'allow (write) userdn = "ldap:///self";'
    rule = f'(targetattr = "userPassword")(version 3.0; acl "own password"; {own})'
    with ds389.administrator() as connection:
        change(connection, PLAIN_LAYOUT.people, aci=rule)
        for name in ("reset", "late"):
            ds389.add_person(connection, PLAIN_LAYOUT, name)
        change(connection, PLAIN_LAYOUT.person("reset"), userPassword="reset-password")
        expired = {"passwordExpirationTime": "20200101000000Z"}
        change(connection, PLAIN_LAYOUT.person("late"), **expired)
    settings = ds389.directory_settings(PLAIN_LAYOUT)
    with Front(tmp_path_factory.mktemp("plain389"), settings) as front:
        yield front


@needs_ds389
def test_389_takes_the_new_one(plain389):
    """A password that was reset."""
    assert ([ASKED, AGAIN, ""], ACCESS_ACCEPT) == plain389.change(
        "reset", "reset-password", NEW, NEW
    )
    assert ACCESS_ACCEPT == plain389.outcome("reset", NEW)


@needs_ds389
def test_389_and_an_expired_one(plain389):
    """It opens nothing there either."""
    shown = plain389.change("late", "late-password", NEW, NEW)
    assert ([ASKED, AGAIN, NOT_CHANGED], ACCESS_REJECT) == shown
