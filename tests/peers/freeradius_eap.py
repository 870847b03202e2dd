"""
FreeRADIUS as the server that speaks EAP: PEAP/MSCHAPv2, TTLS and EAP-TLS.

Everybody's password is their name and `-password`. An Access-Accept carries the inner name as
User-Name, Class, and keys; that of `untold` the outer identity as FreeRADIUS gives it back by
itself, and that of somebody at `renamed.example` the name alone.
"""

from tests.peers.freeradius import HEAD, FreeRadius

_CONFIGURATION = (
    HEAD
    + """modules {{
  always ok {{ rcode = ok }}
  always reject {{ rcode = reject }}
  pap {{ }}
  mschap {{ use_mppe = yes
    require_encryption = no }}
  eap {{
    default_eap_type = peap
    timer_expire = 120
    max_sessions = 64
    tls-config common {{
      private_key_file = {key}
      certificate_file = {certificate}
      ca_file = {ca}
      tls_min_version = "1.2"
      tls_max_version = "1.3"
      cipher_list = "DEFAULT"
      cache {{ enable = no }}
      ecdh_curve = ""
      fragment_size = 1024
    }}
    tls {{ tls = common }}
    ttls {{ tls = common
      default_eap_type = mschapv2
      use_tunneled_reply = no
      virtual_server = inner }}
    peap {{ tls = common
      default_eap_type = mschapv2
      use_tunneled_reply = no
      virtual_server = inner }}
    mschapv2 {{ }}
  }}
  eap eap_inner {{
    default_eap_type = mschapv2
    timer_expire = 120
    mschapv2 {{ }}
  }}
}}
server default {{
  listen {{ type = auth
    ipaddr = 127.0.0.1
    port = {port} }}
  authorize {{
    Autz-Type Status-Server {{
      update reply {{
        Message-Authenticator := 0x00
      }}
      ok
    }}
    eap {{
      ok = return
    }}
  }}
  authenticate {{
    eap
  }}
  post-auth {{
    if (&session-state:User-Name && &session-state:User-Name =~ /^(.*)@renamed.example$/) {{
      update reply {{
        User-Name := "%{{1}}"
      }}
    }}
    elsif (&session-state:User-Name && &session-state:User-Name != "untold") {{
      update reply {{
        User-Name := &session-state:User-Name
      }}
    }}
    update reply {{
      Class := "upstream-class"
      Filter-Id := "upstream-filter"
      Message-Authenticator := 0x00
    }}
    Post-Auth-Type REJECT {{
      update reply {{
        Message-Authenticator := 0x00
      }}
    }}
  }}
}}
server inner {{
  authorize {{
    update control {{
      Cleartext-Password := "%{{User-Name}}-password"
    }}
    if (&User-Name =~ /^(.*)@renamed.example$/) {{
      update control {{
        Cleartext-Password := "%{{1}}-password"
      }}
    }}
    eap_inner {{
      ok = return
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
    eap_inner
  }}
  post-auth {{
    update outer.session-state {{
      User-Name := &User-Name
    }}
  }}
}}
"""
)


class FreeRadiusEap(FreeRadius):
    """
    One server.

    Args:
        ca: the file of the authority that devices and their users' certificates are from.
    """

    configuration = _CONFIGURATION

    def __init__(self, folder, *, certificate, key, ca):
        super().__init__(folder, certificate=certificate, key=key, ca=ca)
