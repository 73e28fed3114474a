"""Decisions of staff about verdicts, and in the history of a verdict what brought it about and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STANDS = sa.text("undone_at IS NULL")


def upgrade() -> None:
    op.add_column("assessment", sa.Column("source", sa.JSON(), nullable=True))
    op.add_column("assessment", sa.Column("effects", sa.JSON(), nullable=True))
    op.create_table(
        "override",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_override")),
    )
    op.create_index(
        "uq_override_standing",
        "override",
        ["appointment_id", "participant_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )


def downgrade() -> None:
    op.drop_table("override")
    op.drop_column("assessment", "effects")
    op.drop_column("assessment", "source")
