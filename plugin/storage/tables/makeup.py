"""Make-up material, and what was assigned of it to whom in place of which session."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from plugin.storage.tables.base import Id, Moment, metadata

makeup_item = Table(
    "makeup_item",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("code", Text, nullable=False, unique=True),  # the program's own code of the item
    Column("module", Text, nullable=False),  # of the sessions that it makes up for; blank: of any
    Column("minutes", Integer, nullable=False),
    Column("title_sealed", LargeBinary, nullable=False),
    Column("text_sealed", LargeBinary),  # what to do
    Column("link_sealed", LargeBinary),
    *(Column("file_sealed", LargeBinary), Column("file_name_sealed", LargeBinary)),
    *(Column("file_kind", Text), Column("file_bytes", Integer)),
    Column("created_at", Moment, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("updated_at", Moment, nullable=False),
    Column("retired_at", Moment),
)

makeup = Table(
    "makeup",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("action_key", Text, nullable=False, unique=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("item_id", Id, ForeignKey("makeup_item.id")),  # nothing: only what the coordinator wrote
    Column("minutes", Integer, nullable=False),  # what it counts when it is accepted, apart from attended minutes
    Column("note_sealed", LargeBinary),  # from the coordinator
    Column("state", Text, nullable=False),  # assigned, handed-in, returned, accepted, withdrawn
    Column("due_at", Moment, nullable=False),
    Column("answer_sealed", LargeBinary),
    *(Column("file_sealed", LargeBinary), Column("file_name_sealed", LargeBinary)),
    *(Column("file_kind", Text), Column("file_bytes", Integer)),
    Column("review_sealed", LargeBinary),  # why it was given back
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("handed_in_at", Moment),
    Column("reviewed_at", Moment),
    Column("reviewed_by", Text),
    Index("ix_makeup_state", "state"),
    Index("ix_makeup_appointment_id", "appointment_id"),
    Index("ix_makeup_participant_id", "participant_id"),
)
