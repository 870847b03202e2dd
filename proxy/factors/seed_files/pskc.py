"""
Portable Symmetric Key Container, RFC 6030: the TOTP keys of a file.

Whatever would make the codes other than those of RFC 6238 as the server computes them is a fault of
its key, with its line: another algorithm, suite or encoding, check digits, an offset of time. So is
a policy that the server cannot keep (section 5: what is not understood forbids the key's use). A
signature is not verified.
"""

import re
from datetime import UTC, datetime
from typing import Final

from proxy.factors.seed_files import xml_tree
from proxy.factors.seed_files.entry import BadFile, Entry, Fault, SeedFile
from proxy.factors.seed_files.pskc_encryption import Lock, Unlock, base64_of, lock_of
from proxy.factors.seed_files.xml_tree import Element
from proxy.factors.totp import Algorithm, BadSeed, TotpSeed
from proxy.secret import Secret

NAMESPACE: Final = "urn:ietf:params:xml:ns:keyprov:pskc"
TOTP: Final = frozenset({f"{NAMESPACE}:totp", f"{NAMESPACE}#totp"})
"""The second stands in drafts, and in files of vendors that followed them."""
SUITES: Final[dict[str, Algorithm]] = {
    "": "SHA1",
    "SHA1": "SHA1",
    "SHA256": "SHA256",
    "SHA512": "SHA512",
}
"""By the name of a Suite without HMAC and hyphens."""
OWNER_LENGTH: Final = 1024


def read_pskc(octets: bytes, unlock: Unlock, now: float) -> SeedFile:
    """
    Read a container.

    Args:
        now: seconds; keys have times from which and until which they are good.

    Raises:
        BadFile: no such container, or nothing that opens its encrypted values.
    """
    container = xml_tree.parse(octets)
    if container.name != "KeyContainer" or container.namespace != NAMESPACE:
        raise BadFile(container.line, f"found {container.name}, wanted a KeyContainer of RFC 6030")
    if container.attributes.get("Version") not in {"1.0", "1"}:
        raise BadFile(container.line, "found another Version, wanted 1.0")
    is_signed = container.find("Signature") is not None
    found = SeedFile(names_entries=True, is_signed=is_signed)
    lock = lock_of(container, unlock)
    for package in container.all("KeyPackage"):
        keys = package.all("Key")
        if not keys:
            found.faults.append(Fault(package.line, "found no Key in a KeyPackage"))
        for key in keys:
            try:
                found.entries.append(_entry(package, key, lock, now))
            except BadFile as error:
                found.faults.append(error.fault)
            except BadSeed as error:
                found.faults.append(Fault(key.line, str(error)))
            found.count(key.line)
    return found


def _entry(package: Element, key: Element, lock: Lock | None, now: float) -> Entry:
    algorithm = key.attributes.get("Algorithm", "")
    if algorithm not in TOTP:
        kind = re.split("[:#]", algorithm)[-1][:32] if algorithm.isprintable() else ""
        raise BadFile(key.line, f"found a key for {kind or 'nothing'}, wanted totp")
    _check_policy(key, now)
    device = package.find("DeviceInfo")
    if device is not None:
        _check_times(device, now)
    data = key.find("Data")
    secret = None if data is None else data.find("Secret")
    if data is None or secret is None:
        raise BadFile(key.line, "found no Secret, wanted one")
    for name in ("Time", "TimeDrift", "Counter"):
        if _number(data, name, 0) != 0:
            raise BadFile(data.line, f"found {name} that is not 0, which is not supported")
    seed = TotpSeed(
        _secret(secret, lock),
        _suite(key),
        _digits(key),
        _number(data, "TimeInterval", 30),
    )
    return Entry(key.line, _owner(package, key), seed)


def _owner(package: Element, key: Element) -> str:
    for element in (key.find("UserId"), package.find("DeviceInfo", "UserId")):
        owner = "" if element is None else element.text.strip()
        if owner and len(owner) <= OWNER_LENGTH and owner.isprintable():
            return owner
    raise BadFile(key.line, "found no UserId of the key or its device, wanted whose key it is")


def _suite(key: Element) -> Algorithm:
    element = key.find("AlgorithmParameters", "Suite")
    text = "" if element is None else element.text.strip()
    suite = SUITES.get(text.upper().replace("-", "").removeprefix("HMAC"))
    if suite is None:
        raise BadFile(key.line, "found a Suite that is not supported, wanted HMAC-SHA1, -256, -512")
    return suite


def _digits(key: Element) -> int:
    shape = key.find("AlgorithmParameters", "ResponseFormat")
    if shape is None:
        return 6
    if shape.attributes.get("Encoding", "DECIMAL") != "DECIMAL":
        raise BadFile(shape.line, "found an Encoding that is not supported, wanted DECIMAL")
    if shape.attributes.get("CheckDigits", "false") not in {"false", "0"}:
        raise BadFile(shape.line, "found CheckDigits, which are not supported")
    length = shape.attributes.get("Length", "6")
    if length not in {"6", "7", "8"}:
        raise BadFile(shape.line, "found another Length, wanted 6 to 8")
    return int(length)


def _secret(element: Element, lock: Lock | None) -> Secret:
    plain = element.find("PlainValue")
    if element.find("EncryptedValue") is None:
        if plain is None:
            raise BadFile(element.line, "found no value in Secret")
        return Secret(base64_of(plain))
    if plain is not None:
        raise BadFile(element.line, "found both a plain and an encrypted value, wanted one")
    if lock is None:
        raise BadFile(element.line, "found an encrypted value, but no EncryptionKey in the file")
    return lock.open(element)


def _number(data: Element, name: str, default: int) -> int:
    """Read a number of Data; where it is missing, *default*."""
    element = data.find(name)
    if element is None:
        return default
    plain = element.find("PlainValue")
    text = "" if plain is None else plain.text.strip()
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadFile(element.line, f"found {name} that is no plain whole number")
    return int(text)


def _check_policy(key: Element, now: float) -> None:
    """Raise BadFile where the policy of a key forbids its use here. RFC 6030 section 5."""
    policy = key.find("Policy")
    if policy is None:
        return
    _check_times(policy, now)
    for rule in policy.children:
        if rule.name not in {"StartDate", "ExpiryDate", "KeyUsage"}:
            raise BadFile(rule.line, f"found a policy that is not supported: {rule.name[:32]}")
    uses = {rule.text.strip() for rule in policy.all("KeyUsage")}
    if uses and "OTP" not in uses:
        raise BadFile(key.line, "found a key for another use, wanted OTP")


def _check_times(parent: Element, now: float) -> None:
    """Raise BadFile where a key or a device is not good yet, or no more."""
    start, expiry = parent.find("StartDate"), parent.find("ExpiryDate")
    if start is not None and now < _moment(start):
        raise BadFile(start.line, f"found a {start.name} that is still to come")
    if expiry is not None and now > _moment(expiry):
        raise BadFile(expiry.line, f"found an {expiry.name} that has passed")


def _moment(rule: Element) -> float:
    try:
        read = datetime.fromisoformat(rule.text.strip())
    except ValueError:
        raise BadFile(rule.line, f"found a {rule.name} that is no date and time") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
