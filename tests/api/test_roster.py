"""The roster goes in over the API and comes back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugin.api.appointment import EXAMPLE
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.ports.queue import WorkKind
from plugin.storage import appointment as appointments
from plugin.storage.api_token import Scope
from plugin.storage.tables import audit, work


def test_appointment_that_is_put_stands_in_the_roster_and_will_be_judged(program, rejoin) -> None:
    answer = program(Scope.ROSTER_WRITE).put("A1")
    assert answer.status_code == 201
    assert answer.json == {"appointment_id": "A1", "change": "new"}
    with rejoin.db.read() as tx:
        assert appointments.load(tx, "A1") == Appointment(
            appointment_id="A1",
            kind=Kind.INDIVIDUAL,
            starts_at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC),
            ends_at=datetime(2026, 3, 2, 14, 50, tzinfo=UTC),
            meeting_id="81234567890",
            timezone="America/New_York",
            host_id="zoom-user-17",
            participants=(
                Participant("S-04", Role.CLINICIAN, customer_key="S-04"),
                Participant("C-017", Role.CLIENT, email="alice@example.org", timezone="America/Chicago"),
            ),
        )
        (asked,) = tx.execute(work.select()).all()
        assert (asked.kind, asked.subject) == (WorkKind.JUDGE, "A1")


def test_putting_the_same_again_changes_nothing(program, rejoin) -> None:
    feed = program()
    changes = [feed.put("A1"), feed.put("A1"), feed.put("A1", status="cancelled"), feed.put("A1", status="cancelled")]
    assert [answer.json["change"] for answer in changes] == ["new", "unchanged", "changed", "unchanged"]
    assert [answer.status_code for answer in changes] == [201, 200, 200, 200]
    with rejoin.db.read() as tx:
        told = [(row.actor, row.did, row.subject, row.details) for row in tx.execute(audit.select())]
    assert told == [
        ("token/test-", "put-appointment", "appointment/A1", {"change": "new"}),
        ("token/test-", "put-appointment", "appointment/A1", {"change": "changed"}),
    ]


def test_what_was_read_can_be_put_back_unchanged(program) -> None:
    feed = program()
    feed.put("A1", title="Morning group", program_id="P-1")
    read = feed.get("/appointments/A1").json
    assert read["title"] == "Morning group"
    assert feed.put("A1", **read).json["change"] == "unchanged"


def test_one_persons_place_can_be_cancelled_alone(program) -> None:
    feed = program()
    feed.put("A1")
    read = feed.get("/appointments/A1").json
    read["participants"][1]["status"] = "cancelled"
    assert feed.put("A1", **read).json["change"] == "changed"
    told = feed.get("/appointments/A1").json
    assert (told["status"], [one["status"] for one in told["participants"]]) == ("booked", ["booked", "cancelled"])


@pytest.mark.parametrize("capacity", [0, 12, 1000, None])
def test_room_of_a_session_comes_back_as_it_went_in(program, capacity) -> None:
    feed = program()
    assert feed.put("A1", capacity=capacity).status_code == 201
    assert feed.get("/appointments/A1").json["capacity"] == capacity


@pytest.mark.parametrize("capacity", [-1, 1001, "8", 8.5, True])
def test_what_is_no_room_is_refused(program, capacity) -> None:
    assert program().put("A1", capacity=capacity).status_code == 422


def test_writing_gives_nothing_personal_back(program) -> None:
    answer = program(Scope.ROSTER_WRITE).put("A1", title="Morning group")
    assert "alice" not in answer.text
    assert "Morning" not in answer.text


def test_null_and_blank_and_missing_mean_that_nothing_is_known(program) -> None:
    feed = program()
    people = [{"participant_id": "C-1", "role": "client", "email": None, "name": "", "timezone": None}]
    assert feed.put("A1", participants=people, title=None, timezone=None).status_code == 201
    (person,) = feed.get("/appointments/A1").json["participants"]
    assert (person["email"], person["name"], person["phone"]) == ("", "", "")


def test_meeting_number_may_come_as_a_number(program) -> None:
    feed = program()
    feed.put("A1", meeting_id=81234567890)
    assert feed.get("/appointments/A1").json["meeting_id"] == "81234567890"


@pytest.mark.parametrize("appointment_id", ["A1", "clinic/2026/17", "Sitzung 4", "a1/assessments-of"])
def test_id_may_hold_what_other_systems_put_into_it(program, appointment_id: str) -> None:
    feed = program()
    assert feed.put(appointment_id).status_code == 201
    assert feed.get(f"/appointments/{appointment_id}").json["appointment_id"] == appointment_id
    assert feed.get(f"/appointments/{appointment_id}/assessments").json == {"assessments": []}


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"kind": "lecture"}, "kind", "individual"),
        ({"kind": ...}, "kind", "required"),
        ({"starts_at": "2026-03-02T09:00:00"}, "starts_at", "no offset"),
        ({"starts_at": 1772460000}, "starts_at", "not an ISO 8601 time"),
        ({"starts_at": "0001-01-01T00:00:00+05:00"}, "starts_at", "outside the years"),
        ({"ends_at": EXAMPLE["starts_at"]}, "json", "ends_at is not after starts_at"),
        ({"timezone": "EST5EDT4"}, "timezone", "not an IANA time zone"),
        ({"meeting_id": "tuesday"}, "meeting_id", "not a Zoom meeting number"),
        ({"status": "canceled"}, "status", "cancelled"),
        ({"title": "x" * 501}, "title", "500"),
        ({"title": "a\0b"}, "title", "control character"),
        ({"participants": []}, "participants", "at least 1"),
        ({"participants": [{"participant_id": " ", "role": "client"}]}, "participants.0.participant_id", "blank"),
        (
            {"participants": [{"participant_id": "a\u200b", "role": "client"}]},
            "participants.0.participant_id",
            "U+200B",
        ),
        ({"participants": [EXAMPLE["participants"][0]] * 2}, "json", "stands twice"),
        ({"start_at": "2026-03-02T09:00:00Z"}, "start_at", "not permitted"),
        ({"appointment_id": "A2"}, "appointment_id", "not the id of the address"),
    ],
)
def test_value_that_does_not_fit_is_named_with_its_place(program, changes: dict, where: str, what: str) -> None:
    answer = program().put("A1", **changes)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    (told,) = [error for error in answer.json["errors"] if error["where"] == where]
    assert what in told["what"]


def test_every_value_that_does_not_fit_is_told_at_once(program) -> None:
    answer = program().put("A1", kind="x", status="y", timezone="z")
    assert {error["where"] for error in answer.json["errors"]} == {"kind", "status", "timezone"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_body_that_is_no_json_is_refused(api_app, program, body: bytes) -> None:
    feed = program()
    answer = feed.client.put("/api/v1/appointments/A1", data=body, headers=feed.headers)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b'{"kind": "\\ud800"}', b'{"starts_at": 1e400}'])
def test_json_that_is_no_appointment_is_refused(program, body: bytes) -> None:
    feed = program()
    answer = feed.client.put("/api/v1/appointments/A1", data=body, headers=feed.headers)
    assert answer.status_code == 422


@pytest.mark.parametrize("odd", ["%00", "a%00b", "%20", "%E2%80%8B", "x" * 600])
def test_id_that_cannot_be_stored_is_not_there_and_not_taken(program, odd: str) -> None:
    feed = program()
    assert feed.put(odd).status_code == 422
    assert feed.get(f"/appointments/{odd}").status_code == 404
    assert feed.get(f"/appointments/{odd}/assessments").status_code == 404


@pytest.mark.both
def test_roster_is_listed_a_page_at_a_time_by_start_and_id(program) -> None:
    feed = program()
    for number in (3, 1, 2):
        feed.put(f"same-start-{number}")
    feed.put("later", starts_at="2026-03-02T14:10:00Z")
    feed.put("too-late", starts_at="2026-03-03T00:00:00Z", ends_at="2026-03-03T01:00:00Z")
    window = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    seen, after = [], ""
    while after is not None:
        page = feed.get("/appointments", **window, limit=2, after=after).json
        assert len(page["appointments"]) <= 2
        seen += [one["appointment_id"] for one in page["appointments"]]
        after = page["next"]
    assert seen == ["same-start-1", "same-start-2", "same-start-3", "later"]


def test_plus_sign_that_a_query_turned_into_a_space_is_understood(program, api_app) -> None:
    feed = program()
    feed.put("A1")
    path = "/appointments?from=2026-03-02T15:00:00+01:00&to=2026-03-03T00:00:00+01:00"
    assert len(feed.get(path).json["appointments"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "2026-03-02T00:00:00Z"},
        {"from": "yesterday", "to": "2026-03-03T00:00:00Z"},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z", "limit": "0"},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z", "limit": "501"},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z", "after": "nonsense"},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z", "after": "WyJ4IiwgMV0="},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z", "untill": "x"},
    ],
)
def test_window_that_cannot_be_read_is_refused(program, query: dict) -> None:
    assert program().get("/appointments", **query).status_code == 422
