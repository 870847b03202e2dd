"""What a browser sees."""

import pytest


@pytest.mark.parametrize("path", ["/", "/enroll"])
def test_a_page_has_no_script_and_loads_nothing(world, path):
    """Its policy forbids both, and it cannot be framed."""
    octets = world.call("GET", path).octets
    assert octets.startswith(b"HTTP/1.1 200 ")
    policy = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    assert b"Content-Security-Policy: " + policy in octets
    assert b"<script" not in octets


def test_the_page_behind_a_link_says_how_to_use_it(world):
    """With this server's own address, whatever the caller named."""
    assert b"phone enroll" in world.call("GET", "/enroll").octets
    assert b"https://mfa.example.org/enroll#CODE" in world.call("GET", "/enroll").octets


def test_a_load_balancer_is_answered(world):
    """Without any proof."""
    assert b"ok\n" in world.call("GET", "/healthz").octets


@pytest.mark.parametrize("path", ["/enroll/", "/healthz/x", "/api/device/v1", "/.env"])
def test_other_paths_are_not_there(world, path):
    """Nothing is redirected."""
    assert world.call("GET", path).answer[0] == 404
