"""Which master key seals, and the keys of digests that outlive one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "master_keys",
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_master_keys")),
        sa.UniqueConstraint("state", name=op.f("uq_master_keys_state")),
    )
    op.create_table(
        "kept_keys",
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", name=op.f("pk_kept_keys")),
    )
