"""
Fill a Samba AD domain that is not running: `/usr/bin/python3 samba_fill.py SMB.CONF < domain.json`.

Run by the system's own Python, which has Samba's modules. The input: `users` (name to password and
attributes), `groups` (name to members, each a name), `changes` (DN to attributes). All at once,
because each change by a protocol takes some milliseconds and a thousand groups are wanted.
"""

import json
import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

# Lets `pwdLastSet` be any time, as if it had passed.
PASSWORD_LAST_SET = "local_oid:1.3.6.1.4.1.7165.4.3.12:0"


def change(database, dn, attributes):
    message = ldb.Message(ldb.Dn(database, dn))
    for name, value in attributes.items():
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    backdated = attributes.get("pwdLastSet", "0") != "0"
    database.modify(message, controls=[PASSWORD_LAST_SET] if backdated else [])


def fill(path, domain):
    settings = LoadParm()
    settings.load(path)
    database = SamDB(
        settings.get("private dir") + "/sam.ldb", lp=settings, session_info=system_session()
    )
    people = f"CN=Users,{database.domain_dn()}"
    database.transaction_start()
    for dn, attributes in domain["changes"].items():
        change(database, dn, attributes)
    for name, (password, attributes) in domain["users"].items():
        database.newuser(name, password)
        dn = f"CN={name},{people}"
        change(database, dn, {"userPrincipalName": f"{name}@corp.test", **attributes})
    for name, members in domain["groups"].items():
        added = {"dn": f"CN={name},{people}", "objectClass": "group", "sAMAccountName": name}
        if members:
            added["member"] = [f"CN={member},{people}" for member in members]
        database.add(added)
    database.transaction_commit()


if __name__ == "__main__":
    fill(sys.argv[1], json.load(sys.stdin))
