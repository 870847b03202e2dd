"""Every target by its name: a function that takes octets and fails where a property does not hold."""

from tests.fuzz import ldap, radius, settings, signed

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
    "settings": settings.settings,
}
