"""How far a verdict's look saw what was read: what was received before it and read after it is new to the next one."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assessment", sa.Column("seen", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("assessment", "seen")
