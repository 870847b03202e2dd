"""`python -m proxy` is `countersign`."""

from proxy.cli.main import main

main()
