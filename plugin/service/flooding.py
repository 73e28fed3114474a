"""A flood of strangers in one meeting: the reader notices it, says so once, and reads no more of them.

They stay in the inbox as `ignored`, of no session, so that neither memory nor time of anybody's judgement grows with
them. That nobody is absent in a flooded session follows from the event that says so (`plugin/core/crowd.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog
from sqlalchemy import Row

from plugin.core.crowd import is_of_somebody
from plugin.core.event import EventKind
from plugin.core.identity import Roll
from plugin.core.report import REPORTED
from plugin.core.timeline import OF_THE_ROOM
from plugin.service import evidence
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import delivery
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

BEGAN = "rejoin.flood_began"
PROBLEM = "a flood of people nobody knows in this meeting: it is counted and not read"
EACH = 50
"""One delivery in so many asks how many its session has; to ask with each would cost all the others."""
_BESIDES = {EventKind.EQUIPMENT_TOLD, EventKind.NOTICED, EventKind.OTHER}
_OF_PEOPLE = (OF_THE_ROOM | REPORTED | _BESIDES) - {EventKind.REPORT_COMPLETED}


def left_unread(tx: Transaction, rejoin: Rejoin, readings: Iterable[dict], nearest: Mapping[int, Row]) -> set[int]:
    """The numbers of the deliveries that say nothing of anybody expected in the session that they are nearest to, and
    of which that has more than `most_guest_events` already."""
    by_session: dict[str, list[dict]] = {}
    for reading in readings:
        if reading["id"] in nearest and reading["read"].kind in _OF_PEOPLE:
            by_session.setdefault(nearest[reading["id"]].appointment_id, []).append(reading)
    rows = {row.appointment_id: row for row in nearest.values() if row.appointment_id in by_session}
    flooded = _known(tx, rows.values())
    asking = {one for one, some in by_session.items() if any(reading["id"] % EACH == 0 for reading in some)}
    there = appointments.load_these(tx, sorted(flooded | asking))
    for number in sorted(asking - flooded):
        if delivery.more_than(tx, number, rejoin.policy.of(there[number].kind).most_guest_events):
            evidence.record(tx, rejoin, BEGAN, number, "", rows[number].starts_at)
            log.warning("flood-began", appointment=number)
            flooded.add(number)
    found: set[int] = set()
    for number in flooded:
        roll = Roll(there[number])
        found |= {reading["id"] for reading in by_session[number] if not is_of_somebody(reading["read"], roll)}
    return found


def _known(tx: Transaction, sessions: Iterable[Row]) -> set[str]:
    """Of which of these a flood was told already."""
    bodies = {evidence.body_of(BEGAN, row.appointment_id, "", row.starts_at): row.appointment_id for row in sessions}
    return {bodies[body] for body in delivery.which_stand(tx, list(bodies))}
