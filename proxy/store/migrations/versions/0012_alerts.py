"""Who is to be told: the person, an admin, or a machine."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column(
        "announcements",
        sa.Column("audience", sa.String(length=8), server_default="person", nullable=False),
    )
