"""What Zoom delivered, and what a receiver saw of the feed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from plugin.storage.tables.base import Id, Moment, metadata

APART = "kind IN ('feed-stopped', 'platform-incident')"
"""What touches the whole account: a condition as text, since both databases use its index only for this very text."""


def _where(name: str, condition: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


def _once_known(name: str, *columns: str) -> Index:
    return _where(name, f'"{columns[0]}" IS NOT NULL', *columns)


delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    # The two keys of plugin/storage/identity.py.
    Column("request_id", Text, unique=True),
    Column("body_hash", LargeBinary, nullable=False, unique=True),
    Column("received_at", Moment, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    # Filled in by the reader, not by the receiver: the request only stores.
    Column("state", Text, nullable=False, server_default="new"),  # new, read, ignored, failed
    Column("problem", Text),
    Column("event", Text),
    Column("kind", Text),
    Column("at", Moment),
    Column("meeting_id", Text),
    Column("instance", Text),
    Column("appointment_id", Text),
    Column("account_id", Text),  # nothing when it was read before this was kept
    Column("came_by", Text),  # backfill; nothing when Zoom delivered it itself
    # The transaction in which the reader wrote the columns above (see plugin/storage/sighting.py).
    Column("read_in", BigInteger),
    Index("ix_delivery_state_id", "state", "id"),
    # Without the rows of which the reader knows nothing yet: what arrives is not written into them.
    _once_known("ix_delivery_meeting_id_at", "meeting_id", "at"),
    _once_known("ix_delivery_instance", "instance"),
    _once_known("ix_delivery_appointment_id", "appointment_id"),
    _once_known("ix_delivery_at", "at"),
    _where("ix_delivery_read_in", "read_in IS NOT NULL", "read_in"),
    # What touches everybody is rare and is asked for at every judgement.
    _where("ix_delivery_apart", APART, "at"),
    sqlite_autoincrement=True,
)

# What a receiver saw, one row for each of its processes and kind of sign, renewed every few seconds.
feed_sign = Table(
    "feed_sign",
    metadata,
    Column("source", Text, primary_key=True),  # one start of one process
    Column("kind", Text, primary_key=True),  # delivery, forged, validated, refused-validation, skew
    Column("times", Integer, nullable=False),  # failures in a row; deliveries that a skew rests on
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("ahead_ms", BigInteger),  # skew only: how far our clock is ahead
)

blind_interval = Table(
    "blind_interval",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("cause", Text, nullable=False),  # silence, signature, clock, validation, deauthorized
    Column("from_at", Moment, nullable=False),
    Column("to_at", Moment),  # nothing while it goes on
    Column("why", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),  # when it was noticed
    Column("closed_at", Moment),
    Column("healed_at", Moment),  # what was missed is known by now, so that verdicts count again
    Column("recovery", Text),  # what became of the look into Zoom's own log
    # The database itself refuses a second open one of the same cause.
    Index(
        "uq_blind_interval_open", "cause", unique=True,
        sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL"),
    ),
    Index("ix_blind_interval_from_at", "from_at"),
)  # fmt: skip
