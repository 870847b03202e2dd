"""eapol_test: wpa_supplicant's supplicant, and the access point that speaks RADIUS for it."""

import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass

import pytest

from tests.peers.daemon import SECRET

needs_eapol_test = pytest.mark.skipif(
    shutil.which("eapol_test") is None, reason="eapol_test is not installed"
)


@dataclass(frozen=True)
class Result:
    """What came of it."""

    passed: bool
    keys_match: bool
    told: str
    asked: tuple[str, ...]
    """What the person was asked, in order."""

    @property
    def granted(self):
        """Give the attributes of the Access-Accept in order: type, and value as it is printed."""
        _, _, told = self.told.rpartition("RADIUS message: code=2 (Access-Accept)")
        return re.findall(r"^ +Attribute (\d+) \(.*\n +Value: (.*)$", told, re.MULTILINE)


def network(name, ca, *, password=None, phase2="auth=PAP", method="TTLS", more=""):
    """Give a profile as a device has it; without *password* the person is asked for everything."""
    stored = "" if password is None else f'password="{password}"'
    return f"""network={{
 key_mgmt=WPA-EAP
 eap={method}
 identity="{name}"
 anonymous_identity="anonymous@example.org"
 {stored}
 phase2="{phase2}"
 ca_cert="{ca}"
 domain_match="radius.example.org"
 {more}
}}
"""


def connect(
    folder,
    profile,
    port,
    *,
    station="02:00:00:00:00:01",
    seconds=60,
    answers=(),
    attributes=(),
    again=0,
    keys=True,
):
    """
    Connect once; give what came of it.

    Each of *answers* is a text for what the person is asked next, or what is called with it. The
    device authenticates *again* so often, with what it kept of the time before. *keys*: whether the
    method makes any.
    """
    file, control = folder / "network.conf", folder / "control"
    file.write_text(f"ctrl_interface={control}\n{profile}" if answers else profile)
    command = ["eapol_test", "-c", str(file), "-a", "127.0.0.1", "-p", str(port)]
    command += ["-s", SECRET.decode(), "-r", str(again), "-t", str(seconds), "-M", station]
    command += [f"-N{one}" for one in attributes] + (["-W"] if answers else [])
    command += [] if keys else ["-n"]
    output = folder / "eapol.log"
    with output.open("w") as told:
        running = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT)
        asked = _answered(running, control / "test", folder, list(answers), seconds)
        status = running.wait(seconds + 20)
    said = output.read_text(errors="replace")
    matched = re.search(r"MPPE keys OK: (\d+)  mismatch: (\d+)", said)
    return Result(
        passed=status == 0 and said.rstrip().endswith("SUCCESS"),
        keys_match=matched is not None and int(matched[1]) > 0 and int(matched[2]) == 0,
        told=said,
        asked=tuple(asked),
    )


def _answered(running, control, folder, answers, seconds):
    """Answer as the person does at the device; give what was asked."""
    asked = []
    if not answers:
        return asked
    ends_at = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(folder / "person"))
        while not control.exists():
            assert time.monotonic() < ends_at
            assert running.poll() is None
            time.sleep(0.02)
        line.connect(str(control))
        line.send(b"ATTACH")
        line.settimeout(0.5)
        while running.poll() is None and time.monotonic() < ends_at:
            try:
                told = line.recv(4096).decode(errors="replace")
            except (TimeoutError, ConnectionError):
                continue
            wants = re.match(r"(?:<\d>)?CTRL-REQ-(\w+)-(\d+):(.*) needed for SSID", told, re.DOTALL)
            if wants:
                asked.append(wants[3])
                answer = answers.pop(0) if answers else ""
                text = answer(wants[3]) if callable(answer) else answer
                line.send(f"CTRL-RSP-{wants[1]}-{wants[2]}:{text}".encode())
            if "TERMINATING" in told:
                break
    return asked
