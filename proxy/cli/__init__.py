"""
The commands; people start here.

main         the tree of commands, each loaded when it is called for
invocation   what every command has: the configuration, the store, the time, and its exit statuses
people       USER on a command line to an account (searching: asks the directories)
output       what commands show, as text or with --json
reactor      one coroutine on the reactor, for commands that ask over the network
serve        the daemon (life: signals and who is told; logs: what it writes on stderr)
check        the configuration (connecting: tries what it names)
login        plays the NAS (nas: its packets)
importing    another product's configuration as ours (authproxy/: reads and translates it)
demo/        the main job on embedded parts
key, totp, device, recovery, account, phone: one file per family; and of what is longer,
key_rotate   other keys in the place of those there are
remembered   logins that are remembered, as `account` shows and forgets them
totp_import  the seeds of a file

Exit status: 0 done; 1 the answer is no; 2 wrong use or wrong configuration; 3 no answer in time.
"""
