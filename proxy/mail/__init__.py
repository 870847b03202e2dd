"""
Mail to people: what was changed of their second factors, sent to the address in their directory.

options   a server and how it is talked to; what came of a letter
letter    what a letter says
smtp      one letter to one server, over TLS
postman   takes what is due, finds the address, sends; tries again later

What is to be told waits in the store, so neither a page nor a login waits for mail, and a restart
loses none. Failures are logged with the server's words, never with what was said to it.
"""
