"""Feed health: what receivers saw, when we were blind, and which deliveries were fetched afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("came_by", sa.Text(), nullable=True))
    op.create_table(
        "feed_sign",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("ahead_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("source", "kind", name=op.f("pk_feed_sign")),
    )
    op.create_table(
        "blind_interval",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("to_at", MOMENT, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("healed_at", MOMENT, nullable=True),
        sa.Column("recovery", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_interval")),
    )
    op.create_index(
        "uq_blind_interval_open", "blind_interval", ["cause"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_blind_interval_from_at", "blind_interval", ["from_at"], unique=False)


def downgrade() -> None:
    op.drop_table("blind_interval")
    op.drop_table("feed_sign")
    op.drop_column("delivery", "came_by")
