"""
FreeRADIUS 3 with rlm_ldap: search by uid on a kept connection, then bind as the person (PAP).

On a second port it asks for the person's membership of one group too, which is one more search.
On a third it ends EAP-TTLS, inside which it does the same as on the first.
"""

import socket
from pathlib import Path

from benchmarks.certificate import Certificate
from benchmarks.directory import GROUPS_BASE, PEOPLE_BASE, SERVICE, SERVICE_PASSWORD, Directory
from benchmarks.load import SECRET
from benchmarks.process import Process, find_program, free_port

THREADS = 32
"""Its default; each has an LDAP connection of its own."""

_CONFIGURATION = f"""
prefix = /usr
logdir = {{folder}}
raddbdir = {{folder}}
run_dir = {{folder}}
libdir = /usr/lib/freeradius
dictionary_dir = /usr/share/freeradius
name = radiusd
pidfile = {{folder}}/radiusd.pid
max_request_time = 30
cleanup_delay = 0
max_requests = 16384
hostname_lookups = no
log {{{{
    destination = stdout
    auth = no
}}}}
security {{{{
    max_attributes = 200
    reject_delay = 0
    status_server = yes
    allow_vulnerable_openssl = yes
}}}}
thread pool {{{{
    start_servers = {THREADS}
    max_servers = {THREADS}
    min_spare_servers = 3
    max_spare_servers = {THREADS}
    max_requests_per_server = 0
    auto_limit_acct = no
}}}}
client nas {{{{
    ipaddr = 127.0.0.0/8
    secret = {SECRET}
    require_message_authenticator = yes
}}}}
modules {{{{
    ldap {{{{
        server = '127.0.0.1'
        port = {{ldap_port}}
        identity = '{SERVICE}'
        password = '{SERVICE_PASSWORD}'
        base_dn = '{PEOPLE_BASE}'
        user {{{{
            base_dn = '{PEOPLE_BASE}'
            filter = "(uid=%{{{{User-Name}}}})"
        }}}}
        group {{{{
            base_dn = '{GROUPS_BASE}'
            filter = '(objectClass=groupOfNames)'
            name_attribute = cn
            membership_filter = "(member=%{{{{control:Ldap-UserDn}}}})"
        }}}}
        options {{{{
            chase_referrals = no
            res_timeout = 10
            srv_timelimit = 3
            net_timeout = 3
        }}}}
        pool {{{{
            start = {THREADS}
            min = {THREADS}
            max = {THREADS}
            spare = {THREADS}
            uses = 0
            lifetime = 0
            idle_timeout = 0
        }}}}
    }}}}
    eap {{{{
        default_eap_type = ttls
        timer_expire = 60
        max_sessions = 16384
        tls-config tunnels {{{{
            certificate_file = {{certificate}}
            private_key_file = {{key}}
            tls_min_version = "1.2"
            tls_max_version = "1.3"
            ecdh_curve = "prime256v1"
            fragment_size = 1024
            cache {{{{
                enable = no
            }}}}
        }}}}
        md5 {{{{
        }}}}
        ttls {{{{
            tls = tunnels
            default_eap_type = md5
            copy_request_to_tunnel = no
            use_tunneled_reply = no
            virtual_server = inside
        }}}}
    }}}}
}}}}
"""

_SERVER = """
server {name} {{
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = {port}
    }}
    authorize {{
        ldap
        if (ok || updated) {{
            update control {{
                Auth-Type := LDAP
            }}
        }}
        {more}
    }}
    authenticate {{
        Auth-Type LDAP {{
            ldap
        }}
    }}
    post-auth {{
        update reply {{
            Message-Authenticator := 0x00
        }}
    }}
}}
"""

_ASK_FOR_GROUP = """
        if (LDAP-Group == "g02") {
            update reply {
                Filter-Id := "g02"
            }
        }
"""


_INSIDE = """
server inside {
    authorize {
        ldap
        if (ok || updated) {
            update control {
                Auth-Type := LDAP
            }
        }
    }
    authenticate {
        Auth-Type LDAP {
            ldap
        }
    }
}
"""

_TUNNELS = """
server tunnels {{
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = {port}
    }}
    authorize {{
        eap
    }}
    authenticate {{
        eap
    }}
    post-auth {{
        update reply {{
            Message-Authenticator := 0x00
        }}
    }}
}}
"""


class FreeRadius(Process):
    """
    One FreeRADIUS.

    Args:
        folder: a folder that is there and empty.
        shown: what devices see.
    """

    def __init__(self, folder: Path, directory: Directory, shown: Certificate) -> None:
        self.port = free_port(socket.SOCK_DGRAM)
        self.grouped_port = free_port(socket.SOCK_DGRAM)
        """Where groups are asked for."""
        self.eap_port = free_port(socket.SOCK_DGRAM)
        """Where EAP is spoken."""
        self._log = folder / "radius.log"
        (folder / "dictionary").write_text("")
        (folder / "radiusd.conf").write_text(
            _CONFIGURATION.format(
                folder=folder,
                ldap_port=directory.port,
                certificate=shown.certificate,
                key=shown.key,
            )
            + _INSIDE
            + _TUNNELS.format(port=self.eap_port)
            + _SERVER.format(name="default", port=self.port, more="")
            + _SERVER.format(name="grouped", port=self.grouped_port, more=_ASK_FOR_GROUP)
        )
        super().__init__(
            [find_program("freeradius"), "-d", folder, "-n", "radiusd", "-f", "-l", "stdout"],
            self._log,
            lambda: "Ready to process requests" in self._log.read_text(),
        )
