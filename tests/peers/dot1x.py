"""
hostapd and wpa_supplicant: a switch that lets devices in by 802.1X, and a device on a cable to it.

Each is in a network of its own. hostapd says Wireless-802.11 of a cable too (RFC 2865 section 5.41)
unless it is told to say Ethernet, which it is. Where a device moves to another switch it has a cable to each. The
person at the device answers over the supplicant's control interface, as wpa_cli does.
"""

import contextlib
import re
import shutil
import socket
import subprocess
import time

import pytest

from tests.peers.namespace import end, missing

HOSTAPD, HOSTAPD_CLI = "/usr/sbin/hostapd", "/usr/sbin/hostapd_cli"
SUPPLICANT = "/sbin/wpa_supplicant"
_SWITCH = """
interface={port}
driver=wired
logger_stdout=-1
logger_stdout_level=1
ieee8021x=1
eap_reauth_period=0
use_pae_group_addr=0
own_ip_addr=127.0.0.1
nas_identifier={name}
radius_auth_req_attr=61:d:15
ctrl_interface={control}
"""
_SERVER = """
auth_server_addr={address}
auth_server_port=1812
auth_server_shared_secret={secret}
"""
_DEVICE = """
ctrl_interface={control}
ap_scan=0
fast_reauth={resumes}
{profile}
"""
_REQUEST = re.compile(r"CTRL-REQ-(\w+)-(\d+):(.*) needed for SSID", re.DOTALL)

needs_dot1x = pytest.mark.skipif(
    bool(missing(HOSTAPD, HOSTAPD_CLI, SUPPLICANT)), reason="hostapd or wpa_supplicant are missing"
)


class Switch:
    """
    hostapd at the end of a cable.

    Args:
        folder: a folder that is made.
        port: the interface that devices come to.
        secret: what it shares with the RADIUS servers.
        name: its NAS-Identifier.
        servers: their addresses, in order.
    """

    def __init__(self, folder, namespace, port, secret, name, servers):
        folder.mkdir()
        self._folder, self._namespace = folder, namespace
        text = _SWITCH.format(port=port, name=name, control=folder / "control")
        for server in servers:
            text += _SERVER.format(address=server, secret=secret.decode())
        self._file = folder / "hostapd.conf"
        self._file.write_text(text)
        self._log = folder / "hostapd.log"

    @contextlib.contextmanager
    def serving(self):
        """Run it while the block lasts."""
        words = ("stdbuf", "-oL", HOSTAPD, "-t", self._file)
        with self._namespace.serving(self._log, "AP-ENABLED", *words):
            yield self

    def authorized(self, station):
        """Say whether what this device sends is let through."""
        told = self._namespace.run(HOSTAPD_CLI, "-p", self._folder / "control", "sta", station)
        return "[AUTHORIZED]" in told

    def said(self):
        """Give its log."""
        return self._log.read_text(errors="replace")


class Device:
    """
    A device at the end of cables; each connection begins with a supplicant of its own.

    Args:
        folder: a folder that is made.
    """

    def __init__(self, folder, namespace):
        folder.mkdir()
        self._folder, self._namespace = folder, namespace
        self._supplicants = 0

    @contextlib.contextmanager
    def connecting(self, profile, cable, station, *, resumes=False):
        """
        Run a supplicant while the block lasts; its first packet goes out two seconds later.

        Args:
            profile: a network as its configuration has it.
            cable: the interface.
            station: the address that the device has there.
            resumes: TLS sessions.
        """
        self._supplicants += 1
        folder = self._folder / str(self._supplicants)
        folder.mkdir()
        self._namespace.run("ip", "link", "set", cable, "address", station)
        file, control = folder / "device.conf", folder / "control"
        profile = profile.replace("key_mgmt=WPA-EAP", "key_mgmt=IEEE8021X\n eapol_flags=0")
        file.write_text(_DEVICE.format(control=control, resumes=int(resumes), profile=profile))
        words = (SUPPLICANT, "-t", "-D", "wired", "-i", cable, "-c", file)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                self._namespace.command(*words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                yield Supplicant(process, line, control / cable, folder / "person")
        finally:
            end(process)
            shutil.rmtree(folder)


class Supplicant:
    """wpa_supplicant that is running, seen through its control interface."""

    def __init__(self, process, line, control, ours):
        self._process, self._line = process, line
        self.told = []
        """Its events so far."""
        line.bind(str(ours))
        ends_at = time.monotonic() + 20
        while not control.exists():
            assert process.poll() is None, "wpa_supplicant has ended"
            assert time.monotonic() < ends_at
            time.sleep(0.02)
        line.connect(str(control))
        line.send(b"ATTACH")

    def wait(self, wanted, seconds=20):
        """Wait for an event, by a pattern; give its match."""
        ends_at = time.monotonic() + seconds
        while (left := ends_at - time.monotonic()) > 0:
            self._line.settimeout(left)
            try:
                event = self._line.recv(4096).decode(errors="replace")
            except TimeoutError:
                break
            self.told.append(event)
            found = re.search(wanted, event)
            if found:
                return found
        raise AssertionError((wanted, self.told))

    def connected(self, seconds=20):
        """Wait until the device is on the network."""
        self.wait("CTRL-EVENT-CONNECTED", seconds)

    def refused(self, seconds=20):
        """Wait until it is told that it may not."""
        self.wait("CTRL-EVENT-EAP-FAILURE", seconds)

    def asked(self, seconds=20):
        """Wait for a question to the person; give its text. `answer` is for this one."""
        self._question = self.wait(_REQUEST, seconds)
        return self._question[3]

    def answer(self, text):
        """Answer as the person does."""
        kind, network, _ = self._question.groups()
        self.command(f"CTRL-RSP-{kind}-{network}:{text}")

    def command(self, text):
        """Send a command as wpa_cli does; what it answers stands among the events."""
        self._line.send(text.encode())

    def start_anew(self):
        """Begin again, as a device does whose cable was loose for a moment."""
        self.command("DISCONNECT")
        self.command("RECONNECT")

    def kill(self):
        """Switch the device off: nobody is told."""
        self._process.kill()
        self._process.wait(10)
