"""Passkeys of phones, and the assertions that come with answers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "passkeys",
        sa.Column("device_id", sa.String(length=43), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("synced", sa.Integer(), nullable=False),
        sa.Column("only", sa.Integer(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_passkeys_device_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.add_column(
        "approvals",
        sa.Column("verify_user", sa.Integer(), nullable=False, server_default="0"),
    )
    op.add_column("approvals", sa.Column("assertion", sa.Text(), nullable=True))
    op.add_column("wrong_answers", sa.Column("assertion", sa.Text(), nullable=True))
