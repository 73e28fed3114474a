"""Verdicts with their history, the policies they were made by, and what staff decided in their place."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from plugin.storage.tables.base import Id, Moment, metadata

assessment = Table(
    "assessment",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    # 1, 2, 3 …: the newest is the verdict that stands, the others are its history. Two judges of the same
    # appointment collide here, and the second one starts again.
    Column("revision", Integer, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("result", JSON, nullable=False),  # the whole result in the words of the replay contract
    Column("policy_version", Text, nullable=False),
    Column("judged_at", Moment, nullable=False),  # what `result` says is as of then: minutes are renewed while it runs
    Column("made_at", Moment),  # when this verdict came in place of the one before; nothing when older
    Column("seen", JSON),  # how far the last look saw what was read, and when; nothing when older
    Column("trigger", Text, nullable=False),  # what brought it about (plugin/service/occasion.py)
    Column("source", JSON),  # who or what that was: a login, names of events, how late they came
    Column("effects", JSON),  # what was withdrawn, and what had been done already and so was only told
    UniqueConstraint("appointment_id", "participant_id", "revision"),
    Index("ix_assessment_current_appointment", "current", "appointment_id"),
    Index("ix_assessment_participant_id", "participant_id"),
)

policy = Table(
    "policy",
    metadata,
    Column("version", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("first_used_at", Moment, nullable=False),
)

override = Table(
    "override",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reason_sealed", LargeBinary, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("undone_by", Text),
    Column("undone_at", Moment),
    # The database itself refuses a second decision beside one that stands.
    Index(
        "uq_override_standing", "appointment_id", "participant_id", unique=True,
        sqlite_where=text("undone_at IS NULL"), postgresql_where=text("undone_at IS NULL"),
    ),
)  # fmt: skip
