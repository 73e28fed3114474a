"""Of which account a delivery tells: what one account says proves nothing of another's feed."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("account_id", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("delivery", "account_id")
