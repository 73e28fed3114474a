"""What a session has to do with those before it: when an earlier one became a no-show, or turned out to be none, or
something cut somebody off from it for good, those after it are judged again.

They are asked for in a transaction of its own: whoever judges holds the row of the session that is judged, and must not
wait for the rows of others that somebody may hold who waits for that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment, Cause, Outcome
from plugin.core.program_day import what_kept_them
from plugin.ports.queue import Claim, WorkKind
from plugin.service.docket import Judgement
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import work
from plugin.storage.database import Transaction

LADDER = "ladder"
"""The work is `ladder/APPOINTMENT`."""


def note_change(tx: Transaction, rejoin: Rejoin, found: Judgement, standing: Mapping[str, Row]) -> None:
    """Ask for the later sessions to be looked for, when a judgement makes anybody a no-show for good or no more one, or
    tells anew what kept them from a session or cut them off from it."""
    before = {code for code, row in standing.items() if _is_final_no_show(row.final, row.outcome, row.cause)}
    after = {a.participant_id for a in found.assessments if _is_final_no_show(a.final, a.outcome, a.cause)}
    stood = [msgspec.convert(row.result, Assessment) for row in standing.values()]
    if before != after or _kept(stood, found.appointment) != _kept(found.assessments, found.appointment):
        rejoin.queue.request(tx, WorkKind.WATCH, f"{LADDER}/{found.appointment.appointment_id}", found.at)


def _kept(assessments: Iterable[Assessment], appointment: Appointment) -> dict[str, str]:
    """Of whom what kept them tells something of their next session that day."""
    told = {
        one.participant_id: what_kept_them(one, appointment, appointment)
        for one in assessments
        if one.role is Role.CLIENT
    }
    return {code: kept for code, kept in told.items() if kept}


def climb(rejoin: Rejoin, claim: Claim) -> None:
    """Ask for a judgement of all sessions that its clients have had since."""
    appointment_id, now = claim.subject.partition("/")[2], rejoin.clock.now()
    with rejoin.db.begin() as tx:
        if not work.holds(tx, claim):
            return
        if (one := appointments.load(tx, appointment_id)) is not None:
            clients = [person.participant_id for person in one.participants if person.role is Role.CLIENT]
            later = appointments.sessions_of(tx, clients, one.starts_at, now)
            those = {row.appointment_id for row in later if row.starts_at > one.starts_at}
            rejoin.queue.request_all(tx, WorkKind.JUDGE, those, now)
        work.finish(tx, claim)


def _is_final_no_show(final: bool, outcome: str, cause: str) -> bool:
    return final and outcome == Outcome.MISSED and cause == Cause.ABSENCE
