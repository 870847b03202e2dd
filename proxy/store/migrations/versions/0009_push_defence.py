"""What is counted of pushes that were refused or not answered; requests that count no more."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "push_standings",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("denied", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", sa.Float(), nullable=False),
        sa.Column("blocked_by", sa.String(length=16), nullable=True),
        sa.Column("blocked_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_push_standings_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_push_standings")),
    )
    op.create_table(
        "push_waits",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_push_waits_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "client", name=op.f("pk_push_waits")),
    )
    op.add_column(
        "approvals", sa.Column("uncounted", sa.Integer(), server_default="0", nullable=False)
    )
    # Nobody counted those that ran out before: they are over, and say nothing of their people.
    op.execute("UPDATE approvals SET uncounted = 1 WHERE state = 'open'")
