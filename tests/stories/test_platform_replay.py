"""One incident of the platform over several meetings is one ticket in a replay, told once, whoever judges a part."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from config.policy import load_policy
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.result import plain
from plugin.recording import read_recording
from plugin.replay import Replay, replay

NINE = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CODES = ("A", "B", "C", "D")


def iso(minute: int) -> str:
    return (NINE + minute * MINUTE).strftime("%Y-%m-%dT%H:%M:%SZ")


def person(code: str, role: Role) -> Participant:
    return Participant(f"{role.value}-{code}", role, registrant_id=f"reg-{role.value}-{code}")


def roster() -> list[Appointment]:
    """Four sessions at nine; D's is in the evening."""
    return [
        Appointment(
            code, Kind.INDIVIDUAL, NINE + hours * 60 * MINUTE, NINE + (hours * 60 + 50) * MINUTE, f"900{number}",
            (person(code, Role.CLINICIAN), person(code, Role.CLIENT)),
        )
        for number, code in enumerate(CODES)
        for hours in [8 if code == "D" else 0]
    ]  # fmt: skip


def about(number: int, event: str, who: str, minute: int, reason: str = "") -> dict:
    field = "join_time" if event.endswith("joined") else "leave_time"
    told = {"user_id": who, "participant_uuid": who, "registrant_id": f"reg-{who}", field: iso(minute)}
    told |= {"leave_reason": f"X left the meeting.<br>Reason: {reason}."} if reason else {}
    thing = {"id": f"900{number}", "uuid": f"u{number}==", "host_id": "h", "participant": told}
    body = {"event": f"meeting.{event}", "payload": {"account_id": "a", "object": thing}}
    return {"received_at": iso(minute), "body": body | {"event_ts": round((NINE + minute * MINUTE).timestamp() * 1000)}}


def incident(heard: int, begin: int, end: int | None, name: str = "entered-1") -> dict:
    payload = {"incident_id": name, "started_at": iso(begin)} | ({"ended_at": iso(end)} if end is not None else {})
    body = {"event": "rejoin.platform_incident", "payload": payload}
    return {"received_at": iso(heard), "body": body | {"event_ts": round((NINE + heard * MINUTE).timestamp() * 1000)}}


def morning(*incidents: dict) -> list[bytes]:
    lines = []
    for number, code in enumerate(CODES):
        first = 480 if code == "D" else 0
        for role in ("clinician", "client"):
            lines.append(about(number, "participant_joined", f"{role}-{code}", first))
        lines.append(about(number, "participant_left", f"client-{code}", first + 20, "Network connection error"))
        lines.append(about(number, "participant_left", f"clinician-{code}", first + 50, "left the meeting"))
    return [json.dumps(one).encode() + b"\n" for one in sorted([*lines, *incidents], key=lambda o: o["received_at"])]


def judged(lines: list[bytes], parts: int = 1) -> list[dict]:
    people = roster()
    whole = Replay(people, read_recording(lines, people), load_policy(None))
    size = -(-len(people) // parts)
    found = [one for begin in range(0, len(people), size) for one in whole.results(slice(begin, begin + size))]
    return [plain(one) for one in found]


def tickets(results: list[dict]) -> list[tuple[str, dict]]:
    return [(r["appointment_id"], a) for r in results for a in r["actions"] if a["kind"] == "ticket"]


def test_meetings_that_it_hit_have_one_ticket_together_and_the_evening_its_own():
    (first, one), (last, own) = tickets(judged(morning(incident(30, 18, 25))))
    assert (first, one["incident"], one["appointments"]) == ("A", True, ["A", "B", "C"])
    assert one["participants"] == ["client-A", "client-B", "client-C"]
    assert one["because"] == "3 people had trouble during an incident of the platform."
    assert (last, own.get("incident")) == ("D", None)


def test_it_is_the_same_whoever_judges_which_part():
    lines = morning(incident(30, 18, 25))
    assert judged(lines) == judged(lines, parts=2) == judged(lines, parts=4)
    people = roster()
    assert [plain(one) for one in replay(people, read_recording(lines, people), load_policy(None))] == judged(lines)


def test_without_an_incident_each_has_a_ticket_of_their_own():
    assert [appointment for appointment, _ in tickets(judged(morning()))] == list(CODES)


def test_incident_that_was_withdrawn_leaves_each_their_own_ticket():
    results = judged(morning(incident(30, 18, None), incident(40, 18, 18)))
    assert [(code, a.get("incident")) for code, a in tickets(results)] == [(code, None) for code in CODES]


def test_what_is_decided_about_everybody_else_stays_as_it_was():
    with_one, without = judged(morning(incident(30, 18, 25))), judged(morning())
    for before, after in zip(without, with_one, strict=True):
        keep = [[a["kind"] for a in r["actions"] if a["kind"] != "ticket"] for r in (before, after)]
        assert keep[0] == keep[1]
