"""Messages to people, and the signed links in them."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table, Text

from plugin.storage.tables.base import Id, Moment, metadata

grant_ = Table(
    "grant",
    metadata,
    Column("id", Text, primary_key=True),  # the jti of the signed link
    Column("purpose", Text, nullable=False),  # answer, join
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("offer_id", Id),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
    Column("created_at", Moment, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("to_sealed", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("invitation_sealed", LargeBinary),
    Column("sent_at", Moment, nullable=False),
)
