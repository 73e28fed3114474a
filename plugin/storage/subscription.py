"""Which kinds of event Zoom should have told us of lately, and never did."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select

from plugin.core.event import EventKind
from plugin.core.subscription import COMPANIONS, COMPANIONS_NEEDED, LOOKED_BACK, SETTLED
from plugin.storage.database import Transaction
from plugin.storage.tables import delivery


def unheard(tx: Transaction, now: datetime) -> tuple[EventKind, ...]:
    """The kinds that were not heard though their companions were; what was fetched from Zoom's log counts as heard."""
    since = now - LOOKED_BACK
    return tuple(
        kind
        for kind, companions in COMPANIONS.items()
        if not _count(tx, _of((kind,), since), 1)
        and _count(tx, _of(companions, since).where(delivery.c.at <= now - SETTLED), COMPANIONS_NEEDED)
        == COMPANIONS_NEEDED
    )


def _of(kinds: Collection[EventKind], since: datetime) -> Select:
    named = delivery.c.kind.in_([kind.value for kind in kinds])
    return select(delivery.c.id).where(delivery.c.at > since, delivery.c.state.in_(("read", "ignored")), named)


def _count(tx: Transaction, query: Select, most: int) -> int:
    """How many there are, counted no further than is asked."""
    return len(tx.execute(query.limit(most)).all())
