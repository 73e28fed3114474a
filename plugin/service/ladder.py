"""What a session has to do with those before it: when an earlier one became a no-show, or turned out to be none, or
something cut somebody off from it for good, those after it are judged again.

They are asked for in a transaction of its own: whoever judges holds the row of the session that is judged, and must not
wait for the rows of others that somebody may hold who waits for that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment, Cause, Outcome
from plugin.core.override import RULE as DECIDED
from plugin.core.program_day import came_to, what_kept_them
from plugin.core.schedule import ROW
from plugin.ports.queue import Claim, WorkKind
from plugin.service.docket import Judgement
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import assessment as verdicts
from plugin.storage import work
from plugin.storage.database import Transaction

LADDER, DAY = "ladder", "day"
"""The work is `ladder/APPOINTMENT` when all sessions since are asked for, `day/APPOINTMENT` when those in a row are."""


def note_change(tx: Transaction, rejoin: Rejoin, found: Judgement, standing: Mapping[str, Row]) -> None:
    """Ask for the later sessions to be looked for, when a judgement makes anybody a no-show for good or no more one, or
    tells anew what kept them from a session or cut them off from it, or whether they came to it."""
    one = found.appointment
    before = {code for code, row in standing.items() if _is_final_no_show(row.final, row.outcome, row.cause)}
    after = {a.participant_id for a in found.assessments if _is_final_no_show(a.final, a.outcome, a.cause)}
    stood = [msgspec.convert(row.result, Assessment) for row in standing.values()]
    if before != after:
        rejoin.queue.request(tx, WorkKind.WATCH, f"{LADDER}/{one.appointment_id}", found.at)
    elif _told(stood, one, found.at) != _told(found.assessments, one, found.at):
        rejoin.queue.request(tx, WorkKind.WATCH, f"{DAY}/{one.appointment_id}", found.at)


def _told(assessments: Iterable[Assessment], appointment: Appointment, now: datetime) -> dict[str, tuple]:
    """Of whom a session tells something of their next one that day: what kept them, or, once it is over, that they came
    to it, or that it was none; of whom staff decided, also what the rules say, which alone the next one heeds."""
    told, over = {}, now > appointment.ends_at
    for one in assessments:
        if one.role is Role.CLIENT:
            came, none = over and came_to(one, appointment), over and one.outcome is Outcome.CANCELLED
            rules = (one.findings[0].because, one.flags) if one.findings[0].rule == DECIDED else ()
            told[one.participant_id] = what_kept_them(one, appointment, appointment), came, none, rules
    return {code: what for code, what in told.items() if any(what)}


def climb(rejoin: Rejoin, claim: Claim) -> None:
    """Ask for a judgement of all sessions that its clients have had since, or of those that may be in a row with it."""
    what, _, appointment_id = claim.subject.partition("/")
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        if not work.holds(tx, claim):
            return
        if (one := appointments.load(tx, appointment_id)) is not None:
            # A client whom the roster has in it no more may have been its no-show, and it may have been earlier then.
            told = verdicts.first_told(tx, appointment_id)
            gone = told.keys() - {person.participant_id for person in one.participants}
            clients = gone | {person.participant_id for person in one.participants if person.role is Role.CLIENT}
            since = min([one.starts_at, *told.values()])
            until = now if what == LADDER else min(now, one.starts_at + ROW)
            later = [row for row in appointments.sessions_of(tx, clients, since, until) if row.starts_at > since]
            those = {row.appointment_id for row in later if row.role == Role.CLIENT} - {appointment_id}
            rejoin.queue.request_all(tx, WorkKind.JUDGE, those, now)
        work.finish(tx, claim)


def _is_final_no_show(final: bool, outcome: str, cause: str) -> bool:
    return final and outcome == Outcome.MISSED and cause == Cause.ABSENCE
