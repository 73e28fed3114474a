"""Staff, tokens of the API, and who did what."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, Table, Text

from plugin.storage.tables.base import Id, Moment, metadata

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("login", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),  # tech-support, coordinator, clinician, admin
    Column("clinician_id", Text),  # the participant code of a clinician
    Column("active", Boolean, nullable=False),
    Column("session_epoch", Integer, nullable=False),  # grows when every session of theirs must end
    Column("created_at", Moment, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),  # a staff login, "client", "rejoin"
    Column("did", Text, nullable=False),  # approved-offer, resolved-ticket …
    Column("subject", Text, nullable=False),  # ticket/7, offer/3, appointment/A1
    Column("details", JSON, nullable=False),
    Index("ix_audit_subject", "subject"),
)
