"""Who can log in to the demo, and the entries that an LDAP directory has of them."""

from dataclasses import dataclass

SUFFIX = "dc=example,dc=org"
SERVICE_DN = f"cn=countersign,ou=services,{SUFFIX}"
VPN_USERS = f"cn=vpn-users,ou=groups,{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Character:
    """A person of the demo."""

    name: str
    password: str
    """Known to whoever reads this: the directory listens on this machine alone, for the demo."""
    stable_id: str
    groups: tuple[str, ...] = (VPN_USERS,)


ALICE = Character("alice", "alice-password", "6f1c2d9e-0000-4000-8000-00000000000a")
BOB = Character("bob", "bob-password", "6f1c2d9e-0000-4000-8000-00000000000b")
CAROL = Character("carol", "carol-password", "6f1c2d9e-0000-4000-8000-00000000000c")
DAVE = Character("dave", "dave-password", "6f1c2d9e-0000-4000-8000-00000000000d", groups=())

CAST = (ALICE, BOB, CAROL, DAVE)
