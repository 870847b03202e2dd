# The two commands of a newcomer are `make demo` and `make test`; `make check` is the quick part.
