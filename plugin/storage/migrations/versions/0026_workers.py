"""Workers that say that they live; which programs may use these tables; appointments whose deliveries were pruned."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.add_column("work", sa.Column("claimed_by", sa.Text(), nullable=True))
    op.create_table(
        "oldest_program",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_oldest_program")),
    )
    op.add_column("appointment", sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("appointment", "pruned_at")
    op.drop_table("oldest_program")
    op.drop_column("work", "claimed_by")
    op.drop_table("worker")
