"""Evidence of Rejoin's own: what a client or a member of staff told it, kept in the inbox beside Zoom's deliveries."""

from __future__ import annotations

import json
from datetime import datetime

from plugin.ports.queue import WorkKind
from plugin.service.rejoin import Rejoin
from plugin.storage import delivery
from plugin.storage.database import Transaction


def record(
    tx: Transaction,
    rejoin: Rejoin,
    event_name: str,
    appointment_id: str,
    participant_id: str,
    at: datetime,
    **more: str,
) -> int | None:
    """Store what happened `at` (aware) in the caller's transaction and ask for a judgement.

    `event_name` is one of the replay contract: `rejoin.join_clicked`, `rejoin.trouble_reported`,
    `rejoin.presence_claimed`, `rejoin.notice_given`, `rejoin.platform_incident` (with `started_at`, `ended_at` in
    `more`, ISO 8601). Returns the number of the delivery; None when the very same was recorded already. Call
    `rejoin.queue.wake()` after the commit to have it read at once.
    """
    body = body_of(event_name, appointment_id, participant_id, at, **more)
    number = delivery.store(tx, body, rejoin.clock.now())
    if number is not None and appointment_id:
        rejoin.queue.request(tx, WorkKind.JUDGE, appointment_id, rejoin.clock.now())
    return number


def body_of(event_name: str, appointment_id: str, participant_id: str, at: datetime, **more: str) -> bytes:
    """The body that is stored of it; the same facts are the same body, which the inbox keeps once."""
    payload = {"appointment_id": appointment_id, "participant_id": participant_id} | more
    return json.dumps({"event": event_name, "event_ts": round(at.timestamp() * 1000), "payload": payload}).encode()
