"""Picked times on their way into the roster, step by step."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, false, text

from plugin.storage.tables.base import Id, Moment, metadata

booking = Table(
    "booking",
    metadata,
    Column("key", Text, primary_key=True),  # of the action; the provider's meeting carries it too
    Column("offer_id", Id, nullable=False),
    Column("appointment_id", Text, nullable=False),  # the new one
    Column("replaces", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("host_id", Text, nullable=False),
    Column("seat", Boolean, nullable=False, server_default=false()),  # in a session that stands, not one of its own
    Column("state", Text, nullable=False),  # making, booked, called-off
    Column("sequence", Integer, nullable=False, server_default="0"),  # of the entry in calendars; it only rises
    Column("meeting_id", Text),
    Column("meeting_url_sealed", LargeBinary),
    Column("registration", Boolean),  # whether the provider gives each person a link of their own, read back
    Column("waiting_room", Boolean),  # whether people wait to be let in, read back: some accounts cannot turn it off
    Column("registrant_id", Text),
    Column("own_url_sealed", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_booking_appointment_id", "appointment_id"),
    Index(
        "uq_booking_own_appointment_id",
        "appointment_id",
        unique=True,
        sqlite_where=text("NOT seat"),
        postgresql_where=text("NOT seat"),
    ),
    Index("ix_booking_offer_id", "offer_id"),
)

booking_step = Table(
    "booking_step",
    metadata,
    Column("key", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("state", Text, nullable=False),  # open, calling, done
    Column("begun_at", Moment, nullable=False),  # by the last worker that was at it
    Column("done_at", Moment),
    Column("tries", Integer, nullable=False),
)
