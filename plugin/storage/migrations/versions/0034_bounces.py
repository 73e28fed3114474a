"""How many messages from the bounce mailbox were taken in, by what they were; the command that does it is a process of
its own, so its figures stand here."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bounce_count",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_bounce_count")),
    )


def downgrade() -> None:
    op.drop_table("bounce_count")
