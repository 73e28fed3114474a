"""Incidents: whom they affect, the tickets that became part of them, and the codes with which people resolve."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COLUMNS = (("rule", sa.Text()), ("symptom", sa.Text()), ("code", sa.Text()))


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("ticket", sa.Column(name, kind, nullable=True))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("ticket", sa.Column("part_of", number, nullable=True))
    op.create_index("ix_ticket_part_of", "ticket", ["part_of"])
    op.create_table(
        "affected",
        sa.Column("ticket_key", sa.Text(), primary_key=True),
        sa.Column("appointment_id", sa.Text(), primary_key=True),
        sa.Column("participant_id", sa.Text(), primary_key=True),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_affected_appointment_id", "affected", ["appointment_id"])


def downgrade() -> None:
    op.drop_table("affected")
    op.drop_index("ix_ticket_part_of", "ticket")
    op.drop_column("ticket", "part_of")
    for name, _ in reversed(COLUMNS):
        op.drop_column("ticket", name)
