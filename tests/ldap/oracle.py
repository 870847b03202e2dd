"""ldap3 and pyasn1 as the other implementation: they write what we read and read what we write."""

from ldap3.protocol import rfc4511
from pyasn1.codec.ber.decoder import decode
from pyasn1.codec.ber.encoder import encode


def read(octets):
    """Decode one whole message."""
    message, rest = decode(octets, asn1Spec=rfc4511.LDAPMessage())
    assert rest == b""
    return message


def write(message_id, name, operation, controls=()):
    """Encode one message; *controls* are (oid, critical, value)."""
    message = rfc4511.LDAPMessage()
    message["messageID"] = rfc4511.MessageID(message_id)
    message["protocolOp"] = rfc4511.ProtocolOp().setComponentByName(name, operation)
    if controls:
        written = rfc4511.Controls()
        for index, (oid, critical, value) in enumerate(controls):
            control = rfc4511.Control()
            control["controlType"] = rfc4511.LDAPOID(oid)
            control["criticality"] = rfc4511.Criticality(critical)
            if value is not None:
                control["controlValue"] = rfc4511.ControlValue(value)
            written[index] = control
        message["controls"] = written
    return encode(message)


def _ended(answer, code, diagnostic):
    answer["resultCode"] = rfc4511.ResultCode(code)
    answer["matchedDN"] = rfc4511.LDAPDN("")
    answer["diagnosticMessage"] = rfc4511.LDAPString(diagnostic)
    return answer


def bind_response(message_id, code, diagnostic="", controls=()):
    answer = _ended(rfc4511.BindResponse(), code, diagnostic)
    return write(message_id, "bindResponse", answer, controls)


def search_done(message_id, code, diagnostic="", controls=()):
    answer = _ended(rfc4511.SearchResultDone(), code, diagnostic)
    return write(message_id, "searchResDone", answer, controls)


def extended_response(message_id, code, name=None, diagnostic=""):
    answer = _ended(rfc4511.ExtendedResponse(), code, diagnostic)
    if name is not None:
        answer["responseName"] = rfc4511.ResponseName(name)
    return write(message_id, "extendedResp", answer)


def search_entry(message_id, dn, attributes):
    entry = rfc4511.SearchResultEntry()
    entry["object"] = rfc4511.LDAPDN(dn)
    listed = rfc4511.PartialAttributeList()
    for index, (name, values) in enumerate(attributes.items()):
        attribute = rfc4511.PartialAttribute()
        attribute["type"] = rfc4511.AttributeDescription(name)
        held = rfc4511.Vals()
        for place, value in enumerate(values):
            held[place] = value
        attribute["vals"] = held
        listed[index] = attribute
    entry["attributes"] = listed
    return write(message_id, "searchResEntry", entry)


def search_reference(message_id, uris):
    reference = rfc4511.SearchResultReference()
    for index, uri in enumerate(uris):
        reference[index] = rfc4511.URI(uri)
    return write(message_id, "searchResRef", reference)
