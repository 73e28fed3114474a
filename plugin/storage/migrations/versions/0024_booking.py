"""Picked times on their way into the roster, step by step."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "booking",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("offer_id", Id, nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("host_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("meeting_id", sa.Text()),
        sa.Column("meeting_url_sealed", sa.LargeBinary()),
        sa.Column("registration", sa.Boolean()),
        sa.Column("waiting_room", sa.Boolean()),
        sa.Column("registrant_id", sa.Text()),
        sa.Column("own_url_sealed", sa.LargeBinary()),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
    )
    op.create_index("uq_booking_appointment_id", "booking", ["appointment_id"], unique=True)
    op.create_index("ix_booking_offer_id", "booking", ["offer_id"])
    op.create_table(
        "booking_step",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("step", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_at", Moment, nullable=False),
        sa.Column("done_at", Moment),
        sa.Column("tries", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("booking_step")
    op.drop_table("booking")
