"""A configuration to values, or all its faults with their lines."""

import json
import shutil
from ipaddress import ip_network
from pathlib import Path

import pytest

from proxy.secret import Secret
from proxy.settings.addresses import Address, LdapServer
from proxy.settings.check import check
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.load import load
from proxy.settings.schema import Settings
from tests.peers.equipment import REPLIES

EXAMPLE = Path("config/countersign.yaml")
SECRET = "a-secret-of-more-than-twelve-octets"
FACTORS = "factors: [push, totp]"


def test_good_configuration(config):
    """The least that a configuration needs; all else has its default."""
    settings = config.good().settings
    assert settings.radius.listen == (Address("0.0.0.0", 1812),)
    assert settings.directories["corp"].servers == (LdapServer("dc1.example.org", 636, tls=True),)
    assert settings.clients["vpn"].networks == (ip_network("192.0.2.0/24"),)
    assert settings.clients["vpn"].wait == 30.0
    assert settings.policies[0].wait is None
    assert settings.store == f"sqlite:///{config.folder}/countersign.db"


def test_the_example(tmp_path):
    """config/countersign.yaml is valid as it stands, its secrets and keys at hand."""
    shutil.copy(EXAMPLE, tmp_path)
    for name in ("vpn.secret", "ldap.password", "mail.password", "webhook.secret"):
        (tmp_path / name).write_text("a secret that is long enough\n")
    settings = load(tmp_path / EXAMPLE.name).settings
    assert settings.policies[0].when == {
        "NAS-Identifier": ("vpn1",),
        "Called-Station-Id": ("*:corp",),
    }


def test_the_example_shows_every_key():
    """No key exists that config/countersign.yaml does not document."""
    text = EXAMPLE.read_text()
    schema = Settings.model_json_schema()
    sections = [schema, *schema["$defs"].values()]
    keys = {key for section in sections for key in section.get("properties", {})}
    assert not {key for key in keys if f"{key}:" not in text}


def test_every_key_is_described():
    """No key exists without words about it, unless it is a section with words of its own."""
    schema = Settings.model_json_schema()
    for section in (schema, *schema["$defs"].values()):
        assert section["description"]
        for key, field in section.get("properties", {}).items():
            assert field.get("description") or "$ref" in field, key


CASES = [
    (
        ("url: https", "urk: https"),
        [
            "3: web.urk: found an unknown key, did you mean url?",
            "3: web.url: missing, wanted a value",
        ],
    ),
    (
        ("store: sqlite:///countersign.db", "zzz: 1"),
        [
            "1: store: missing, wanted a value",
            "1: zzz: found an unknown key, wanted one of alerts, clients, default_directory, directories, eap, log, mail, master_key, passkey, policies, push, radius, shield, shutdown_grace, store, totp, web",
        ],
    ),
    (
        ("web:", "shield: {attempts: 4, strangers: 5}\nweb:"),
        ["3: shield.strangers: found 5, wanted at most shield.attempts, which is 4"],
    ),
    (
        ("web:", "shield: {spray_people: 4, spray_people_per_source: 5}\nweb:"),
        [
            "3: shield.spray_people_per_source: found 5, wanted at most shield.spray_people, which is 4"
        ],
    ),
    (
        ("https://mfa.example.org", "http://mfa.example.org"),
        [
            "3: web.url: found 'http://mfa.example.org', wanted https://NAME, with or without :PORT and a path, as phones reach it"
        ],
    ),
    (
        ("example.org}", "example.org/}"),
        [
            "3: web.url: found 'https://mfa.example.org/', wanted 'https://mfa.example.org', without the slash at the end"
        ],
    ),
    (
        ("https://mfa.example.org", "https://MFA.example.org"),
        [
            "3: web.url: found 'https://MFA.example.org', wanted a host name in small letters: phones compare the URL as text"
        ],
    ),
    (
        ("https://mfa.example.org", "https://mfa.example.org:443"),
        [
            "3: web.url: found 'https://mfa.example.org:443', wanted no :443, which is the port of https: browsers leave it out"
        ],
    ),
    (
        ("example.org}", "example.org, certificate: c.pem}"),
        ["3: web.certificate: found without web.private_key, wanted both"],
    ),
    (
        ("example.org}", "example.org, listen: 0.0.0.0}"),
        [
            "3: web.listen: found '0.0.0.0', wanted ADDRESS:PORT such as 0.0.0.0:1812 or \"[::]:1812\""
        ],
    ),
    (
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "AAEC"),
        ["2: master_key: found 3 octets, wanted 32: `countersign key create` makes one"],
    ),
    (
        ("example.org}", "example.org, portal: {enrolment: first-login}}"),
        [
            "3: web.portal.enrolment: first-login wants first_login_until: its last day, such as 2026-12-31"
        ],
    ),
    (
        ("example.org}", "example.org, portal: {first_login_until: 2026-12-31}}"),
        ["3: web.portal.first_login_until: found without enrolment: first-login"],
    ),
    (
        (
            "example.org}",
            "example.org, portal: {enrolment: first-login, first_login_until: 2026-02-30}}",
        ),
        ["3: web.portal.first_login_until: found '2026-02-30', wanted a day such as 2026-12-31"],
    ),
    (
        ("example.org}", "example.org, portal: {directories: [corp, lab, corp]}}"),
        [
            "3: web.portal.directories: found a directory twice, wanted each once",
            "3: web.portal.directories[1]: found 'lab', wanted the name of a directory: corp",
        ],
    ),
    (
        (
            "  vpn:\n",
            "  portal: {networks: [198.51.100.1], secret: a-long-secret-of-ours}\n  vpn:\n",
        ),
        [
            "17: clients.portal: found 'portal', which is the portal's own name in policies and records"
        ],
    ),
    (
        (
            "policies:",
            "mail: {server: smtp.example.org, sender: c@example.org, user: c}\npolicies:",
        ),
        ["11: mail.user: found without mail.password, wanted both"],
    ),
    (
        ("policies:", "alerts: {mail_to: s@example.org}\npolicies:"),
        ["11: alerts.mail_to: found without mail, which sends it"],
    ),
    (
        (
            "policies:",
            "alerts: {webhook: {url: 'http://a', secret: short}, mail_to: a b}\npolicies:",
        ),
        [
            "11: alerts.mail_to: found 'a b', wanted a mail address",
            "11: alerts.webhook.secret: found a key of 5 octets, wanted 24 or more",
            "11: alerts.webhook.url: found 'http://a', wanted an https:// URL",
        ],
    ),
    (
        ("policies:", "alerts: {webhook: {url: 'https://a', secret: whsec_!}}\npolicies:"),
        ["11: alerts.webhook.secret: found whsec_ without base64 behind it"],
    ),
    (
        ("policies:", "push: {defence: {time_zone: Europe/Berlin}}\npolicies:"),
        ["11: push.defence.time_zone: found without quiet_hours, wanted both"],
    ),
    (
        ("policies:", "push: {defence: {new_client: never, quiet_hours: at night}}\npolicies:"),
        [
            "11: push.defence.new_client: found 'never', wanted 'tell', 'number-where-possible', 'strict' or 'off'",
            "11: push.defence.quiet_hours: found 'at night', wanted hours such as 07:00-19:00, after a day or days where they are not for all: sat 08:00-12:00, mon-fri 07:00-19:00",
        ],
    ),
    (
        ("policies:", "push: {defence: {first_wait: 2m, longest_wait: 1m}}\npolicies:"),
        ["11: push.defence.longest_wait: found less than first_wait, wanted 2m or more"],
    ),
    (
        ("policies:", "mail: {server: 'smtp:x y', sender: c}\npolicies:"),
        [
            "11: mail.sender: found 'c', wanted an address, with or without a name: Countersign <countersign@example.org>",
            "11: mail.server: found 'smtp:x y', wanted a host name or an IP address without brackets",
        ],
    ),
    (
        ("{attribute: memberOf}", "{attribute: memberOf}\n    mail_attribute: a mail"),
        [
            "11: directories.corp.mail_attribute: found 'a mail', wanted the name of an attribute: mail"
        ],
    ),
    (
        ("type: ldap", "type: x"),
        ["6: directories.corp.type: found 'x', wanted 'ldap' or 'radius'"],
    ),
    (
        ("ldaps://dc1.example.org", "ldap://dc1.example.org"),
        [
            "7: directories.corp.servers[0]: found ldap://dc1.example.org:389, wanted ldaps://, or start_tls: true (or, where passwords may cross this network in the clear, allow_cleartext: true)"
        ],
    ),
    (
        ("ldaps://dc1.example.org", "https://dc1"),
        [
            "7: directories.corp.servers[0]: found 'https://dc1', wanted ldaps://HOST, ldap://HOST, with or without :PORT, and nothing after it"
        ],
    ),
    (
        ("type: ldap", "type: ldap\n    start_tls: true"),
        [
            "8: directories.corp.servers[0]: found ldaps://dc1.example.org:636 with start_tls, wanted one of the two kinds of TLS"
        ],
    ),
    (
        ("type: ldap", "type: ldap\n    bind_dn: cn=x"),
        [
            "7: directories.corp.bind_dn: found without the other, wanted bind_dn and bind_password, or neither"
        ],
    ),
    (
        ("type: ldap", "type: ldap\n    timeout: 5"),
        [
            "7: directories.corp.timeout: found 5, wanted a duration such as 500ms, 30s, 15m, 12h or 1d"
        ],
    ),
    (
        ("type: ldap", "type: ldap\n    timeout: 2m"),
        ["7: directories.corp.timeout: found 2m, wanted 1m or less"],
    ),
    (
        ("ou=people,dc=example,dc=org", "people"),
        [
            "8: directories.corp.search_base: found 'people', wanted a distinguished name such as ou=people,dc=example,dc=org (found no attribute type and `=` at character 1)"
        ],
    ),
    (
        ("(uid={username})", "(uid=alice)"),
        ["9: directories.corp.user_filter: found '(uid=alice)': found no {username} in it"],
    ),
    (
        ("(uid={username})", "(uid={user})({username})"),
        [
            "9: directories.corp.user_filter: found '(uid={user})({username})': found {user}, wanted only {username}"
        ],
    ),
    (
        ("{attribute: memberOf}", "{nested: walk}"),
        [
            "10: directories.corp.groups: found nested: walk, wanted attribute, or search_base with filter (and nested: walk), or nested: active-directory, and nothing else"
        ],
    ),
    (
        ("{attribute: memberOf}", "{attribute: memberOf, nested: active-directory}"),
        [
            "10: directories.corp.groups: found attribute and nested: active-directory, wanted attribute, or search_base with filter (and nested: walk), or nested: active-directory, and nothing else"
        ],
    ),
    (
        ("{attribute: memberOf}", "{filter: '(member={dn})'}"),
        [
            "10: directories.corp.groups: found filter, wanted attribute, or search_base with filter (and nested: walk), or nested: active-directory, and nothing else"
        ],
    ),
    (
        ("clients: [vpn]", "clients: [vpm]"),
        ["13: policies[0].clients[0]: found 'vpm', wanted the name of a client: vpn"],
    ),
    (
        ("clients: [vpn]", "clients: []"),
        ["13: policies[0].clients: found a list, wanted at least one"],
    ),
    (
        ("directory: corp", "directory: lab"),
        ["14: policies[0].directory: found 'lab', wanted the name of a directory: corp"],
    ),
    (
        ("factors: [push, totp]", "factors: [push, sms]"),
        ["15: policies[0].factors[1]: found 'sms', wanted 'push', 'totp' or 'recovery'"],
    ),
    (
        ("factors: [push, totp]", "factors: [push, push]"),
        ["15: policies[0].factors: found a factor twice, wanted each once"],
    ),
    (("    factors: [push, totp]\n", ""), ["12: policies[0].factors: missing, wanted a value"]),
    (
        ("factors: [push, totp]", "factors: [push]\n    groups: [vpn-users]"),
        [
            "16: policies[0].groups[0]: found 'vpn-users', wanted a distinguished name such as ou=people,dc=example,dc=org (found no attribute type and `=` at character 1)"
        ],
    ),
    (
        ("factors: [push, totp]", "factors: [push]\n    wait: 30"),
        ["16: policies[0].wait: found 30, wanted a duration such as 500ms, 30s, 15m, 12h or 1d"],
    ),
    (
        ("factors: [push, totp]", "factors: [push]\n    challenge: off"),
        ["16: policies[0].challenge: found 'off', wanted true or false"],
    ),
    (
        ("factors: [push, totp]", "factors: [push]\n    number_digits: six"),
        ["16: policies[0].number_digits: found 'six', wanted a whole number"],
    ),
    (
        ("192.0.2.0/24", "192.0.2.1/24"),
        [
            "18: clients.vpn.networks[0]: found '192.0.2.1/24', wanted 192.0.2.0/24 or a single address"
        ],
    ),
    (
        ("192.0.2.0/24", "vpn.example.org"),
        [
            "18: clients.vpn.networks[0]: found 'vpn.example.org', wanted a network such as 192.0.2.0/24, 192.0.2.10 or 2001:db8::/48"
        ],
    ),
    (
        ("a-secret-of-more-than-twelve-octets", "12345678901234"),
        [
            "19: clients.vpn.secret: found no text, wanted text in quotes, or !file, !env or !credential"
        ],
    ),
    (
        ("a-secret-of-more-than-twelve-octets", "''"),
        ["19: clients.vpn.secret: found an empty secret"],
    ),
    (
        ("  vpn:\n", "  a/b:\n"),
        ["17: clients.a/b: found 'a/b', wanted a name of 1 to 64 printable characters without /"],
    ),
]


ATTRIBUTE_CASES = [
    (
        (SECRET, f"{SECRET}\n    caller: Caling-Station-Id"),
        "20: clients.vpn.caller: found attribute Caling-Station-Id, did you mean Calling-Station-Id?",
    ),
    (
        (FACTORS, f"{FACTORS}\n    when: {{User-Password: x}}"),
        "16: policies[0].when.User-Password: found User-Password, wanted an attribute that is sent in clear",
    ),
    (
        (FACTORS, f"{FACTORS}\n    when: {{NAS-Port: eth0}}"),
        "16: policies[0].when.NAS-Port: found 'eth0' for NAS-Port, wanted a number of 4 octets",
    ),
    (
        (FACTORS, f"{FACTORS}\n    reply: [{{attribute: State, value: x}}]"),
        "16: policies[0].reply[0]: found State, which is not for the configuration to set",
    ),
    (
        (FACTORS, f"{FACTORS}\n    reply: [{{attribute: ASA-VLAN, value: staff}}]"),
        "16: policies[0].reply[0]: found 'staff' for ASA-VLAN, wanted a number of 4 octets",
    ),
    (
        (FACTORS, f"{FACTORS}\n    reply: [{{attribute: MS-Primary-DNS-Server, value: dns1}}]"),
        "16: policies[0].reply[0]: found 'dns1' for MS-Primary-DNS-Server, wanted an IPv4 address",
    ),
    (
        (FACTORS, f"{FACTORS}\n    reply: [{{attribute: Cisco-AVPair, value: {'x' * 248}}}]"),
        "16: policies[0].reply[0]: found a value of Cisco-AVPair that takes 254 octets, wanted at most 253",
    ),
    (
        (FACTORS, f"{FACTORS}\n    reply: [{{attribute: Fortinet-Group-Name, value: x, tag: 1}}]"),
        "16: policies[0].reply[0]: found tag 1 on Fortinet-Group-Name, which takes none",
    ),
    (
        (FACTORS, f"{FACTORS}\n    when: {{ASA-ClientType: AnyConnect}}"),
        "16: policies[0].when.ASA-ClientType: found 'AnyConnect' for ASA-ClientType, wanted a number of 4 octets or one of AnyConnect-Client-IPSec-VPN-IKEv2, AnyConnect-Client-SSL-VPN, Cisco-VPN-Client-IKEv1, Clientless-SSL-VPN, Cut-Through-Proxy, L2TP/IPsec-SSL-VPN",
    ),
    (
        (FACTORS, f"{FACTORS}\n    reply: [{{attribute: Fortinet-Group, value: x}}]"),
        "16: policies[0].reply[0]: found attribute Fortinet-Group, did you mean Fortinet-Group-Name?",
    ),
    (
        (FACTORS, f"{FACTORS}\n    reply: [{{attribute: Class, value: {'x' * 300}}}]"),
        "16: policies[0].reply[0]: found a value of Class that takes 300 octets, wanted at most 253",
    ),
    (
        (FACTORS, f"{FACTORS}\n    reply: [{{attribute: Class, value: x, groups: [a]}}]"),
        "16: policies[0].reply[0].groups[0]: found 'a', wanted a distinguished name such as ou=people,dc=example,dc=org (found no attribute type and `=` at character 1)",
    ),
]


@pytest.mark.parametrize(("change", "expected"), ATTRIBUTE_CASES, ids=lambda case: str(case)[:60])
def test_attribute_faults(config, change, expected):
    """Attributes are looked up, and their values tried, when the configuration is read."""
    assert config.bad(change) == [expected]


SITE = "VENDOR Acme 64999\nBEGIN-VENDOR Acme\nATTRIBUTE Acme-Role 1 string\n"


def test_a_sites_own_dictionary(config):
    """Its attributes serve in policies; read again once the file has changed."""
    file = config.folder / "acme.dictionary"
    file.write_text(SITE)
    use = (FACTORS, f"{FACTORS}\n    reply: [{{attribute: Acme-Role, value: admin}}]")
    named = ("web:", "radius: {dictionaries: [acme.dictionary]}\nweb:")
    assert config.good(named, use).settings.radius.dictionaries == (file,)
    file.write_text(SITE.replace("Acme-Role", "Acme-Roles"))
    (told,) = config.bad(named, use)
    assert "did you mean Acme-Roles?" in told


def test_attributes_of_equipment(config):
    """A policy may answer with all that each vendor's equipment takes."""
    lines = [pair for reply in REPLIES.values() for pair in reply]
    reply = "".join(
        f"\n      - {{attribute: {name}, value: {json.dumps(value)}}}" for name, value in lines
    )
    when = "\n    when: {ASA-TunnelGroupName: [staff, admins], MS-Machine-Name: 'pc-*'}"
    loaded = config.good((FACTORS, f"{FACTORS}{when}\n    reply:{reply}"))
    (policy,) = loaded.settings.policies
    assert [(line.attribute, line.value) for line in policy.reply] == lines


def test_faults_of_a_sites_own_dictionary(config):
    """By their own names and lines, all of them; a file that is not there by ours."""
    named = ("web:", "radius: {dictionaries: [acme.dictionary, gone]}\nweb:")
    use = (SECRET, f"{SECRET}\n    caller: Acme-Role")
    file = config.folder / "acme.dictionary"
    file.write_text(SITE + "ATTRIBUTE Class 25 integer\nEND-VENDOR Other\n")
    with pytest.raises(ConfigurationFaults) as raised:
        config.good(named, use)
    gone = f"cannot read {config.folder / 'gone'}: No such file or directory"
    assert [str(fault) for fault in raised.value.faults] == [
        f"{file}:4: found Class, which has a definition already",
        f"{file}:5: found the end of what is not open: Other",
        f"{config.path}:3: radius.dictionaries[1]: {gone}",
    ]


def test_what_a_sites_own_dictionary_cannot_have(config):
    """An attribute in a form that is not written is a warning, and a fault where it is named."""
    file = config.folder / "acme.dictionary"
    file.write_text(f"{SITE}ATTRIBUTE Acme-Parts 2 tlv\n")
    named = ("web:", "radius: {dictionaries: [acme.dictionary]}\nweb:")
    told = [str(finding) for finding in check(config.good(named)) if finding.file == file]
    words = "of type tlv, which is not supported"
    assert told == [f"{file}:4: warning: Acme-Parts is {words}; no policy can name it"]
    use = (FACTORS, f"{FACTORS}\n    reply: [{{attribute: Acme-Parts, value: x}}]")
    fault = f"found attribute Acme-Parts, which {file}:4 defines {words}"
    assert config.bad(named, use) == [f"17: policies[0].reply[0]: {fault}"]


@pytest.mark.parametrize(("change", "expected"), CASES, ids=lambda case: str(case)[:60])
def test_faults(config, change, expected):
    """Each fault is told with its line, what was found and what was wanted."""
    assert config.bad(change) == expected


def test_groups_written_without_quotes(config):
    """DNs in a list need no quotes: a comma that touches its neighbours belongs to a DN."""
    groups = "[cn=a,ou=groups,dc=example,dc=org, cn=b,ou=groups,dc=example,dc=org, 'cn=c,dc=org']"
    change = ("factors: [push, totp]", f"factors: [totp]\n    groups: {groups}")
    assert config.good(change).settings.policies[0].groups == (
        "cn=a,ou=groups,dc=example,dc=org",
        "cn=b,ou=groups,dc=example,dc=org",
        "cn=c,dc=org",
    )


def test_all_faults_at_once(config):
    """Faults of different keys are told together, in the order of the file."""
    faults = config.bad(("type: ldap", "type: x"), ("networks: [192.0.2.0/24]", "networks: []"))
    assert [fault.split(":")[0] for fault in faults] == ["6", "18"]


def test_no_fault_shows_a_secret(config):
    """A secret of the wrong kind is not repeated in the fault."""
    faults = config.bad(("a-secret-of-more-than-twelve-octets", "[hunter2]"))
    assert "hunter2" not in str(faults)


def test_tags_are_for_secrets(config):
    """A key that is no secret cannot be read from elsewhere."""
    (fault,) = config.bad(("https://mfa.example.org", "!env HOME"))
    assert "found !env, which only secrets may use, wanted https://NAME" in fault


def test_missing_secret_file(config):
    """A secret's file that is not there is a fault of the key."""
    (fault,) = config.bad(("a-secret-of-more-than-twelve-octets", "!file vpn.secret"))
    assert fault == f"19: clients.vpn.secret: found no file {config.folder}/vpn.secret"


def test_missing_master_key_file(config):
    """The master key's file may be missing: `key create` and the first `serve` make it."""
    key = config.good(
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "!file k")
    ).settings.master_key
    assert (key.key, key.file) == (None, config.folder / "k")


def test_same_network_twice(config):
    """Two clients cannot have one network."""
    second = (
        "octets\n  wifi:\n    networks: [192.0.2.0/24]\n    secret: another-long-enough-secret\n"
    )
    assert config.bad(("octets\n", second)) == [
        "21: clients.wifi.networks[0]: found 192.0.2.0/24, which client vpn has already"
    ]


def test_same_policy_name_twice(config):
    """Records name the policy, so its name is its own."""
    text = "  - {name: staff, clients: [vpn], directory: corp, factors: [totp]}\nclients:\n  vpn"
    assert config.bad(("clients:\n  vpn", text)) == [
        "16: policies[1].name: found 'staff' again, wanted another"
    ]


def test_groups_without_a_way_to_read_them(config):
    """A policy cannot name groups of a directory that is never asked for them."""
    change = ("factors: [push, totp]", "factors: [totp]\n    groups: ['cn=a']")
    assert config.bad(change, ("    groups: {attribute: memberOf}\n", "")) == [
        "15: policies[0].groups: found groups, but directory corp has no key `groups` to read them"
    ]


def test_nothing_in_the_file(config):
    """An empty file is one fault."""
    assert config.faults("") == ["1: found no keys, wanted store, web and more"]


def test_secret_in_settings_is_hidden(config):
    """Settings can be printed: secrets show as ***."""
    settings = config.good().settings
    assert settings.clients["vpn"].secret == Secret(b"a-secret-of-more-than-twelve-octets")
    assert "twelve" not in repr(settings)
    assert "AAEC" not in repr(settings)


def test_notifications_without_peap(config):
    """No other method bears one; with it the others are sent the last request again."""
    eap = "policies:", "eap: {certificate: a.pem, private_key: a.key}\npolicies:"

    def spoken(methods):
        line = f"    eap: [{methods}]\n    heartbeat: notification\n"
        return eap, ("    secret: a-secret", line + "    secret: a-secret")

    (fault,) = config.bad(*spoken("ttls"))
    assert "clients.vpn.heartbeat: found notification, wanted peap in the client's eap" in fault
    found = config.good(*spoken("ttls, peap"))
    assert found.settings.clients["vpn"].heartbeat == "notification"
