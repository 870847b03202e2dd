"""
A phone in a terminal: a client of the device API and nothing else. It imports factors/ only.

client   the calls, over verified TLS; what tests and load drivers use too
home     what a phone keeps: its key, its server, the server's keys
inbox    the open requests, verified before anything of them is shown
watch    waiting for them, and what ends it
screen   what a person sees and is asked
"""
