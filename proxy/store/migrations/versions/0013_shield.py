"""What the shield counts, and when directories lock."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "shield_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("directory", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.String(length=256), nullable=False),
        sa.Column("stranger", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shield_failures")),
    )
    op.create_index(op.f("ix_shield_failures_at"), "shield_failures", ["at"])
    op.create_index("ix_shield_failures_person", "shield_failures", ["directory", "user_name"])
    op.create_table(
        "directory_lockouts",
        sa.Column("directory", sa.String(length=64), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("window", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("directory", name=op.f("pk_directory_lockouts")),
    )
