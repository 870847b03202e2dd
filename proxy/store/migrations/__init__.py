"""
How the tables came to be what `schema` says, one revision after another.

upgrade     runs Alembic on an open transaction
env         what Alembic calls
versions/   the revisions, named and ordered by four digits
"""

from typing import Final

HEAD: Final = "0017"
"""The newest revision in versions/, which a database must have; a test compares the two."""
