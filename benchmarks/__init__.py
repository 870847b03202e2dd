"""
How fast Countersign is, beside FreeRADIUS: `python -m benchmarks`, or `make bench`.

    rows/        what is measured, a file for rows that belong together
    bench        the servers of all rows, and pairs of runs that alternate
    measures     runs, pairs and rows as values
    report       the figures as a table in Markdown
    load         radload.c and eapload.c, compiled and run: NASes that log many people in
    certificate  what devices see in EAP
    directory    slapd with 10,000 people
    freeradius   FreeRADIUS with rlm_ldap: the measure of things
    countersign  the daemon, and phones enrolled through the store's own functions
    probed       the daemon with a probe in its event loop, for row 8
    process      a server that is started here, measured and ended by its id

Nothing of it is a test: the figures depend on the machine. Ratios of runs that alternate within a
minute do so least, so that every row is one.
"""
