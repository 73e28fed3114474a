"""Zoom's reports of past meetings, as they really answer: paged, late, not whole yet, and with odd UUIDs in paths."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import responses

from plugin.adapters.zoom_report import SCOPES, ZoomReports
from plugin.adapters.zoom_rest import ZoomRest
from plugin.ports.outcome import Permanent, Temporary
from tests.conftest import make_settings

TOKEN = "https://zoom.invalid/oauth/token"
API = "https://zoom.invalid/v2/past_meetings"
RUNS = f"{API}/93412345678/instances"
PLAIN, ODD = "4444AAAiAAAAAiAiAiiAii==", "/q5678+001//bJ0302095700w=="
ODD_IN_A_PATH = "%252Fq5678%252B001%252F%252FbJ0302095700w%253D%253D"
FROM, TO = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 11, tzinfo=UTC)


@pytest.fixture
def zoom():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
        edge.post(TOKEN, json={"access_token": "token-1", "expires_in": 3600, "scope": " ".join(SCOPES)})
        yield edge


def reports() -> ZoomReports:
    settings = make_settings()
    return ZoomReports(settings, ZoomRest(settings, sleep=lambda seconds: None))


def runs(*known: tuple[str, str]) -> dict:
    return {"meetings": [{"uuid": uuid, "start_time": began} for uuid, began in known]}


def row(**others) -> dict:
    """A row as Zoom's reference shows it."""
    return {
        "id": "",
        "name": "Bo Lindqvist",
        "user_id": "16778240",
        "registrant_id": "reg-C1",
        "user_email": "",
        "join_time": "2026-03-02T09:58:00Z",
        "leave_time": "2026-03-02T10:50:00Z",
        "duration": 3120,
        "failover": False,
        "status": "in_meeting",
        "internal_user": False,
    } | others


def page(*rows: dict, total: int | None = None, more: str = "") -> dict:
    return {"page_size": 300, "total_records": len(rows) if total is None else total, "next_page_token": more,
            "participants": list(rows)}  # fmt: skip


def about(zoom, uuid: str = "4444AAAiAAAAAiAiAiiAii%3D%3D", **told) -> str:
    known = {"start_time": "2026-03-02T09:57:00Z", "end_time": "2026-03-02T10:50:00Z"} | told
    zoom.get(f"{API}/{uuid}", json=known)
    return f"{API}/{uuid}/participants"


def ask():
    return reports().runs("93412345678", FROM, TO)


def test_every_page_of_a_report_is_read(zoom):
    zoom.get(RUNS, json=runs((PLAIN, "2026-03-02T09:57:00Z")))
    rows = about(zoom)
    zoom.get(rows, json=page(row(), total=2, more="next"))
    zoom.get(rows, json=page(row(user_id="16779264", status="in_waiting_room"), total=2))
    [run] = ask()
    assert (run.uuid, run.started_at.hour, run.ended_at.minute) == (PLAIN, 9, 50)
    assert [(one.connection, one.waiting, one.registrant_id) for one in run.participations] == [
        ("16778240", False, "reg-C1"),
        ("16779264", True, "reg-C1"),
    ]


def test_only_runs_of_the_session_are_asked_for(zoom):
    zoom.get(RUNS, json=runs(("yesterday==", "2026-03-01T09:57:00Z"), (PLAIN, "2026-03-02T09:57:00Z")))
    zoom.get(about(zoom), json=page(row()))
    assert [run.uuid for run in ask()] == [PLAIN]


def test_uuid_with_slashes_is_encoded_twice(zoom):
    zoom.get(RUNS, json=runs((ODD, "2026-03-02T09:57:00Z")))
    zoom.get(about(zoom, ODD_IN_A_PATH), json=page(row()))
    assert [run.uuid for run in ask()] == [ODD]


@pytest.mark.parametrize("total", [1, 3, None])
def test_report_with_rows_missing_is_not_taken(zoom, total):
    zoom.get(RUNS, json=runs((PLAIN, "2026-03-02T09:57:00Z")))
    zoom.get(about(zoom), json=page(row(), row(user_id="16779264")) | {"total_records": total})
    with pytest.raises(Temporary, match="not whole"):
        ask()


def test_report_that_is_not_ready_is_asked_for_later(zoom):
    zoom.get(RUNS, json={"code": 3001, "message": "Meeting does not exist: 93412345678."}, status=404)
    with pytest.raises(Temporary, match="no report of the meeting yet"):
        ask()


def test_missing_scope_is_no_matter_of_time(zoom):
    zoom.get(RUNS, json={"code": 4711, "message": "Invalid access token, does not contain scopes"}, status=400)
    with pytest.raises(Permanent, match="scope"):
        ask()


@pytest.mark.parametrize("spoiled", [{"join_time": ""}, {"join_time": "yesterday"}, {"join_time": None}])
def test_row_without_a_time_makes_the_report_unusable(zoom, spoiled):
    zoom.get(RUNS, json=runs((PLAIN, "2026-03-02T09:57:00Z")))
    zoom.get(about(zoom), json=page(row(**spoiled)))
    with pytest.raises(Temporary):
        ask()


def test_meeting_that_has_not_ended_has_no_report_yet(zoom):
    zoom.get(RUNS, json=runs((PLAIN, "2026-03-02T09:57:00Z")))
    zoom.get(about(zoom, end_time=""), json=page(row()))
    with pytest.raises(Temporary, match="from when to when"):
        ask()


def test_check_names_the_scope_that_is_missing(zoom):
    reports().check()
    zoom.replace(responses.POST, TOKEN, json={"access_token": "t", "expires_in": 3600, "scope": " ".join(SCOPES[:2])})
    with pytest.raises(Permanent, match="meeting:read:list_past_participants:admin"):
        reports().check()
    zoom.replace(responses.POST, TOKEN, json={"access_token": "t", "expires_in": 3600, "scope": "meeting:read:admin"})
    reports().check()
