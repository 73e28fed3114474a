"""What Zoom would deliver about one meeting of the stories, put into the inbox, read and judged."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta

from plugin.service.docket import Docket
from plugin.service.judging import write
from plugin.service.reading import read_inbox
from plugin.storage.identity import identify
from plugin.storage.tables import delivery

MEETING = "80112345678"
LOST = "Somebody got disconnected from the meeting. Reason: network connection error."
CHOSE = "Somebody left the meeting."


class Zoom:
    """Delivers what happened at a moment, one second later; people are known by their registrant id."""

    def __init__(self, rejoin, starts_at: datetime, meeting: str = MEETING):
        self.rejoin, self.meeting, self.starts_at = rejoin, meeting, starts_at
        self._numbers = itertools.count(1)

    def started(self, at: datetime):
        """The host opened the meeting."""
        self._deliver("meeting.started", at)

    def ended(self, at: datetime):
        """The host ended it."""
        self._deliver("meeting.ended", at, end_time=_text(at))

    def joined(self, who: str, at: datetime):
        """Somebody is in."""
        self._deliver("meeting.participant_joined", at, participant=_person(who) | {"join_time": _text(at)})

    def left(self, who: str, at: datetime, reason: str = CHOSE):
        """Somebody is out."""
        person = _person(who) | {"leave_time": _text(at), "leave_reason": reason}
        self._deliver("meeting.participant_left", at, participant=person)

    def waits(self, who: str, at: datetime):
        """Somebody sits in the waiting room."""
        person = _person(who) | {"date_time": _text(at)}
        self._deliver("meeting.participant_joined_waiting_room", at, participant=person)

    def judge(self, *appointment_ids: str) -> None:
        """Read the inbox and judge these appointments at the present moment."""
        while read_inbox(self.rejoin):
            pass
        for appointment_id in appointment_ids:
            found = Docket(self.rejoin).look(appointment_id, self.rejoin.clock.now())
            with self.rejoin.db.begin() as tx:
                write(tx, self.rejoin, [found])

    def _deliver(self, event: str, at: datetime, **more) -> None:
        started = _text(self.starts_at - timedelta(minutes=5))
        told = {"id": self.meeting, "uuid": f"run-{self.meeting}==", "host_id": "host-rivera", "start_time": started}
        body = {
            "event": event,
            "event_ts": int(at.timestamp() * 1000),
            "payload": {"account_id": "a", "object": told | more},
        }
        raw = json.dumps(body).encode()
        with self.rejoin.db.begin() as tx:
            tx.execute(
                delivery.insert().values(
                    **identify(raw, f"{self.meeting}-{next(self._numbers)}")._asdict(),
                    received_at=at + timedelta(seconds=1),
                    body_sealed=tx.vault.seal("delivery.body_sealed", raw),
                )
            )


def _person(who: str) -> dict:
    return {"user_id": f"{who}-1", "participant_uuid": f"{who}-uuid", "registrant_id": who, "user_name": "Somebody"}


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
