"""Every target by its name: a function that takes octets and fails where a property does not hold."""

import traceback

from tests.fuzz import eap, eap_door, ldap, passkeys, radius, settings, signed

TARGETS = {
    "radius-packet": radius.packet,
    "radius-request": radius.request,
    "radius-values": radius.values,
    "radius-password": radius.password,
    "ldap-stream": ldap.stream,
    "ldap-message": ldap.message,
    "ldap-filters": ldap.filters,
    "ldap-names": ldap.names,
    "jws-texts": signed.texts,
    "jws-altered": signed.altered,
    "jws-claims": signed.claims,
    "strict-json": signed.strict,
    "jwk": signed.keys,
    "push-subscription": signed.subscriptions,
    "passkey-registration": passkeys.registration,
    "passkey-assertion": passkeys.assertion,
    "eap-response": eap.response,
    "eap-inside": eap.inside,
    "eap-mschapv2": eap.mschapv2,
    "eap-conversation": eap.conversation,
    "eap-door": eap_door.door,
    "settings": settings.settings,
}


def failure(name, octets):
    """Say which property of a target does not hold for these octets; None: all do."""
    try:
        TARGETS[name](octets)
    except Exception:  # noqa: BLE001 - any is a failure
        return f"{octets!r}\n{traceback.format_exc()}"
    return None
