"""The server's side of TLS, made once."""

import pytest

from tests.peers.eap_tls import server_context


@pytest.fixture(scope="session")
def context():
    return server_context()
