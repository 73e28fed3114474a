"""Clinicians' own calendars are looked at every few minutes; of each only the busy times are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from plugin.ports.outcome import RemoteTrouble
from plugin.ports.queue import Claim, WorkKind
from plugin.service.rejoin import Rejoin
from plugin.storage import bookable_hours, work
from plugin.storage import calendar as calendars
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

BEYOND = timedelta(days=1)
"""So much further than the last time that can be offered: a session has a length."""


class CalendarWatch:
    """Does the work of the kind `calendar`."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin

    def perform(self, claim: Claim) -> None:
        """Look at the claimed clinician's calendar, outside any transaction; the next look is due, also after a
        failure: who stops looking would never know that it is there again."""
        rejoin = self.rejoin
        look(rejoin, claim.subject)
        with rejoin.db.begin() as tx:
            there = calendars.load(tx, claim.subject) is not None
            work.finish(tx, claim, rejoin.clock.now() + rejoin.policy.calendar_look if there else None)


def look(rejoin: Rejoin, clinician_id: str) -> str:
    """Look at one calendar and keep when its owner is busy; returns what was wrong, or ""."""
    now = rejoin.clock.now()
    with rejoin.db.read() as tx:
        row = calendars.load(tx, clinician_id)
        if row is None:
            return "there is no calendar"
        address = calendars.address(tx, row)
        hours = bookable_hours.of_clinician(tx, clinician_id)
    zone = hours[0].timezone if hours else rejoin.settings.timezone
    until = now + rejoin.policy.offer_horizon + BEYOND
    try:
        spans = rejoin.calendars.busy(address, zone, now, until)
    except RemoteTrouble as trouble:
        log.warning("calendar-not-looked-at", clinician=clinician_id, because=str(trouble))
        with rejoin.db.begin() as tx:
            calendars.failed(tx, clinician_id, str(trouble))
        return str(trouble)
    with rejoin.db.begin() as tx:
        # Not what was found at an address that somebody replaced meanwhile.
        row = calendars.load(tx, clinician_id)
        if row is not None and calendars.address(tx, row) == address:
            calendars.looked(tx, clinician_id, spans, now)
    return ""


def put(tx: Transaction, rejoin: Rejoin, clinician_id: str, address: str, now: datetime) -> None:
    """Set where a clinician's calendar is, and have it looked at."""
    calendars.put(tx, clinician_id, address, now)
    rejoin.queue.request(tx, WorkKind.CALENDAR, clinician_id, now)


def unseen(tx: Transaction, rejoin: Rejoin, clinician_id: str, now: datetime) -> str:
    """Why a clinician's calendar does not count as looked at, in a sentence; "" when it does, or there is none."""
    row = calendars.load(tx, clinician_id) if clinician_id else None
    if row is None or (row.looked_at is not None and now - row.looked_at <= rejoin.policy.calendar_stale):
        return ""
    told = f"was looked at last at {row.looked_at:%Y-%m-%d %H:%M} UTC" if row.looked_at else "was not looked at yet"
    return f"The clinician's calendar {told}{f': {row.problem}' if row.problem else ''}. Nothing is proposed from it."
