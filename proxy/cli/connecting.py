"""Trying what the configuration names: directories, store, certificates, ports."""

import errno
import socket
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from twisted.internet.defer import Deferred

from proxy.cli.fitting import fitting
from proxy.cli.locking import locking
from proxy.cli.reactor import run
from proxy.firstfactor.options import DirectoryOptions
from proxy.firstfactor.probe import Probed, probe_directory
from proxy.firstfactor.trust import Trust
from proxy.firstfactor.upstream_options import UpstreamOptions
from proxy.firstfactor.upstream_probe import Asked, probe_upstream
from proxy.firstfactor.upstream_sockets import ConnectedSocket
from proxy.frontends.web.tls import BadCertificate, server_context
from proxy.settings.addresses import Address
from proxy.settings.finding import Finding, Place
from proxy.settings.load import Loaded
from proxy.settings.plain import directory_options
from proxy.settings.upstreams import upstream_options
from proxy.store.database import BadStoreUrl, Database, DatabaseIsNewer, StoreUnavailable

SOON = timedelta(days=14)
T = TypeVar("T")


def connect(loaded: Loaded) -> list[Finding]:
    """Try everything; give what failed, and what will soon."""
    return sorted(
        [
            *directories(loaded),
            *store(loaded),
            *certificate(loaded),
            *ports(loaded),
        ]
    )


def directories(loaded: Loaded) -> Iterator[Finding]:
    """Ask every directory, all in one run: a reactor runs but once in a process."""
    ldap = directory_options(loaded.settings)
    radius = [one for one in upstream_options(loaded.settings) if one.status_server]
    groups = {one.name: _groups(loaded, one.name) for one in ldap}

    async def ask(reactor: Any) -> tuple[list[list[Probed]], list[list[Asked]]]:  # noqa: ANN401
        opens = partial(ConnectedSocket, reactor)
        return (
            [await _whole(probe_directory(one, list(groups[one.name]), reactor)) for one in ldap],
            [await _whole(probe_upstream(one, opens, reactor)) for one in radius],
        )

    probed, asked = run(ask)
    for one, servers in zip(ldap, probed, strict=True):
        yield from _probed(loaded, one, servers, groups[one.name])
    for upstream, answers in zip(radius, asked, strict=True):
        yield from _asked(loaded, upstream, answers)


async def _whole(asking: Coroutine[Any, Any, T]) -> T:
    return await Deferred.fromCoroutine(asking)


def _probed(
    loaded: Loaded, one: DirectoryOptions, probed: list[Probed], groups: dict[str, Place]
) -> Iterator[Finding]:
    """Bind to each server, look for its search base and the groups that policies name."""
    for index, server in enumerate(probed):
        place: Place = ("directories", one.name, "servers", index)
        if server.trouble is not None:
            yield loaded.document.fault(place, f"{server.server}: {server.trouble}")
        for dn, words in server.missing.items():
            where = groups.get(dn, ("directories", one.name, "search_base"))
            yield loaded.document.fault(where, f"{server.server} has no {dn!r}: {words}")
    yield from fitting(one.name, probed, loaded)
    yield from locking(one.name, probed, loaded)


def _asked(loaded: Loaded, one: UpstreamOptions, answers: list[Asked]) -> Iterator[Finding]:
    """Tell of RADIUS servers that give no sign of life."""
    for index, (address, trouble) in enumerate(answers):
        if trouble is not None:
            place: Place = ("directories", one.name, "servers", index)
            message = f"Status-Server to {address}: {trouble}; it is down, or has another secret, "
            message += "or sends no Message-Authenticator, or knows no Status-Server (then set "
            message += "status_server: false)"
            yield loaded.document.fault(place, message)


def _groups(loaded: Loaded, directory: str) -> dict[str, Place]:
    """Give the groups that policies name of a directory, and where they stand."""
    found: dict[str, Place] = {}
    for index, policy in enumerate(loaded.settings.policies):
        if policy.directory != directory:
            continue
        for number, dn in enumerate(policy.groups or ()):
            found.setdefault(dn, ("policies", index, "groups", number))
        for position, line in enumerate(policy.reply):
            for number, dn in enumerate(line.groups or ()):
                found.setdefault(dn, ("policies", index, "reply", position, "groups", number))
    return found


def store(loaded: Loaded) -> Iterator[Finding]:
    """Open the store."""
    try:
        database = Database(loaded.settings.store)
        if database.is_new:
            if not database.path.parent.is_dir():
                message = f"found no folder {database.path.parent}"
                yield loaded.document.fault(("store",), message)
            return
        database.now(lambda _: None)
    except (BadStoreUrl, DatabaseIsNewer, StoreUnavailable) as error:
        yield loaded.document.fault(("store",), str(error))


def certificate(loaded: Loaded) -> Iterator[Finding]:
    """Read the web's certificate and key; look at its name and its end."""
    web = loaded.settings.web
    if web.certificate is None or web.private_key is None:
        return
    place: Place = ("web", "certificate")
    try:
        server_context(web.certificate, web.private_key)
    except BadCertificate as error:
        yield loaded.document.fault(place, str(error))
        return
    leaf = x509.load_pem_x509_certificates(web.certificate.read_bytes())[0]
    host = urlsplit(web.url).hostname or ""
    objection = Trust(host, None).objection(leaf)
    if objection is not None:
        yield loaded.document.fault(place, objection)
    ends = leaf.not_valid_after_utc
    now = datetime.now(UTC)
    if ends < now:
        yield loaded.document.fault(place, f"the certificate ended on {ends:%Y-%m-%d}")
    elif ends < now + SOON:
        yield loaded.document.warning(place, f"the certificate ends on {ends:%Y-%m-%d}")


def ports(loaded: Loaded) -> Iterator[Finding]:
    """Bind every listener's address for a moment; one in use may be the daemon's own."""
    radius = enumerate(loaded.settings.radius.listen)
    listeners: list[tuple[Place, Address, int]] = [
        (("radius", "listen", index), address, socket.SOCK_DGRAM) for index, address in radius
    ]
    listeners.append((("web", "listen"), loaded.settings.web.listen, socket.SOCK_STREAM))
    for place, address, kind in listeners:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        with socket.socket(family, kind) as opened:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                opened.bind((address.host, address.port))
            except OSError as error:
                message = f"cannot listen on {address}: {error.strerror}"
                if error.errno == errno.EADDRINUSE:
                    message += "; it may be the running daemon's"
                    yield loaded.document.warning(place, message)
                else:
                    yield loaded.document.fault(place, message)
