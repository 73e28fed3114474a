"""Incidents of the platform that staff entered."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from plugin.storage.tables.base import Id, Moment, metadata

platform_incident = Table(
    "platform_incident",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("part", Text, nullable=False),
    Column("from_at", Moment, nullable=False),
    Column("until_at", Moment),  # nothing while it goes on
    Column("source_sealed", LargeBinary, nullable=False),  # a link or a code; people write what they should not
    Column("state", Text, nullable=False),  # on, over, withdrawn
    Column("version", Integer, nullable=False),  # compare-and-set for two people at the same incident
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("first_delivery", Id),  # the evidence that first told of it: its tickets are named after it
    Index("ix_platform_incident_from_at", "from_at"),
)
