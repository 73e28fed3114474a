"""Tickets with their notes and whom they affect, and the tasks of staff."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from plugin.storage.tables.base import Id, Moment, metadata

ticket = Table(
    "ticket",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("appointment_id", Text, nullable=False),
    Column("incident", Boolean, nullable=False),
    Column("participants", JSON, nullable=False),
    Column("summary", Text, nullable=False),
    Column("seen", JSON, nullable=False),  # what was seen, a list of sentences
    Column("suggestion", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, taken, resolved, attached
    Column("assignee", Text),
    Column("resolution", Text),
    Column("version", Integer, nullable=False),  # compare-and-set for two people at the same ticket
    Column("opened_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # Where it is worked on when not here, what it is called there, and when that desk was asked last how it stands.
    *(Column("desk", Text), Column("reference", Text), Column("asked_at", Moment)),
    # The rule that opened it, the symptom it shows, and the code with which a person resolved it.
    *(Column("rule", Text), Column("symptom", Text), Column("code", Text)),
    Column("told_code", Text),  # the code that the other desk said last, whether it counted or not
    Column("part_of", Id),  # the incident's ticket, at which the conversation of this one goes on
    Index("ix_ticket_state", "state"),
    Index("ix_ticket_appointment_id", "appointment_id"),
    Index("ix_ticket_part_of", "part_of"),
)

# Who belongs to an incident. It stands before the ticket does, so that it knows it by its key.
affected = Table(
    "affected",
    metadata,
    Column("ticket_key", Text, primary_key=True),
    Column("appointment_id", Text, primary_key=True),
    Column("participant_id", Text, primary_key=True),
    Column("since_at", Moment, nullable=False),
    Column("recovered_at", Moment),  # nothing while they are still in trouble
    Index("ix_affected_appointment_id", "appointment_id"),
)

ticket_note = Table(
    "ticket_note",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("ticket_id", Id, ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("author", Text, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Index("ix_ticket_note_ticket_id", "ticket_id"),
)

task = Table(
    "task",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # checkin, review
    Column("role", Text, nullable=False),  # who does it: clinician, coordinator
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, done, withdrawn
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("done_by", Text),
    Index("ix_task_state_role", "state", "role"),
)
