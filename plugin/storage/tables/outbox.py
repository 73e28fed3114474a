"""Due work, who does it, and what is to be done because of a verdict."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from plugin.storage.tables.base import Id, Moment, metadata

work = Table(
    "work",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # one of `WorkKind`
    Column("subject", Text, nullable=False),  # an id of an appointment, an action, an offer; or a word of our own
    Column("due_at", Moment, nullable=False),
    Column("generation", Integer, nullable=False),  # grows with each request; a claim finishes only its own
    Column("claimed_until", Moment),
    Column("claimed_by", Text),  # the worker that holds it; nothing for one that does not say that it lives
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("dead_at", Moment),
    # Of actions only: whom it goes to, in whose line it stands, and how soon (0 before 1).
    Column("remote", Text, nullable=False, server_default="here"),
    Column("program_id", Text, nullable=False, server_default=""),
    Column("rank", Integer, nullable=False, server_default="1"),
    UniqueConstraint("kind", "subject"),
    Index("ix_work_due_at", "due_at"),
    Index("ix_work_line", "kind", "remote", "rank", "program_id", "due_at"),
)

# How each remote bears what goes out to it; its row is the lock under which the next action is chosen.
remote = Table(
    "remote",
    metadata,
    Column("name", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False, server_default="0"),  # grows with each action that was let go
    Column("free_at", Moment),  # the machine's time from which its pace allows the next one
    Column("paused_until", Moment),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row, of the remote as a whole
    Column("away_since", Moment),
    Column("error", Text),
)

# One line for each program before each remote: who was served longest ago comes next.
lane = Table(
    "lane",
    metadata,
    Column("remote", Text, primary_key=True),
    Column("program_id", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False, server_default="0"),
)

# Every worker renews its row every few seconds, and takes it away when it ends.
worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),  # one start of one process
    Column("seen_at", Moment, nullable=False),
)

action = Table(
    "action",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # the idempotency key, given to the remote as well
    Column("kind", Text, nullable=False),  # a kind of the contract, or booking, invitation, ticket-note
    Column("purpose", Text),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("incident", Boolean, nullable=False),
    Column("participants", JSON, nullable=False),
    Column("because", Text, nullable=False),
    Column("state", Text, nullable=False),  # held, queued, done, withdrawn, declined, skipped, dead
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("remote_ref", Text),
    Column("note", Text),  # why it waits, was declined, withdrawn or skipped, or is dead
    Column("details", JSON, nullable=False),  # codes and ids only, nothing personal
    Index("ix_action_state_kind", "state", "kind"),
    Index("ix_action_appointment_id", "appointment_id"),
)
