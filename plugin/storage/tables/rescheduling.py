"""Offers of another time, and the slots that are taken."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from plugin.storage.tables.base import Id, Moment, metadata

offer = Table(
    "offer",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("action_key", Text, nullable=False, unique=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("clinician_id", Text, nullable=False),
    Column("state", Text, nullable=False),  # see plugin/core/offer.py
    Column("seat", Boolean, nullable=False, server_default=false()),  # of seats in other groups, not of free times
    Column("slots", JSON, nullable=False),  # [{"starts_at", "ends_at", "because", "appointment_id" of a seat}], UTC
    Column("chosen", Integer),
    Column("wish", JSON),  # what the client asked for instead: {"days": [0], "parts": ["morning"]}
    Column("reason", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("new_appointment_id", Text),
    Index("ix_offer_state", "state"),
    Index("ix_offer_appointment_id", "appointment_id"),
    Index("ix_offer_clinician_id_state", "clinician_id", "state"),
)

# Whose a clinician's time is (and, once a client picked, the client's own): a row for each five minutes, so that the
# database itself refuses the second of two clients also when their times only overlap. See plugin/storage/hold.py.
booked_slot = Table(
    "booked_slot",
    metadata,
    Column("clinician_id", Text, primary_key=True),
    Column("starts_at", Moment, primary_key=True),
    Column("offer_id", Id, ForeignKey("offer.id", ondelete="CASCADE"), nullable=False),
    Column("held_until", Moment),  # nothing once the client picked it
    Index("ix_booked_slot_offer_id", "offer_id"),
)

# The seats of group sessions that are kept for a client or were picked, numbered from 1: one holder each, so that the
# database itself refuses the client who would be one too many. See plugin/storage/seat.py.
seat = Table(
    "seat",
    metadata,
    Column("appointment_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("offer_id", Id, ForeignKey("offer.id", ondelete="CASCADE"), nullable=False),
    Column("held_until", Moment),  # nothing once the client picked it
    UniqueConstraint("appointment_id", "offer_id"),
    Index("ix_seat_offer_id", "offer_id"),
)

# A clinician's calendar outside of Rejoin, and when its owner is busy: nothing else of it is kept.
calendar = Table(
    "calendar",
    metadata,
    Column("clinician_id", Text, primary_key=True),
    Column("address_sealed", LargeBinary, nullable=False),
    Column("looked_at", Moment),  # the last time it could be
    Column("problem", Text),  # why it could not be since
    Column("created_at", Moment, nullable=False),
)

calendar_busy = Table(
    "calendar_busy",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("clinician_id", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index("ix_calendar_busy_clinician_id_ends_at", "clinician_id", "ends_at"),
)
