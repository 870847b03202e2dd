"""What a newcomer reads and types next."""

import shlex
from dataclasses import dataclass

from proxy.cli.demo.folder import HOST, Folder
from proxy.cli.demo.people import ALICE, BOB, CAROL, DAVE


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What was made ready for the people."""

    alice_url: str
    """Where alice enrols a phone."""
    bob_seed: str
    """Bob's TOTP seed, base32."""


def story(folder: Folder, enrolled: Enrolled, program: str, python: str) -> str:
    """
    Tell what to do.

    Args:
        program: how `countersign` is called from here.
        python: the interpreter beside it.
    """
    home = shlex.quote(str(folder.path / "phone"))
    ca = shlex.quote(str(folder.ca))
    server = f"127.0.0.1:{folder.radius_port}"

    def login(name: str, password: str, more: str = "") -> str:
        text = f"{program} login {name} --server {server} --secret {folder.radius_secret}"
        return f"{text} --password {password} --timeout 60 --retries 1{more}"

    code = f"{python} -c 'import pyotp; print(pyotp.TOTP(\"{enrolled.bob_seed}\").now())'"
    return f"""
Countersign is running on this machine alone, in {folder.path}; Ctrl-C ends it.

  web             https://{HOST}:{folder.web_port}
  RADIUS          {server}, shared secret {folder.radius_secret}
  configuration   {folder.config}

  alice  {ALICE.password}   may use the VPN; her phone is to be enrolled
  bob    {BOB.password}     may use the VPN; has an authenticator app
  carol  {CAROL.password}   may use the VPN; has enrolled nothing yet
  dave   {DAVE.password}    may not use the VPN

In a second terminal, in this folder, be alice's phone. The link serves once:

  {program} phone enroll '{enrolled.alice_url}' --ca {ca} --home {home}
  {program} phone watch --home {home}

Or open the link in a browser on this machine, past its warning: the certificate is the demo's own.

In a third terminal be the VPN, and log alice in. It shows a number: approve on the phone with it,
then press Enter here:

  {login("alice", ALICE.password)}

Bob types a code instead:

  {login("bob", BOB.password, f' --code "$({code})"')}

To see what the others get, put carol or dave in bob's place without --code. To enrol more:

  {program} device invite carol --config {folder.config}
"""
