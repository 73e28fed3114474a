"""Incidents of the platform as staff entered them: `on`, `over`, or `withdrawn` (it was none after all)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, insert, select, update

from plugin.core.platform import Part
from plugin.storage.database import Transaction
from plugin.storage.tables import platform_incident as table

ON, OVER, WITHDRAWN = "on", "over", "withdrawn"
NAME = "entered-"
"""With this begins the name of an incident that was entered here, in the evidence of it; its number follows."""
_SOURCE = "platform_incident.source_sealed"


def add(
    tx: Transaction, part: Part, from_at: datetime, until_at: datetime | None, source: str, login: str, now: datetime
) -> int:
    """Write a new incident; returns its number."""
    values = {
        "part": part.value,
        "from_at": from_at,
        "until_at": until_at,
        "source_sealed": tx.vault.seal(_SOURCE, source),
        "state": OVER if until_at else ON,
        "version": 1,
        "entered_by": login,
        "entered_at": now,
        "updated_at": now,
    }
    return tx.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()


def standing(tx: Transaction, part: Part, from_at: datetime, until_at: datetime | None, source: str) -> int | None:
    """The number of an incident that stands with just these words, None when none does."""
    same = (table.c.from_at == from_at) & (table.c.part == part.value) & (table.c.state != WITHDRAWN)
    rows = tx.execute(select(table).where(same, table.c.until_at.is_not_distinct_from(until_at)))
    return next((row.id for row in rows if source_of(tx, row) == source), None)


def load(tx: Transaction, number: int) -> Row | None:
    """The incident with this number, or None."""
    return tx.execute(select(table).where(table.c.id == number)).first()


def newest(tx: Transaction, limit: int, before: int | None = None) -> Sequence[Row]:
    """The incidents entered last (before this number), the newest first."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    return tx.execute(query if before is None else query.where(table.c.id < before)).all()


def source_of(tx: Transaction, row: Row) -> str:
    """Where it is known from: a link or a code."""
    return tx.vault.open_text(_SOURCE, row.source_sealed)


def change(tx: Transaction, number: int, version: int, now: datetime, source: str | None = None, **values) -> bool:
    """Change an incident by compare-and-set on its version; False when somebody else was quicker."""
    if source is not None:
        values["source_sealed"] = tx.vault.seal(_SOURCE, source)
    mine = (table.c.id == number) & (table.c.version == version)
    return bool(tx.execute(update(table).where(mine).values(version=version + 1, updated_at=now, **values)).rowcount)


def told(tx: Transaction, number: int, delivery: int) -> None:
    """Write which evidence first told of it."""
    first = (table.c.id == number) & table.c.first_delivery.is_(None)
    tx.execute(update(table).where(first).values(first_delivery=delivery))


def name_of(number: int) -> str:
    """What the incident is called in the evidence of it."""
    return f"{NAME}{number}"


def part_of(tx: Transaction, name: str) -> Part | None:
    """Which part of the platform an incident of this name concerns; None when it was not entered here."""
    number = name.removeprefix(NAME)
    row = load(tx, int(number)) if name.startswith(NAME) and number.isdigit() and len(number) < 18 else None
    return Part(row.part) if row is not None else None
