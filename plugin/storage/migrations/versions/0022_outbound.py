"""What goes out queues before its remote, in the line of its program."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work", sa.Column("remote", sa.Text(), nullable=False, server_default="here"))
    op.add_column("work", sa.Column("program_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("work", sa.Column("rank", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_work_line", "work", ["kind", "remote", "rank", "program_id", "due_at"])
    op.create_table(
        "remote",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("free_at", sa.DateTime(timezone=True)),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("away_since", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_remote"),
    )
    op.create_table(
        "lane",
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("program_id", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("remote", "program_id", name="pk_lane"),
    )


def downgrade() -> None:
    op.drop_table("lane")
    op.drop_table("remote")
    op.drop_index("ix_work_line", "work")
    op.drop_column("work", "rank")
    op.drop_column("work", "program_id")
    op.drop_column("work", "remote")
