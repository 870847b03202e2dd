import hashlib
from dataclasses import replace

import pytest
from twisted.logger import globalLogPublisher

from proxy.eap.conversation import Granted
from proxy.frontends.radius.wording import REFUSED
from proxy.frontends.radius.writing import Envelope, Writer, open_envelope, write_status
from proxy.login.actions import Accept, Challenge, Reject
from proxy.login.events import Relayed
from proxy.login.reply import ReplyAttribute
from proxy.radius.clients import RadiusClient
from proxy.radius.packet import decode
from proxy.radius.passing import PassedAttribute
from proxy.radius.password import reveal_salted
from proxy.radius.shared_secret import SharedSecret
from proxy.radius.values import BadAttribute
from proxy.sealing import NotSealed
from proxy.secret import Secret
from tests.peers import mschap, nas
from tests.peers.door import ATTRIBUTES, SECRET, WEB_URL

SENT = nas.request(SECRET, [(nas.USER_NAME, b"alice"), (nas.PROXY_STATE, b"p")], password=b"pw")
PROMPT = 76
CLASS = 25
TUNNEL_PASSWORD = 69
CHALLENGE = Challenge("enter-code", None, code=True, expires_at=0.0)
REJECT = Reject("bad-credentials")


def client(**terms):
    return RadiusClient("vpn", (), SharedSecret(Secret(SECRET)), **terms)


def envelope(sent=SENT):
    return open_envelope(decode(sent), client())


def write(answer, state=None, sent=SENT, web_url=WEB_URL):
    octets = Writer(ATTRIBUTES, web_url).write(answer, state, envelope(sent))
    return nas.read_reply(octets, sent, SECRET)


def accept(*reply):
    return Accept("alice", "push", "staff", tuple(reply))


def crowded(room_left):
    """A request whose Proxy-States leave a reply that many octets for anything else."""
    size = 4096 - 38 - room_left
    body, states = size // 255, []
    states += [(nas.PROXY_STATE, bytes(253))] * body
    if size % 255:
        states.append((nas.PROXY_STATE, bytes(max(0, size % 255 - 2))))
    whole = b"".join(nas.attribute(kind, value) for kind, value in states)
    return Envelope(1, bytes(16), client(), whole, None)


def test_an_accept_carries_what_its_policy_grants():
    """In the policy's order, then Proxy-State."""
    reply = write(accept(ReplyAttribute("Class", "staff"), ReplyAttribute("Filter-Id", "admins")))
    assert nas.ACCESS_ACCEPT == reply.code
    expected = [(CLASS, b"staff"), (11, b"admins"), (nas.PROXY_STATE, b"p")]
    assert expected == reply.attributes[1:]


def test_tags_are_written():
    """RFC 2868 section 3.1: before a text, in the high octet of a number."""
    reply = write(
        accept(
            ReplyAttribute("Tunnel-Type", "VLAN", tag=1),
            ReplyAttribute("Tunnel-Private-Group-Id", "42", tag=1),
        )
    )
    assert [(64, b"\x01\0\0\x0d"), (81, b"\x0142")] == reply.attributes[1:3]


def test_salted_values_are_hidden_each_under_its_own_salt():
    """RFC 2868 section 3.5: two Tunnel-Passwords of one reply share no salt, both can be read."""
    reply = write(accept(*[ReplyAttribute("Tunnel-Password", "key", tag=tag) for tag in (1, 2)]))
    one, two = reply.values(TUNNEL_PASSWORD)
    assert one[1:3] != two[1:3]
    for value in (one, two):
        salt, hidden = value[1:3], value[3:]
        stream = hashlib.md5(SECRET + SENT[4:20] + salt).digest()
        assert salt[0] & 0x80
        assert b"\3key" == bytes(a ^ b for a, b in zip(hidden, stream, strict=True))[:4]


def test_a_challenge_carries_state_text_and_prompt():
    """RFC 2869 section 5.10: what is typed may be shown."""
    reply = write(CHALLENGE, b"s" * 24)
    assert (nas.ACCESS_CHALLENGE, b"s" * 24) == (reply.code, reply.state)
    assert "code" in reply.text
    assert [b"\0\0\0\1"] == reply.values(PROMPT)


def test_a_challenge_without_state_is_our_bug():
    """It would loop for ever."""
    with pytest.raises(ValueError, match="State"):
        write(CHALLENGE)


def test_a_reject_carries_its_text_alone():
    """No State, no Prompt (RFC 2865 section 5.44)."""
    reply = write(REJECT, b"s")
    assert [nas.REPLY_MESSAGE, nas.PROXY_STATE] == [kind for kind, _ in reply.attributes[1:]]


def test_a_long_text_is_cut_between_letters():
    """Into Reply-Messages of at most 253 octets, which are shown in order."""
    url = "https://mfa.example.org/" + "ü" * 200
    reply = write(Reject("not-enrolled", told=True), web_url=url)
    assert url in reply.text
    for part in reply.values(nas.REPLY_MESSAGE):
        assert len(part) <= 253
        part.decode()


def test_an_accept_that_does_not_fit_is_a_reject():
    """Nothing that the policy grants or limits is left out silently; the log says so."""
    lines = []
    globalLogPublisher.addObserver(lines.append)
    try:
        reply = write(accept(*[ReplyAttribute("Filter-Id", "x" * 253)] * 17))
    finally:
        globalLogPublisher.removeObserver(lines.append)
    assert nas.ACCESS_REJECT == reply.code
    assert 1 == len(lines)


def test_a_reply_keeps_within_4096_octets():
    """Proxy-States that leave no room for the text get an Access-Reject without one."""
    octets = Writer(ATTRIBUTES, WEB_URL).write(REJECT, None, crowded(10))
    assert 4096 - 10 == len(octets)
    assert nas.ACCESS_REJECT == octets[0]


def test_proxy_states_that_fill_all_leave_no_reply():
    """Neither to a login nor to Status-Server: they may not be cut."""
    assert Writer(ATTRIBUTES, WEB_URL).write(REJECT, None, crowded(-10)) is None
    assert write_status(crowded(-10)) is None


def test_an_attribute_that_no_dictionary_has_is_no_accept():
    """It raises, so that nothing leaves."""
    with pytest.raises(BadAttribute):
        write(accept(ReplyAttribute("No-Such-Thing", "1")))


@pytest.mark.parametrize(("eap", "identifier"), [(b"\2\7\0\4", 7), (b"", 0), (b"\2", 0)])
def test_eap_failure_answers_the_eap_packet(eap, identifier):
    """RFC 3748 section 4.2: its Identifier; EAP-Start has none."""
    sent = nas.request(SECRET, [(nas.USER_NAME, b"alice"), (nas.EAP_MESSAGE, eap)])
    assert [bytes((4, identifier, 0, 4))] == write(REJECT, sent=sent).values(nas.EAP_MESSAGE)


def test_a_number_is_among_what_the_nas_shows():
    """A client that shows few characters is told the number in these."""
    limited = open_envelope(decode(SENT), client(text_limit=24))
    asked = Challenge("type-number", "042517", code=True, expires_at=0.0)
    octets = Writer(ATTRIBUTES, WEB_URL).write(asked, b"state", limited)
    reply = nas.read_reply(octets, SENT, SECRET)
    assert (nas.REPLY_MESSAGE, b"042517 on your phone") in reply.attributes


# --- what another RADIUS server said ---

PASSED = [
    PassedAttribute((None, CLASS), b"theirs"),
    PassedAttribute((None, 11), b"their filter"),
    PassedAttribute((None, TUNNEL_PASSWORD), b"secret", b"\x01"),
]


def write_passed(answer):
    opened = {"sealed": PASSED}
    octets = Writer(ATTRIBUTES, WEB_URL, opened.__getitem__).write(answer, None, envelope())
    return nas.read_reply(octets, SENT, SECRET)


def test_what_an_upstream_server_granted_passes():
    """After the policy's own, salted ones hidden for this NAS."""
    reply = write_passed(Accept("alice", "push", "staff", (), "sealed"))
    assert ([b"theirs"], [b"their filter"]) == (reply.values(CLASS), reply.values(11))
    ((tag, *hidden),) = reply.values(TUNNEL_PASSWORD)
    assert tag == 1
    assert b"secret" == reveal_salted(bytes(hidden), SharedSecret(Secret(SECRET)), SENT[4:20])


def test_what_the_policy_grants_itself_does_not_come_from_the_server():
    """Two filters would be one too many."""
    ours = (ReplyAttribute("Filter-Id", "ours"),)
    reply = write_passed(Accept("alice", "push", "staff", ours, "sealed"))
    assert ([b"ours"], [b"theirs"]) == (reply.values(11), reply.values(CLASS))


def test_what_cannot_be_opened_grants_nothing():
    """Where no upstream server is configured any more, the login stays unanswered."""
    with pytest.raises(NotSealed):
        write(Accept("alice", "push", "staff", (), "sealed"))


def test_an_upstream_servers_refusal_is_worded_by_it():
    """With its MS-CHAP-Error; without a text, with ours."""
    error = b"\x05E=691 R=0"
    refused = write(Reject("bad-credentials", relayed=Relayed("Expired.", error.hex())))
    assert ("Expired.", [error]) == (refused.text, mschap.values(refused.attributes, 2))
    assert REFUSED == write(Reject("bad-credentials", relayed=Relayed("", None))).text


def test_an_upstream_servers_challenge_is_worded_by_it():
    """What is typed may be a password: it says whether it is shown."""
    asked = Challenge("upstream", None, code=False, expires_at=0.0, text="New one:", hidden=True)
    reply = write(asked, b"state")
    assert ("New one:", [bytes(4)]) == (reply.text, reply.values(76))
    reply = write(replace(asked, text="", hidden=False), b"state")
    assert ("Enter what you are asked for.", [b"\0\0\0\1"]) == (reply.text, reply.values(76))


def test_keys_of_a_link_over_eap_are_eaps():
    """The server's own would be those of another conversation."""
    keys = [PassedAttribute((311, kind), b"theirs", b"") for kind in (16, 17)]
    writer = Writer(ATTRIBUTES, WEB_URL, {"sealed": [*keys, PASSED[0]]}.__getitem__)
    granted = Granted(b"\x03\x01\x00\x04", Secret(bytes(range(64))))
    octets = writer.write(Accept("alice", "push", "staff", (), "sealed"), None, envelope(), granted)
    reply = nas.read_reply(octets, SENT, SECRET)
    (receive,) = mschap.values(reply.attributes, 17)
    shared = SharedSecret(Secret(SECRET))
    assert bytes(range(32)) == reveal_salted(receive, shared, SENT[4:20])
    assert 1 == len(mschap.values(reply.attributes, 16))
    assert [b"theirs"] == reply.values(CLASS)


def test_a_method_without_keys_grants_success_alone():
    """A gateway of IKEv2 needs none; there is nothing to hide."""
    granted = Granted(b"\x03\x01\x00\x04", None)
    writer = Writer(ATTRIBUTES, WEB_URL, {}.__getitem__)
    octets = writer.write(Accept("alice", "push", "staff", ()), None, envelope(), granted)
    reply = nas.read_reply(octets, SENT, SECRET)
    assert reply.values(nas.EAP_MESSAGE) == [granted.octets]
    assert mschap.values(reply.attributes, 16) == mschap.values(reply.attributes, 17) == []


SUCCESS_TEXT = b"S=" + b"0" * 40
PROVED = PassedAttribute((311, 26), b"\x05" + SUCCESS_TEXT)
SEND, RECEIVE = (PassedAttribute((311, 16 + n), bytes((n,)) * 16, b"") for n in (0, 1))


def proof(*passed):
    writer = Writer(ATTRIBUTES, WEB_URL, {"sealed": passed}.__getitem__)
    return writer.proof(Accept("alice", "push", "staff", (), "sealed"))


def test_what_proves_a_login_to_its_peer():
    """Without the identifier; with the keys of a conversation without a tunnel, receive key first."""
    found = proof(PROVED, SEND, RECEIVE)
    assert SUCCESS_TEXT == found.success
    assert b"\1" * 16 + bytes(16) + bytes(32) == found.msk.reveal()
    assert (SUCCESS_TEXT, None) == (proof(PROVED).success, proof(PROVED, SEND).msk)


def test_a_login_without_a_proof():
    """Nothing was passed on, other things were, or what cannot be opened any more."""
    writer = Writer(ATTRIBUTES, WEB_URL)
    assert writer.proof(Accept("alice", "push", "staff", ())) is None
    assert writer.proof(Accept("alice", "push", "staff", (), "sealed")) is None
    assert proof(*PASSED) is None
    assert proof(PassedAttribute((311, 26), b"\5E=691")) is None


def test_what_was_proved_inside_eap_is_not_said_outside():
    """Nor are the keys of its response."""
    writer = Writer(ATTRIBUTES, WEB_URL, {"sealed": [PROVED, SEND, RECEIVE]}.__getitem__)
    granted = Granted(b"\x03\x01\x00\x04", None)
    octets = writer.write(Accept("alice", "push", "staff", (), "sealed"), None, envelope(), granted)
    reply = nas.read_reply(octets, SENT, SECRET)
    assert [[], [], []] == [mschap.values(reply.attributes, kind) for kind in (16, 17, 26)]


def test_mschapv2_without_eap_is_proved_in_the_reply():
    """With the keys of RFC 3079."""
    writer = Writer(ATTRIBUTES, WEB_URL, {"sealed": [PROVED, SEND, RECEIVE]}.__getitem__)
    octets = writer.write(Accept("alice", "push", "staff", (), "sealed"), None, envelope())
    reply = nas.read_reply(octets, SENT, SECRET)
    assert [PROVED.value] == mschap.values(reply.attributes, 26)
    (receive,) = mschap.values(reply.attributes, 17)
    assert RECEIVE.value == reveal_salted(receive, SharedSecret(Secret(SECRET)), SENT[4:20])
