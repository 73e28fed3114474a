"""What Zoom says of a session: courses into webhook bodies, with Zoom's field names, blanks, ids and times.

Shapes and blanks follow captured deliveries: guests have blank ids, `registrant_id` is missing in a guest's joined and
"" in a left, `object.start_time` is the actual start of the instance, and every time has whole seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from plugin.simulator import names
from plugin.simulator.course import HOST_ENDED, PLAIN, Connection, Course, Face, Hop, Wait, union
from plugin.simulator.session import Session
from plugin.simulator.world import Appointment

ACCOUNT_ID = "SimuLatedAccount00000w"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One body that Zoom sends: of whom and what it tells (for the truth), and when it is sent for the first time.

    `sent_ms` is milliseconds since 1970; `who` is a participant's code, a guest's label or "".
    """

    who: str
    mark: tuple[str, int]
    sent_ms: int
    body: dict


@dataclass(frozen=True, slots=True)
class _Instance:
    uuid: str
    begin: int
    end: int


class Zoom:
    """Zoom's view of one meeting around one appointment; makes the deliveries of everything that happened in it."""

    def __init__(self, rng: Random, appointment: Appointment, meeting_id: str, end_told: bool):
        self._rng, self._appointment, self._meeting_id, self._end_told = rng, appointment, meeting_id, end_told
        self._number = 16_778_240 + 1024 * rng.randrange(40)
        self._stays: dict[int, str] = {}
        self._ids: dict[int, str] = {}
        self._instances: list[_Instance] = []
        self.deliveries: list[Delivery] = []

    def tell(self, courses: list[Course], elsewhere: bool = False) -> None:
        """Everything about one meeting: its instances, and what each course did in it."""
        here = [
            (course, n, c) for course in courses for n, c in enumerate(course.connections) if c.elsewhere == elsewhere
        ]
        spans = union([(c.begin, max(c.end, c.begin + 1)) for _, _, c in here])
        self._instances = [_Instance(names.instance_uuid(self._rng), a, b) for a, b in spans]
        for instance in self._instances:
            self._say("", ("started", 0), "meeting.started", instance.begin, self._object(instance))
        connected: dict[tuple[int, int], Connection] = {(id(course), n): c for course, n, c in here}
        for course, number, connection in here:
            self._connection(course, number, connection, connected)
        for course in courses:
            for number, wait in enumerate(course.waits):
                if wait.elsewhere == elsewhere and wait.told:
                    self._wait(course, number, wait)
        for instance in self._instances:
            thing = self._object(instance) | {"end_time": _iso(instance.end)}
            # Sent 15 to 24 s late, though its own time is earlier than that of the last left.
            self._say(
                "", ("ended", 0), "meeting.ended", instance.end, thing, held_back=self._rng.randrange(15_000, 24_000)
            )

    def _connection(
        self, course: Course, number: int, connection: Connection, connected: dict[tuple[int, int], Connection]
    ) -> None:
        instance = self._instance_at(connection.begin)
        stay, user_id, face = self._stay(connection), self._user_id(), connection.face
        who = course.code
        self._ids[id(connection)] = user_id
        first = connection.begin == instance.begin and face.zoom_id != self._appointment.host_id
        if first:
            person = {"id": face.zoom_id, "user_name": face.name, "customer_key": face.customer_key}
            person["registrant_id"] = face.registrant_id
            self._say(who, ("before-host", number), "meeting.participant_jbh_joined", connection.begin,
                      self._object(instance) | {"participant": person})  # fmt: skip
        self._joined(who, ("joined", number), instance, face, user_id, stay, connection.begin)
        if connection.bound_to is not None:
            main = connected.get((id(course), connection.bound_to))
            self._bind(who, number, instance, face, user_id, stay, connection, main)
        for hop in sorted(connection.hops, key=lambda h: h.at):
            if not connection.begin < hop.at < connection.end:
                continue
            user_id, face = self._hop(who, number, instance, face, user_id, stay, hop)
        if connection.warned_at is not None:
            self._warn(who, number, instance, face, user_id, connection.warned_at)
        if not connection.unheard:
            reason = connection.reason
            over = instance.end - connection.end <= 1
            if over and reason == PLAIN and self._end_told and face.zoom_id != self._appointment.host_id:
                reason = HOST_ENDED
            self._left(who, ("left", number), instance, face, user_id, stay, connection.end, reason)

    def _hop(
        self, who: str, number: int, instance: _Instance, face: Face, user_id: str, stay: str, hop: Hop
    ) -> tuple[str, Face]:
        new_id = self._user_id()
        new_face = face if hop.name is None else replace(face, name=hop.name)
        self._left(who, ("hop-left", number), instance, face, user_id, stay, hop.at, hop.reason)
        self._joined(who, ("hop-joined", number), instance, new_face, new_id, stay, hop.at)
        return new_id, new_face

    def _bind(
        self, who: str, number: int, instance: _Instance, face: Face, user_id: str, stay: str, connection: Connection,
        main: Connection | None,
    ) -> None:  # fmt: skip
        if main is None:
            return
        at = connection.begin + self._rng.randrange(3, 20)
        person = _person(face, user_id, stay)
        person |= {"bind_user_id": self._ids[id(main)], "bind_participant_uuid": self._stay(main)}
        person |= {"date_time": _iso(at), "phone_number": face.phone}
        self._say(
            who, ("bind", number), "meeting.participant_bind", at, self._object(instance) | {"participant": person}
        )

    def _joined(self, who: str, mark: tuple, instance: _Instance, face: Face, user_id: str, stay: str, at: int) -> None:
        person = _person(face, user_id, stay) | {"join_time": _iso(at), "public_ip": "203.0.113.24"}
        self._say(who, mark, "meeting.participant_joined", at, self._object(instance) | {"participant": person})

    def _left(
        self, who: str, mark: tuple, instance: _Instance, face: Face, user_id: str, stay: str, at: int, reason: str
    ) -> None:
        person = {"registrant_id": ""} | _person(face, user_id, stay)
        person |= {
            "leave_time": _iso(at),
            "leave_reason": reason,
            "public_ip": "203.0.113.24",
            "private_ip": "192.0.2.7",
        }
        self._say(who, mark, "meeting.participant_left", at, self._object(instance) | {"participant": person})

    def _warn(self, who: str, number: int, instance: _Instance, face: Face, user_id: str, at: int) -> None:
        text = self._rng.choice(("internet connection unstable", "network bandwidth low"))
        sample = {"date_time": _iso(at), "type": "notification", "details": {"network_notification": text}}
        person = {"user_id": user_id, "participant_user_id": face.zoom_id, "email": face.email, "qos": [sample]}
        self._say(
            who, ("quality", number), "meeting.participant_qos", at, {"uuid": instance.uuid, "participant": person}
        )

    def _wait(self, course: Course, number: int, wait: Wait) -> None:
        instance = self._instance_at(wait.end if wait.kind == "host" else wait.begin)
        who, face = course.code, wait.face
        if wait.kind == "host":
            person = {"id": face.zoom_id, "user_name": face.name, "customer_key": face.customer_key}
            thing = self._object(instance) | {"participant": person}
            self._say(who, ("wait", number), "meeting.participant_jbh_waiting", wait.begin, thing)
            thing = thing | {"id": int(self._meeting_id)}
            thing["participant"] = person | {"registrant_id": face.registrant_id}
            self._say(who, ("waited", number), "meeting.participant_jbh_waiting_left", wait.end, thing)
            return
        after = next((c for c in course.connections if c.admitted_by == number), None)
        stay = self._stay(after) if after else names.stay_uuid(self._rng)
        person, room = _person(face, self._user_id(), stay), "waiting_room"
        began = f"joined_{room}" if wait.kind == "room" else f"put_in_{room}"
        told = [(("wait", number), began, wait.begin)]
        if wait.admitted:
            told.append((("admitted", number), "admitted", wait.end))
        if not wait.admitted or self._rng.random() < 0.9:  # Zoom does not say whether it also sends this on admission
            told.append((("waited", number), f"left_{room}", wait.end))
        for mark, name, at in told:
            thing = self._object(instance) | {"participant": person | {"date_time": _iso(at)}}
            self._say(who, mark, f"meeting.participant_{name}", at, thing)

    def _say(self, who: str, mark: tuple, name: str, at: int, thing: dict, held_back: int = 0) -> None:
        event_ts = at * 1000 + self._rng.randrange(700, 2000)
        if held_back:
            event_ts = at * 1000 + self._rng.randrange(0, 600)
        body = {"event": name, "event_ts": event_ts, "payload": {"account_id": ACCOUNT_ID, "object": thing}}
        self.deliveries.append(Delivery(who, mark, event_ts + held_back + self._rng.randrange(300, 1200), body))

    def _object(self, instance: _Instance) -> dict:
        planned = self._appointment
        return {
            "uuid": instance.uuid, "id": self._meeting_id, "type": 8, "topic": "Session", "host_id": planned.host_id,
            "duration": (planned.ends - planned.starts) // 60, "start_time": _iso(instance.begin),
            "timezone": planned.timezone,
        }  # fmt: skip

    def _instance_at(self, at: int) -> _Instance:
        found = next((i for i in self._instances if i.begin <= at <= i.end), None)
        if found is None:
            found = next((i for i in self._instances if i.begin >= at), None)
        return found or _Instance(names.instance_uuid(Random(f"{self._meeting_id}/{at}")), at, at)

    def _stay(self, connection: Connection) -> str:
        return self._stays.setdefault(id(connection), names.stay_uuid(self._rng))

    def _user_id(self) -> str:
        self._number += 1024
        return str(self._number)


def deleted(session: Session, rng: Random) -> Delivery:
    """The meeting was deleted in Zoom; what is told is its schedule."""
    planned, at = session.appointment, session.deleted_at or 0
    thing = {
        "uuid": names.instance_uuid(rng), "id": int(planned.meeting_id), "host_id": planned.host_id, "topic": "Session",
        "type": 8, "duration": (planned.ends - planned.starts) // 60, "timezone": planned.timezone,
        "occurrences": [{"occurrence_id": str(planned.starts * 1000), "start_time": _iso(planned.starts)}],
    }  # fmt: skip
    payload = {"account_id": ACCOUNT_ID, "operator_id": planned.host_id, "operation": "single", "object": thing}
    event_ts = at * 1000 + 700
    body = {"event": "meeting.deleted", "event_ts": event_ts, "payload": payload}
    return Delivery("", ("deleted", 0), event_ts + 900, body)


def deliveries_of(session: Session, rng: Random) -> list[Delivery]:
    """Everything that Zoom sends of one session, and of the other meetings into which somebody strayed."""
    if session.cancelled:
        return []
    if session.deleted_at is not None:
        return [deleted(session, rng)]
    planned = session.appointment
    zoom = Zoom(rng, planned, planned.meeting_id, session.end_told)
    zoom.tell([*session.courses.values(), *session.guests])
    found = zoom.deliveries
    for course in session.courses.values():
        if any(c.elsewhere for c in course.connections) or any(w.elsewhere for w in course.waits):
            other = Zoom(rng, planned, planned.other_meeting, False)
            other.tell([course], elsewhere=True)
            found += other.deliveries
    return found


def _person(face: Face, user_id: str, stay: str) -> dict:
    person = {
        "user_id": user_id, "user_name": face.name, "participant_user_id": face.zoom_id, "id": face.zoom_id,
        "email": face.email, "participant_uuid": stay,
    }  # fmt: skip
    known = {"registrant_id": face.registrant_id, "customer_key": face.customer_key, "phone_number": face.phone}
    return person | {name: value for name, value in known.items() if value}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
