"""
Chromium as people have it: certificates are verified, and nothing but this machine is reachable.

The CA of a daemon is trusted through the browser's own certificate database, in a HOME made for it,
so that every other certificate is still an error. A `profile` is one person's browser: its storage,
service workers and permissions outlive its closing, as a phone's do. Names and addresses other than
`127.0.0.1` and `localhost` lead nowhere.
"""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Playwright

CHROMIUM, CERTUTIL = shutil.which("chromium"), shutil.which("certutil")
SECONDS = 20
"""Until which whatever is waited for must have come, on a slow machine."""
SWITCHES = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--no-proxy-server",
    "--disable-dev-shm-usage",  # containers have 64 MB of it
    "--disable-gpu",
)
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}

needs_chromium = pytest.mark.skipif(
    None in (CHROMIUM, CERTUTIL), reason="chromium or certutil (libnss3-tools) is not installed"
)


class Browser:
    """
    The installed browser.

    Args:
        driver: a started Playwright; there is no second one in a thread.
        folder: where HOME and the profiles are.
        ca_files: PEM files of the CAs to trust.
    """

    def __init__(self, driver: Playwright, folder: Path, *ca_files: str | Path) -> None:
        self._folder = folder
        self._home = folder / "home"
        database = self._home / ".pki/nssdb"
        database.mkdir(parents=True)
        _certutil("-N", "--empty-password", "-d", f"sql:{database}")
        for number, file in enumerate(ca_files):
            _certutil("-A", "-d", f"sql:{database}", "-n", f"ca{number}", "-t", "C,,", "-i", file)
        self._chromium = driver.chromium
        self._running = None

    @contextmanager
    def profile(self, name="phone", *, switches=(), **options):
        """
        Open a profile, an old one by its name; give its context (Playwright's BrowserContext).

        *options* are those of `launch_persistent_context`: `**PHONE`, color_scheme, user_agent...
        The context is watched, see `_watched`.
        """
        context = self._chromium.launch_persistent_context(
            self._folder / name, **self._process(switches), **_options(options)
        )
        with _watched(context):
            yield context

    @contextmanager
    def visit(self, **options):
        """
        Open a browser that nobody used before and nobody will again; give its context.

        Sooner there than a profile: all visits are windows of one process. *options* and what is
        watched are those of `profile`.
        """
        if self._running is None:
            self._running = self._chromium.launch(**self._process())
        with _watched(self._running.new_context(**_options(options))) as context:
            context.new_page()
            yield context

    def _process(self, switches=()):
        return {
            "executable_path": CHROMIUM,
            "headless": True,
            "chromium_sandbox": os.geteuid() != 0,
            "args": [*SWITCHES, *switches],
            "env": {**os.environ, "HOME": str(self._home)},
        }


def _options(given):
    return {"locale": "en-GB", **DESKTOP, **given}


@contextmanager
def _watched(context):
    """
    Watch a context until it is closed.

    `context.asked` are the URLs of all requests, its service workers' too; `context.faults` what its
    pages threw and did not catch, and where they went against their own policy.
    """
    context.set_default_timeout(SECONDS * 1000)
    context.asked, context.faults = [], []
    context.on("request", lambda request: context.asked.append(request.url))
    context.on("weberror", lambda error: context.faults.append(str(error.error)))
    context.on(
        "console",
        lambda told: context.faults.append(told.text) if "Security Policy" in told.text else None,
    )
    try:
        yield context
    finally:
        context.close()


def until(page, expression, wanted=bool):
    """Wait until an expression, or the promise that it gives, has a *wanted* value; give it."""
    for _ in range(SECONDS * 20):
        found = page.evaluate(expression)
        if wanted(found):
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"{expression} stayed {found}")


def origins(urls):
    """Give the origins that were asked; what never leaves the browser has none."""
    parts = [urlsplit(url) for url in urls]
    return {f"{part.scheme}://{part.netloc}" for part in parts if part.scheme in {"http", "https"}}


def _certutil(*arguments):
    ran = subprocess.run(
        [CERTUTIL, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
