"""What a client asks, against ldap3 as the reader and the writer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.operation.bind import bind_operation
from ldap3.operation.search import search_operation
from pyasn1.codec.ber.encoder import encode

from proxy.ldap import requests
from proxy.ldap.ber import MalformedMessage
from proxy.ldap.filters import compile_filter
from proxy.ldap.message import decode_message, encode_message
from proxy.ldap.requests import BindRequest, Scope, SearchRequest
from proxy.secret import Secret
from tests.ldap import oracle

_NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200)


@given(st.integers(1, 2**31 - 1), _NAMES, st.binary(min_size=1, max_size=200))
def test_a_bind_is_read_by_ldap3(message_id, name, password):
    """Id, name and password, whatever octets it is, arrive."""
    octets = encode_message(message_id, requests.encode_bind(name.encode(), Secret(password)))
    message = oracle.read(octets)
    bind = message["protocolOp"]["bindRequest"]
    assert message_id == int(message["messageID"])
    assert int(bind["version"]) == 3
    assert name.encode() == bytes(bind["name"])
    assert password == bytes(bind["authentication"]["simple"])


def test_a_bind_of_ldap3_is_read():
    """A bind by the other implementation gives name and password."""
    octets = oracle.write(1, "bindRequest", bind_operation(3, "SIMPLE", "cn=a", b"p\x00w"))
    assert BindRequest(b"cn=a", Secret(b"p\x00w")) == requests.decode_bind(
        decode_message(octets).body
    )


@pytest.mark.parametrize(("name", "password"), [(b"", b"x"), (b"cn=a", b""), (b"", b"")])
def test_rfc4513_5_1_2(name, password):
    """A bind without a name or a password proves nothing and is never written."""
    with pytest.raises(ValueError, match="proves nothing"):
        requests.encode_bind(name, Secret(password))


def _of_ldap3(text, *, base="ou=people,dc=x", attributes=("uid", "memberOf")):
    return encode(search_operation(base, text, 2, 0, list(attributes), 2, 5, False, False, False))


@pytest.mark.parametrize("text", ["(uid={username})", "(&(objectClass=person)(mail={username}))"])
def test_a_search_is_what_ldap3_writes(text):
    """The two implementations write the same octets for the same search."""
    request = SearchRequest(
        b"ou=people,dc=x", Scope.SUBTREE, (b"uid", b"memberOf"), size_limit=2, time_limit=5
    )
    template = requests.search_template(request, compile_filter(text, "username"))
    assert _of_ldap3(text.replace("{username}", "alice")) == template.operation(b"alice")


def test_a_search_of_ldap3_is_read():
    """A search by the other implementation gives all its parts, the filter as octets."""
    octets = oracle.write(
        3,
        "searchRequest",
        search_operation("dc=x", "(uid=a)", 2, 0, ["uid"], 2, 5, False, False, False),
    )
    template = compile_filter("(uid={username})", "username")
    expected = SearchRequest(b"dc=x", Scope.SUBTREE, (b"uid",), template.octets(b"a"), 2, 5)
    assert expected == requests.decode_search(decode_message(octets).body)


def test_a_search_is_read_as_it_was_written():
    """A search for any entry at one place comes out as it went in."""
    request = SearchRequest(b"dc=x", Scope.BASE, (requests.NO_ATTRIBUTES,))
    message = decode_message(encode_message(1, requests.encode_search(request)))
    assert message.operation == requests.SEARCH
    assert request == requests.decode_search(message.body)


def test_the_short_requests_are_read_by_ldap3():
    """StartTLS, unbind and abandon are what they should be to the other implementation."""
    tls = oracle.read(encode_message(1, requests.encode_start_tls()))["protocolOp"]
    assert str(tls["extendedReq"]["requestName"]) == "1.3.6.1.4.1.1466.20037"
    assert (
        oracle.read(encode_message(2, requests.encode_unbind()))["protocolOp"].getName()
        == "unbindRequest"
    )
    abandon = oracle.read(encode_message(3, requests.encode_abandon(300)))["protocolOp"]
    assert int(abandon["abandonRequest"]) == 300


@given(st.binary(max_size=100))
def test_any_octets_are_a_request_or_refused(octets):
    """Arbitrary octets raise nothing but MalformedMessage; what is read was in them."""
    for decode, part in ((requests.decode_bind, "name"), (requests.decode_search, "base")):
        try:
            found = decode(octets)
        except MalformedMessage:
            continue
        assert getattr(found, part) in octets


def test_other_binds_and_scopes_are_refused():
    """LDAPv2, SASL and a scope of 3 are malformed here."""
    for octets in (b"\x02\x01\x02\x04\x00\x80\x00", b"\x02\x01\x03\x04\x00\xa3\x00"):
        with pytest.raises(MalformedMessage):
            requests.decode_bind(octets)
    written = requests.encode_search(SearchRequest(b"", Scope.BASE, ()))
    body = decode_message(encode_message(1, written)).body
    with pytest.raises(MalformedMessage):
        requests.decode_search(body.replace(b"\x0a\x01\x00", b"\x0a\x01\x03", 1))
