"""Two minutes of logins, phones, SIGHUP and `kill -9`, then the reckoning: see tests/soak."""

import os
import time

import pytest

from tests.peers.slapd import needs_slapd
from tests.soak.run import soak

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.apart,
    needs_slapd,
    # Where a daemon dies between TCP's connect and TLS's first word, Python's own wrap_socket
    # fails without closing what it made.
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
]


def test_two_minutes(tmp_path):
    """Nothing answered is lost, nothing serves twice, nothing grows; the seed is told."""
    seed = int(os.environ.get("SOAK_SEED", time.time()))
    wrongs = soak(tmp_path, seed, seconds=120, rate=20)
    assert not wrongs, "\n".join(wrongs)
