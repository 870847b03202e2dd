"""
`countersign serve`: the daemon, in the foreground.

SIGHUP reads the configuration again, as `Daemon.take` says; SIGTERM and SIGINT end it as
`Daemon.stop` says. The service manager hears of all of it.
"""

import gc
import os
import resource
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

import click
from twisted.internet import epollreactor

from proxy.cli.invocation import Invocation, Misuse
from proxy.cli.logs import start_logging
from proxy.errors import Unavailable
from proxy.sealing import MasterKey
from proxy.settings.check import file_faults
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.load import Loaded
from proxy.settings.master_key import KeyExists, create_master_key, read_master_key
from proxy.store.database import BadStoreUrl, Database, DatabaseIsNewer

if TYPE_CHECKING:
    from proxy.cli.life import Life

GARBAGE: Final = (50_000, 20, 100)
"""
Objects that are new before the cycles among them are sought, and how many such searches before a
longer one. A login leaves no cycle behind, so that each search is a pause for nothing; a full one
among 10,000 held logins takes 50 ms.
"""


@click.command()
@click.pass_obj
def serve(invocation: Invocation) -> None:
    """Run the daemon; it says `countersign: ready` when every listener is open."""
    # A SIGHUP that comes now waits until it can be obeyed: what was read may be old by then.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        loaded = invocation.loaded()
        faults = file_faults(loaded)
        if faults:
            for fault in faults:
                click.echo(str(fault), err=True)
            raise click.exceptions.Exit(2)
        sys.exit(run(loaded, master_key(loaded)))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def master_key(loaded: Loaded) -> MasterKey:
    """
    Give the master key; make its file where the store is new too.

    A store that is not new was sealed by a key that is lost or elsewhere: a new one would not open
    it, so the operator decides.
    """
    source = loaded.settings.master_key
    if source.key is not None:
        return source.key
    assert source.file is not None
    wanted = f"found no master key {source.file}: `countersign key create` makes one"
    try:
        database = Database(loaded.settings.store)
    except BadStoreUrl as error:
        raise Misuse(str(loaded.document.fault(("store",), str(error)))) from None
    if not database.is_new:
        raise Misuse(f"{wanted}, but {database.path} was sealed by another: wanted that one back")
    if not os.access(source.file.parent, os.W_OK):
        raise Misuse(wanted)
    try:
        create_master_key(source.file)
    except KeyExists:
        pass  # another process was first
    except OSError as error:
        raise Misuse(f"{wanted} ({error.strerror})") from None
    made = read_master_key(source.file)
    if made is None:
        raise Misuse(f"{source.file}: found no master key, wanted the one that was just made")
    click.echo(f"countersign: made the master key {source.file}; keep a copy of it", err=True)
    return made


def run(loaded: Loaded, master: MasterKey) -> int:
    """Run the daemon to its end; give the exit status."""
    epollreactor.install()  # type: ignore[no-untyped-call]
    from twisted.internet import reactor as installed  # noqa: PLC0415 - chosen by the line above

    from proxy.cli.life import Life  # noqa: PLC0415 - may choose another
    from proxy.serve import build  # noqa: PLC0415
    from proxy.service_manager import ServiceManager  # noqa: PLC0415

    reactor: Any = installed
    set_level = start_logging(loaded.settings.log.level, reactor)
    allow_files()
    try:
        daemon = build(loaded, master, reactor)
        bound = daemon.start()
    except ConfigurationFaults as error:
        click.echo(str(error), err=True)
        return 2
    except (DatabaseIsNewer, Unavailable) as error:
        click.echo(f"countersign: {error}", err=True)
        return 2
    life = Life(
        daemon, loaded.document.path, ServiceManager(os.environ, reactor), set_level, reactor
    )
    reactor.addSystemEventTrigger("before", "shutdown", life.end)
    gc.collect()
    gc.freeze()  # what is here now stays
    gc.set_threshold(*GARBAGE)
    reactor.callWhenRunning(begin, life, bound)  # from here on a signal ends it in order
    reactor.run()
    return 0


def allow_files() -> None:
    """Take as many descriptors as we may: each phone that listens holds one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def begin(life: "Life", bound: list[str]) -> None:
    """Say that every listener is open, and where; obey signals from now on."""
    for address in bound:
        click.echo(f"countersign: {address}", err=True)
    click.echo("countersign: ready", err=True)
    life.begin()
    signal.signal(signal.SIGHUP, lambda *_: life.read_again())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: life.stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
