"""The stand-in answers as Zoom does where the Zoom client looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from plugin.demo.zoom_stand_in import ZoomStandIn

GRANT = {"grant_type": "account_credentials", "account_id": "account"}


@pytest.fixture
def zoom() -> Iterator[ZoomStandIn]:
    with ZoomStandIn("account", "client", "secret") as stand_in:
        yield stand_in


def token(zoom: ZoomStandIn) -> str:
    answer = requests.post(f"{zoom.url}/oauth/token", data=GRANT, auth=("client", "secret"), timeout=5)
    assert answer.status_code == 200
    return answer.json()["access_token"]


def bearer(zoom: ZoomStandIn) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(zoom)}"}


def test_a_meeting_that_was_made_is_found_again(zoom: ZoomStandIn):
    wanted = {"topic": "Session", "start_time": "2026-11-30T15:00:00Z", "agenda": "key-1"}
    made = requests.post(f"{zoom.url}/v2/users/host-1/meetings", json=wanted, headers=bearer(zoom), timeout=5)
    assert made.status_code == 201
    assert made.json()["join_url"].startswith("https://")
    listed = requests.get(f"{zoom.url}/v2/users/host-1/meetings", headers=bearer(zoom), timeout=5).json()
    assert [meeting["agenda"] for meeting in listed["meetings"]] == ["key-1"]
    one = requests.get(f"{zoom.url}/v2/meetings/{made.json()['id']}", headers=bearer(zoom), timeout=5)
    assert one.json()["start_time"] == wanted["start_time"]
    assert (
        requests.get(f"{zoom.url}/v2/users/host-2/meetings", headers=bearer(zoom), timeout=5).json()["meetings"] == []
    )


def test_wrong_credentials_get_no_token(zoom: ZoomStandIn):
    answer = requests.post(f"{zoom.url}/oauth/token", data=GRANT, auth=("client", "wrong"), timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


@pytest.mark.parametrize("path", ["/v2/users/host-1/meetings", "/v2/meetings/1", "/v2/users"])
def test_nothing_is_told_without_a_token(zoom: ZoomStandIn, path: str):
    answer = requests.get(zoom.url + path, headers={"Authorization": "Bearer made-up"}, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 124)


def test_what_it_does_not_know_is_not_found(zoom: ZoomStandIn):
    assert requests.get(f"{zoom.url}/v2/meetings/1", headers=bearer(zoom), timeout=5).status_code == 404
    assert requests.get(f"{zoom.url}/v2/webinars", headers=bearer(zoom), timeout=5).status_code == 404
