"""
The Duo Authentication Proxy's configuration, read and written as ours.

cfg           authproxy.cfg as sections with lines, or every fault that its text has
remarks       what has no counterpart here, or means something else, each with its line
translation   the whole: which section becomes what (Translated)
directories   [ad_client], and what stands for clients that have no counterpart
upstreams     [radius_client]
servers       [radius_server_...]: clients and policies
eap           the certificate of [radius_server_eap]
networks      radius_ip_1 and its like: addresses, networks, ranges
writing       the file and the secrets beside it, never over anything

What the sections and keys mean is said by Duo's public reference,
https://duo.com/docs/authproxy-reference. Nothing is copied from the product. No secret is ever part
of a remark.
"""
