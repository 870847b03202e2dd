"""One reply for each vendor's equipment, with what it would be sent; and FreeRADIUS's words for it."""

REPLIES = {
    "microsoft": [
        ("MS-Primary-DNS-Server", "192.0.2.53"),
        ("MS-CHAP-Domain", "CORP"),
        ("MS-Filter", "0x0102ff"),
        ("MS-Quarantine-State", "Quarantine"),
        ("MS-User-IPv6-Address", "2001:db8::1"),
    ],
    "cisco": [
        ("Cisco-AVPair", "shell:priv-lvl=15"),
        ("Cisco-AVPair", "ip:addr-pool=staff"),
        ("Cisco-AVPair", "ip:inacl#1=permit tcp any host 192.0.2.10 eq 443"),
    ],
    "cisco.vpn3000": [
        ("CVPN3000-IPSec-Banner1", "Welcome"),
        ("CVPN3000-Primary-DNS", "192.0.2.53"),
    ],
    "cisco.asa": [
        ("ASA-Group-Policy", "OU=staff;"),
        ("ASA-Address-Pools", "staff"),
        ("ASA-VLAN", "42"),
        ("ASA-Primary-DNS", "192.0.2.53"),
        ("ASA-Banner1", "Welcome"),
        ("ASA-IPsec-Split-Tunneling-Policy", "Split-Tunneling"),
    ],
    "fortinet": [
        ("Fortinet-Group-Name", "vpn-users"),
        ("Fortinet-Group-Name", "admins"),
        ("Fortinet-Access-Profile", "read-only"),
    ],
    "paloalto": [("PaloAlto-Admin-Role", "superreader"), ("PaloAlto-User-Group", "vpn")],
    "juniper": [
        ("Juniper-Local-User-Name", "remote"),
        ("Juniper-Allow-Commands", "show .*"),
        ("Juniper-User-Permissions", "view"),
    ],
    "aruba": [("Aruba-User-Role", "employee"), ("Aruba-User-Vlan", "42")],
    "checkpoint": [("CP-Gaia-User-Role", "adminRole"), ("CP-Gaia-SuperUser-Access", "1")],
    "mikrotik": [
        ("Mikrotik-Group", "full"),
        ("Mikrotik-Address-List", "staff"),
        ("Mikrotik-Rate-Limit", "10M/10M"),
        ("Mikrotik-Wireless-VLANIDtype", "802.1ad"),
    ],
    "sonicwall": [
        ("SonicWall-User-Group", "Trusted Users"),
        ("SonicWall-User-Privilege", "Limited-Management"),
    ],
    "f5": [("F5-LTM-User-Role", "Operator"), ("F5-LTM-User-Partition", "Common")],
    "citrix": [("Citrix-User-Groups", "gateway-users")],
    "ruckus": [("Ruckus-User-Groups", "staff"), ("Ruckus-VLAN-ID", "42")],
    "ruckus.icx": [("Foundry-Privilege-Level", "5"), ("Foundry-Command-String", "show *")],
    "wispr": [
        ("WISPr-Redirection-URL", "https://www.example.org/"),
        ("WISPr-Bandwidth-Max-Down", "10000000"),
    ],
    "pfsense": [("pfSense-Bandwidth-Max-Down", "10000")],
    # WatchGuard, Sophos, Ubiquiti and pfSense's groups: attributes of the RFCs, by their guides.
    "standard": [
        ("Filter-Id", "vpn-users"),
        ("Class", "0x73746166663b76706e"),
        ("Tunnel-Type", "VLAN"),
        ("Tunnel-Medium-Type", "IEEE-802"),
        ("Tunnel-Private-Group-Id", "42"),
        ("Egress-VLANID", "0x3100002a"),
        ("NAS-Filter-Rule", "permit in tcp from any to 192.0.2.10 443"),
        ("Framed-IPv6-Address", "2001:db8::1"),
        ("Delegated-IPv6-Prefix", "2001:db8:1::/48"),
        ("Management-Privilege-Level", "15"),
    ],
}

FREERADIUS_FILES = {"cisco.asa": ("cisco.asa", "cisco.vpn3000"), "ruckus.icx": ("foundry",)}
"""Where FreeRADIUS has a vendor, if not under the same name."""

NAMED = {"ASA-Access-Hours": "CVPN3000-Access-Hours"}
"""What FreeRADIUS has under another name alone: it kept this one for the VPN 3000."""

TOLD_AS = {"Mikrotik-Wireless-VLANIDtype": "Mikrotik-Wireless-VLANID-Type"}
"""Of two names that FreeRADIUS has for one number it tells the last; the other one it takes too."""
