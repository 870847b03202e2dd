"""Logins that are parked before it is known whose they are: challenges of an upstream server."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    with op.batch_alter_table("parked_logins") as table:
        table.alter_column("account_id", existing_type=sa.Integer(), nullable=True)
