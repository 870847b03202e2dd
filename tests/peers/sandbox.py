"""
The unit's sandbox without systemd: the daemon run under what the directives ask of the kernel.

`TRIED` says of each restriction how; the story that uses it fails for one that is not there, so
that none is added untried.
"""

import resource
import subprocess
import sys
from pathlib import Path

from proxy.cli import main

PROJECT = Path(main.__file__).parents[2]
UNIT = PROJECT / "systemd/countersign.service"
USER = 64_812
"""A number that nobody has here."""
HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"

MOUNTS, CALLS, CREDENTIALS, LIMITS = "sandbox.sh", "seccomp_exec.py", "setpriv", "prlimit"
TRIED = {
    "ProtectSystem": MOUNTS,
    "ProtectHome": MOUNTS,
    "PrivateTmp": MOUNTS,
    "PrivateDevices": MOUNTS,
    "DevicePolicy": MOUNTS,
    "ProtectProc": MOUNTS,
    "ProcSubset": MOUNTS,
    "ProtectControlGroups": MOUNTS,
    "ProtectKernelTunables": MOUNTS,
    "StateDirectory": MOUNTS,
    "PrivateUsers": "unshare --user",
    "PrivateIPC": "unshare --ipc",
    "ProtectHostname": "unshare --uts",
    "User": CREDENTIALS,
    "Group": CREDENTIALS,
    "NoNewPrivileges": CREDENTIALS,
    "CapabilityBoundingSet": CREDENTIALS + ": none is held, and none can be got",
    "AmbientCapabilities": CREDENTIALS,
    "RestrictNamespaces": CALLS,
    "RestrictAddressFamilies": CALLS,
    "SystemCallFilter": CALLS,
    "SystemCallErrorNumber": CALLS,
    "LockPersonality": CALLS,
    "ProtectClock": CALLS + ": the calls are none of the allowed ones",
    "ProtectKernelLogs": CALLS + ": likewise",
    "ProtectKernelModules": CALLS + ": likewise",
    "RestrictRealtime": CALLS + ": likewise",
    "SystemCallArchitectures": CALLS + ": only native calls are in the filter",
    "LimitNOFILE": LIMITS,
    "LimitCORE": LIMITS,
    "UMask": LIMITS,
}
UNTRIED = {
    "RestrictSUIDSGID": "the daemon sets no mode but 0600, 0644 and 0700",
    "RemoveIPC": "the daemon makes no System V or POSIX message queue or semaphore",
    "KeyringMode": "the daemon uses no kernel keyring",
    "StateDirectoryMode": "made by systemd before the start",
    "ConfigurationDirectory": "likewise",
    "ConfigurationDirectoryMode": "likewise",
    "LoadCredential": "likewise",
}
"""
Restrictions that cannot be set without systemd, and why they forbid nothing that is done.

Where a machine with systemd can be made (`tests.peers.machine`), the unit is started with all of them.
"""


def directives():
    """Give the [Service] section: each directive with its values."""
    section, found = "", {}
    for line in UNIT.read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def allowed_calls():
    """Give the names of the system calls that the unit's filters leave."""
    allowed = set()
    for value in directives()["SystemCallFilter"]:
        names = _expanded(value.removeprefix("~").split())
        allowed = allowed - names if value.startswith("~") else allowed | names
    return allowed


def _expanded(groups):
    names, seen, left = set(), set(), list(groups)
    while left:
        group = left.pop()
        if not group.startswith("@"):
            names.add(group)
        elif group not in seen:
            seen.add(group)
            told = subprocess.run(
                ["systemd-analyze", "syscall-filter", group],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            lines = [line.strip() for line in told.splitlines()[1:]]
            left += [line for line in lines if line and not line.startswith("#")]
    return names


def command(writable, readable, words):
    """Give the command that runs *words* in the sandbox; the process keeps its pid."""
    calls = writable / "calls"
    calls.write_text("\n".join(sorted(allowed_calls())))
    kept = [PROJECT, sys.prefix, sys.base_prefix, *readable]
    limit = min(int(directives()["LimitNOFILE"][0]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    return [
        *("prlimit", f"--nofile={limit}:{limit}", "--core=0"),
        *("unshare", "--mount", "--ipc", "--uts"),
        *("bash", HERE / "sandbox.sh", str(USER), writable),
        ":".join(str(one) for one in dict.fromkeys(kept)),
        *(SYSTEM_PYTHON, HERE / "seccomp_exec.py", calls),
        *words,
    ]
