"""What a broken or a hostile sender may bring: lines that are no events, and events that are absurd."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parents[1] / "stories" / "recordings"
ROSTER, EVENTS = RECORDINGS / "chicago-group.csv", RECORDINGS / "chicago-group.jsonl"
EVENING = "2026-05-12T23:10:00Z"
EVENING_MS = 1_778_627_400_000
OTHER_MEETING = "90000000001"


def joined(shown: dict[str, Any] | None = None, **thing: Any) -> dict[str, Any]:
    """Somebody joins a meeting next door, in the middle of the recorded evening."""
    person = {
        "user_id": "16790000",
        "user_name": "Somebody",
        "id": "",
        "email": "",
        "participant_uuid": "0BADF00D-0A0B-4C0D-8E0F-000000000001",
        "join_time": EVENING,
    }
    place = {"id": OTHER_MEETING, "uuid": "hostile+1==", "start_time": "2026-05-12T23:00:00Z", "host_id": "h"}
    place |= {"participant": person | (shown or {})} | thing
    payload = {"account_id": "AcctOne", "object": place}
    return {"event": "meeting.participant_joined", "event_ts": EVENING_MS, "payload": payload}


def _bytes(body: Any) -> bytes:
    return json.dumps(body).encode()


_deep = b'{"event":"meeting.started","payload":' + b'{"object":' * 20_000 + b"1" + b"}" * 20_001

NO_EVENTS: dict[str, bytes] = {
    "no JSON": b"<html>502 Bad Gateway</html>",
    "cut off": _bytes(joined())[:200],
    "two bodies in one line": _bytes(joined()) + _bytes(joined()),
    "a number": b"42",
    "a list": b"[1, 2, 3]",
    "null": b"null",
    "no UTF-8": b'{"event": "meeting.started", "payload": {"object": {"id": "\xff\xfe"}}}',
    "NUL bytes": b"\x00\x00\x00\x00",
    "nested without end": _deep,
    "NaN as a time": _bytes(joined()).replace(str(EVENING_MS).encode(), b"NaN"),
    "event is a list": _bytes(joined() | {"event": ["meeting.started"]}),
    "event is missing": _bytes({"payload": {"object": {"id": OTHER_MEETING}}}),
    "event that nobody knows": _bytes(joined() | {"event": "meeting.participant_levitated"}),
    "event with a long name": _bytes(joined() | {"event": "meeting." + "x" * 100_000}),
    "payload is missing": _bytes({"event": "meeting.started", "event_ts": EVENING_MS}),
    "payload is a list": _bytes(joined() | {"payload": []}),
    "object is a text": _bytes(joined() | {"payload": {"object": "meeting"}}),
    "no meeting": _bytes(joined(id=None, uuid="")),
    "year 1": _bytes(joined({"join_time": "0001-01-01T00:00:00Z"}) | {"event_ts": -62135596800000}),
    "year 9999": _bytes(joined({"join_time": "9999-12-31T23:59:59Z"}) | {"event_ts": 253402300799000}),
    "clicked for no appointment": _bytes({"event": "rejoin.join_clicked", "event_ts": EVENING_MS, "payload": {}}),
    "years too early, and sent then": _bytes(
        joined({"join_time": "2011-05-12T23:10:00Z"}) | {"event_ts": 1_305_241_800_000}
    ),
    "years too late, and sent then": _bytes(
        joined({"join_time": "2087-05-12T23:10:00Z"}) | {"event_ts": 3_703_619_400_000}
    ),
    "no time at all": _bytes(joined({"join_time": ""}) | {"event_ts": None}),
}  # fmt: skip
"""Each is counted and named, and stops nothing."""

ABSURD: dict[str, dict[str, Any]] = {
    "participant is a list": joined(participant=[]),
    "years too early": joined({"join_time": "2011-05-12T23:10:00Z"}),
    "years too late": joined({"join_time": "2087-05-12T23:10:00Z"}),
    "name is a list": joined({"user_name": ["a"]}),
    "id is true": joined(id=True),
    "every field is a list": joined({key: [1] for key in ("user_id", "participant_uuid", "id", "email", "join_time")}),
    "name of 100 kB": joined({"user_name": "A" * 100_000}),
    "name of combining marks": joined({"user_name": "A" + "\u0301" * 50_000}),
    "name that writes from right to left": joined({"user_name": "\u202eTHGIN\u202c\u2066x"}),
    "name of nothing to see": joined({"user_name": "\u200b\u200d\ufeff\u2060"}),
    "name that is half a character": joined({"user_name": "\ud83d"}),
    "name with a NUL": joined({"user_name": "Amara\x00 Okafor"}),
    "name that looks like one of the roster": joined({"user_name": "Аmara Оkafor"}),
    "markup for a name": joined({"user_name": "<script>alert(1)</script>'; DROP TABLE delivery;--"}),
    "ids of 100 kB": joined({"registrant_id": "r" * 100_000, "user_id": "9" * 100_000}),
    "user id beyond all numbers": joined({"user_id": 10**30}),
    "negative user id": joined({"user_id": -1}),
    "meeting number in foreign digits": joined(id="９１２００３４５６７８"),
    "meeting number with spaces": joined(id=" 9 0000-000 001 "),
    "time without an offset": joined({"join_time": "2026-05-12T23:10:00"}),
    "time that is no time": joined({"join_time": "yesterday"}),
    "start of the instance in the year 2000": joined(start_time="2000-01-01T00:00:00Z"),
    "start of the instance after the join": joined(start_time="2026-05-13T23:00:00Z"),
    "participant is null": joined(participant=None),
    "leave reason of 100 kB": joined({"leave_reason": "x" * 100_000, "leave_time": EVENING})
    | {"event": "meeting.participant_left"},
    "leave reason that nobody knows": joined({"leave_reason": "\u202eabducted", "leave_time": EVENING})
    | {"event": "meeting.participant_left"},
    "occurrences without a time": joined(occurrences=[{}, {"start_time": 7}]) | {"event": "meeting.deleted"},
    "quality of nobody": joined({"qos": [{"details": {"network_notification": "internet connection unstable"}}]})
    | {"event": "meeting.participant_qos"},
    "bound to itself": joined({"bind_user_id": "16790000", "bind_participant_uuid": "0BADF00D"})
    | {"event": "meeting.participant_bind"},
    "clicked for an appointment that is not there": {
        "event": "rejoin.join_clicked",
        "event_ts": EVENING_MS,
        "payload": {"appointment_id": "G1'--", "participant_id": "C5\x00"},
    },
    "event_ts beyond all numbers": joined() | {"event_ts": 10**400},
}
"""Events that can be read; none of them is about anybody of the roster."""


def in_envelope(body: bytes, received_at: str = "2026-05-13T01:00:00Z") -> bytes:
    """A line of an events file round a body that need not be JSON."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return body
    return b'{"received_at":"' + received_at.encode() + b'","body":' + body + b"}"
