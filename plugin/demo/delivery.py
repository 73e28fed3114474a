"""Deliveries in the shape in which Zoom really sends them, for the demonstration and for tests.

Field names, blank strings and the order of keys follow captured traffic: ids of a connection are small integers as
strings, a stay is an uppercase UUID, guests have blank ids, and `registrant_id` is missing in a guest's `joined` and
blank in a guest's `left`. Times are aware and sent as UTC with whole seconds.
"""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NAMESPACE = uuid.UUID("6f1d2c1e-7d55-5a53-9a0e-52656a6f696e")

ACCOUNT_ID = "Kq3zT1bRQ0mX5wYd2LhV8A"

PLAIN = "left the meeting. Reason : left the meeting"
CLIENT_CLOSE = "got disconnected from the meeting. Reason : Client Close."
FAILOVER = "left the meeting. Reason : left the meeting with Unknown Failover Reason"
NETWORK = "got disconnected from the meeting. Reason : Network connection error."
HOST_ENDED = "left the meeting. Reason : Host ended the meeting."

# Zoom sends a delivery this long after the thing happened.
SENT_AFTER = timedelta(seconds=1, milliseconds=300)


@dataclass(frozen=True, slots=True)
class Room:
    """One run of a meeting; `topic` is what the host typed, `minutes` the scheduled length (0: an instant meeting)."""

    meeting_id: str
    instance: str
    host_id: str
    started_at: datetime
    minutes: int = 50
    topic: str = "Session"
    timezone: str = "America/New_York"

    def as_object(self, meeting_id: str | int | None = None) -> dict:
        """`payload.object` without a participant."""
        return {
            "uuid": self.instance,
            "id": self.meeting_id if meeting_id is None else meeting_id,
            "type": 2,
            "topic": self.topic,
            "host_id": self.host_id,
            "duration": self.minutes,
            "start_time": iso(self.started_at),
            "timezone": self.timezone,
        }


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody as Zoom knows them; blank is normal."""

    name: str
    zoom_user_id: str = ""
    email: str = ""
    registrant_id: str = ""
    customer_key: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection of somebody: `user_id` is new with each, `stay` (participant_uuid) survives room switches."""

    user_id: str
    stay: str


def meeting_uuid(seed: str) -> str:
    """A meeting instance's uuid, the same for the same seed: 16 bytes in base64."""
    return base64.b64encode(uuid.uuid5(NAMESPACE, seed).bytes).decode()


def connection(seed: str, number: int, stay_of: Connection | None = None) -> Connection:
    """A connection, the same for the same seed and number; `stay_of` continues the stay of an earlier one."""
    stay = stay_of.stay if stay_of else str(uuid.uuid5(NAMESPACE, f"{seed}/{number}")).upper()
    return Connection(str(16778240 + number * 1024), stay)


def started(room: Room) -> dict:
    """The meeting began, whoever was the first."""
    return event("meeting.started", room.started_at, room.as_object())


def ended(room: Room, at: datetime) -> dict:
    """The meeting ended; Zoom delivers this 15 to 24 seconds later."""
    return event("meeting.ended", at, room.as_object() | {"end_time": iso(at)})


def joined(room: Room, guest: Guest, line: Connection, at: datetime) -> dict:
    """Somebody came into the meeting."""
    person = _person(guest, line) | {"join_time": iso(at), "public_ip": "203.0.113.24"}
    return event("meeting.participant_joined", at, room.as_object() | {"participant": person})


def left(room: Room, guest: Guest, line: Connection, at: datetime, reason: str = PLAIN) -> dict:
    """A connection ended; `reason` is Zoom's text."""
    person = {"registrant_id": ""} | _person(guest, line)
    person |= {"leave_time": iso(at), "leave_reason": reason, "public_ip": "203.0.113.24", "private_ip": "192.0.2.7"}
    return event("meeting.participant_left", at, room.as_object() | {"participant": person})


def waiting_began(room: Room, guest: Guest, line: Connection, at: datetime) -> dict:
    """Somebody came into the waiting room."""
    return _in_waiting_room("meeting.participant_joined_waiting_room", room, guest, line, at)


def waiting_ended(room: Room, guest: Guest, line: Connection, at: datetime) -> dict:
    """Somebody left the waiting room: let in, refused or given up."""
    return _in_waiting_room("meeting.participant_left_waiting_room", room, guest, line, at)


def admitted(room: Room, guest: Guest, line: Connection, at: datetime) -> dict:
    """The host let somebody in."""
    return _in_waiting_room("meeting.participant_admitted", room, guest, line, at)


def waited_for_host(room: Room, guest: Guest, at: datetime) -> dict:
    """Somebody waits for the host to begin; Zoom names no connection and no time here."""
    return _before_host("meeting.participant_jbh_waiting", room, guest, at)


def stopped_waiting_for_host(room: Room, guest: Guest, at: datetime) -> dict:
    """Somebody no longer waits for the host: they gave up, or the host came."""
    return _before_host("meeting.participant_jbh_waiting_left", room, guest, at)


def unstable(room: Room, guest: Guest, line: Connection, at: datetime) -> dict:
    """Zoom's warning that a person's internet connection is unstable; it names the instance and no meeting number."""
    sample = {
        "date_time": iso(at),
        "type": "notification",
        "details": {"network_notification": "internet connection unstable"},
    }
    person = {"user_id": line.user_id, "participant_user_id": guest.zoom_user_id, "email": guest.email, "qos": [sample]}
    return event("meeting.participant_qos", at, {"uuid": room.instance, "participant": person})


def url_validation(token: str, at: datetime) -> dict:
    """Zoom asks whether the address is ours, when it is set and then every 72 hours."""
    return {"event": "endpoint.url_validation", "payload": {"plainToken": token}, "event_ts": _milliseconds(at)}


def event(name: str, at: datetime, thing: dict, account_id: str = ACCOUNT_ID) -> dict:
    """Any event about a meeting: `thing` is `payload.object`."""
    sent = _milliseconds(at + SENT_AFTER)
    return {"event": name, "event_ts": sent, "payload": {"account_id": account_id, "object": thing}}


def as_body(delivery: dict) -> bytes:
    """The bytes as Zoom sends them: compact, and letters beyond ASCII as they are."""
    return json.dumps(delivery, separators=(",", ":"), ensure_ascii=False).encode()


def iso(at: datetime) -> str:
    """A time as Zoom writes it: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _person(guest: Guest, line: Connection) -> dict:
    person = {
        "user_id": line.user_id,
        "user_name": guest.name,
        "participant_user_id": guest.zoom_user_id,
        "id": guest.zoom_user_id,
        "email": guest.email,
        "participant_uuid": line.stay,
    }
    # Zoom leaves these out of a joined when there is nothing to say.
    known = {
        "registrant_id": guest.registrant_id,
        "customer_key": guest.customer_key,
        "phone_number": guest.phone,
    }
    return person | {name: value for name, value in known.items() if value}


def _in_waiting_room(name: str, room: Room, guest: Guest, line: Connection, at: datetime) -> dict:
    return event(name, at, room.as_object() | {"participant": _person(guest, line) | {"date_time": iso(at)}})


def _before_host(name: str, room: Room, guest: Guest, at: datetime) -> dict:
    person = {"id": guest.zoom_user_id, "user_name": guest.name}
    person |= {"customer_key": guest.customer_key, "registrant_id": guest.registrant_id}
    # These come with the meeting number as a number.
    thing = room.as_object(int(room.meeting_id)) | {"participant": person}
    return event(name, at, thing)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
