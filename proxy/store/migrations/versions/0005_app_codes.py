"""TOTP that a phone's app enrols: what waits for its first code."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("totp", sa.Column("device_id", sa.String(length=43), nullable=True))
    op.create_table(
        "pending_totp",
        sa.Column("device_id", sa.String(length=43), nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False),
        sa.Column("replaces", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_pending_totp")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_pending_totp_device_id_devices")
        ),
    )
    op.create_index(
        op.f("ix_pending_totp_expires_at"), "pending_totp", ["expires_at"], unique=False
    )
