"""What a client asks for instead of the times offered, and a link into the meeting for each person."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offer", sa.Column("wish", sa.JSON(), nullable=True))
    op.add_column("participant", sa.Column("join_url_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("participant", "join_url_sealed")
    op.drop_column("offer", "wish")
