"""What the reader finds is indexed once it is there: a delivery that arrives writes into four indexes less."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_delivery_meeting_id_at": ("meeting_id", "at"),
    "ix_delivery_instance": ("instance",),
    "ix_delivery_appointment_id": ("appointment_id",),
    "ix_delivery_at": ("at",),
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        there = sa.text(f'"{columns[0]}" IS NOT NULL')
        op.drop_index(name, table_name="delivery")
        op.create_index(name, "delivery", list(columns), sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    for name, columns in _INDEXES.items():
        op.drop_index(name, table_name="delivery")
        op.create_index(name, "delivery", list(columns))
