"""
Run a command under the unit's filters of system calls: seccomp_exec.py ALLOWED COMMAND...

Run by the system's own Python, which has the seccomp module; ALLOWED is a file with a name a line.
As systemd.exec(5) words them: SystemCallFilter, SystemCallErrorNumber=EPERM,
RestrictAddressFamilies, RestrictNamespaces, LockPersonality.
"""

import errno
import os
import socket
import sys
from pathlib import Path

import seccomp

NAMESPACES = 0x7E020080
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)


def bits(argument, mask, value):
    return seccomp.Arg(argument, seccomp.MASKED_EQ, mask, value)


def without(filters, name, argument, forbidden):
    """Allow a call where none of the forbidden bits is set."""
    filters.add_rule(seccomp.ALLOW, name, bits(argument, forbidden, 0))


def main():
    allowed = set(Path(sys.argv[1]).read_text().split())
    filters = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    special = {"socket", "clone", "personality"}
    for name in sorted(allowed - special - {"clone3", "unshare", "setns"}):
        try:
            filters.add_rule(seccomp.ALLOW, name)
        except (RuntimeError, OSError):
            continue  # no call of this architecture
    filters.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # glibc then takes clone
    for family in FAMILIES:
        filters.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, int(family)))
    without(filters, "clone", 0, NAMESPACES)
    filters.add_rule(seccomp.ALLOW, "personality", seccomp.Arg(0, seccomp.EQ, 0))
    filters.load()
    os.execvp(sys.argv[2], sys.argv[2:])


main()
