"""What the web door and the portal are given of the rest of the daemon."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.factors.rsa_keys import RsaSigningKey
from proxy.frontends.web.portal.ports import PortalParts
from proxy.frontends.web.ports import Parts
from proxy.in_force import InForce
from proxy.login.policy import app_codes, serves
from proxy.long_work import on_a_thread
from proxy.push.inbox import Inbox
from proxy.push.sending import Sender
from proxy.runner import Runner
from proxy.sealing import MasterKey
from proxy.settings.plain import portal_terms
from proxy.store.app_codes import StoredAppCodes
from proxy.store.engine import Store
from proxy.store.first_codes import FirstCodes
from proxy.store.kept_keys import Purpose
from proxy.store.passcodes import StoredPasscodes
from proxy.store.stored_devices import StoredDevices
from proxy.store.stored_portal import StoredPortal
from proxy.store.stored_tokens import StoredTokens


@dataclass(frozen=True, slots=True)
class Found:
    """Rooms that are built already, and what is in force now."""

    url: str
    store: Store
    master: MasterKey
    reactor: Any
    digest_keys: Mapping[Purpose, bytes]
    in_force: Callable[[], InForce]
    """What was read last."""
    count: Callable[[str], None]
    stirred: Callable[[], None]
    """The store was changed: notices are looked for at once."""
    inbox: Inbox
    passcodes: StoredPasscodes
    sender: Sender
    logins: Runner


def device_parts(found: Found) -> Parts:
    """Give what the device API needs."""
    store, master, reactor, in_force = found.store, found.master, found.reactor, found.in_force
    return Parts(
        url=found.url,
        devices=StoredDevices(store, master, reactor, lambda: found.in_force().defence),
        inbox=found.inbox,
        clock=reactor,
        count=found.count,
        stirred=found.stirred,
        first_codes=FirstCodes(store, master, reactor),
        recovery_serves=lambda directory: serves(in_force().policies, directory, "recovery"),
        codes=StoredAppCodes(store, master, reactor, found.passcodes),
        app_codes=lambda directory: app_codes(in_force().policies, directory),
        tokens=StoredTokens(store, master, reactor, lambda: found.in_force().defence),
        trusted_proxies=lambda: in_force().settings.web.trusted_proxies,
        may_be_called=found.sender.may_be_called,
        synced_passkeys=lambda: in_force().settings.passkey.synced,
    )


def portal_parts(found: Found) -> PortalParts:
    """Give what the portal needs."""
    return PortalParts(
        url=found.url,
        logins=found.logins,
        store=StoredPortal(found.store, found.master, found.reactor),
        clock=found.reactor,
        terms=lambda: portal_terms(found.in_force().settings),
        count=found.count,
        stirred=found.stirred,
        join_key=found.digest_keys["join"],
        request_key=found.digest_keys["request"],
        form_key=found.digest_keys["form"],
        make_app_key=lambda: on_a_thread(RsaSigningKey.create, found.reactor),
    )
