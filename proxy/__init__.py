"""Countersign: a second-factor proxy for RADIUS and LDAP."""
