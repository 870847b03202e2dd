"""Wrong codes of people who have not proved a password count beside failed binds."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    with op.batch_alter_table("shield_failures") as table:
        table.add_column(
            sa.Column("kind", sa.String(length=8), server_default="password", nullable=False)
        )
