"""What Zoom really sends: bodies in the shapes of recorded traffic, and one delivery of one of them."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

REASONS = {
    "plain": "left the meeting. Reason : left the meeting",
    "to breakout": "left the meeting. Reason : left the meeting to join breakout room",
    "from breakout": "left the meeting. Reason : left the meeting leave breakout room to join main meeting",
    "client close": "got disconnected from the meeting. Reason : Client Close.",
    "host ended": "left the meeting. Reason : Host ended the meeting.",
    "no host": "left the meeting. Reason : Host did not join.",
    "failover": "left the meeting. Reason : left the meeting with Unknown Failover Reason",
    "network": "got disconnected from the meeting. Reason : Network connection error.",
    "removed": "left the meeting. Reason : Removed by host.",
    "time limit": "left the meeting. Reason : Exceeded free meeting minutes limit.",
    "none": "",
}


@dataclass(frozen=True)
class Spelling:
    """How Zoom spells what it does not know, and ids: both differ between accounts and years."""

    blank: str | None = ""
    blanks_missing: bool = False
    numbers: bool = False


@dataclass(frozen=True)
class Door:
    """One connection: its user_id, its participant_uuid, and what Zoom shows of the person."""

    user_id: str
    uuid: str
    shown: dict[str, str]


@dataclass
class Meeting:
    """One Zoom meeting number: its running instance, and the user_ids that it hands out."""

    meeting_id: str
    host_id: str
    spelling: Spelling
    instance: str = ""
    started_at: datetime | None = None
    _numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def new_instance(self, at: datetime) -> None:
        """End and restart of the same number: a new uuid; with "/" in it, as they come."""
        self.instance = f"/q{self.meeting_id[-4:]}+{next(self._numbers):03}//bJ{at:%m%d%H%M%S}w=="
        self.started_at = at

    def door(self, shown: dict[str, str]) -> Door:
        """A new connection with a new participant_uuid."""
        number = next(self._numbers)
        tail = int(self.meeting_id) % 10**10
        return Door(str(16778240 + 1024 * number), f"{number:08X}-0A0B-4C0D-8E0F-{tail:012X}", shown)

    def next_door(self, door: Door, shown: dict[str, str]) -> Door:
        """The same stay under a new user_id: what a breakout hop or a rename does."""
        return Door(str(16778240 + 1024 * next(self._numbers)), door.uuid, door.shown | shown)

    def body(self, event: str, at: datetime, sent_after: float = 1.2, operation: str = "", **more: Any) -> dict:
        """The common shape of every meeting event."""
        told = {
            "uuid": self.instance,
            "id": self.meeting_id,
            "type": 8,
            "topic": "-",
            "host_id": self.host_id,
            "duration": 60,
            "timezone": "America/Los_Angeles",
        } | more
        if self.started_at:
            told["start_time"] = zulu(self.started_at)
        if self.spelling.numbers or event == "meeting.deleted":
            told["id"] = int(self.meeting_id)
        payload = {"account_id": "AcctOne", "object": told} | ({"operation": operation} if operation else {})
        return {"event": event, "event_ts": _milliseconds(at, sent_after), "payload": payload}

    def person(self, event: str, at: datetime, door: Door, time_field: str) -> dict:
        """An event about somebody; guests have "" for their ids, and no registrant_id at all when they join."""
        shown = door.shown
        about: dict[str, Any] = {
            "user_id": int(door.user_id) if self.spelling.numbers else door.user_id,
            "user_name": shown.get("name", ""),
            "participant_user_id": shown.get("zoom_id", ""),
            "id": shown.get("zoom_id", ""),
            "email": shown.get("email", ""),
            "participant_uuid": door.uuid,
            time_field: zulu(at),
            "public_ip": "203.0.113.9",
        }
        if shown.get("registrant_id") or event == "participant_left":
            about["registrant_id"] = shown.get("registrant_id", "")
        if shown.get("customer_key"):
            about["customer_key"] = shown["customer_key"]
        if shown.get("phone"):
            about["phone_number"] = shown["phone"]
        return self.body(f"meeting.{event}", at, participant=self._spelled(about))

    def left(self, at: datetime, door: Door, reason: str) -> dict:
        """meeting.participant_left with the text Zoom really sends."""
        body = self.person("participant_left", at, door, "leave_time")
        about = body["payload"]["object"]["participant"]
        about["leave_reason"] = REASONS.get(reason, reason)
        about["private_ip"] = "10.0.0.4"
        return body

    def before_host(self, event: str, at: datetime, shown: dict[str, str]) -> dict:
        """The jbh events: only event_ts says when, and nothing says which connection."""
        about = {"id": shown.get("zoom_id", ""), "user_name": shown.get("name", ""),
                 "customer_key": shown.get("customer_key", ""),
                 "registrant_id": shown.get("registrant_id", "")}  # fmt: skip
        return self.body(f"meeting.{event}", at, 0, participant=self._spelled(about))

    def quality(self, at: datetime, door: Door, what: str) -> dict:
        """meeting.participant_qos: no meeting id, no name, only the instance and the user_id."""
        sample = {"date_time": zulu(at), "type": "notification", "details": {"network_notification": what}}
        about = {"user_id": door.user_id, "participant_user_id": "", "email": "", "qos": [sample]}
        return {
            "event": "meeting.participant_qos",
            "event_ts": _milliseconds(at, 1),
            "payload": {"account_id": "AcctOne", "object": {"uuid": self.instance, "participant": about}},
        }

    def deauthorized(self, at: datetime) -> dict:
        """app_deauthorized: no object, and its event_ts inside the payload."""
        payload = {
            "account_id": "AcctOne",
            "user_id": self.host_id,
            "deauthorization_time": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "client_id": "invented",
            "event_ts": at.strftime("%Y-%m-%d %H:%M:%S"),
        }
        return {"event": "app_deauthorized", "payload": payload}

    def _spelled(self, about: dict[str, Any]) -> dict[str, Any]:
        if self.spelling.blanks_missing:
            return {key: value for key, value in about.items() if value != ""}
        return {key: self.spelling.blank if value == "" else value for key, value in about.items()}


@dataclass(frozen=True)
class Delivery:
    """One body as it arrived."""

    body: dict
    at: datetime
    received_at: datetime

    def line(self) -> bytes:
        """A line of the events file."""
        received = self.received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        envelope = {"received_at": received, "headers": {"x-zm-request-id": "invented"}, "body": self.body}
        return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()

    def told(self) -> str:
        """For a person who reads a failed test."""
        thing = self.body["payload"].get("object", self.body["payload"])
        about = thing.get("participant", {}) if isinstance(thing, dict) else {}
        words = [f"{self.at:%H:%M:%S} (received {self.received_at:%H:%M:%S})", self.body["event"]]
        words += [str(about[k]) for k in ("user_name", "user_id", "registrant_id", "leave_reason") if about.get(k)]
        return " · ".join(words)


def zulu(at: datetime) -> str:
    """As Zoom writes a time: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(at: datetime, after: float) -> int:
    return int((at + timedelta(seconds=after)).timestamp() * 1000)
