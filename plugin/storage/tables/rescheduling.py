"""Offers of another time, and the slots that are taken."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, Table, Text

from plugin.storage.tables.base import Id, Moment, metadata

offer = Table(
    "offer",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("action_key", Text, nullable=False, unique=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("clinician_id", Text, nullable=False),
    Column("state", Text, nullable=False),  # proposed, sent, accepted, declined, refused, expired, withdrawn
    Column("slots", JSON, nullable=False),  # [{"starts_at", "ends_at", "because"}], UTC
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
)

booked_slot = Table(
    "booked_slot",
    metadata,
    # One clinician, one start: the database itself refuses the second of two clients.
    Column("clinician_id", Text, primary_key=True),
    Column("starts_at", Moment, primary_key=True),
    Column("offer_id", Id, ForeignKey("offer.id", ondelete="CASCADE"), nullable=False),
)
