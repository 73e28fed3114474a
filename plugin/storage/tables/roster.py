"""Appointments, who is expected in them, and when a clinician may be booked."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from plugin.storage.tables.base import Id, Moment, metadata

appointment = Table(
    "appointment",
    metadata,
    Column("appointment_id", Text, primary_key=True),
    Column("program_id", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False),
    Column("title_sealed", LargeBinary),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("timezone", Text, nullable=False, server_default=""),
    Column("status", Text, nullable=False),
    Column("meeting_id", Text, nullable=False),
    Column("host_id", Text, nullable=False, server_default=""),
    Column("replaces", Text),  # the appointment in whose place this one was made
    Column("join_url_sealed", LargeBinary),
    Column("module", Text, nullable=False, server_default=""),
    Column("capacity", Integer),  # room in clients, where the roster names it
    Column("updated_at", Moment, nullable=False),
    Column("pruned_at", Moment),  # since then its deliveries are gone, and its verdicts stand for good
    Index("ix_appointment_meeting_id_starts_at", "meeting_id", "starts_at"),
    Index("ix_appointment_starts_at", "starts_at"),
)

participant = Table(
    "participant",
    metadata,
    Column("appointment_id", Text, ForeignKey("appointment.appointment_id", ondelete="CASCADE"), primary_key=True),
    Column("participant_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # the order of the roster
    Column("role", Text, nullable=False),
    Column("timezone", Text, nullable=False, server_default=""),
    Column("name_sealed", LargeBinary),
    Column("email_sealed", LargeBinary),
    Column("phone_sealed", LargeBinary),
    Column("join_url_sealed", LargeBinary),
    Column("registrant_id", Text, nullable=False, server_default=""),
    Column("customer_key", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("channel", Text, nullable=False, server_default=""),  # how they would rather be written to: email, sms
    Column("status", Text, nullable=False, server_default="booked"),  # of their own place: booked, cancelled
    Index("ix_participant_participant_id", "participant_id"),
    *(
        Index(name, column, sqlite_where=text("registrant_id <> ''"), postgresql_where=text("registrant_id <> ''"))
        for name, column in (
            ("ix_participant_registrations", "participant_id"),
            ("ix_participant_registered", "registrant_id"),
        )
    ),
)

bookable_hours = Table(
    "bookable_hours",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("clinician_id", Text, nullable=False),
    Column("weekday", Integer, nullable=False),  # 0 is Monday
    Column("opens", Text, nullable=False),  # HH:MM in `timezone`
    Column("closes", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    UniqueConstraint("clinician_id", "weekday", "opens"),
)
