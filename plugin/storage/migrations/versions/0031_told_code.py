"""What another help desk said last about how a ticket turned out, so that a changed choice is seen as a correction."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("told_code", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket", "told_code")
