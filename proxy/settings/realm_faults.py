"""What of realms and default directories does not fit together, or surprises."""

from collections.abc import Iterator, Sequence

from proxy.login.realm import fold_realm
from proxy.settings.document import Document
from proxy.settings.finding import Finding, Place
from proxy.settings.plain import realms
from proxy.settings.schema import Settings


def realm_faults(settings: Settings, document: Document) -> Iterator[Finding]:
    """Give the faults: a realm that two directories list, or one twice; names of no directory."""
    owner: dict[str, str] = {}
    for name, directory in settings.directories.items():
        lists = {"domains": directory.domains, "upn_suffixes": directory.upn_suffixes}
        for key, listed in lists.items():
            for index, realm in enumerate(listed):
                before = owner.setdefault(fold_realm(realm), f"directories.{name}.{key}")
                if before != f"directories.{name}.{key}" or _again(realm, listed[:index]):
                    place = ("directories", name, key, index)
                    message = f"found {realm!r}, which {before} has already"
                    yield document.fault(place, message)
    yield from _named(("default_directory",), settings.default_directory, settings, document)
    for name, client in settings.clients.items():
        yield from _named(("clients", name, "directory"), client.directory, settings, document)


def _again(realm: str, before: Sequence[str]) -> bool:
    return fold_realm(realm) in map(fold_realm, before)


def _named(
    place: Place, names: tuple[str, ...] | None, settings: Settings, document: Document
) -> Iterator[Finding]:
    for index, name in enumerate(names or ()):
        if name not in settings.directories:
            known = ", ".join(settings.directories)
            message = f"found {name!r}, wanted the name of a directory: {known}"
            yield document.fault(place, message)
        if names is not None and name in names[:index]:
            yield document.fault(place, f"found {name!r} twice, wanted each once")


def realm_warnings(settings: Settings, document: Document) -> Iterator[Finding]:
    """Warn where a name may be two people's, and where it can be nobody's."""
    rules = realms(settings)
    for name, client in settings.clients.items():
        place: Place = ("clients", name)
        directories = _of_client(settings, name)
        asked = directories
        if rules is not None:
            asked, _ = rules.place("somebody", name, directories)
        if directories and not asked:
            if client.directory is not None:
                place = (*place, "directory")
            message = "no policy comes to where this client's names without a realm are looked up"
            yield document.warning(place, message)
        yield from _shadowed(place, asked, document)


def _shadowed(place: Place, asked: Sequence[str], document: Document) -> Iterator[Finding]:
    if len(asked) < 2:
        return
    order = ", then in ".join(asked)
    message = f"a name without a realm is looked up in {order}: whoever has it in the first keeps "
    message += "everyone of that name in the others out; default_directory or a client's "
    message += "`directory` decides, and `domains` let people say where they are"
    yield document.warning(place, message)


def _of_client(settings: Settings, client: str) -> tuple[str, ...]:
    """Give the directories that the policies of a client may come to."""
    policies = [one for one in settings.policies if client in one.clients]
    return tuple(dict.fromkeys(one.directory for one in policies))
