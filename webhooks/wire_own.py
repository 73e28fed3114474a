"""What is no word of a meeting: Rejoin's own evidence, and that Zoom sends nothing any more."""

from __future__ import annotations

from datetime import datetime

from plugin.core.event import Event, EventKind
from webhooks.wire_absurd import OLDEST, is_timely
from webhooks.wire_body import Payload
from webhooks.wire_moment import time_of
from webhooks.wire_problem import Unreadable
from webhooks.wire_text import text_of


def own_event(
    kind: EventKind, payload: Payload, delivery: int, sent_at: datetime | None, received_at: datetime | None
) -> Event:
    """Evidence of Rejoin's own. Raises Unreadable when it does not say of what, or of whom, or when."""
    if sent_at is not None and received_at is not None and not is_timely(sent_at, received_at):
        sent_at = received_at  # both are times of ours, and this one orders the deliveries
    received_at = received_at or sent_at
    at, ended_at, named = sent_at, None, ""
    if kind is EventKind.PLATFORM_INCIDENT:
        began, ended_at = time_of(payload.started_at), time_of(payload.ended_at)
        # Two words of one beginning are of one incident, though nobody gave it a name: the second tells its end.
        named = text_of(payload.incident_id) or (f"since {began.isoformat()}" if began else "")
        at = began or sent_at
    elif not text_of(payload.appointment_id):
        raise Unreadable("it names no appointment (payload.appointment_id is missing)")
    elif kind is not EventKind.FLOOD_BEGAN and not text_of(payload.participant_id):
        raise Unreadable("it names no participant (payload.participant_id is missing)")
    at = at or received_at
    if at is None:
        raise Unreadable("it has no event_ts")
    return _simple(
        kind, at, delivery, received_at, ended_at=ended_at, instance=named,
        appointment_id=text_of(payload.appointment_id), participant_id=text_of(payload.participant_id),
    )  # fmt: skip


def feed_stopped(payload: Payload, delivery: int, sent_at: datetime | None, received_at: datetime | None) -> Event:
    """That Zoom sends nothing of an account any more."""
    at, account_id = time_of(payload.deauthorization_time), text_of(payload.account_id)
    arrived = received_at or sent_at or at
    if at is None or not arrived - OLDEST <= at <= arrived:
        at = arrived  # whatever its clock says, by now nothing is sent any more
    return _simple(EventKind.FEED_STOPPED, at, delivery, arrived, account_id=account_id)


def _simple(kind: EventKind, at: datetime | None, delivery: int, received_at: datetime | None, **more) -> Event:
    if at is None:
        raise Unreadable("it has no time")
    return Event(kind=kind, at=at, delivery=delivery, received_at=received_at or at, **more)
