"""
Static files for browsers: the authenticator and what pages share, from the package's own data.

All are read once, when the site is made. A browser asks each time whether its copy is still good
(ETag), so that an upgrade holds at the next load and no release leaves a stale script behind. Pages
may run, show and call what this origin has and nothing else.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from klein import Klein
from twisted.web.http import CACHED

from proxy.frontends.web.problem import Problem

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of every page and script (CSP level 3)."""
TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
"""By suffix; files with another one (licences) are not served."""
PAGES: Final = {"/app/": "app/index.html", "/enroll": "app/enroll.html"}
"""Pages by their path; as files they are not served."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    octets: bytes
    media_type: bytes
    tag: bytes
    """Its ETag."""


class Assets:
    """Everything under `assets/`, by its path."""

    def __init__(self) -> None:
        root = resources.files("proxy.frontends.web").joinpath("assets")
        read = dict(_read(root, ""))
        self._by_path = {path: read[name] for path, name in PAGES.items()}
        self._by_path |= {
            f"/{name}": asset for name, asset in read.items() if not name.endswith(".html")
        }

    @property
    def paths(self) -> frozenset[str]:
        """All that is served."""
        return frozenset(self._by_path)

    def add_to(self, router: Klein) -> None:
        """Add the paths to a router."""
        folders = {path.split("/")[1] for path in self._by_path if path.count("/") > 1}
        for folder in sorted(folders):
            endpoint = f"assets of {folder}"
            route = router.route(f"/{folder}/<path:_>", methods=["GET"], endpoint=endpoint)
            route(self.serve)
        router.route("/app", methods=["GET"], endpoint="/app")(self.lead_on)
        for path in sorted(self._by_path):
            if path.count("/") == 1 or path in PAGES:
                router.route(path, methods=["GET"], endpoint=path, strict_slashes=True)(self.serve)

    def serve(self, request: Any, _: str = "") -> bytes:  # noqa: ANN401 - Twisted's
        """Give a file. Raises Problem: 404 there is none of this name."""
        asset = self._by_path.get(request.path.decode("ascii", "replace"))
        if asset is None:
            raise Problem(404, "not-found")
        request.setHeader(b"Content-Type", asset.media_type)
        request.setHeader(b"Content-Security-Policy", POLICY.encode())
        request.setHeader(b"Cache-Control", b"no-cache")
        if request.setETag(asset.tag) is CACHED:
            return b""
        request.setHeader(b"Content-Length", str(len(asset.octets)).encode())
        return asset.octets

    def lead_on(self, request: Any) -> bytes:  # noqa: ANN401 - Twisted's
        """Lead from a folder's name to the folder."""
        request.setResponseCode(308)
        request.setHeader(b"Location", b"app/")
        return b""


def _read(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    """Give the files of a folder and of those in it, by their path from the root."""
    found = []
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.is_dir():
            found += _read(entry, f"{name}/")
        elif (media_type := TYPES.get(name.rpartition(".")[2])) is not None:
            octets = entry.read_bytes()
            tag = f'"{sha256(octets).hexdigest()[:32]}"'
            found.append((name, Asset(octets, media_type.encode(), tag.encode())))
    return found
