"""Sessions of the portal, what people reported there, what they are told by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index(
        "ix_login_records_portal",
        "login_records",
        ["login_id"],
        unique=False,
        sqlite_where=sa.text("client = 'portal'"),
        postgresql_where=sa.text("client = 'portal'"),
    )
    op.create_table(
        "login_reports",
        sa.Column("login_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_login_reports_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("login_id", name=op.f("pk_login_reports")),
    )
    op.create_index(op.f("ix_login_reports_account_id"), "login_reports", ["account_id"])
    op.create_table(
        "web_sessions",
        sa.Column("id_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.String(length=32), nullable=False),
        sa.Column("proved_by", sa.String(length=16), nullable=False),
        sa.Column("proved_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_web_sessions_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id_digest", name=op.f("pk_web_sessions")),
        sa.UniqueConstraint("login_id", name=op.f("uq_web_sessions_login_id")),
    )
    op.create_index(op.f("ix_web_sessions_account_id"), "web_sessions", ["account_id"])
    op.create_index(op.f("ix_web_sessions_ends_at"), "web_sessions", ["ends_at"])
    op.create_table(
        "web_sign_ins",
        sa.Column("id_digest", sa.LargeBinary(), nullable=False),
        sa.Column("login_id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=256), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("intent", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id_digest", name=op.f("pk_web_sign_ins")),
    )
    op.create_index(op.f("ix_web_sign_ins_expires_at"), "web_sign_ins", ["expires_at"])
    op.create_table(
        "announcements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(length=256), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_announcements_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(op.f("ix_announcements_at"), "announcements", ["at"])
    op.create_index(op.f("ix_announcements_next_at"), "announcements", ["next_at"])
