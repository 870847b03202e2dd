"""What a server answers, written by ldap3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.ldap import ber, responses
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.controls import PASSWORD_EXPIRED, PasswordPolicy
from proxy.ldap.message import Message, decode_message
from proxy.ldap.responses import BindResponse, Entry, Result
from tests.ldap import oracle


@pytest.mark.parametrize("code", [0, 3, 4, 10, 32, 49, 51, 52, 53, 80])
def test_a_result_is_read(code):
    """Code and text of an answer come out."""
    body = decode_message(oracle.search_done(1, code, "so ist es")).body
    assert Result(code, "so ist es") == responses.decode_result(body)


def test_a_diagnostic_text_is_shortened_and_made_readable():
    """NULs, line ends and broken UTF-8 of a server do not reach a log; nor do megabytes."""
    body = (
        ber.integer(49, ber.ENUMERATED)
        + b"\x04\x00"
        + ber.element(4, b"a\nb\x00\xff" + b"c" * 5000)
    )
    diagnostic = responses.decode_result(body).diagnostic
    assert diagnostic.startswith("a b ")
    assert diagnostic.isprintable()
    assert len(diagnostic) == 256


def test_a_referral_is_passed_over():
    """A result that names other servers is read; its code says referral."""
    body = b"\x0a\x01\x0a\x04\x00\x04\x00" + ber.element(0xA3, ber.element(4, b"ldap://x/"))
    assert Result(10, "") == responses.decode_result(body)


def test_a_bind_response_has_the_password_policy():
    """The control beside the result is read."""
    control = ("1.3.6.1.4.1.42.2.27.8.5.1", False, b"\x30\x03\x81\x01\x00")
    message = decode_message(oracle.bind_response(1, 49, controls=[control]))
    expected = BindResponse(Result(49, ""), PasswordPolicy(error=PASSWORD_EXPIRED))
    assert expected == responses.decode_bind(message)


def test_a_bind_response_without_controls():
    """No control, no policy."""
    message = decode_message(oracle.bind_response(1, 0))
    assert BindResponse(Result(0, ""), None) == responses.decode_bind(message)


def test_server_credentials_are_passed_over():
    """A bind's serverSaslCreds do not matter to a simple bind."""
    message = Message(1, 0x61, b"\x0a\x01\x00\x04\x00\x04\x00\x87\x02ab", b"")
    assert BindResponse(Result(0, ""), None) == responses.decode_bind(message)


def test_the_notice_of_disconnection_is_read():
    """RFC 4511 section 4.4.1: an extended answer with a name."""
    octets = oracle.extended_response(0, 52, "1.3.6.1.4.1.1466.20036", "bye")
    body = decode_message(octets).body
    expected = (Result(52, "bye"), responses.NOTICE_OF_DISCONNECTION)
    assert expected == responses.decode_extended(body)


def test_an_extended_answer_may_have_no_name():
    """The answer to StartTLS may leave the name out."""
    body = decode_message(oracle.extended_response(1, 0)).body
    assert (Result(0, ""), None) == responses.decode_extended(body)


@given(
    st.dictionaries(
        st.sampled_from(["uid", "CN", "memberOf", "mail"]),
        st.lists(st.binary(max_size=200), min_size=1, max_size=4),
    )
)
def test_wanted_attributes_of_an_entry_are_read(attributes):
    """Values come out by their description in lower case, the others do not."""
    body = decode_message(oracle.search_entry(1, "uid=alice,dc=x", attributes)).body
    wanted = {b"uid", b"memberof"}
    expected = {
        name.lower().encode(): values
        for name, values in attributes.items()
        if name in ("uid", "memberOf")
    }
    assert Entry(b"uid=alice,dc=x", expected) == responses.decode_entry(body, wanted)


def test_options_stay_with_a_description():
    """A part of the values (`;range=`) is never taken for all of them."""
    body = decode_message(oracle.search_entry(1, "cn=a", {"memberOf;range=0-1": [b"x"]})).body
    expected = {b"memberof;range=0-1": [b"x"]}
    assert expected == responses.decode_entry(body, {b"memberof"}).attributes


def test_an_entry_with_1000_groups_is_read():
    """A thousand groups are a thousand values."""
    groups = [b"cn=group%d,ou=groups,dc=example,dc=org" % number for number in range(1000)]
    body = decode_message(oracle.search_entry(1, "uid=a", {"memberOf": groups})).body
    assert groups == responses.decode_entry(body, {b"memberof"}).attributes[b"memberof"]


def _nested(levels):
    octets = b""
    for _ in range(levels):
        octets = ber.element(ber.SEQUENCE, octets)
    return octets


@pytest.mark.parametrize(
    "body",
    [
        b"",
        _nested(5_000),
        b"\x04\x01a" + _nested(5_000),
        b"\x04\x01a"
        + ber.element(0x30, ber.element(0x30, b"\x04\x01b", ber.element(0x31, _nested(5_000)))),
        b"\x04\x01a\x30\x00" + _nested(5_000),
        b"\x04\x01a\x31\x00",
        b"\x04\x01a\x30\x04\x30\x02\x04\x00",
    ],
)
def test_what_is_no_entry_is_refused(body):
    """Nested 5,000 deep anywhere, or without its parts: malformed."""
    with pytest.raises(MalformedMessage):
        responses.decode_entry(body, {b"b"})


@given(st.binary(max_size=100))
def test_any_octets_are_an_answer_or_refused(octets):
    """Arbitrary octets raise nothing but MalformedMessage."""
    for decode in (
        responses.decode_result,
        responses.decode_extended,
        lambda body: responses.decode_entry(body, {b"uid"}),
        lambda body: responses.decode_bind(Message(1, 0x61, body, b"")),
    ):
        try:
            found = decode(octets)
        except MalformedMessage:
            continue
        assert found
