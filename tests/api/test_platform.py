"""Incidents of the platform over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.storage.api_token import Scope
from tests.api.conftest import BASE

PATH = f"{BASE}/platform-incidents"


@pytest.fixture
def rejoin(rejoin_on_sqlite):
    return rejoin_on_sqlite


@pytest.fixture
def watcher(program, rejoin):
    """Somebody's program that watches the status page: `watcher("post", ...)`."""
    someone = program(Scope.INCIDENTS_WRITE, Scope.TICKETS_READ)
    began = (rejoin.clock.now() - timedelta(minutes=5)).isoformat()

    def send(method: str, path: str = "", **changes):
        body = {"part": "audio", "from_at": began, "source": "https://status.zoom.us/x"} | changes
        return getattr(someone.client, method)(PATH + path, json=body, headers=someone.headers)

    send.get = lambda path="", **query: someone.get(f"/platform-incidents{path}", **query)
    return send


def test_it_is_entered_once_ended_and_withdrawn(watcher, rejoin):
    first, again = watcher("post"), watcher("post")
    assert (first.status_code, again.json["id"]) == (200, first.json["id"])
    assert (first.json["state"], first.json["entered_by"]) == ("on", "token/test-incidents:write-tickets:read")
    ended = watcher("put", "/1", until_at=rejoin.clock.now().isoformat(), version=1)
    assert (ended.json["state"], ended.json["version"]) == ("over", 2)
    assert watcher("put", "/1", version=1).status_code == 409
    assert watcher("put", "/1", withdrawn=True).json["state"] == "withdrawn"
    refused = watcher("put", "/1")
    assert (refused.status_code, "withdrawn" in refused.json["detail"]) == (422, True)


def test_it_is_listed_page_by_page_the_newest_first(watcher):
    for number in range(3):
        watcher("post", source=f"N-{number}")
    page = watcher.get(limit=2).json
    assert [one["source"] for one in page["incidents"]] == ["N-2", "N-1"]
    last = watcher.get(limit=2, after=page["next"]).json
    assert ([one["source"] for one in last["incidents"]], last["next"]) == (["N-0"], None)
    assert watcher.get("/1").json["source"] == "N-0"
    assert watcher.get("/99").status_code == 404
    assert watcher("put", "/99").status_code == 404


@pytest.mark.parametrize("wrong", [{"part": "moon"}, {"from_at": "2026-11-23T09:00"}, {"source": ""}, {"until_at": 5}])
def test_what_does_not_fit_is_told(watcher, wrong):
    assert watcher("post", **wrong).status_code == 422


def test_token_without_the_scope_does_not_enter_any(program):
    someone = program(Scope.TICKETS_READ)
    assert someone.client.post(PATH, json={}, headers=someone.headers).status_code == 403
