"""What a browser sees."""

import pytest


def test_a_load_balancer_is_answered(world):
    """Without any proof."""
    assert b"ok\n" in world.call("GET", "/healthz").octets


@pytest.mark.parametrize("path", ["/enroll/", "/healthz/x", "/api/device/v1", "/.env"])
def test_other_paths_are_not_there(world, path):
    """Nothing is redirected."""
    assert world.call("GET", path).answer[0] == 404
