"""`rejoin backfill` and the feed in `rejoin check`, as somebody would type them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import responses
from sqlalchemy import select

from plugin.core.feed import BlindCause, BlindInterval
from plugin.storage import blindness, feed
from plugin.storage.identity import request_id_of
from plugin.storage.migration import migrate
from plugin.storage.tables import delivery, work

TOKEN = "https://zoom.invalid/oauth/token"
LOGS = "https://zoom.invalid/v2/marketplace/apps/app-1/webhook_logs"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def house(settings, monkeypatch):
    """An operator who has set everything for Zoom; it is noon."""
    for name, value in {
        "REJOIN_ZOOM_ACCOUNT_ID": "account-1",
        "REJOIN_ZOOM_CLIENT_ID": "client-1",
        "REJOIN_ZOOM_CLIENT_SECRET": "client-secret-1",
        "REJOIN_ZOOM_API_URL": "https://zoom.invalid/v2",
        "REJOIN_ZOOM_OAUTH_URL": TOKEN,
        "REJOIN_ZOOM_APP_ID": "app-1",
        "REJOIN_CLOCK": f"{NOON.isoformat()}@1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def zoom():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
        edge.post(TOKEN, json={"access_token": "token-1", "expires_in": 3600})
        yield edge


def entry(number: int, **others) -> dict:
    body = {"event": "meeting.ended", "event_ts": int(NOON.timestamp() * 1000) - number, "payload": {}}
    return {"request_id": f"request-{number}", "request_body": json.dumps(body), "retry_num": 0} | others


def test_what_could_not_be_delivered_is_put_into_the_inbox_once(run, house, zoom, stored):
    repeated = entry(1, retry_num=1)
    same_body = entry(1, request_id="through-another-subscription")
    page = {"webhook_logs": [entry(1), repeated, same_body, entry(2), entry(3, request_body="N/A")]}
    zoom.get(LOGS, json=page | {"next_page_token": ""})
    told = run("backfill")
    assert told.exit_code == 0, told.stderr
    assert "Zoom's log had 5 failed deliveries; 2 of them were new to us." in told.stdout
    assert "1 had no body any more" in told.stdout
    assert "0 of them were new" in run("backfill").stdout
    with stored.read() as tx:
        rows = tx.execute(select(delivery.c.request_id, delivery.c.came_by, delivery.c.state)).all()
    assert sorted((request_id_of(row.request_id), row.came_by, row.state) for row in rows) == [
        ("request-1", "backfill", "new"),
        ("request-2", "backfill", "new"),
    ]


def test_blind_times_of_that_span_are_given_to_the_service(run, house, zoom, stored, vault):
    migrate(stored)
    with stored.begin() as tx:
        for back in (3, 50):
            begin = NOON - timedelta(hours=back)
            gap = BlindInterval(BlindCause.SILENCE, begin, begin + timedelta(hours=1), "told")
            blindness.open_interval(tx, gap, begin)
    zoom.get(LOGS, json={"webhook_logs": [], "next_page_token": ""})
    told = run("backfill", "--from", "2026-11-23", "--to", "2026-11-23T11:30")
    assert "The service looks at 1 blind time again" in told.stdout
    with stored.read() as tx:
        assert tx.execute(select(work.c.subject).where(work.c.kind == "watch")).scalars().all() == ["recovery/1"]


def test_without_the_apps_id_it_says_which_setting_is_lacking(run, house, monkeypatch):
    monkeypatch.delenv("REJOIN_ZOOM_APP_ID")
    told = run("backfill")
    assert told.exit_code == 2
    assert "REJOIN_ZOOM_APP_ID is not set" in told.stderr


def test_span_that_is_none_and_a_zoom_that_refuses(run, house, zoom):
    assert "--from is not before --to" in run("backfill", "--from", "2026-11-23", "--to", "2026-11-22").stderr
    zoom.get(LOGS, status=400, json={"code": 4711})
    told = run("backfill")
    assert told.exit_code == 1
    assert "Zoom's log could not be read" in told.stderr


def test_check_names_a_blind_time_and_what_will_be_one(run, house, stored, monkeypatch):
    migrate(stored)
    monkeypatch.delenv("REJOIN_ZOOM_ACCOUNT_ID")
    assert "not checked feed: nothing was heard from Zoom yet." in run("check").stdout
    with stored.begin() as tx:
        gap = BlindInterval(BlindCause.DEAUTHORIZED, NOON - timedelta(hours=1), None, "The Zoom app was removed.")
        number = blindness.open_interval(tx, gap, NOON)
    told = run("check")
    assert "wrong       feed: blind since 2026-11-23 11:00 UTC. The Zoom app was removed." in told.stdout
    assert told.exit_code == 1
    with stored.begin() as tx:
        blindness.close_interval(tx, number, NOON, NOON)
        sign = feed.Sign(feed.DELIVERY, 1, NOON - timedelta(minutes=2), NOON - timedelta(minutes=2))
        feed.note(tx, "receiver-1", [sign])
    assert "fine        feed: Zoom was heard last at 2026-11-23 11:58 UTC." in run("check").stdout


@pytest.mark.parametrize("address", ["nobody", "a@example.org, b@example.org"])
def test_alarm_address_that_is_none_is_named(run, settings, monkeypatch, address):
    monkeypatch.setenv("REJOIN_ALARM_TO", address)
    assert "wrong       REJOIN_ALARM_TO: is not one e-mail address" in run("check").stdout
