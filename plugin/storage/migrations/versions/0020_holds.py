"""Times and seats that are kept for one client, in cells that the database gives to one offer only."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booked_slot", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_booked_slot_offer_id", "booked_slot", ["offer_id"])
    op.create_index("ix_offer_clinician_id_state", "offer", ["clinician_id", "state"])
    op.create_table(
        "seat",
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_seat_offer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("appointment_id", "number", name=op.f("pk_seat")),
        sa.UniqueConstraint("appointment_id", "offer_id", name=op.f("uq_seat_appointment_id_offer_id")),
    )
    op.create_index("ix_seat_offer_id", "seat", ["offer_id"])
    op.add_column("appointment", sa.Column("capacity", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("appointment", "capacity")
    op.drop_table("seat")
    op.drop_index("ix_offer_clinician_id_state", "offer")
    op.drop_index("ix_booked_slot_offer_id", "booked_slot")
    op.drop_column("booked_slot", "held_until")
