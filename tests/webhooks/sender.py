"""Plays Zoom's part against the receiver: signs as Zoom does, repeats as Zoom does."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from plugin.storage.database import Database
from plugin.storage.tables import delivery
from tests.conftest import WEBHOOK_SECRET, MovingClock
from webhooks.receiver import received_total
from webhooks.signature import sign

SECRET = WEBHOOK_SECRET.encode()


@dataclass
class Sender:
    """Sends deliveries that are signed now, with the secret of the tests, unless a test says otherwise."""

    client: FlaskClient
    clock: MovingClock

    def send(
        self,
        body: bytes | dict,
        request_id: str | None = None,
        secret: bytes = SECRET,
        timestamp: str | None = None,
        headers: dict[str, str] | None = None,
        path: str = "/webhooks/zoom",
    ) -> TestResponse:
        """One POST as Zoom makes it; `headers` are put over its own, and one that is blank is left out."""
        raw = body if isinstance(body, bytes) else as_body(body)
        timestamp = str(int(self.clock.now().timestamp())) if timestamp is None else timestamp
        own = {
            "content-type": "application/json; charset=utf-8",
            "x-zm-request-timestamp": timestamp,
            "x-zm-signature": sign(secret, timestamp, raw),
            "x-zm-request-id": request_id or "",
        } | (headers or {})
        return self.client.post(path, data=raw, headers={name: value for name, value in own.items() if value})


def as_body(delivery: dict) -> bytes:
    """The bytes as Zoom writes them."""
    return json.dumps(delivery, separators=(",", ":"), ensure_ascii=False).encode()


def joined(number: int = 1, name: str = "Alice Example") -> dict:
    """Somebody joined; another number is another delivery."""
    person = {"user_id": str(number), "user_name": name, "join_time": "2026-11-23T14:00:00Z", "email": ""}
    thing = {"id": "84015570001", "uuid": "u1==", "topic": "Séance — matin", "participant": person}
    return {
        "event": "meeting.participant_joined",
        "event_ts": 1795615200000 + number,
        "payload": {"account_id": "A", "object": thing},
    }


def stored_bodies(db: Database) -> list[bytes]:
    """What stands in the inbox, in the order of arrival."""
    with db.read() as tx:
        rows = tx.execute(select(delivery.c.body_sealed).order_by(delivery.c.id)).all()
        return [tx.vault.open("delivery.body_sealed", row.body_sealed) for row in rows]


def counted(result: str) -> float:
    """How often this became of a delivery."""
    (family,) = received_total.collect()
    return next(s.value for s in family.samples if s.name.endswith("_total") and s.labels["result"] == result)
