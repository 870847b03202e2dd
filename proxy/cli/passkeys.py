"""How commands show whether a phone has a passkey."""

from proxy.accounts.device import Device

Facts = dict[str, bool]


def passkey_facts(device: Device) -> Facts | None:
    """Give what is known of a phone's passkey, for JSON; None: it has none."""
    passkey = device.passkey
    return None if passkey is None else {"synced": passkey.synced, "only": passkey.only}


def passkey_shown(facts: Facts | None) -> str:
    """Give the same in a word or two: `no`, `yes`, `synced`, `yes, only`."""
    if not facts:
        return "no"
    kind = "synced" if facts["synced"] else "yes"
    return f"{kind}, only" if facts["only"] else kind
