"""Times that are kept for one client, in cells that the database gives to one offer only."""

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


def downgrade() -> None:
    op.drop_index("ix_offer_clinician_id_state", "offer")
    op.drop_index("ix_booked_slot_offer_id", "booked_slot")
    op.drop_column("booked_slot", "held_until")
