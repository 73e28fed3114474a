"""Messages with what became of them, what people want to get, and which addresses do not work."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("participant", sa.Column("channel", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "dispatch",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("action_id", Id, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("because", sa.Text()),
        sa.Column("due_at", Moment),
        sa.Column("tried_at", Moment),
        sa.Column("counts_at", Moment),
        sa.Column("reference", sa.Text()),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.UniqueConstraint("key", "channel", name="uq_dispatch_key_channel"),
    )
    op.create_index("ix_dispatch_participant_id_counts_at", "dispatch", ["participant_id", "counts_at"])
    op.create_index("ix_dispatch_action_id", "dispatch", ["action_id"])
    op.create_index("ix_dispatch_reference", "dispatch", ["reference"])
    op.create_index("ix_dispatch_address", "dispatch", ["address"])
    op.create_table(
        "contact",
        sa.Column("participant_id", sa.Text(), primary_key=True),
        sa.Column("channel", sa.Text()),
        sa.Column("email_stopped_at", Moment),
        sa.Column("sms_stopped_at", Moment),
        sa.Column("updated_at", Moment, nullable=False),
    )
    op.create_table(
        "address",
        sa.Column("fingerprint", sa.Text(), primary_key=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("stopped_at", Moment),
        sa.Column("failed_at", Moment),
        sa.Column("failure", sa.Text()),
        sa.Column("updated_at", Moment, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("address")
    op.drop_table("contact")
    op.drop_table("dispatch")
    op.drop_column("participant", "channel")
