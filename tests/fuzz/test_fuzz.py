"""
Every target on its seeds and saved inputs, and for a moment on new ones.

`make fuzz` is the long run; docs/testing.md says what to do with what it finds.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import saved
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, failure

NEW_INPUTS = 100
"""Inputs of each target that nobody saw before, in each run."""


@pytest.mark.parametrize("name", TARGETS)
def test_saved_inputs(name):
    """What once led somewhere new, or failed, still holds every property."""
    for octets in [*seeds(name), *saved(name)]:
        assert failure(name, octets) is None


new_octets = st.tuples(st.integers(0, 4095), st.integers(0, 3), st.binary(max_size=5))
from_elsewhere = st.tuples(st.integers(0, 4095), st.integers(0, 4095), st.integers(1, 40))
edits = st.lists(st.one_of(new_octets, from_elsewhere), max_size=6)


@pytest.mark.parametrize("name", TARGETS)
def test_new_inputs(name):
    """So do inputs that differ from the known ones in a few places."""
    known = [*seeds(name), *saved(name), b""]

    @settings(max_examples=NEW_INPUTS, deadline=None, database=None)
    @given(st.sampled_from(known), edits)
    def properties_hold(octets, changes):
        assert failure(name, edited(octets, changes)) is None

    properties_hold()


def edited(octets, changes):
    """Replace octets, or repeat some from elsewhere, at places that count from 0 and wrap."""
    for place, length, new in changes:
        at = place % (len(octets) + 1)
        if isinstance(new, bytes):
            octets = octets[:at] + new + octets[at + length :]
        else:
            start = length % (len(octets) + 1)
            octets = octets[:at] + octets[start : start + new] + octets[at:]
    return octets
