"""Static files: what is served as what, under which policy, and what is not."""

import json
import re
import struct
from html.parser import HTMLParser

import pytest

from proxy.frontends.web.assets import POLICY, Assets

PATHS = sorted(Assets().paths)


def get(world, path, **headers):
    """Give the status line, the headers and the body."""
    head, _, body = world.call("GET", path, headers=headers).octets.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first.split(" ", 2)[1], dict(line.split(": ", 1) for line in lines), body


class Loaded(HTMLParser):
    """What a page loads, and whether anything stands in it that its policy forbids."""

    def __init__(self, page):
        super().__init__()
        self.urls, self.inline = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in {"script", "img"} or (tag == "link" and given["rel"] != "canonical"):
            self.urls.append(given.get("src") or given.get("href"))
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag == "style" else []


@pytest.mark.parametrize("path", PATHS)
def test_a_file_is_served_with_all_guards(world, path):
    """A policy without inline code, no sniffing, no referrer, HTTPS for ever; asked for anew."""
    status, headers, body = get(world, path)
    assert ("200", True) == (status, bool(body))
    assert POLICY == headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "no-referrer" == headers["Referrer-Policy"]
    assert "max-age=" in headers["Strict-Transport-Security"]
    assert "no-cache" == headers["Cache-Control"]


def test_each_has_its_type(world):
    """With nosniff a browser takes no script or style of another type."""
    for path, media_type in (
        ("/app/", "text/html; charset=utf-8"),
        ("/enroll", "text/html; charset=utf-8"),
        ("/app/app.js", "text/javascript; charset=utf-8"),
        ("/app/sw.js", "text/javascript; charset=utf-8"),
        ("/shared.css", "text/css; charset=utf-8"),
        ("/app/manifest.webmanifest", "application/manifest+json"),
        ("/app/icon.svg", "image/svg+xml"),
        ("/app/icon-192.png", "image/png"),
    ):
        assert media_type == get(world, path)[1]["Content-Type"]


def test_a_copy_that_is_still_good_is_not_sent_again(world):
    """304 for its ETag, the whole file for another."""
    tag = get(world, "/app/")[1]["ETag"]
    assert ("304", b"") == get(world, "/app/", **{"If-None-Match": tag})[::2]
    assert "200" == get(world, "/app/", **{"If-None-Match": '"another"'})[0]


@pytest.mark.parametrize(
    "path",
    [
        "/app/none.js",
        "/app/index.html",
        "/app/enroll.html",
        "/app/vendor/jsqr/LICENSE",
        "/app/../assets.py",
        "/app/%2e%2e/assets.py",
        "/app/vendor",
        "/app//app.js",
        "/enroll/",
    ],
)
def test_what_is_not_there(world, path):
    """Only the files that were read at the start have a path, each one."""
    assert "404" == get(world, path)[0]


@pytest.mark.parametrize("path", ["/app/", "/enroll"])
def test_a_page_loads_only_what_is_served(world, path):
    """By relative addresses, so that it may lie under a path; nothing in it is inline."""
    loaded = Loaded(get(world, path)[2].decode())
    base = path.rpartition("/")[0]
    assert [] == loaded.inline
    assert loaded.urls
    for url in loaded.urls:
        assert not url.startswith(("/", "http"))
        found = re.sub(r"/\w+/\.\./", "/", f"{base}/{url}").replace("/./", "/")
        assert found in PATHS


def test_every_script_imports_what_is_served(world):
    """And nothing from elsewhere."""
    for path in PATHS:
        if path.endswith(".js") and "vendor" not in path:
            text = get(world, path)[2].decode()
            for name in re.findall(r'^(?:import|}).* from "([^"]+)"', text, re.MULTILINE):
                assert name.startswith("./")
                assert f"/app/{name[2:]}" in PATHS or not path.startswith("/app/")


def test_the_link_says_how_a_terminal_takes_it(world):
    """Without a script too."""
    assert b"countersign phone enroll" in get(world, "/enroll")[2]


def test_the_icons_have_the_sizes_that_the_manifest_says(world):
    """Those that Android and iOS want: 192, 512, one to be cut, one for iOS without corners."""
    icons = json.loads(get(world, "/app/manifest.webmanifest")[2])["icons"]
    assert ["any", "any", "maskable"] == [icon["purpose"] for icon in icons]
    sizes = {f"/app/{icon['src']}": icon["sizes"] for icon in icons}
    for path, size in {**sizes, "/app/apple-touch-icon.png": "180x180"}.items():
        octets = get(world, path)[2]
        assert octets.startswith(b"\x89PNG\r\n")
        assert size == "{}x{}".format(*struct.unpack(">II", octets[16:24]))


def test_the_app_without_its_slash_leads_to_it(world):
    """People type it so."""
    status, headers, _ = get(world, "/app")
    assert ("308", "app/") == (status, headers["Location"])


def test_the_app_opens_without_a_network_with_all_its_files(world):
    """What its service worker keeps is everything that it loads; the worker itself is kept by browsers."""
    text = get(world, "/app/sw.js")[2].decode()
    (listed,) = re.findall(r"const SHELL = \[(.*?)\]", text, re.DOTALL)
    kept = {f"/app/{name}" for name in re.findall(r'"([^"]+)"', listed)}
    kept = {name.replace("/app/./", "/app/").replace("/app/../", "/") for name in kept}
    left = {"/enroll", "/app/sw.js", *(path for path in PATHS if path.endswith(".png"))}
    assert {path for path in PATHS if path.startswith("/app/")} | {"/shared.css"} == kept | left - {
        "/enroll"
    }
