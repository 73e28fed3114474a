"""Tickets that are worked on at another help desk."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("desk", sa.Text(), nullable=True))
    op.add_column("ticket", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column("ticket", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket", "asked_at")
    op.drop_column("ticket", "reference")
    op.drop_column("ticket", "desk")
