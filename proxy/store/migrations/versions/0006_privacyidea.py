"""Phones with the privacyIDEA Authenticator, and the key that they know the server by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "devices",
        sa.Column("kind", sa.String(length=16), server_default="app", nullable=False),
    )
    op.create_table(
        "privacyidea_tokens",
        sa.Column("serial", sa.String(length=16), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=True),
        sa.Column("roll_out", sa.Text(), nullable=True),
        sa.Column("device_id", sa.String(length=43), nullable=True),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_privacyidea_tokens")),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_privacyidea_tokens_invitation_id_invitations"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_privacyidea_tokens_device_id_devices")
        ),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_privacyidea_tokens_invitation_id")),
        sa.UniqueConstraint("device_id", name=op.f("uq_privacyidea_tokens_device_id")),
    )
    op.create_index(
        op.f("ix_privacyidea_tokens_expires_at"), "privacyidea_tokens", ["expires_at"], unique=False
    )
    op.create_table(
        "privacyidea_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacyidea_keys")),
    )
