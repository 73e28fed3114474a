"""Who was not seen by a connection of their own, and is shown by another's: by a link lent, or beside its owner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from plugin.core.appointment import Appointment, Participant
from plugin.core.attendance import Attendance
from plugin.core.identity import MatchedBy
from plugin.core.interval import Span, intersect, length, union
from plugin.core.likeness import Shown, Sought
from plugin.core.piece import LATE_NOTICE
from plugin.core.visit import Visit


class Beside(msgspec.Struct, frozen=True):
    """Of those who were not seen, by code, whom a connection of somebody else showed."""

    perhaps: frozenset[str]
    """Whose name or address somebody else of the roster showed: they may have used that link, or sat beside them."""
    by_a_link: dict[str, list[int]]
    """Whom a link showed whose owner was there by another connection meanwhile, and the deliveries that tell."""
    by_a_name: dict[str, list[int]]
    """Whose name a connection showed beside one more, and the deliveries that tell."""
    by_the_account: dict[str, list[int]]
    """Which clinicians may have come by the host's account, of whom another one was taken to have, and the deliveries
    that tell."""


_ZOOM_USER = MatchedBy.ZOOM_USER
NOBODY_BESIDE = Beside(frozenset(), {}, {}, {})


def beside_others(
    appointment: Appointment,
    attendances: dict[str, Attendance],
    owners: Iterable[tuple[Participant, list[Visit]]],
    since: datetime,
) -> Beside:
    """Those who were not seen by a connection of their own, and are shown by another's; `owners` are all who are known,
    with their visits.

    Only this session is looked at: what was over before people came to it, from `since` on, was another one.
    """
    start, end = appointment.starts_at, appointment.ends_at
    missing = [p for p in appointment.participants if not attendances[p.participant_id].was_seen(start, end)]
    if not missing:
        return NOBODY_BESIDE
    sought, perhaps, by_a_link, by_a_name, by_the_account = Sought(missing), set(), {}, {}, {}
    for owner, theirs in owners:
        by_visit: list[tuple[Span, dict[str, list[int]]]] = []
        of_others: set[str] = set()
        for visit in [visit for visit in theirs if visit.may_be_between(since, end)]:
            others: dict[str, list[int]] = {}
            told = _shown_in(owner, visit)
            if visit.match.by is _ZOOM_USER and all([shown.some_clinician for shown, _ in told]):
                _note(by_the_account, sought.may_have_used_the_account(owner), [n for _, some in told for n in some])
            for shown, numbers in told:
                perhaps.update(sought.may_be(shown))
                if shown.of_others:
                    _note(others, sought.shown_in(shown), numbers)
                    _note(by_a_name, sought.named_beside(shown), numbers)
            by_visit.append(((visit.events[0].at, visit.events[-1].at), others))
            of_others.update(others)
        for code in of_others:
            if _was_there_too(code, by_visit):
                _note(by_a_link, [code], [n for _, others in by_visit for n in others.get(code, ())])
    return Beside(frozenset(perhaps), by_a_link, by_a_name, by_the_account)


def _note(found: dict[str, list[int]], codes: Iterable[str], numbers: list[int]) -> None:
    for code in codes:
        found.setdefault(code, []).extend(numbers)


def _was_there_too(code: str, by_visit: list[tuple[Span, dict[str, list[int]]]]) -> bool:
    """Whether the owner of a link was there by another connection, which does not show this person, while one did."""
    shown = union([span for span, others in by_visit if code in others])
    owner = union([span for span, others in by_visit if code not in others])
    return length(intersect(shown, owner)) > LATE_NOTICE


def _shown_in(owner: Participant, visit: Visit) -> list[tuple[Shown, list[int]]]:
    """What the connections of a visit showed, each thing that was shown in a row once, and the deliveries that tell."""
    found: list[tuple[Shown, list[int]]] = []
    before = None
    for event in visit.events:
        keys = event.name, event.email, event.phone, event.registrant_id, event.customer_key
        if keys != before:
            found.append((Shown.of(owner, event, visit.match.by), []))
            before = keys
        found[-1][1].append(event.delivery)
    return found
