"""What honest peers send: where the fuzzers begin. Other implementations write it."""

from functools import cache
from pathlib import Path

from ldap3.protocol import rfc4511

from proxy.eap.ttls import EAP_MESSAGE, MICROSOFT, USER_NAME, encode_pair
from proxy.radius.packet import HEADER_LENGTH
from tests.eap.peer import pap
from tests.fuzz import passkeys, signed
from tests.ldap import oracle
from tests.peers import nas
from tests.peers.door import SECRET
from tests.settings.conftest import GOOD

_DOCUMENTED = Path(__file__).parents[2] / "config" / "countersign.yaml"
_POLICY = b"1.3.6.1.4.1.42.2.27.8.5.1"
_MS_CHAP = (26, (311).to_bytes(4, "big") + b"\x19\x34" + bytes(50))


_SEARCH = (
    b"\x30\x2e\x02\x01\x08\x63\x29\x04\x05dc=ab\x0a\x01\x02\x0a\x01\x00\x02\x01\x02\x02\x01\x05"
    b"\x01\x01\x00\xa3\x0c\x04\x03uid\x04\x05alice\x30\x05\x04\x03uid"
)


def _packets():
    alice = [(nas.USER_NAME, b"alice"), (nas.CALLING_STATION_ID, b"00-11-22-aa-bb-cc:corp")]
    nas_port = [(nas.NAS_PORT, bytes(4)), (4, bytes((192, 0, 2, 1))), (nas.NAS_IDENTIFIER, b"vpn1")]
    prefix = [(97, b"\0\x40" + bytes(8)), (168, bytes(16)), _MS_CHAP, (69, b"\x01" + bytes(16))]
    every = (
        [(nas.USER_NAME, b"alice")],
        [*alice, *nas_port, (nas.PROXY_STATE, b"1"), (nas.PROXY_STATE, b"2")],
        [*alice, (nas.STATE, bytes(24))],
        [*alice, *prefix],
        [*alice, (nas.EAP_MESSAGE, b"\x02\x01\x00\x0a\x01alice")],
    )
    return [
        nas.request(SECRET, attributes, password=b"a password, 20 octets", authenticator=bytes(16))
        for attributes in every
    ] + [
        nas.request(SECRET, alice, authenticator=bytes(16), signed=False),
        b"\x01\x01\x00\x17" + bytes(16) + b"\xf1\x01\x02",
        b"\x01\x01\x00\x16" + bytes(16) + b"\xf1\x00",
    ]


def _messages():
    controls = [(_POLICY, False, b"\x30\x03\x81\x01\x02"), (b"1.2.3", True, None)]
    bind = rfc4511.BindRequest()
    bind["version"] = 3
    bind["name"] = "uid=alice,dc=example,dc=org"
    bind["authentication"] = rfc4511.AuthenticationChoice().setComponentByName("simple", "password")
    found = {"uid": ["alice"], "memberOf;range=0-1": ["cn=a", "cn=b"]}
    return [
        oracle.bind_response(1, 0),
        oracle.bind_response(2, 49, "80090308: LdapErr, data 52e", controls),
        oracle.search_done(3, 4),
        oracle.search_entry(4, "uid=alice,dc=example,dc=org", found),
        oracle.search_reference(5, ["ldap://other.example.org"]),
        oracle.extended_response(0, 52, "1.3.6.1.4.1.1466.20036", "closing"),
        oracle.write(6, "bindRequest", bind),
        b"\x30\x84\x00\x00\x00\x0c\x02\x01\x07\x65\x07\x0a\x01\x00\x04\x00\x04\x00",
        _SEARCH,
    ]


_FILTERS = (
    "(uid={username})",
    "(&(objectClass=person)(|(uid={username})(mail={username}@example.org))(!(locked=TRUE)))",
    "(&(cn=a*b*)(age>=5)(member:1.2.840.113556.1.4.1941:={username})(x:dn:={username})(y=*))",
    "(userPrincipalName={username}\\2a\\c3\\a9)",
    "(&(uid={username})(cn=a*{username}))",
    "(&(uid={username})(!(cn={username})))",
    "(&(uid={username})(cn>={username}))",
)
_NAMES = (
    "uid=alice,ou=people,dc=example,dc=org",
    "CN=Doe\\, John + UID=j , O=\\c3\\a9t\\C3\\A9, DC=example",
    "1.2.3=#04024869,cn=\\#x\\ ,cn= spaced  out ",
)
_TOLD = (
    b'{"a": [1, 2.5, -0, 1e5, null, true, "\\u00e9\\ud83d\\ude00"], "b": {"": {}}}',
    b'{"a": NaN}',
    b'{"a": 1, "a": 2}',
    b'{"a": {"b": 1, "b": 1}}',
    b'{"a": 1e999}',
    b'{"a": "\\ud800"}',
)
_SUBSCRIPTION = (
    '{"endpoint": "ENDPOINT", "expirationTime": 1700000000000, "keys": {"auth": '
    '"BTBZMqHH6r4Tts7J_aSIgg", "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AY'
    'WXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}}'
)
_ENDPOINTS = (
    "https://fcm.googleapis.com/fcm/send/a:b",
    "https://[2001:DB8::1]:8443/?a=b;c#d",
    "https://user:word@127.0.0.1/",
    "https://push.example.org:443@inside:8443/",
    "https://a\\\\@b/%2f..;x",
    "https://a:/",
)
_FILE = """\
store: sqlite:///a.db
master_key: !file master.key
shutdown_grace: 5s
log: {level: debug}
radius: {listen: [0.0.0.0:0, "[::1]:1812"], duplicate_window: 9s}
web: {url: "https://mfa.example.org:8443/x", listen: 0.0.0.0:1, certificate: a, private_key: b}
totp: {window_steps: 2}
push: &push {lifetime: 2m, late_approval: 0s}
directories:
  corp: {type: ldap, servers: [ldap://a:390, "ldaps://[::1]"], start_tls: true, search_base: dc=a,
    user_filter: "(uid={username})", groups: {search_base: dc=b, filter: (member={dn})}}
policies:
  - {name: a, clients: [vpn], directory: corp, factors: [totp], wait: 5s, challenge: true,
     when: {NAS-Identifier: [vpn1, "*:corp"], Service-Type: 5}, groups: [cn=a,dc=b, "cn=c"],
     reply: [{attribute: Class, value: 0x01}, {attribute: Tunnel-Type, value: VLAN, tag: 1}]}
clients:
  vpn: {networks: [192.0.2.0/24, "2001:db8::/32"], secret: !env HOME, join: user}
"""
_MARKS = r"""%YAML 1.1
---
store: "sqlite:///\x41\u00e9\U0001F600.db"
? web
: {<<: &a {url: 'https://a''b'}, listen: *a}
log: !file "a\0b"
totp: !env "\uD800"
push: !credential |-
  a
  b
shutdown_grace: !<tag:a%20b> >+1
 folded
...
"""
_HOSTILE = (
    'log: !file "a\\0b"',
    'log: !credential "a\\0b"',
    'log: !env "\\uD800"',
    '"\\e[2J\\n\\u202e": 1',
    'web: {certificate: "a\\0b", url: "https://\\e[2J"}',
    'store: "sqlite:///\\0"',
    '"\\uDC00": 1',
)
_BAD_FILE = """\
store: sqlite:///
web: []
directories: {corp: {type: ldap, servers: ["ldap://a:99999"], search_base: x, user_filter: "(a=b"}}
policies: [{name: a/b, clients: [nobody], directory: none, factors: [totp, totp], wait: 1h, x: y,
  when: {Framed-IPv6-Prefix: "2001:db8::/64"}, reply: [{attribute: Nothing, value: [1]}]}]
clients: {vpn: {networks: [192.0.2.1/24], secret: "", caller: User-Password}, "\\U00110000": 1.5}
"""


@cache
def seeds(name):
    """Give the seeds of a target."""
    made = {
        "radius-packet": _packets,
        "eap-response": lambda: [
            b"\x02\x01\x00\x0a\x01alice",
            b"\x02\x02\x00\x06\x15\x00",
            b"\x02\x02\x00\x0d\x15\x80\x00\x00\x00\x03abc",
            b"\x02\x02\x00\x09\x15\x40abc",
        ],
        "eap-inside": lambda: [
            pap(b"alice", b"secret"),
            b"\x01alice\xff\xfe\x06secret\xff\xfe\x06123456",
            encode_pair(EAP_MESSAGE, b"\x02\x00\x00\x0a\x01alice")
            + b"\xff\xfe"
            + encode_pair(EAP_MESSAGE, b"\x02\x01\x00\x0b\x06secret"),
            encode_pair(USER_NAME, b"alice")
            + encode_pair(11, bytes(range(16)), MICROSOFT)
            + encode_pair(25, bytes(50), MICROSOFT),
        ],
        "eap-mschapv2": lambda: [
            identity + b"\xff\xfe\x02\0\0\x3b\x31" + bytes(49) + name + b"\xff\xfe" + told
            for identity, name in ((b"alice", b"alice"), (b"CORP\\alice", b"alice"))
            for told in (b"\3", b"\4\0")
        ],
        "eap-door": lambda: (
            [
                bytes((kind, 0, 1)) + bytes((4, 0)) * 11 + bytes((28, more)) + bytes((4, 0)) * 4
                for kind in (0, 255)
                for more in range(4)
            ]
            + [
                bytes((kind, 0, 1, 1, 1, 2, 1, 3, 1))
                + bytes((4, 0, 5, 0, 6, 0, 7, 0)) * 12
                + bytes((24, 12))
                for kind in (0, 255)
            ]
        ),
        "eap-conversation": lambda: [
            bytes((where, what)) + b"\x07\x16\x03\x03" for where in range(5) for what in range(4)
        ],
        "radius-request": lambda: [
            bytes((rules,)) + octets[HEADER_LENGTH:]
            for octets in _packets()
            for rules in (8, 9, 14)
        ],
        "radius-values": lambda: [bytes((0, n)) + bytes(length) for n, length in _VALUES],
        "radius-password": lambda: [bytes(18) + bytes(range(length)) for length in (0, 16, 18, 33)],
        "ldap-stream": lambda: [b"\x03" + b"".join(_messages()), *(b"\0" + m for m in _messages())],
        "ldap-message": _messages,
        "ldap-filters": lambda: [text.encode() for text in _FILTERS],
        "ldap-names": lambda: [text.encode() for text in _NAMES],
        "jws-texts": lambda: [
            signed.signed(header.encode(), payload.encode()).encode()
            for header, payload in signed.examples()
        ],
        "jws-altered": lambda: [
            bytes((which, part, place, len(new))) + new
            for which in range(5)
            for part, place, new in ((1, 4, b"7"), (0, 3, b"x"), (2, 0, b"\0\0"), (2, 0, b""))
        ],
        "jws-claims": lambda: [f"{header}\n{payload}".encode() for header, payload in _claims()],
        "strict-json": lambda: [*_TOLD, *(payload.encode() for _, payload in signed.examples())],
        "jwk": lambda: [
            signed.KEY.public.to_text().encode(),
            signed.OTHER.public.to_text()[:-1].encode() + b',"kid":"k","alg":"ES256","use":"sig"}',
        ],
        "push-subscription": lambda: [
            _SUBSCRIPTION.replace("ENDPOINT", endpoint).encode() for endpoint in _ENDPOINTS
        ],
        "passkey-registration": passkeys.objects,
        "passkey-assertion": lambda: [
            bytes((part, place, len(new))) + new
            for part in range(3)
            for place, new in ((0, b""), (0, b"{"), (32, b"\x01"), (36, b"\x02"), (40, b"\0\0"))
        ],
        "settings": lambda: [
            *(text.encode() for text in (GOOD, _FILE, _MARKS, _BAD_FILE, *_HOSTILE)),
            _DOCUMENTED.read_bytes(),
        ],
    }
    return tuple(made[name]())


def _claims():
    """What is honest, and what is just not: one thing changed in each."""
    yield from signed.examples()
    for header, payload in signed.examples():
        for old, new in _CHANGES:
            if old in header + payload:
                yield header.replace(old, new, 1), payload.replace(old, new, 1)


_CHANGES = [
    ('"ES256"', '"none"'),
    ('"ES256"', '"HS256"'),
    ('"ES256"', '["ES256"]'),
    *(
        (f'"{typ}"', f'"{other}"')
        for typ in signed.ALL_TYPES
        for other in (*signed.ALL_TYPES, "JWT")
    ),
    *(('{"alg"', f'{{"{name}": [], "alg"') for name in ("crit", "b64", "jku", "x5u", "x5c")),
    ('{"alg"', '{"alg": "ES256", "alg"'),
    ('{"alg"', '{"jwk": {}, "alg"'),
    ('"kty": "EC"', '"kty": "EC", "d": "AA"'),
    ('"GET"', '"POST"'),
    (f'"{signed.CALL}"', f'"{signed.CALL}/x"'),
    (f'"{signed.URL}"', '"https://other.example.org"'),
    (f'"{signed.CODE}"', '"another"'),
    (f'"{signed.ASKED.nonce}"', '"another"'),
    ('"approve"', '"allow"'),
    ('"iat": 17', '"iat": 16'),
    ('"iat": 17', '"iat": 18'),
    ('"iat": 17', '"iat": 1e999, "x": 17'),
    ('"iat": 1700000000.0', '"iat": true'),
    ('"iat"', '"iat": 1700000000, "iat"'),
]
_VALUES = [(number, length) for number in range(0, 250, 7) for length in (4, 16)]
