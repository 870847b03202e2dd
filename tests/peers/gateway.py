"""
The daemon in front of which real gateways stand, and the clients that it takes each of them for.

A tap's source address says which: so one gateway is tried as one that can ask and as one that cannot.
"""

from sqlalchemy import bindparam, select

from proxy.store.schema import accounts, approvals
from tests.peers.daemon import Daemon, client

HELD, ASKED, HYBRID, SIGNED = (f"127.0.0.{last}" for last in range(60, 64))
"""Held for the phone; a number is shown; held, then asked; held, and signed by the peer."""

NAME, NEAR, FAR = "vpn.test", "10.99.0.1", "10.99.0.2"
"""A gateway's name and address, and the address of those who connect to it."""

_PUSHES = select(approvals.c.id).where(
    approvals.c.account_id == accounts.c.id, accounts.c.user_name == bindparam("name")
)


def daemon_for_gateways(folder, directory):
    """Give the daemon; it is not started."""
    unsigned = {"require_message_authenticator": False, "append_code": True}
    clients = {
        "held": client(HELD, wait="40s", **unsigned),
        "asked": client(ASKED, wait="40s", challenge=True, **unsigned),
        "hybrid": client(HYBRID, wait="4s", challenge=True, **unsigned),
        "signed": client(SIGNED, wait="40s", append_code=True),
    }
    factors = ["push", "totp", "recovery"]
    policies = [
        {"name": name, "clients": [name], "directory": "corp", "factors": factors}
        for name in clients
    ]
    policies[2]["number_matching"] = "off"
    return Daemon(folder, directory, clients, policies)


def pushes(someone):
    """Say how many requests this person's phones were ever sent."""
    rows = someone.daemon.database.now(lambda session: session.rows(_PUSHES, name=someone.name))
    return len(rows)
