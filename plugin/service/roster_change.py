"""Whose verdicts a change of the roster touches besides those of the appointment that changed.

Who a stranger in a room was, and whether somebody seen elsewhere was in the wrong room, is said by the roster of the
sessions beside. A session that is called off, moved, or comes into the roster late makes a guest of somebody who was
expected, or the other way round; then an absence beside it is none any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from plugin.core.appointment import Appointment
from plugin.core.event import SHOWING
from plugin.core.schedule import AROUND
from plugin.service.memory import Memory
from plugin.service.rejoin import Rejoin
from plugin.service.straying import sessions_of_strays
from plugin.storage import appointment as appointments
from plugin.storage import delivery
from plugin.storage.database import Transaction

SOON = timedelta(hours=1)
"""What begins later than this was not judged yet, and nothing was judged beside it."""


def touched(tx: Transaction, rejoin: Rejoin, versions: Iterable[Appointment], now: datetime) -> set[str]:
    """The sessions, begun or about to, whose verdicts may rest on what the roster says, or said, of these: in the same
    meeting near in time, of the same people at that time, or missing somebody who came into this meeting."""
    found: set[str] = set()
    versions, came = list(versions), {}
    for one in versions:
        if one.starts_at - SOON > now:
            continue
        in_meeting = appointments.concerned(tx, [one.meeting_id], one.starts_at, one.ends_at)
        codes = {person.participant_id for person in one.participants}
        of_people = appointments.sessions_of(tx, codes, one.starts_at - AROUND, one.ends_at + AROUND)
        found |= {row.appointment_id for row in (*in_meeting, *of_people) if row.starts_at - SOON <= now}
        came |= {
            row.id: row
            for row in delivery.of_appointment(tx, one, now)
            if row.kind in SHOWING and one.starts_at - AROUND <= row.at <= one.ends_at + AROUND
        }
    # As if nobody was expected here: who was, and who is, may be the very thing that changed.
    found |= sessions_of_strays(tx, rejoin, Memory().readable(tx, list(came.values())), {}) if came else set()
    return found - {one.appointment_id for one in versions}
