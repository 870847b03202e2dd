"""`username,base32seed` lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.factors.seed_files.csv_file import read_csv
from proxy.factors.seed_files.entry import BadFile, Entry, Fault
from proxy.factors.totp import TotpSeed
from proxy.secret import Secret

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
READ = TotpSeed(Secret(b"12345678901234567890"))


def test_lines():
    """Empty ones and a head are passed over; fields may be quoted; seeds as apps show them."""
    text = (
        f"\ufeffUsername,Base32Seed\r\nalice,{SEED}\r\n\r\n"
        f'"bob, jr", gezd gnbv gy3t qojq gezd gnbv gy3t qojq \r\n\ncorp/carol,{SEED}'
    )
    found = read_csv(text.encode())
    assert found.faults == []
    assert found.entries == [
        Entry(2, "alice", READ),
        Entry(4, "bob, jr", READ),
        Entry(6, "corp/carol", READ),
    ]


def test_a_line_break_in_quotes_does_not_shift_lines():
    """The line is where the entry begins."""
    found = read_csv(f'"a\nb",{SEED}\nalice,{SEED}\n'.encode())
    assert [fault.line for fault in found.faults] == [1]
    assert [entry.line for entry in found.entries] == [3]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("alice", "found 1 fields"),
        (f"alice,{SEED},SHA1", "found 3 fields"),
        ("alice,1890!", "not base32"),
        ("alice,GEZDGNBV", "found a seed of 40 bits, wanted 112"),
        ("alice,", "found a seed of 0 bits"),
        (f",{SEED}", "no user name"),
        (f"{'a' * 1025},{SEED}", "no user name"),
        (f"al\x07ice,{SEED}", "no user name"),
    ],
)
def test_faults(line, found):
    """Each with its line and without the seed; the other lines are read."""
    read = read_csv(f"bob,{SEED}\n{line}\ncarol,{SEED}\n".encode())
    assert [entry.owner for entry in read.entries] == ["bob", "carol"]
    (fault,) = read.faults
    assert (fault.line, found in fault.message, "1890" in fault.message) == (2, True, False)


@pytest.mark.parametrize(
    ("octets", "line", "found"),
    [
        (f"alice,{SEED}\nb\xff".encode("latin-1"), 2, "not UTF-8"),
        (f'alice,{SEED}\n"b"c,{SEED}'.encode(), 2, "not CSV"),
        (f'alice,{SEED}\n"bob,{SEED}'.encode(), 2, "not CSV"),
    ],
)
def test_what_is_no_csv(octets, line, found):
    """The whole file is refused."""
    with pytest.raises(BadFile, match=found) as raised:
        read_csv(octets)
    assert raised.value.fault.line == line


@given(st.binary(max_size=200) | st.text('alice,"\n\r GEZD', max_size=100).map(str.encode))
def test_whatever_is_given_is_read_or_told(octets):
    """Never another error."""
    try:
        found = read_csv(octets)
    except BadFile:
        return
    assert all(isinstance(fault, Fault) for fault in found.faults)
