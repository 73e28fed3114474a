"""Make-up material, and what was assigned of it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _file() -> tuple[sa.Column, ...]:
    return (
        sa.Column("file_sealed", sa.LargeBinary()), sa.Column("file_name_sealed", sa.LargeBinary()),
        sa.Column("file_kind", sa.Text()), sa.Column("file_bytes", sa.Integer()),
    )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "makeup_item",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary()),
        sa.Column("link_sealed", sa.LargeBinary()),
        *_file(),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_makeup_item"),
        sa.UniqueConstraint("code", name="uq_makeup_item_code"),
    )
    op.create_table(
        "makeup",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("action_key", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("item_id", ID, sa.ForeignKey("makeup_item.id", name="fk_makeup_item_id")),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary()),
        *_file(),
        sa.Column("review_sealed", sa.LargeBinary()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("handed_in_at", MOMENT),
        sa.Column("reviewed_at", MOMENT),
        sa.Column("reviewed_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_makeup"),
        sa.UniqueConstraint("action_key", name="uq_makeup_action_key"),
    )
    op.create_index("ix_makeup_state", "makeup", ["state"])
    op.create_index("ix_makeup_appointment_id", "makeup", ["appointment_id"])
    op.create_index("ix_makeup_participant_id", "makeup", ["participant_id"])


def downgrade() -> None:
    op.drop_table("makeup")
    op.drop_table("makeup_item")
