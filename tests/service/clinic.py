"""A small clinic for the stories: invented people, one meeting, deliveries as Zoom sends them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import count

from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.ports.queue import WorkKind
from plugin.service import incidents, ladder
from plugin.service.judging import Judge
from plugin.service.reading import read_inbox
from plugin.service.rejoin import Rejoin
from plugin.service.roster import put_appointment
from plugin.service.watching import Watch
from plugin.storage import action, assessment, delivery, work
from tests.conftest import MONDAY_MORNING

NINE = MONDAY_MORNING + timedelta(hours=1)
ALICE = Participant("C-ALICE", Role.CLIENT, "Alice Appleyard", "alice@example.org", registrant_id="reg-alice")
DORA = Participant("S-DORA", Role.CLINICIAN, "Dora Dimmock", "dora@clinic.example", customer_key="S-DORA")
_serial = count(1)


def appointment(number: str = "A1", **changes) -> Appointment:
    """An hour with Dora for Alice at nine, in the meeting 81000000001."""
    values = {
        "kind": Kind.INDIVIDUAL,
        "starts_at": NINE,
        "ends_at": NINE + timedelta(hours=1),
        "meeting_id": "81000000001",
        "participants": (ALICE, DORA),
        "host_id": "zoom-dora",
    }
    return Appointment(appointment_id=number, **(values | changes))


class Clinic:
    """A Rejoin with one morning's roster, and the ways in which a morning goes."""

    def __init__(self, rejoin: Rejoin, *roster: Appointment):
        self.rejoin = rejoin
        self.clock = rejoin.clock
        self.judge = Judge(rejoin)
        for one in roster or (appointment(),):
            self.put(one)

    def put(self, one: Appointment) -> bool:
        with self.rejoin.db.begin() as tx:
            return put_appointment(tx, self.rejoin, one, self.clock.now())

    def receive(self, body: dict | bytes) -> int | None:
        """Store a delivery as it arrives now; nobody has read it yet."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        with self.rejoin.db.begin() as tx:
            return delivery.store(tx, raw, self.clock.now())

    def read(self) -> int:
        return read_inbox(self.rejoin)

    def work(self) -> int:
        """Read the inbox and judge whatever is due, as the engine would; returns how many appointments."""
        self.read()
        done = 0
        while True:
            now = self.clock.now()
            with self.rejoin.db.begin() as tx:
                claims = work.claim_due(tx, (WorkKind.JUDGE,), now, now)
            if not claims:
                if self._look_around():
                    continue
                return done
            self.judge.perform(claims)
            done += len(claims)

    def _look_around(self) -> bool:
        """Ask for the others who are to be judged because of somebody, when that is due; whether it was for anybody."""
        now, rows, steps = self.clock.now(), work.work, {ladder.LADDER, ladder.DAY, incidents.ROOM}
        with self.rejoin.db.begin() as tx:
            asked = tx.execute(rows.select().where(rows.c.kind == WorkKind.WATCH, rows.c.due_at <= now)).all()
            due = [row.subject for row in asked if row.subject.partition("/")[0] in steps]
            claims = [claim for one in due for claim in work.claim_due(tx, (WorkKind.WATCH,), now, now, subject=one)]
        for claim in claims:
            Watch(self.rejoin).perform(claim)
        return bool(claims)

    def go_to(self, at: datetime) -> None:
        """Let time pass, judging at each deadline on the way."""
        while True:
            with self.rejoin.db.read() as tx:
                due = [row.due_at for row in tx.execute(work.work.select().where(work.work.c.kind == "judge"))]
            next_due = min(due, default=None)
            if next_due is None or next_due > at:
                break
            self.clock.set(max(next_due, self.clock.now()))
            self.work()
        self.clock.set(at)
        self.work()

    def verdict(self, person: Participant = ALICE, number: str = "A1") -> dict | None:
        with self.rejoin.db.read() as tx:
            row = assessment.current(tx, number).get(person.participant_id)
        return row and row.result

    def history(self, person: Participant = ALICE, number: str = "A1") -> list:
        with self.rejoin.db.read() as tx:
            return list(assessment.history(tx, number, person.participant_id))

    def actions(self, number: str = "A1", person: Participant | None = None) -> dict[str, str]:
        """The state of each action, by kind (and purpose)."""
        with self.rejoin.db.read() as tx:
            rows = action.of_appointment(tx, number)
        return {
            row.kind + (f" {row.purpose}" if row.purpose else ""): row.state
            for row in rows
            if person is None or row.participant_id == person.participant_id
        }

    def rows(self) -> list:
        with self.rejoin.db.read() as tx:
            return list(tx.execute(delivery.delivery.select().order_by(delivery.delivery.c.id)))


def joined(who: Participant, at: datetime, connection: str = "", **others) -> dict:
    """They came into the meeting."""
    return _participant("meeting.participant_joined", who, at, "join_time", connection, **others)


def left(who: Participant, at: datetime, connection: str = "", reason: str = "left the meeting", **others) -> dict:
    """They left, for the reason that Zoom gives."""
    text = f"{who.name} left the meeting.<br>Reason: {reason}."
    return _participant("meeting.participant_left", who, at, "leave_time", connection, leave_reason=text, **others)


def ended(at: datetime, meeting: str = "81000000001", instance: str = "u1==") -> dict:
    """The meeting ended."""
    thing = {"id": meeting, "uuid": instance, "host_id": "zoom-dora", "end_time": _iso(at)}
    thing |= {"start_time": _iso(NINE), "topic": "Grief group of Alice Appleyard"}
    return _body("meeting.ended", thing, at)


def unstable(who: Participant, at: datetime, connection: str = "", instance: str = "u1==") -> dict:
    """Zoom's warning of a bad line; it carries no meeting number."""
    sample = {"date_time": _iso(at), "details": {"network_notification": "internet connection unstable"}}
    person = {"user_id": connection or f"k-{who.participant_id}", "qos": [sample]}
    return _body("meeting.participant_qos", {"uuid": instance, "participant": person}, at)


def _participant(
    event: str,
    who: Participant,
    at: datetime,
    field: str,
    connection: str,
    meeting: str = "81000000001",
    instance: str = "u1==",
    begun: datetime = NINE,
    **more,
) -> dict:
    person = {
        "user_id": connection or f"k-{who.participant_id}",
        "participant_uuid": f"stay-{connection or who.participant_id}",
        "user_name": who.name,
        "email": who.email,
        "registrant_id": who.registrant_id,
        "customer_key": who.customer_key,
        field: _iso(at),
    }
    thing = {"id": meeting, "uuid": instance, "host_id": "zoom-dora", "start_time": _iso(begun)}
    return _body(event, thing | {"topic": "Grief group of Alice Appleyard", "participant": person | more}, at)


def _body(event: str, thing: dict, at: datetime) -> dict:
    sent = round(at.timestamp() * 1000) + next(_serial) % 997
    return {"event": event, "event_ts": sent, "payload": {"account_id": "account-1", "object": thing}}


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
