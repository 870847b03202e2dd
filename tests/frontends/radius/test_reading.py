from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import PeerError
from proxy.frontends.radius.reading import Refused, WrongSecret
from proxy.login.circumstances import CameOver, CameThrough
from proxy.login.policy import Condition, Policy, Remember
from proxy.login.request import LoginRequest, Proof, Resume
from proxy.radius.called_station import UNTOLD, CalledStation
from proxy.radius.packet import Packet, decode
from proxy.radius.password import MalformedAttribute
from proxy.secret import Secret
from tests.peers import mschap, nas
from tests.peers.door import SECRET, SOURCE, radius_client, reader
from tests.peers.logins import ALICE

NOW = 1_700_000_000.0
MS_CHAP2_RESPONSE = (26, (311).to_bytes(4, "big") + b"\x19\x34" + bytes(50))
MS_RAS_VERSION = (26, (311).to_bytes(4, "big") + b"\x12\x06abcd")
CHAP = (3, bytes(17))
ARAP = (70, bytes(16))
NAS_IP_ADDRESS = (4, bytes((10, 0, 0, 1)))


def policy(*when, client="vpn"):
    return Policy("staff", frozenset({client}), "corp", (), when)


def read(*attributes, name=b"alice", password=b"pw", policies=(), authenticator=None, **terms):
    attributes = [(nas.USER_NAME, name), *attributes] if name is not None else [*attributes]
    datagram = nas.request(SECRET, attributes, password=password, authenticator=authenticator)
    client = radius_client(**terms)
    return reader(*policies, client=client).read(decode(datagram), client, SOURCE[0], NOW)


def digest(*attributes, **parts):
    return read(*attributes, **parts).login.join_digest


def called(text):
    return (30, text.encode())


def placed(*circumstances, remember=None):
    return replace(policy(), circumstances=circumstances, remember=remember)


def calling(text):
    return (nas.CALLING_STATION_ID, text.encode())


def test_a_pap_request_becomes_a_login():
    """Name, password, client, caller and arrival, each once and decoded."""
    asked = read(calling("[2001:db8::7]:1234"), challenge=True, wait=20.0)
    assert isinstance(asked, LoginRequest)
    login = asked.login
    assert ("alice", b"pw", NOW) == (login.username, asked.password.reveal(), asked.arrived)
    assert ("2001:db8::7", "2001:db8::7") == (login.caller, login.origin)
    assert ("vpn", True, 20.0) == (login.client.name, login.client.challenge, login.client.wait)
    assert {} == asked.attributes


def test_login_ids_are_128_bits_that_differ():
    """Two logins never share an id."""
    one, two = read().login.login_id, read().login.login_id
    assert one != two
    assert 16 == len(bytes.fromhex(one))


@pytest.mark.parametrize(
    "name",
    [
        None,
        b"",
        b"  ",
        b"\xff",
        b"al\0ice",
        b"alice\n",
        b"alice\x7f",
        "alice\x85".encode(),
        b"\xed\xa0\x80",
    ],
)
def test_a_name_that_is_no_name_is_refused(name):
    """Missing, blank, not UTF-8, NULs and control characters: the directory is not asked."""
    assert Refused("user-name") == read(name=name)
    assert Refused("user-name") == read((nas.STATE, b"s"), name=name)


@pytest.mark.parametrize(
    "name", ["a" * 253, "*)(uid=*", "Zoë", "CORP\\alice", "alice@example.org "]
)
def test_any_other_name_goes_on_as_typed(name):
    """Filter characters, letters beyond ASCII and 253 octets are for the directory to judge."""
    assert name == read(name=name.encode()).login.username


@pytest.mark.parametrize(
    ("attribute", "why"), [(CHAP, "chap"), (MS_CHAP2_RESPONSE, "ms-chap"), (ARAP, "arap")]
)
def test_what_a_directory_cannot_check_is_refused(attribute, why):
    """CHAP, MS-CHAP and ARAP are refused without the directory, with State too."""
    assert Refused(why) == read(attribute, password=None)
    assert Refused(why) == read(attribute, (nas.STATE, b"s"), password=None)


def test_ms_chap_beside_a_password_is_refused():
    """A request with two kinds of credentials is not half believed."""
    assert Refused("ms-chap") == read(MS_CHAP2_RESPONSE)


def test_microsofts_other_attributes_are_no_ms_chap():
    """RRAS sends its version with PAP too."""
    assert isinstance(read(MS_RAS_VERSION), LoginRequest)


CALL_CHECK = (6, (10).to_bytes(4, "big"))
DEVICE = Refused("mac-authentication", "0010a42319c0")


@pytest.mark.parametrize("password", [b"0010a42319c0", b"00-10-A4-23-19-C0", b"", None])
def test_a_device_that_a_switch_asks_about(password):
    """MAC authentication is refused for what it is; no directory is asked."""
    here = calling("00-10-A4-23-19-C0")
    assert DEVICE == read(here, name=b"0010a42319c0", password=password)
    assert DEVICE == read(here, name=b"00:10:a4:23:19:c0", password=password)
    assert DEVICE == read(here, CALL_CHECK, name=b"printer", password=b"shared by all printers")
    assert DEVICE == read(CALL_CHECK, (nas.STATE, b"s"), name=b"0010a42319c0")


def test_a_device_by_chap():
    """Some switches ask so."""
    here = calling("00-10-A4-23-19-C0")
    assert DEVICE == read(here, CHAP, name=b"0010a42319c0", password=None)
    assert Refused("chap") == read(here, CHAP, password=None)


def test_a_person_whose_name_is_like_a_mac():
    """With a password of their own, or at another device."""
    here, name = calling("00-10-A4-23-19-C0"), b"0010a42319c0"
    assert isinstance(read(here, name=name, password=b"secret"), LoginRequest)
    there = calling("00-10-A4-23-19-C1")
    assert isinstance(read(there, name=name, password=name), LoginRequest)
    assert isinstance(read(here, (nas.STATE, b"s"), name=name, password=b"123456"), Resume)


def test_eap_is_refused():
    """EAP is not spoken yet."""
    assert Refused("eap") == read((nas.EAP_MESSAGE, b"\2\1\0\4"), password=None)


@pytest.mark.parametrize("password", [None, b"", bytes(48)])
def test_no_password_and_no_state_is_refused(password):
    """An empty password would be an anonymous bind."""
    assert Refused("no-password") == read(password=password)


def test_a_password_attribute_without_octets_is_empty():
    """Some NASes send one to continue; without State it is refused like any empty password."""
    nothing = (nas.USER_PASSWORD, b"")
    assert Refused("no-password") == read(nothing, password=None)
    asked = read(nothing, (nas.STATE, b"s" * 24), password=None)
    assert b"" == asked.answer.reveal()


def test_nuls_at_the_end_of_a_password_go():
    """They are padding, however many."""
    assert b"pw" == read(password=b"pw" + bytes(30)).password.reveal()


def test_a_nul_inside_a_password_is_refused_where_the_secret_is_proved():
    """Message-Authenticator showed the secret to be right; no directory takes such a password."""
    assert Refused("password-nul") == read(password=b"p\0w")


def test_octets_that_are_no_text_go_on_where_the_secret_is_proved():
    """A Latin-1 password may be what the directory wants."""
    assert b"p\xe4ss" == read(password=b"p\xe4ss").password.reveal()


@pytest.mark.parametrize("password", [b"p\0w", b"p\xe4ss"])
def test_a_password_that_does_not_decode_is_a_wrong_secret_elsewhere(password):
    """Where no Message-Authenticator is required, in logins and in answers to challenges."""
    with pytest.raises(WrongSecret):
        read(password=password, require_message_authenticator=False)
    with pytest.raises(WrongSecret):
        read((nas.STATE, b"s"), password=password, require_message_authenticator=False)


@pytest.mark.parametrize("length", [15, 17, 144])
def test_a_password_of_an_impossible_length_is_malformed(length):
    """RFC 2865 section 5.2: 16 to 128 octets in blocks of 16."""
    with pytest.raises(MalformedAttribute):
        read((nas.USER_PASSWORD, bytes(length)), password=None)


@pytest.mark.parametrize(
    ("password", "answer"),
    [(None, b""), (b"", b""), (bytes(32), b""), (b"123456", b"123456"), (b" ", b" ")],
)
def test_a_request_with_state_answers_a_challenge(password, answer):
    """No password, an empty one and NULs are the empty answer."""
    asked = read((nas.STATE, b"s" * 24), password=password)
    assert isinstance(asked, Resume)
    assert (b"s" * 24, answer) == (asked.state, asked.answer.reveal())
    assert ("alice", "vpn", NOW) == (asked.username, asked.client.name, asked.arrived)


def test_the_caller_is_named_by_the_clients_attribute():
    """`caller` of the configuration; Calling-Station-Id counts for nothing then."""
    tunnel = (66, b"198.51.100.9")
    asked = read(calling("aa-bb-cc-dd-ee-ff"), tunnel, caller="Tunnel-Client-Endpoint")
    assert "198.51.100.9" == asked.login.caller


@pytest.mark.parametrize(
    ("attributes", "caller"),
    [
        (
            [(nas.NAS_PORT, b"\0\0\0\7"), (nas.NAS_IDENTIFIER, b"gw1"), NAS_IP_ADDRESS],
            "port 7 of gw1",
        ),
        ([(nas.NAS_PORT, b"\0\0\0\7"), NAS_IP_ADDRESS], "port 7 of 10.0.0.1"),
        ([calling("  "), (nas.NAS_PORT, b"\0\0\0\7"), NAS_IP_ADDRESS], "port 7 of 10.0.0.1"),
        ([(nas.NAS_PORT, b"\0\0\0\7")], None),
        ([NAS_IP_ADDRESS, (nas.NAS_IDENTIFIER, b"gw1")], None),
    ],
)
def test_without_that_attribute_the_port_names_the_caller(attributes, caller):
    """NAS-Port with what names the NAS; either alone says nothing."""
    assert caller == read(*attributes).login.caller


def test_a_nas_that_says_nothing_joins_nothing():
    """Without a caller there is no digest to join by; the source address is the origin."""
    login = read().login
    assert (None, None, SOURCE[0]) == (login.caller, login.join_digest, login.origin)


def test_join_user_joins_without_a_caller():
    """One digest for all logins of a user whose caller is untold, none with one that is told."""
    untold = digest(join="user")
    assert untold == digest(join="user")
    assert untold != digest(calling("192.0.2.1"), join="user")
    assert untold != digest(calling("any caller"), join="user")


def test_retries_of_one_login_have_one_digest():
    """Another authenticator, another spelling of the caller, other attributes: the same login."""
    one = digest(calling("AA-BB-CC-DD-EE-FF:corp"), authenticator=bytes(16))
    assert one == digest(calling("aabb.ccdd.eeff"), (nas.NAS_PORT, b"\0\0\0\1"))


@pytest.mark.parametrize(
    "other",
    [
        lambda: digest(calling("192.0.2.2")),
        lambda: digest(calling("192.0.2.1"), password=b"pw2"),
        lambda: digest(calling("192.0.2.1"), name=b"alice", password=b"pw,push"),
    ],
)
def test_another_caller_or_password_is_another_login(other):
    """Whoever has not the password, or comes from elsewhere, joins nothing."""
    assert digest(calling("192.0.2.1")) != other()


def test_requests_that_policies_tell_apart_are_never_one_login():
    """Else a retry to a stricter SSID would share the answer of a laxer one."""
    looks = [policy(Condition("Called-Station-Id", ("*:corp",)))]
    caller = calling("192.0.2.1")
    corp, guest = (30, b"aa:corp"), (30, b"aa:guest")
    assert digest(caller, corp, policies=looks) != digest(caller, guest, policies=looks)
    assert digest(caller, corp, policies=looks) != digest(caller, policies=looks)
    assert digest(caller, corp, corp, policies=looks) != digest(caller, corp, policies=looks)
    assert digest(caller, corp) == digest(caller, guest)


def test_only_what_this_clients_policies_look_at_is_read():
    """Attributes by name, as text; another client's policies count for nothing."""
    policies = [
        policy(Condition("NAS-Identifier", ("vpn1",)), Condition("Called-Station-Id", ("x",))),
        policy(Condition("NAS-Port", ("7",)), client="wifi"),
    ]
    found = read((nas.NAS_IDENTIFIER, b"vpn1"), (nas.NAS_PORT, b"\0\0\0\7"), policies=policies)
    assert {"NAS-Identifier": ("vpn1",)} == found.attributes


def test_the_same_packet_has_the_same_digest_and_no_other_has():
    """It is bound to the client and to the Request Authenticator."""
    one = read(authenticator=b"a" * 16).login.request_digest
    assert one == read(authenticator=b"a" * 16).login.request_digest
    assert one != read(authenticator=b"b" * 16).login.request_digest


def test_the_origin_is_short_and_cannot_turn_the_text_round():
    """At most 64 characters, without control and direction characters; else the source address."""
    shown = read(calling("evil\u202e\x1b[2J" + "x" * 100)).login.origin
    assert "evil[2J" + "x" * 57 == shown
    assert SOURCE[0] == read(calling("\u202e\x07")).login.origin


def test_a_login_hides_its_password():
    """The text form of a request shows none of it."""
    asked = read(password=b"hunter2")
    assert "hunter2" not in repr(asked) + repr(replace(asked))


# --- for another RADIUS server ---

RESPONSE = mschap.attributes(bytes(range(16)), bytes(16), b"r" * 24)
UPSTREAM = replace(policy(), upstream=True)


def test_mschapv2_is_a_login_where_a_radius_server_may_check_it():
    """Challenge and response take the password's place; elsewhere it is refused."""
    asked = read(*RESPONSE, password=None, policies=[UPSTREAM])
    assert ("mschapv2", "alice") == (asked.method, asked.login.username)
    assert asked.password.reveal() == bytes(range(16)) + b"\x05\0" + bytes(24) + b"r" * 24
    assert Refused("ms-chap") == read(*RESPONSE, password=None, policies=[policy()])
    assert Refused("ms-chap") == read(RESPONSE[1], password=None, policies=[UPSTREAM])
    assert Refused("ms-chap") == read(*RESPONSE, (nas.STATE, b"s"), policies=[UPSTREAM])
    assert Refused("ms-chap") == read(*RESPONSE, password=b"pw", policies=[UPSTREAM])


def test_attributes_are_kept_for_a_radius_server_alone():
    """Of a login, and of the answer to a challenge."""
    asked = read(calling("here"), policies=[UPSTREAM])
    assert calling("here") in asked.relay
    assert calling("here") in read(calling("here"), (nas.STATE, b"s"), policies=[UPSTREAM]).relay
    assert () == read(calling("here")).relay == read((nas.STATE, b"s")).relay


AP1, AP2 = "00-10-A4-23-19-C0", "00-10-A4-23-19-C1"
OVER, THROUGH = CameOver(frozenset({"corp"})), CameThrough(frozenset({"0010a42319c0"}))


@pytest.mark.parametrize("rule", [placed(OVER), placed(THROUGH), placed(remember=Remember(60.0))])
def test_where_a_device_is(rule):
    """Access point and SSID, where a policy of the client looks at them or remembers logins."""
    told = called(f"{AP1}:corp")
    assert CalledStation("0010a42319c0", "corp") == read(told, policies=[rule]).called
    assert UNTOLD == read(policies=[rule]).called
    assert UNTOLD == read(told, policies=[replace(rule, clients=frozenset({"x"}))]).called


def test_a_device_that_moves_goes_on_with_its_login():
    """To another access point of its network, but not into another network."""
    me, rules = calling("02-00-00-00-00-07"), [placed(OVER)]
    here = digest(me, called(f"{AP1}:corp"), policies=rules)
    assert here == digest(me, called(f"{AP2}:corp"), policies=rules)
    assert here != digest(me, called(f"{AP1}:lab"), policies=rules)
    assert here != digest(me, called(AP1), policies=rules)


def test_a_device_that_moves_to_where_another_policy_may_decide():
    """Its login is another one, for only one of these access points is named."""
    me, rules = calling("02-00-00-00-00-07"), [placed(THROUGH)]
    here = digest(me, called(f"{AP1}:corp"), policies=rules)
    assert here != digest(me, called(f"{AP2}:corp"), policies=rules)
    assert here != digest(me, policies=rules)
    elsewhere = digest(me, called(f"{AP2}:corp"), policies=rules)
    assert elsewhere == digest(me, called("00-10-A4-23-19-C2:corp"), policies=rules)


CERTIFICATE = Proof("certificate", directory="corp")


def vouched(proof=CERTIFICATE, name=b"alice", *attributes):
    attributes = [(nas.USER_NAME, b"anonymous"), calling("02-00-00-00-00-01"), *attributes]
    client = radius_client()
    packet = decode(nas.request(SECRET, attributes))
    return reader(client=client).read_vouched(
        packet, client, SOURCE[0], NOW, name, proof, mute=True, most_wait=None
    )


def test_a_login_whose_first_factor_was_proved():
    """The person is whom the proof names; where the login comes from, the packet says."""
    asked = vouched()
    assert (CERTIFICATE, b"", "eap") == (asked.proof, asked.password.reveal(), asked.method)
    assert ("alice", "020000000001") == (asked.login.username, asked.login.caller)
    assert (True, 25.0) == (asked.login.client.mute, asked.login.client.most_wait)
    assert Refused("user-name") == vouched(name=b"\xff")


def test_only_the_same_voucher_joins():
    """A login by password never has the answer of one that was vouched for, nor by another."""
    digests = [
        vouched().login.join_digest,
        vouched(Proof("certificate")).login.join_digest,
        vouched(Proof("resumed-session", person=ALICE)).login.join_digest,
        vouched(Proof("upstream", upstream="corp")).login.join_digest,
        digest(calling("02-00-00-00-00-01")),
    ]
    assert len(digests) == len(set(digests))
    assert vouched().login.join_digest == digests[0]


@given(
    st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=200)), max_size=8),
    st.sampled_from([None, b"", b"pw", CERTIFICATE.by.encode()]),
)
def test_nothing_in_a_packet_makes_a_proof(attributes, password):
    """Whatever a NAS writes into it, in clear or inside a tunnel, is a name and a password."""
    client = radius_client()
    packet = Packet(1, 7, bytes(16), tuple(attributes))
    reads = reader(policy(), client=client)
    try:
        asked = reads.read(packet, client, SOURCE[0], NOW)
    except PeerError:
        asked = None
    secret = Secret(password or b"")
    inner = reads.read_inner(
        packet, client, SOURCE[0], NOW, password or b"", secret, mute=False, most_wait=None
    )
    assert {None} >= {one.proof for one in (asked, inner) if isinstance(one, LoginRequest)}


# --- MS-CHAPv2 that is checked here ---

HASHED = replace(policy(), nt_hash=True)


def inner(password=bytes(66), *, response=True, policies=(HASHED,), identifier=b"a" * 16):
    client = radius_client()
    datagram = nas.request(
        SECRET, [(nas.USER_NAME, b"outer"), calling("here")], authenticator=identifier
    )
    return reader(*policies, client=client).read_inner(
        decode(datagram),
        client,
        SOURCE[0],
        NOW,
        b"CORP\\alice",
        Secret(password),
        response=response,
        mute=True,
        most_wait=None,
    )


def test_a_response_inside_a_tunnel():
    """It came by EAP; whatever octets it has, it is no password."""
    asked = inner()
    assert ("eap", True, "CORP\\alice") == (asked.method, asked.response, asked.login.username)
    assert bytes(66) == asked.password.reveal()
    assert Refused("password-nul") == inner(response=False)
    assert not inner(b"secret", response=False).response


def test_each_response_of_a_device_is_one_login():
    """Its challenge is another each time; a password is another login."""
    one, two = inner().login.join_digest, inner(bytes(65) + b"x").login.join_digest
    assert one == two is not None
    assert one != inner(b"response", response=False).login.join_digest


def test_mschapv2_without_eap_is_taken_where_the_client_says_so():
    """And its directory gives hashes; else the directory is not asked."""
    asked = read(*RESPONSE, password=None, policies=[HASHED], mschapv2=True)
    assert ("mschapv2", True) == (asked.method, asked.response)
    assert asked.login.client.mschapv2
    assert Refused("ms-chap") == read(*RESPONSE, password=None, policies=[HASHED])
    assert Refused("ms-chap") == read(*RESPONSE, password=None, policies=[policy()], mschapv2=True)
