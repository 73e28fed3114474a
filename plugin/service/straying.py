"""Who arrived in a meeting, or used its link, may be missing from another one: that session is judged again too.

Like everything that is read, it only asks for judgements; what an arrival is worth there, the judgement says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role
from plugin.core.event import SHOWING, Event
from plugin.core.identity import is_identified
from plugin.core.schedule import AROUND, ROW, came_at
from plugin.core.sighting import AT_HOST, TRIES, keys_of
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import registration
from plugin.storage.database import Transaction

HOUR = timedelta(hours=1)


def sessions_of_strays(
    tx: Transaction, rejoin: Rejoin, events: Iterable[Event], of_meeting: Mapping[str, Sequence[Row]]
) -> set[str]:
    """The sessions in other meetings, on at that time, of which somebody may be who arrived here.

    `of_meeting` are the appointments around, by meeting. Whoever is expected here is looked up by code, for they may
    have another session at the time; only when nobody recognises them, everybody who is expected anywhere is looked at.
    Of whom nothing identifies, only the host tells whose session they may be missing from.
    """
    arrivals = [event for event in events if event.kind in SHOWING and event.meeting_id]
    if not arrivals:
        return set()
    ids = {row.appointment_id for event in arrivals for row in _around(event, of_meeting)}
    here = appointments.load_these(tx, sorted(ids))
    found: set[str] = set()
    unknown: dict[datetime, list[Event]] = {}
    theirs: list[tuple[Event, set[str], datetime]] = []
    for event in arrivals:
        expected = [here[row.appointment_id] for row in _around(event, of_meeting) if row.appointment_id in here]
        if codes := _codes(event, expected):
            theirs.append((event, codes, max(event.at, *[one.ends_at for one in expected])))
        else:
            unknown.setdefault(event.at.replace(minute=0, second=0, microsecond=0), []).append(event)
    early = max(max(numbers.early_window, numbers.no_show_after) for numbers in rejoin.policy.thresholds.values())
    if theirs:
        found |= _booked_elsewhere(tx, theirs)
    now = rejoin.clock.now()
    for hour, some in unknown.items():
        found |= _perhaps_expected_elsewhere(tx, hour, some, early, now)
    return found


def sessions_of_tries(tx: Transaction, events: Iterable[Event]) -> set[str]:
    """The sessions, on or soon to be, of those who tried to come behind the link of another one."""
    tries = [event for event in events if event.kind in TRIES]
    if not tries:
        return set()
    at = [event.at for event in tries]
    rows = appointments.sessions_of(tx, {event.participant_id for event in tries}, min(at), max(at) + AROUND)
    return {
        row.appointment_id
        for row in rows
        for event in tries
        if row.participant_id == event.participant_id and row.starts_at - AROUND <= event.at <= row.ends_at
    }


def _around(event: Event, of_meeting: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The appointments of its meeting in which whoever arrives may well be."""
    rows = of_meeting.get(event.meeting_id, ())
    return [row for row in rows if row.starts_at - AROUND <= event.at <= row.ends_at + AROUND]


def _codes(event: Event, expected: Iterable[Appointment]) -> set[str]:
    """Whom of these people the arrival may be, by any of what it shows."""
    keys = set(keys_of(event))
    return {
        person.participant_id
        for one in expected
        for person in one.participants
        if (event.registrant_id and person.registrant_id == event.registrant_id) or not keys.isdisjoint(keys_of(person))
    }


def _booked_elsewhere(tx: Transaction, theirs: Sequence[tuple[Event, set[str], datetime]]) -> set[str]:
    """The sessions in other meetings of those who came here, as long as they are expected here, or when they came."""
    codes = set().union(*(some for _, some, _ in theirs))
    begin = min(came_at(event) for event, _, _ in theirs)
    rows = appointments.sessions_of(tx, codes, begin, max(until for _, _, until in theirs))
    return {
        row.appointment_id
        for row in rows
        for event, some, until in theirs
        if row.participant_id in some and row.meeting_id != event.meeting_id
        and row.starts_at <= until and row.ends_at >= came_at(event)
    }  # fmt: skip


def _perhaps_expected_elsewhere(
    tx: Transaction, hour: datetime, some: Sequence[Event], early: timedelta, now: datetime
) -> set[str]:
    registered = registration.registered(tx, {(e.meeting_id, e.registrant_id) for e in some if e.registrant_id})
    # Nothing may be compared with everything: an account has many meetings that are in no roster, and many at an hour.
    known = _by_key(appointments.on_between(tx, hour - AROUND, hour + HOUR + early))
    found: dict[str, Appointment] = {}
    for event in some:
        keys = [*keys_of(event), ("registrant", event.registrant_id)]
        keys += [("code", code) for code in registered.get((event.meeting_id, event.registrant_id), ())]
        if not is_identified(event):
            keys.append((AT_HOST, event.host_id))
        for key in keys:
            for one in known.get(key, ()):
                if one.meeting_id != event.meeting_id and _is_on(one, event, early):
                    found[one.appointment_id] = one
    return found.keys() | _later_in_a_row(tx, found.values(), now) if found else set()


def _later_in_a_row(tx: Transaction, these: Collection[Appointment], now: datetime) -> set[str]:
    """The sessions, begun by now, that the people of these may have in a row after them in the same meeting: for all of
    them they may have one link."""
    codes = {person.participant_id for one in these for person in one.participants if person.role is not Role.CLINICIAN}
    starts = [one.starts_at for one in these]
    rows = appointments.sessions_of(tx, codes, min(starts), min(now, max(starts) + ROW))
    return {
        row.appointment_id
        for row in rows
        for one in these
        if row.meeting_id == one.meeting_id and one.starts_at < row.starts_at <= min(now, one.starts_at + ROW)
    }


def _by_key(on: Iterable[Appointment]) -> dict[tuple[str, str], list[Appointment]]:
    """These appointments by all that an arrival may show of somebody who is expected there; nothing says nothing."""
    found: dict[tuple[str, str], list[Appointment]] = {}
    for one in on:
        keys = {(AT_HOST, one.host_id)}
        for person in one.participants:
            keys |= {("code", person.participant_id), ("registrant", person.registrant_id), *keys_of(person)}
        for key in keys:
            if key[1]:
                found.setdefault(key, []).append(one)
    return found


def _is_on(one: Appointment, event: Event, early: timedelta) -> bool:
    return one.starts_at - early <= event.at <= one.ends_at + AROUND and came_at(event) <= one.ends_at
