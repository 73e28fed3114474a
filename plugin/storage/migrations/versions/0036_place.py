"""Of each person of an appointment whether their own place stands: one of a group may be cancelled alone."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participant", sa.Column("status", sa.Text(), nullable=False, server_default="booked"))


def downgrade() -> None:
    op.drop_column("participant", "status")
