"""
`countersign demo`: the main job on embedded parts, on this machine alone.

command    the command: the parts in order, and what is said
folder     the folder it works in: the configuration, its secrets, its certificates
people     who can log in
directory  an LDAP directory in memory, with TLS
story      what to type next
"""

from proxy.cli.demo.command import demo

__all__ = ["demo"]
