"""One reply for each vendor's equipment, with what it would be sent; and FreeRADIUS's words for it."""

REPLIES = {
    "microsoft": [("MS-Primary-DNS-Server", "192.0.2.53"), ("MS-CHAP-Domain", "CORP")],
    "cisco": [
        ("Cisco-AVPair", "shell:priv-lvl=15"),
        ("Cisco-AVPair", "ip:addr-pool=staff"),
    ],
    "cisco.asa": [
        ("ASA-Group-Policy", "OU=staff;"),
        ("ASA-Address-Pools", "staff"),
        ("ASA-VLAN", "42"),
        ("ASA-Primary-DNS", "192.0.2.53"),
        ("ASA-Banner1", "Welcome"),
        ("ASA-IPsec-Split-Tunneling-Policy", "1"),
    ],
    "fortinet": [("Fortinet-Group-Name", "vpn-users"), ("Fortinet-Access-Profile", "read-only")],
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
    ],
    "sonicwall": [("SonicWall-User-Group", "Trusted Users")],
    "f5": [("F5-LTM-User-Role", "Operator"), ("F5-LTM-User-Partition", "Common")],
    "citrix": [("Citrix-User-Groups", "gateway-users")],
    "ruckus": [("Ruckus-User-Groups", "staff")],
    "pfsense": [("pfSense-Bandwidth-Max-Down", "10000")],
    # WatchGuard, Sophos, Ubiquiti and pfSense's groups: attributes of the RFCs, by their guides.
    "standard": [
        ("Filter-Id", "vpn-users"),
        ("Class", "staff;vpn"),
        ("Tunnel-Type", "VLAN"),
        ("Tunnel-Medium-Type", "IEEE-802"),
        ("Tunnel-Private-Group-Id", "42"),
    ],
}

RENAMED = {
    "ASA-Access-Hours": "CVPN3000-Access-Hours",  # it has these under their older name alone
    "ASA-WebVPN-ACL": "ASA-WebVPN-Access-List",  # the guide's name of today
}
"""What FreeRADIUS calls otherwise."""

UNKNOWN = {"Citrix-User-Groups"}
"""What FreeRADIUS does not know: vendor 3845 is none of its dictionary's."""
