"""authproxy.cfg as sections, and every fault of its text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cli.authproxy.cfg import (
    ENTRY_LIMIT,
    FILE_LIMIT,
    LINE_LIMIT,
    SECTION_LIMIT,
    BadCfg,
    parse_cfg,
)
from proxy.cli.authproxy.networks import parse_networks
from proxy.cli.authproxy.translation import translate


def faults(text: str | bytes) -> list[tuple[int, str]]:
    octets = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(BadCfg) as caught:
        parse_cfg(octets)
    return [(fault.line, fault.message) for fault in caught.value.faults]


def test_sections_with_lines():
    """Names and keys are small letters, a number belongs to the name, values stay as they are."""
    text = "\ufeff; a comment\r\n\r\n[AD_Client2]\r\nHost = Dc1=x ; y\r\nport:389\r\nempty=\r\n"
    (section,) = parse_cfg(text.encode())
    assert ("ad_client2", "ad_client", 3) == (section.name, section.kind, section.line)
    assert {"host": (4, "Dc1=x ; y"), "port": (5, "389")} == {
        key: (entry.line, entry.value) for key, entry in section.entries.items()
    }


def test_values_are_not_shown():
    """The repr of an entry, which may be a secret, has no value."""
    (section,) = parse_cfg(b"[ad_client]\nservice_account_password=hunter2\n")
    assert "hunter2" not in repr(section)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("key=1\n", 1, "found key before any section"),
        ("[main]\nnothing\n", 2, "found neither [section], key=value nor a comment"),
        ("[main\n", 1, "found no name of a section, wanted one such as [ad_client2]"),
        ("[ma in]\n", 1, "found no name of a section, wanted one such as [ad_client2]"),
        ("[main]\n\n[MAIN]\n", 3, "found [main] again, after line 1"),
        ("[main]\na=1\nA=2\n", 3, "found a again, after line 2"),
        ("[main]\na=1\n  b=2\n", 3, "found b indented, wanted it at the beginning of its line"),
        ("[main]\na=\x1b[2J\n", 2, "found a control character"),
        ("[main]\na=\u202e\n", 2, "found a control character"),
        (f"[main]\na={'x' * LINE_LIMIT}", 2, f"found more than {LINE_LIMIT} characters in a line"),
        (b"[main]\n\na=\xff\n", 3, "found octets that are no UTF-8; save the file so"),
        (
            "\n".join(f"[main{number}]" for number in range(SECTION_LIMIT + 1)),
            SECTION_LIMIT + 1,
            f"found more than {SECTION_LIMIT} sections",
        ),
        (
            "[main]\n" + "\n".join(f"k{number}=1" for number in range(ENTRY_LIMIT + 1)),
            ENTRY_LIMIT + 2,
            f"found more than {ENTRY_LIMIT} keys",
        ),
        (
            b"#" * (FILE_LIMIT + 1),
            1,
            f"found more than {FILE_LIMIT} octets, wanted authproxy.cfg",
        ),
    ],
    ids=range(14),
)
def test_faults_of_the_text(text, line, message):
    """Each fault of the text is told with its line, never with what stands there."""
    assert [(line, message)] == faults(text)


def test_all_faults_are_told():
    """Several faults are told together, in order, a hundred at most."""
    assert [2, 4] == [line for line, _ in faults("[main]\nx\ny=1\nz\n")]
    assert len(faults("x\n" * 1000)) == 100


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_anything_is_sections_or_faults(octets):
    """Whatever a file holds, it is translated, refused, or has faults with their lines."""
    assert all(line >= 1 for line in _lines_at_fault(octets))


_LINES = st.sampled_from(
    [
        "[ad_client]",
        "[radius_server_auto]",
        "[radius_server_challenge2]",
        "[main]",
        "host=a",
        "search_dn=dc=x",
        "client=ad_client",
        "radius_ip_1=1.2.3.4-1.2.3.9",
        "radius_ip_1=::/0",
        "radius_secret_1=s",
        "radius_secret_protected_1=s",
        "factors=push,phone",
        "failmode=secure",
        "interface=::1",
        "port=1",
        "timeout=\u0661",
    ]
)


@given(st.lists(_LINES, max_size=16).map("\n".join).map(str.encode))
def test_any_lines_are_translated_or_faults(octets):
    """Whatever known lines come together in a file, it is translated, refused or at fault."""
    assert all(line >= 1 for line in _lines_at_fault(octets))


def _lines_at_fault(octets):
    """Give the line of each fault; none: it was translated."""
    try:
        translate(parse_cfg(octets), Path("/nowhere"), None)
    except BadCfg as error:
        return [fault.line for fault in error.faults] or [0]
    return []


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("192.0.2.1", ["192.0.2.1/32"]),
        (" 192.0.2.0/24 ", ["192.0.2.0/24"]),
        ("192.0.2.9/255.255.255.0", ["192.0.2.0/24"]),
        ("192.0.2.4-192.0.2.8", ["192.0.2.4/30", "192.0.2.8/32"]),
        ("192.0.2.4 - 192.0.2.4", ["192.0.2.4/32"]),
        ("2001:db8::-2001:db8::1", ["2001:db8::/127"]),
        ("192.0.2.8-192.0.2.4", None),
        ("192.0.2.8-2001:db8::", None),
        ("2001:db8::-192.0.2.8", None),
        ("any", None),
        ("", None),
    ],
)
def test_networks(text, networks):
    """An address, a network in either form, a range; nothing else."""
    found = parse_networks(text)
    assert networks == (None if found is None else [*map(str, found)])
