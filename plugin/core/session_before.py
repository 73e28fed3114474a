"""The session before, in the same meeting: what kept somebody out of it, or cut them off from it, not long before this
one, and may have kept them from this one as well."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from plugin.core.appointment import Role
from plugin.core.attendance import Attendance
from plugin.core.case import Case
from plugin.core.identity import Roll
from plugin.core.interval import Span, intersect, union
from plugin.core.neighbour import AROUND_THEIRS
from plugin.core.room import Room


def kept_before(case: Case) -> tuple[str, tuple[int, ...]] | None:
    """What kept or cut somebody off who was not there when this one began, in words that stand within a sentence, and
    the deliveries that tell of it; None when nothing did."""
    if gone := case.cut_off_before():
        what = "their connection had broken" if gone.abnormal else "the host had removed them"
        return f"{what} {case.where_before(gone)}, at {case.at(gone.at)}", gone.events
    if stay := _came_in_vain(case):
        what = "waited in vain" if stay in case.attendance.waiting else "found no clinician"
        return f"they had {what} in their session before, until {case.at(stay[1])}", case.told_at(stay)
    if tries := _tries(case):
        return _tries_in_words(case, tries), case.told_at([at for stay in tries for at in stay])
    return None


def _came_in_vain(case: Case) -> Span | None:
    """Their last stay, when they waited and were not let in, or were there without a clinician."""
    there, session = case.attendance, case.room.appointment
    stays = [(begin, end) for begin, end in (*there.present, *there.waiting) if begin <= session.starts_at]
    last = max(stays, key=itemgetter(1), default=None)
    if last is None or not case.room.opens <= last[1] < session.starts_at:
        return None
    if not case.room.surroundings.schedule.of_another(case.person, session, last[1]):
        return None
    if last in there.waiting:
        return last
    led = [span for one in (*case.room.clinicians, *_clinicians(case.room)) for span in one.present]
    return None if intersect((last,), union(led)) else last


def _tries(case: Case) -> list[Span]:
    """Connections that broke off within moments, when there are enough of them, or one after their connection had
    broken, and none that lasted came after them; or one just before this one that is all they showed there, for they
    may have been early for this one."""
    there, limits, start = case.attendance, case.room.thresholds, case.room.appointment.starts_at
    if any(begin <= start <= end for begin, end in there.stays):
        return []
    before = [(begin, end) for begin, end in there.stays if end < start and not case.is_mine(begin, end)]
    long = [end for begin, end in before if end - begin >= limits.short_connection]
    lasted = max([case.room.opens, *long])
    short = [(begin, end) for begin, end in before if lasted <= begin]
    broke = any(gone.abnormal and gone.at == lasted for gone in there.departures)
    enough = len(short) + broke >= limits.short_connections
    early = not long and bool(short) and short[-1][0] >= start - AROUND_THEIRS
    return short if enough or early else []


def _tries_in_words(case: Case, tries: list[Span]) -> str:
    if len(tries) == len(case.attendance.stays) == 1:
        return f"they had come for a moment only, at {case.at(tries[0][0])}, just before it"
    return f"they had tried in vain to come into their session before, until {case.at(tries[-1][1])}"


def _clinicians(room: Room) -> Iterator[Attendance]:
    """Those of the sessions before it in the meeting, who need not be the clinicians of this one."""
    start = room.appointment.starts_at
    before = [one for one in room.surroundings.beside(room.appointment) if one.starts_at < start]
    rolls = [Roll(one, (), room.timeline.registered) for one in before]
    for there in (*[guest.attendance for guest in room.guests], *room.neighbours):
        known = [roll.recognise(there.told).person for roll in rolls]
        if any(person is not None and person.role is Role.CLINICIAN for person in known):
            yield there
