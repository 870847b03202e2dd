"""What can be wrong with the attributes that a policy sends: alone, together, and all in all."""

from collections.abc import Iterator, Mapping, Sequence

from proxy.radius.attributes import Attributes
from proxy.radius.occurrence import comes_once
from proxy.radius.values import BadAttribute
from proxy.settings.clients import ClientSettings
from proxy.settings.directory_faults import ATTRIBUTE
from proxy.settings.document import Document
from proxy.settings.finding import Finding, Place
from proxy.settings.policies import PolicySettings, ReplySettings
from proxy.settings.replies import Line, comes_by_eap, lines_of, room_of

_WAYS = (["attribute", "value"], ["attribute", "from"], ["vlan"])


def reply_faults(
    place: Place,
    policy: PolicySettings,
    clients: Mapping[str, ClientSettings],
    known: Attributes | None,
    document: Document,
) -> Iterator[Finding]:
    """
    Give the faults of what a policy sends.

    Args:
        place: of the policy.
        clients: all that there are.
        known: the dictionary; None: attributes are not looked at.
    """
    shapes = [
        document.fault((*place, "reply", position), message)
        for position, line in enumerate(policy.reply)
        if (message := _shape(line)) is not None
    ]
    yield from shapes
    if shapes or known is None:
        return
    lines = list(lines_of(policy))
    alone = [
        document.fault((*place, *line.place), message)
        for line in lines
        if (message := _alone(line, known)) is not None
    ]
    yield from alone
    if alone:
        return
    yield from _twice(place, lines, known, document)
    room = room_of(policy, by_eap=comes_by_eap(policy, clients))
    message = _too_much(room, lines, known)
    if message is not None:
        yield document.fault((*place, "reply"), message)


def _shape(line: ReplySettings) -> str | None:
    """Say what is wrong with the keys of a line; None: nothing is."""
    values = {
        "attribute": line.attribute,
        "value": line.value,
        "from": line.source,
        "vlan": line.vlan,
    }
    given = [key for key, value in values.items() if value is not None]
    if given not in _WAYS:
        text = " and ".join(given) or "none of its keys"
        return f"found {text}, wanted attribute with value, or attribute with from, or vlan"
    if line.source is not None and not ATTRIBUTE.fullmatch(line.source):
        return f"found {line.source!r}, wanted the name of an attribute of the directory: mail"
    return None


def _alone(line: Line, known: Attributes) -> str | None:
    """Say why an attribute cannot be sent; None: it can."""
    try:
        if line.value is None:
            known.to_fill(line.attribute, line.tag)
        else:
            known.encode(line.attribute, line.value, line.tag)
    except BadAttribute as error:
        return str(error)
    return None


def _twice(
    place: Place, lines: Sequence[Line], known: Attributes, document: Document
) -> Iterator[Finding]:
    """Give what somebody would get twice that an Access-Accept has once."""
    told: set[Place] = set()
    for index, line in enumerate(lines):
        definition = known.find(line.attribute)
        if not comes_once(definition) or line.place in told:
            continue
        for other in lines[:index]:
            if other.place != line.place and _meet(line, other):
                told.add(line.place)
                yield document.fault((*place, *line.place), _again(line, other, place, document))
                break


def _meet(line: Line, other: Line) -> bool:
    """Say whether whoever gets the one may get the other, for sure, under the same tag."""
    same_tag = line.tag == other.tag or None in (line.tag, other.tag)
    both = line.groups is None or other.groups is None or line.groups & other.groups
    return line.attribute == other.attribute and same_tag and bool(both)


def _again(line: Line, other: Line, place: Place, document: Document) -> str:
    name = line.attribute
    if line.word not in (None, name):
        name += f" (of {line.word})"
    before = f"line {document.line((*place, *other.place))}"
    if other.word is not None:
        before += f" ({other.word})"
    once = "once with a tag" if name.startswith("Tunnel-") else "once"
    return f"found {name} again, which {before} gives to the same people; it comes {once}"


def _too_much(room: int, lines: Sequence[Line], known: Attributes) -> str | None:
    """Say whose attributes have no room in one packet; None: everyone's have."""
    groups = {group for line in lines for group in line.groups or ()}
    for group in (None, *sorted(groups)):
        octets = sum(
            known.length(line.attribute, line.value, line.tag)
            for line in lines
            if line.value is not None and (line.groups is None or group in line.groups)
        )
        if octets > room:
            whose = f" for {group}" if group is not None else ""
            return f"found attributes of {octets} octets{whose}, wanted at most {room}"
    return None
