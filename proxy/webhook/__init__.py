"""
Alerts for machines: one signed HTTPS request for each, to the operator's own endpoint.

options   where they go, and what came of one
message   what one says, and its signature
post      one request, over TLS that is verified
herald    takes what is due, says it in the log, posts it; tries again later

What is to be told waits in the store with the change that it tells of, so a restart loses none.
"""
