"""
The operator's file: whatever stands in it, it is loaded or every fault is told with its line.

A fault is told on one line that any terminal can print; a configuration that was loaded can be
handed to the rooms.
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from proxy.settings.document import TEXT_LIMIT
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.load import load
from proxy.settings.plain import policies, radius_clients
from proxy.settings.policy_warnings import policy_warnings


@cache
def _file():
    folder = Path(tempfile.mkdtemp(prefix="countersign-fuzz-"))
    owner = os.getpid()
    atexit.register(lambda: owner == os.getpid() and shutil.rmtree(folder, ignore_errors=True))
    return folder / "countersign.yaml"


def settings(octets):
    """The octets of a configuration file."""
    file = _file()
    file.write_bytes(octets)
    try:
        loaded = load(file)
    except ConfigurationFaults as error:
        _check_findings(error.faults, octets)
        return
    policies(loaded.settings, loaded.attributes)
    radius_clients(loaded.settings)
    assert len(octets) <= TEXT_LIMIT
    _check_findings(policy_warnings(loaded.settings, loaded.document), octets)


def _check_findings(findings, octets):
    # YAML's line ends: U+0085, U+2028 and U+2029 are among them.
    text = octets.decode(
        "utf-16" if octets[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace"
    )
    lines = len(text.splitlines()) + 1
    for finding in findings:
        told = str(finding)
        told.encode()
        assert told.isprintable(), "a terminal would not print it"
        assert 1 <= finding.line <= lines
