"""What an upstream server said, sealed."""

import pytest

from proxy.radius.passing import PassedAttribute
from proxy.radius.upstream_seals import UpstreamSeals
from proxy.sealing import MasterKey, NotSealed
from proxy.secret import Secret

SEALS = UpstreamSeals(MasterKey(Secret(b"k" * 32)))
KEY = PassedAttribute((311, 17), b"a key of MPPE", b"")


def test_a_state_comes_back_with_its_server():
    """And is not to be read on the way."""
    sealed = SEALS.seal_state("nps", "192.0.2.1:1812", b"their\0state")
    assert ("192.0.2.1:1812", b"their\0state") == SEALS.open_state("nps", sealed)
    assert "state" not in sealed
    assert sealed != SEALS.seal_state("nps", "192.0.2.1:1812", b"their\0state")


def test_attributes_come_back():
    """None are nothing to keep."""
    sealed = SEALS.seal_attributes([KEY])
    assert [KEY] == SEALS.open_attributes(sealed)
    assert SEALS.seal_attributes([]) is None


@pytest.mark.parametrize("sealed", ["", "%", "AAAA", SEALS.seal_state("nps", "a", b"s")])
def test_what_was_not_sealed_so_does_not_open(sealed):
    """Nor a State of another directory, nor one as attributes."""
    with pytest.raises(NotSealed):
        SEALS.open_state("other", sealed)
    with pytest.raises(NotSealed):
        SEALS.open_attributes(sealed)
