"""The language in which a person is written to, and the module that an appointment is about."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment", sa.Column("module", sa.Text(), nullable=False, server_default=""))
    op.add_column("participant", sa.Column("language", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("participant", "language")
    op.drop_column("appointment", "module")
