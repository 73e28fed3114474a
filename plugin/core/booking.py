"""The booking of a meeting: what Zoom told of it before it began, so that nobody had to come, or not at that time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plugin.core.appointment import Appointment
from plugin.core.event import Event, EventKind
from plugin.core.identity import plain_email

DELETIONS = frozenset({EventKind.MEETING_DELETED, EventKind.MEETING_RECOVERED})
OF_THE_BOOKING = DELETIONS | {EventKind.MEETING_CHANGED, EventKind.REGISTERED, EventKind.UNREGISTERED}
"""What may come long before the session that it is about."""


def deleted(told: Iterable[Event], start: datetime) -> Event | None:
    """What deleted the meeting before it began, of what was told in order; None if nothing did, or it was recovered."""
    found = None
    for event in told:
        if event.kind in DELETIONS and event.at < start and (not event.occurrences or start in event.occurrences):
            found = event if event.kind is EventKind.MEETING_DELETED else None
    return found


def moved(told: Iterable[Event], start: datetime) -> Event | None:
    """What moved the session to another time before it began; None if nothing did, or it was moved back."""
    found = None
    for event in told:
        if event.kind is EventKind.MEETING_CHANGED and event.at < start:
            if start in event.occurrences:
                found = None
            elif event.occurrences and start in event.moved_from:
                found = event
    return found


def registrations_ended(told: Iterable[Event], appointment: Appointment) -> list[Event]:
    """What cancelled or denied somebody's registration for this session before it ended, of what was told in order; not
    when they were registered again, or approved after all."""
    ended: list[Event] = []
    for event in told:
        if event.at >= appointment.ends_at:
            continue
        if event.kind is EventKind.REGISTERED:
            ended = [one for one in ended if not _same_registrant(one, event)]
        elif event.kind is EventKind.UNREGISTERED and (
            not event.occurrences or appointment.starts_at in event.occurrences
        ):
            ended.append(event)
    return ended


def _same_registrant(one: Event, other: Event) -> bool:
    if one.registrant_id and one.registrant_id == other.registrant_id:
        return True
    return bool(one.email) and plain_email(one.email) == plain_email(other.email)
