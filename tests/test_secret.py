"""A value that must not be shown."""

import json
from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter, ValidationError

from proxy.secret import Secret

HIDDEN = Secret(b"correct horse")


@dataclass(frozen=True, slots=True)
class Holder:
    """A value with a secret in it."""

    name: str
    password: Secret


def test_no_text_form_shows_it():
    """str, repr, format and the repr of whatever holds it give asterisks."""
    for text in (str(HIDDEN), repr(HIDDEN), f"{HIDDEN}", f"{HIDDEN!r:>10}", str([HIDDEN])):
        assert "horse" not in text
    assert repr(Holder("alice", HIDDEN)) == "Holder(name='alice', password=***)"


def test_it_is_written_as_asterisks():
    """A recorded value has `***` where the secret was, and is not read back."""
    holder = TypeAdapter(Holder)
    written = holder.dump_json(Holder("alice", HIDDEN))
    assert json.loads(written) == {"name": "alice", "password": "***"}
    with pytest.raises(ValidationError):
        holder.validate_json(written)


def test_it_comes_out_by_reveal_alone():
    """The octets are given where they are asked for."""
    assert HIDDEN.reveal() == b"correct horse"
    with pytest.raises(TypeError):
        bytes(HIDDEN)  # type: ignore[call-overload]
    assert not hasattr(HIDDEN, "__dict__")


def test_equal_octets_are_equal_secrets():
    """Secrets compare and hash by their octets, and with nothing else."""
    assert Secret(b"correct horse") == HIDDEN
    assert {Secret(b"correct horse"), HIDDEN} == {HIDDEN}
    assert Secret(b"another") != HIDDEN
    assert HIDDEN != b"correct horse"


def test_no_octets_are_false():
    """An empty secret is false: nothing was typed."""
    assert not Secret(b"")
    assert Secret(b"\x00")
