"""In which transaction a delivery was read; what touches everybody is found without reading a week of deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_READ = sa.text("read_in IS NOT NULL")
_APART = sa.text("kind IN ('feed-stopped', 'platform-incident')")
_REGISTERED = sa.text("registrant_id <> ''")
_OF_REGISTRANTS = {"ix_participant_registrations": "participant_id", "ix_participant_registered": "registrant_id"}


def upgrade() -> None:
    op.add_column("delivery", sa.Column("read_in", sa.BigInteger(), nullable=True))
    op.create_index("ix_delivery_read_in", "delivery", ["read_in"], sqlite_where=_READ, postgresql_where=_READ)
    op.create_index("ix_delivery_apart", "delivery", ["at"], sqlite_where=_APART, postgresql_where=_APART)
    for name, column in _OF_REGISTRANTS.items():
        op.create_index(name, "participant", [column], sqlite_where=_REGISTERED, postgresql_where=_REGISTERED)


def downgrade() -> None:
    for name in _OF_REGISTRANTS:
        op.drop_index(name, "participant")
    op.drop_index("ix_delivery_apart", "delivery")
    op.drop_index("ix_delivery_read_in", "delivery")
    op.drop_column("delivery", "read_in")
