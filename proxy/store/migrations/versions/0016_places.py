"""Where people have logged in before, as far as the records tell; what a request is new for."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "known_places",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_known_places_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", "place", name=op.f("pk_known_places")),
    )
    op.add_column(
        "approvals", sa.Column("first_time", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("approvals", sa.Column("country", sa.String(length=2), nullable=True))
    op.execute(
        "INSERT INTO known_places (account_id, kind, place, at) "
        "SELECT account_id, 'client', client, min(at) FROM login_records "
        "WHERE account_id IS NOT NULL AND outcome = 'accept' "
        "AND reason IN ('push', 'totp', 'recovery') GROUP BY account_id, client"
    )
