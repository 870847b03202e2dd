"""
The demo's command: a directory, the daemon and two enrolments in one process, on loopback.

The configuration is written, then read as `serve` reads it; the daemon is the real one.
"""

import base64
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import click
from twisted.internet import epollreactor
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError

from proxy.accounts.account import Person
from proxy.cli.demo.folder import Folder, NotOurs, make_folder
from proxy.cli.demo.people import ALICE, BOB, Character
from proxy.cli.demo.story import Enrolled, story
from proxy.cli.invocation import Misuse
from proxy.cli.logs import start_logging
from proxy.cli.serve import master_key
from proxy.factors.totp import new_seed
from proxy.frontends.web.local_ca import Files
from proxy.login.actions import FindPerson
from proxy.login.events import PersonFound
from proxy.sealing import MasterKey
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.load import Loaded, load
from proxy.store import accounts, devices, totp
from proxy.store.database import Database, StoreUnavailable
from proxy.store.session import Session

INVITED_FOR = 86_400.0  # seconds; a newcomer may have lunch
LOOPBACK = "127.0.0.1"


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where it works; made afresh at each run.",
)
def demo(folder: Path) -> None:
    """Play a whole login on this machine: directory, server and certificates included."""
    try:
        made = make_folder(folder)
    except (NotOurs, OSError) as error:
        raise Misuse(str(error)) from None
    files = made.directory_files()
    loaded = load(made.config)
    sys.exit(run(made, files, loaded, master_key(loaded)))


def run(folder: Folder, files: Files, loaded: Loaded, master: MasterKey) -> int:
    """Run everything until Ctrl-C; give the exit status."""
    epollreactor.install()  # type: ignore[no-untyped-call]
    from twisted.internet import reactor as installed  # noqa: PLC0415 - chosen by the line above

    from proxy.cli.demo.directory import DirectoryFactory, tree  # noqa: PLC0415 - likewise
    from proxy.frontends.web.tls import server_context  # noqa: PLC0415
    from proxy.serve import build  # noqa: PLC0415

    reactor: Any = installed
    start_logging(loaded.settings.log.level, reactor)
    context = server_context(files.certificate, files.private_key)
    factory = DirectoryFactory(tree(folder.service_password))
    try:
        reactor.listenSSL(folder.ldap_port, factory, context, interface=LOOPBACK)
        daemon = build(loaded, master, reactor)
        daemon.start()
    except (CannotListenError, ConfigurationFaults, StoreUnavailable) as error:
        click.echo(f"countersign: {error}", err=True)
        return 2
    reactor.addSystemEventTrigger("before", "shutdown", daemon.stop)
    enrolling = Deferred.fromCoroutine(enrol(loaded, master, reactor))
    status: list[int] = []

    def tell(enrolled: Enrolled) -> None:
        click.echo(story(folder, enrolled, *program()))

    def fail(failure: Any) -> None:  # noqa: ANN401 - Twisted's
        click.echo(f"countersign: {failure.getErrorMessage()}", err=True)
        status.append(1)
        reactor.stop()

    enrolling.addCallbacks(tell, fail)
    reactor.run()
    return status[0] if status else 0


def program() -> tuple[str, str]:
    """Give how this program and its interpreter are called from the present folder."""
    here = Path.cwd()
    paths = [Path(sys.argv[0]).absolute(), Path(sys.executable).absolute()]
    short = [path.relative_to(here) if path.is_relative_to(here) else path for path in paths]
    if paths[0].name == "__main__.py":
        return f"{shlex.quote(str(short[1]))} -m proxy", shlex.quote(str(short[1]))
    return shlex.quote(str(short[0])), shlex.quote(str(short[1]))


async def enrol(loaded: Loaded, master: MasterKey, reactor: Any) -> Enrolled:  # noqa: ANN401
    """Invite alice's phone and enrol bob's app, for the people that the directory returns."""
    from proxy.firstfactor.directories import Directories  # noqa: PLC0415 - as in `run`
    from proxy.settings.plain import directory_options  # noqa: PLC0415

    directories = Directories(directory_options(loaded.settings), reactor)
    alice, bob = [await _find(directories, character) for character in (ALICE, BOB)]
    await directories.stop()
    seed, now = new_seed(), time.time()

    def keep(session: Session) -> str:
        account = accounts.ensure(session, bob, now)
        totp.enroll(session, master, account.id, seed, now)
        account = accounts.ensure(session, alice, now)
        return devices.invite(session, master, account.id, replace=False, ttl=INVITED_FOR, now=now)

    code = Database(loaded.settings.store).now(keep)
    base32 = base64.b32encode(seed.secret.reveal()).decode()
    return Enrolled(f"{loaded.settings.web.url}/enroll#{code}", base32)


async def _find(directories: Any, character: Character) -> Person:  # noqa: ANN401
    answer = await directories.find(FindPerson(("corp",), character.name))
    if not isinstance(answer, PersonFound):
        raise Misuse(f"the demo's directory does not find {character.name}: {answer}")
    return answer.person
