"""What a policy may send, as the configuration is read."""

import pytest

from proxy.login.reply import FromDirectory, ReplyAttribute
from proxy.settings.plain import directory_options, policies

FACTORS = "    factors: [push, totp]\n"
A, B = "'cn=a,dc=example'", "'cn=b,dc=example'"


def lines(*texts):
    """Give the change that lets the policy send these."""
    block = "".join(f"      - {text}\n" for text in texts)
    return FACTORS, f"{FACTORS}    reply:\n{block}"


WANTED = "wanted attribute with value, or attribute with from, or vlan"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{attribute: Class}", f"found attribute, {WANTED}"),
        ("{value: x}", f"found value, {WANTED}"),
        ("{from: mail}", f"found from, {WANTED}"),
        ("{groups: [cn=a]}", f"found none of its keys, {WANTED}"),
        ("{attribute: Class, value: x, from: mail}", "found attribute and value and from, wanted"),
        ("{attribute: Class, vlan: 42}", f"found attribute and vlan, {WANTED}"),
        ("{attribute: Class, from: 'mail)'}", "found 'mail)', wanted the name of an attribute"),
        ("{attribute: Clas, from: mail}", "found attribute Clas, did you mean Class?"),
        ("{attribute: State, from: mail}", "found State, which is not for the configuration"),
        ("{attribute: Proxy-State, value: x}", "found Proxy-State, which is not for the"),
        ("{attribute: Message-Authenticator, value: x}", "found Message-Authenticator, which"),
        ("{attribute: EAP-Message, value: x}", "found EAP-Message, which is not for the"),
        ("{attribute: State, value: x}", "found State, which is not for the configuration"),
        ("{attribute: Tunnel-Password, from: mail}", "found Tunnel-Password, wanted an attribute"),
        ("{attribute: Class, from: mail, tag: 1}", "found tag 1 on Class, which takes none"),
        (f"{{attribute: Class, value: {'x' * 254}}}", "found a value of Class that takes 254"),
        (f"{{vlan: {'x' * 254}}}", "found a value of Tunnel-Private-Group-Id that takes 254"),
    ],
)
def test_a_line_that_cannot_be_sent(config, line, fault):
    """By its line in the file."""
    (told,) = config.bad(lines(line))
    assert told.startswith(f"17: policies[0].reply[0]: {fault}")


@pytest.mark.parametrize(
    "vlan", ["0", "4095", "-1", "true", "''", "99999999999999999999", "٣", "[]"]
)
def test_no_vlan(config, vlan):
    """Numbers go from 1 to 4094; a name is text."""
    (told,) = config.bad((FACTORS, f"{FACTORS}    vlan: {vlan}\n"))
    assert told.startswith("16: policies[0].vlan: found ")
    assert told.endswith("wanted a VLAN by its number, 1 to 4094, or by its name")


@pytest.mark.parametrize(
    ("keys", "texts", "fault"),
    [
        (
            "",
            ["{attribute: Session-Timeout, value: 1}", "{attribute: Session-Timeout, value: 1}"],
            "18: policies[0].reply[1]: found Session-Timeout again, which line 17 gives",
        ),
        (
            "    session: 8h\n",
            ["{attribute: Session-Timeout, value: 60}"],
            "16: policies[0].session: found Session-Timeout (of session) again, which line 18 gives",
        ),
        (
            "    vlan: 42\n",
            [f"{{vlan: guests, groups: [{A}]}}"],
            "16: policies[0].vlan: found Tunnel-Type (of vlan) again, which line 18 (vlan) gives",
        ),
        (
            "    vlan: 42\n",
            ["{attribute: Tunnel-Private-Group-Id, value: '7', tag: 3}"],
            "16: policies[0].vlan: found Tunnel-Private-Group-Id (of vlan) again, which line 18",
        ),
        (
            "",
            [
                f"{{attribute: Framed-MTU, value: 1400, groups: [{A}, {B}]}}",
                f"{{attribute: Framed-MTU, value: 1500, groups: [{B.upper()}]}}",
            ],
            "18: policies[0].reply[1]: found Framed-MTU again, which line 17 gives to the same",
        ),
        (
            "",
            ["{attribute: Framed-Pool, from: pool}", "{attribute: Framed-Pool, value: rest}"],
            "18: policies[0].reply[1]: found Framed-Pool again, which line 17 gives",
        ),
    ],
)
def test_twice_what_comes_once(config, keys, texts, fault):
    """Told at the second, with the line of the first."""
    old, new = lines(*texts)
    (told,) = config.bad((old, new.replace(FACTORS, FACTORS + keys)))
    assert told.startswith(fault)
    assert "it comes once" in told


@pytest.mark.parametrize(
    "texts",
    [
        ["{attribute: Class, value: a}", "{attribute: Class, value: b}"],
        ["{attribute: Cisco-AVPair, value: a}", "{attribute: Cisco-AVPair, value: b}"],
        [f"{{vlan: 1, groups: [{A}]}}", f"{{vlan: 2, groups: [{B}]}}"],
        ["{vlan: 1, tag: 1}", "{vlan: 2, tag: 2}"],
    ],
)
def test_what_may_come_twice(config, texts):
    """Or goes to other people, or is another tunnel."""
    assert config.good(lines(*texts))


def test_too_much_for_a_packet(config):
    """4096 octets, less the header and Message-Authenticator; Class with an id takes its part."""
    full = [f"{{attribute: Reply-Message, value: {'x' * 253}}}"] * 15
    config.good(lines(*full, f"{{attribute: Class, value: {'x' * 231}}}"))
    (told,) = config.bad(lines(*full, f"{{attribute: Class, value: {'x' * 232}}}"))
    assert "16: policies[0].reply: found attributes of 4059 octets, wanted at most 4058" == told
    rest = f"{{attribute: Class, value: {'x' * 198}}}"
    (told,) = config.bad(
        lines(*full, rest), ("    reply:", "    accounting_class: true\n    reply:")
    )
    assert "17: policies[0].reply: found attributes of 4025 octets, wanted at most 4024" == told


def test_too_much_for_a_group(config):
    """What goes to others does not count."""
    each = [f"{{attribute: Class, value: {'x' * 253}, groups: [{A}]}}"] * 12
    other = [f"{{attribute: Class, value: {'x' * 253}, groups: [{B}]}}"] * 12
    config.good(lines(*each, *other))
    (told,) = config.bad(lines(*each, *[line.replace(B, f"{A}, {B}") for line in other]))
    assert "found attributes of 6120 octets for cn=a,dc=example, wanted at most 4058" in told


def test_what_becomes_of_it(config):
    """A VLAN is three attributes, a session one; the directory is asked for what is sent."""
    change = lines(
        "{attribute: Class, from: Mail}",
        "{attribute: Filter-Id, from: mail}",
        f"{{vlan: guests, tag: 1, groups: [{A.upper().replace('CN', 'cn')}]}}",
    )
    loaded = config.good(
        change, ("    reply:", "    session: 8h\n    accounting_class: true\n    reply:")
    )
    (rule,) = policies(loaded.settings, loaded.attributes)
    groups = frozenset({"cn=a,dc=example"})
    assert (
        FromDirectory("Class", "mail", octets=True),
        FromDirectory("Filter-Id", "mail"),
        ReplyAttribute("Tunnel-Type", "VLAN", groups, 1),
        ReplyAttribute("Tunnel-Medium-Type", "IEEE-802", groups, 1),
        ReplyAttribute("Tunnel-Private-Group-Id", "guests", groups, 1),
        ReplyAttribute("Session-Timeout", "28800"),
    ) == rule.reply
    assert (ReplyAttribute("Termination-Action", "RADIUS-Request"),) == rule.reply_to_eap
    assert {
        "Tunnel-Type",
        "Tunnel-Medium-Type",
        "Tunnel-Private-Group-Id",
        "Session-Timeout",
        "Termination-Action",
    } == rule.once
    assert (4024, True) == (rule.room, rule.accounting_class)
    (options,) = directory_options(loaded.settings)
    assert ("mail",) == options.sent


SESSION, TERMINATION = "    session: 8h\n", "{attribute: Termination-Action, value: Default}"


def test_a_session_that_ends_without_asking_anew(config):
    """What is left out may be written in another way."""
    keys = f"{SESSION}    reauthenticate: false\n    reply:"
    loaded = config.good(lines(TERMINATION), ("    reply:", keys))
    (rule,) = policies(loaded.settings, loaded.attributes)
    assert ("Termination-Action", "Session-Timeout") == tuple(one.attribute for one in rule.reply)
    assert () == rule.reply_to_eap


def test_two_ways_to_end_a_session(config):
    """Written, and by `session`."""
    (told,) = config.bad(lines(TERMINATION), ("    reply:", f"{SESSION}    reply:"))
    assert told.startswith("16: policies[0].session: found Termination-Action (of session) again")


def test_no_session_that_could_end(config):
    """Nothing would read the key."""
    (told,) = config.bad((FACTORS, f"{FACTORS}    reauthenticate: false\n"))
    assert "16: policies[0].reauthenticate: found without session, wanted both" == told


@pytest.mark.parametrize(("methods", "room"), [("", 3936), ("    methods: [pap]\n", 4058)])
def test_the_room_beside_eap(config, tmp_path, methods, room):
    """EAP-Success and the keys of the link go out in the same packet."""
    speaks = ("  vpn:\n", "  vpn:\n    eap: [ttls]\n")
    section = ("policies:\n", "eap: {certificate: a.pem, private_key: a.key}\npolicies:\n")
    full = [f"{{attribute: Reply-Message, value: {'x' * 253}}}"] * 16
    (told,) = config.bad(speaks, section, (FACTORS, FACTORS + methods), lines(*full))
    assert told.endswith(
        f"policies[0].reply: found attributes of 4080 octets, wanted at most {room}"
    )
