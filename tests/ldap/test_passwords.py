"""Changes of passwords on the wire, read by another library."""

import pytest
from ldap3.protocol.rfc3062 import PasswdModifyRequestValue
from ldap3.protocol.rfc4511 import ExtendedRequest, ModifyRequest
from pyasn1.codec.ber.decoder import decode

from proxy.ldap.passwords import encode_active_directory, encode_password_modify
from proxy.secret import Secret

DN = "CN=Zoë,DC=corp,DC=test".encode()
OLD, NEW = Secret("älter".encode()), Secret(b'new "quoted"')


def test_active_directorys_change():
    """Two changes of unicodePwd in one operation: the old value out, the new one in."""
    request, rest = decode(encode_active_directory(DN, OLD, NEW), asn1Spec=ModifyRequest())
    assert b"" == rest
    assert DN == bytes(request["object"])
    changes = [
        (
            int(change["operation"]),
            str(change["modification"]["type"]),
            [bytes(value).decode("utf-16-le") for value in change["modification"]["vals"]],
        )
        for change in request["changes"]
    ]
    assert [(1, "unicodePwd", ['"älter"']), (0, "unicodePwd", ['"new "quoted""'])] == changes


def test_rfc3062_2():
    """Whose it is, the old one and the new one."""
    request, rest = decode(encode_password_modify(DN, OLD, NEW), asn1Spec=ExtendedRequest())
    assert b"" == rest
    assert b"1.3.6.1.4.1.4203.1.11.1" == bytes(request["requestName"])
    value, _ = decode(bytes(request["requestValue"]), asn1Spec=PasswdModifyRequestValue())
    told = [bytes(value[name]) for name in ("userIdentity", "oldPasswd", "newPasswd")]
    assert [DN, OLD.reveal(), NEW.reveal()] == told


@pytest.mark.parametrize("write", [encode_active_directory, encode_password_modify])
@pytest.mark.parametrize(("old", "new"), [(b"", b"new"), (b"old", b"")])
def test_neither_is_empty(write, old, new):
    """Without the old one it would be a reset."""
    with pytest.raises(ValueError, match="empty"):
        write(DN, Secret(old), Secret(new))


def test_active_directory_takes_text_alone():
    """What is not UTF-8 cannot be written in UTF-16."""
    with pytest.raises(ValueError, match="utf-8"):
        encode_active_directory(DN, Secret(b"\xff"), NEW)
