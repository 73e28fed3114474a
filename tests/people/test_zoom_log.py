"""Zoom's own log of deliveries, as it really answers: paged, with repetitions, and with bodies that are missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from plugin.adapters.zoom_log import ZoomLog
from plugin.adapters.zoom_rest import ZoomRest
from plugin.ports.delivery_log import LoggedDelivery
from plugin.ports.outcome import Permanent, Temporary
from tests.conftest import make_settings

TOKEN = "https://zoom.invalid/oauth/token"
LOGS = "https://zoom.invalid/v2/marketplace/apps/app-1/webhook_logs"
FROM, TO = datetime(2026, 11, 23, 14, 0, tzinfo=UTC), datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
BODY = '{"event":"meeting.ended","event_ts":1795615200000,"payload":{"object":{"id":"1","topic":"Séance"}}}'


@pytest.fixture
def zoom():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
        edge.post(TOKEN, json={"access_token": "token-1", "expires_in": 3600})
        yield edge


def log() -> ZoomLog:
    settings = make_settings(zoom_app_id="app-1")
    return ZoomLog(settings, ZoomRest(settings, sleep=lambda seconds: None))


def entry(**others) -> dict:
    """An entry as Zoom's reference shows it."""
    return {
        "event": "meeting.ended",
        "status": 401,
        "failed_reason_type": 1,
        "request_headers": "N/A",
        "request_body": BODY,
        "date_time": "2026-11-23T14:11:387Z",
        "trace_id": "WEB_5f1752ba04e4ffeccde2f2a923c106f9",
        "request_id": "e8ca3e3c_0196_4dc8_9f9e_81217d9000e6",
        "retry_num": 0,
    } | others


def read() -> list[LoggedDelivery]:
    return list(log().failed(FROM, TO))


def test_every_page_of_failed_deliveries_is_read(zoom):
    zoom.get(LOGS, json={"webhook_logs": [entry()], "next_page_token": "more"})
    zoom.get(LOGS, json={"webhook_logs": [entry(request_id="second")], "next_page_token": ""})
    assert [one.request_id for one in read()] == ["e8ca3e3c_0196_4dc8_9f9e_81217d9000e6", "second"]
    asked = [parse_qs(urlsplit(call.request.url).query) for call in zoom.calls if "webhook_logs" in call.request.url]
    first = {"type": ["2"], "page_size": ["300"], "from": ["2026-11-23T14:00:00Z"], "to": ["2026-11-23T15:30:00Z"]}
    assert asked == [first, first | {"next_page_token": ["more"]}]


def test_body_is_kept_byte_for_byte_so_that_a_repetition_is_known_again(zoom):
    zoom.get(LOGS, json={"webhook_logs": [entry()], "next_page_token": ""})
    assert read()[0].body == BODY.encode()


@pytest.mark.parametrize("body", ["N/A", "", None, "[1]", 7, "{", "[" * 20_000])
def test_entry_without_a_readable_body_is_told_as_such(zoom, body):
    zoom.get(LOGS, json={"webhook_logs": [entry(request_body=body)], "next_page_token": ""})
    assert read()[0].body == b""


def test_body_that_is_an_object_already_is_written_as_zoom_writes_it(zoom):
    zoom.get(LOGS, json={"webhook_logs": [entry(request_body=json.loads(BODY))], "next_page_token": ""})
    assert read()[0].body == BODY.encode()


@pytest.mark.parametrize("request_id", [None, "", 7, "x" * 129])
def test_implausible_id_is_none(zoom, request_id):
    zoom.get(LOGS, json={"webhook_logs": [entry(request_id=request_id)], "next_page_token": ""})
    assert read()[0].request_id is None


def test_app_without_the_scope_is_told_and_a_busy_zoom_is_asked_later(zoom):
    zoom.get(LOGS, status=400, json={"code": 4711})
    with pytest.raises(Permanent, match="scope"):
        read()
    zoom.replace(responses.GET, LOGS, status=503)
    with pytest.raises(Temporary):
        read()
