"""Seats in other groups: kept for one client, and bookings that take one in a session that stands already."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offer", sa.Column("seat", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("booking", sa.Column("seat", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Several clients may take a seat in one session; a session of its own still belongs to one booking.
    op.drop_index("uq_booking_appointment_id", "booking")
    op.create_index("ix_booking_appointment_id", "booking", ["appointment_id"])
    op.create_index(
        "uq_booking_own_appointment_id", "booking", ["appointment_id"], unique=True,
        sqlite_where=sa.text("NOT seat"), postgresql_where=sa.text("NOT seat"),
    )  # fmt: skip
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


def downgrade() -> None:
    op.drop_table("seat")
    op.drop_index("uq_booking_own_appointment_id", "booking")
    op.drop_index("ix_booking_appointment_id", "booking")
    op.create_index("uq_booking_appointment_id", "booking", ["appointment_id"], unique=True)
    op.drop_column("booking", "seat")
    op.drop_column("offer", "seat")
