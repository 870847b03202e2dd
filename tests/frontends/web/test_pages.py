"""What a browser sees."""

import pytest


def test_a_page_has_no_script_and_loads_nothing(world):
    """Its policy forbids both, and it cannot be framed."""
    octets = world.call("GET", "/").octets
    assert octets.startswith(b"HTTP/1.1 200 ")
    policy = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    assert b"Content-Security-Policy: " + policy in octets
    assert b"<script" not in octets


def test_a_load_balancer_is_answered(world):
    """Without any proof."""
    assert b"ok\n" in world.call("GET", "/healthz").octets


@pytest.mark.parametrize("path", ["/enroll/", "/healthz/x", "/api/device/v1", "/.env"])
def test_other_paths_are_not_there(world, path):
    """Nothing is redirected."""
    assert world.call("GET", path).answer[0] == 404
