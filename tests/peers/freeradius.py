"""
A real FreeRADIUS as an upstream server, in a folder of its own, on a free port of 127.0.0.1.

Everybody's password is `right`, by PAP and MS-CHAPv2. `pin` is asked for 4711-4711-4711 first, with a State
of its own, `expired` for a new password twice; `none` is refused with a text. An Access-Accept
carries Class, Filter-Id, Tunnel-Password and a Reply-Message, and for `renamed` another User-Name.
Answers carry Message-Authenticator, which this release adds only when it is told to.
"""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

SECRET = b"between-countersign-and-freeradius"
PROGRAM = shutil.which("freeradius", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
needs_freeradius = pytest.mark.skipif(PROGRAM is None, reason="freeradius is not installed")
_STARTING = 15.0
"""Seconds in which it must be up."""

HEAD = """
prefix = /usr
name = upstream
libdir = /usr/lib/freeradius
logdir = {folder}
raddbdir = {folder}
run_dir = {folder}
pidfile = {folder}/freeradius.pid
max_request_time = 60
cleanup_delay = 5
log {{ destination = stdout
  auth = yes }}
security {{ reject_delay = 0
  status_server = yes }}
thread pool {{ start_servers = 2
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 2 }}
client countersign {{ ipaddr = 127.0.0.0/8
  secret = {secret}
  require_message_authenticator = yes }}
"""
"""What every configuration of it begins with."""
_CONFIGURATION = (
    HEAD
    + """modules {{
  always ok {{ rcode = ok }}
  always reject {{ rcode = reject }}
  always handled {{ rcode = handled }}
  pap {{ }}
  mschap {{ use_mppe = yes
    require_encryption = no }}
}}
server default {{
  listen {{ type = auth
    ipaddr = 127.0.0.1
    port = {port} }}
  authorize {{
    update control {{
      Cleartext-Password := "right"
    }}
    Autz-Type Status-Server {{
      update reply {{
        Message-Authenticator := 0x00
      }}
      ok
    }}
    if (&User-Name == "none") {{
      update reply {{
        Reply-Message := "Nobody of this name."
      }}
      reject
    }}
    elsif (&User-Name == "pin" && !&State) {{
      update control {{
        Auth-Type := "ask"
      }}
    }}
    elsif (&User-Name == "pin") {{
      if (&State != 0x0123456789abcdef) {{
        reject
      }}
      update control {{
        Cleartext-Password := "4711-4711-4711"
      }}
    }}
    elsif (&User-Name == "expired" && (!&State || &State == 0xaa01)) {{
      if (!&State || &User-Password == "new") {{
        update control {{
          Auth-Type := "renew"
        }}
      }}
      else {{
        reject
      }}
    }}
    elsif (&User-Name == "expired") {{
      if (&State != 0xaa02) {{
        reject
      }}
      update control {{
        Cleartext-Password := "new"
      }}
    }}
    mschap
    pap
  }}
  authenticate {{
    Auth-Type PAP {{
      pap
    }}
    Auth-Type MS-CHAP {{
      mschap
    }}
    Auth-Type ask {{
      pap
      update reply {{
        State := 0x0123456789abcdef
        Reply-Message := "Your PIN?"
        Prompt := No-Echo
        Message-Authenticator := 0x00
      }}
      update control {{
        Response-Packet-Type := Access-Challenge
      }}
      handled
    }}
    Auth-Type renew {{
      if (!&State) {{
        update reply {{
          State := 0xaa01
          Reply-Message := "Your password has expired. A new one:"
        }}
      }}
      else {{
        update reply {{
          State := 0xaa02
          Reply-Message := "The new one again:"
        }}
      }}
      update reply {{
        Prompt := No-Echo
        Message-Authenticator := 0x00
      }}
      update control {{
        Response-Packet-Type := Access-Challenge
      }}
      handled
    }}
  }}
  post-auth {{
    update reply {{
      Class := "%{{User-Name}}-class"
      Filter-Id := "upstream-filter"
      Tunnel-Password:1 := "tunnel secret"
      Reply-Message := "Welcome."
      Message-Authenticator := 0x00
    }}
    if (&User-Name == "renamed") {{
      update reply {{
        User-Name := "somebody-else"
      }}
    }}
    Post-Auth-Type REJECT {{
      update reply {{
        Message-Authenticator := 0x00
      }}
    }}
  }}
}}
"""
)


class FreeRadius:
    """One server; it may be stopped and started again on its port."""

    configuration = _CONFIGURATION

    def __init__(self, folder, **more):
        self.folder = folder
        self.log = folder / "freeradius.log"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "dictionary").write_text("$INCLUDE /usr/share/freeradius/dictionary\n")
        self._process = None
        text = self.configuration.format(
            folder=folder, port=self.port, secret=SECRET.decode(), **more
        )
        (folder / "radiusd.conf").write_text(text)

    @property
    def address(self):
        """Where it listens, as the configuration has it."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Start it and wait until it is ready."""
        before = len(self.text())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-f", "-x", "-l", "stdout", "-d", self.folder, "-n", "radiusd"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        ends_at = time.monotonic() + _STARTING
        while "Ready to process requests" not in (told := self.text()[before:]):
            assert self._process.poll() is None, told[-2000:]
            assert time.monotonic() < ends_at, told[-2000:]
            time.sleep(0.05)
        return self

    def text(self):
        """Give what it wrote so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def asked(self):
        """Give how many Access-Requests it has received."""
        return self.text().count("Received Access-Request Id")

    def stop(self):
        """End it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)

    def freeze(self):
        """Let it hear and say nothing: its host is there, its port is open."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)
