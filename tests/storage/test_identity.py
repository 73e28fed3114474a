"""Two deliveries are the same by Zoom's id or by the raw body; their keys stand in the order of the events."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from plugin.storage.identity import identify, request_id_of

MOMENT = 1_795_615_200_123


def body(moment: object = MOMENT, name: str = "Invented Person") -> bytes:
    return json.dumps({"event": "meeting.participant_joined", "payload": {"name": name}, "event_ts": moment}).encode()


def test_later_events_have_later_keys() -> None:
    earlier, later = identify(body(), "9f"), identify(body(MOMENT + 1), "01")
    assert earlier.request_id < later.request_id
    assert earlier.body_hash < later.body_hash


def test_repetition_has_the_same_keys_and_another_body_has_not() -> None:
    assert identify(body(), "r-1") == identify(body(), "r-1")
    other = identify(body(name="Somebody Else"), "r-2")
    assert other.request_id != identify(body(), "r-1").request_id
    assert other.body_hash != identify(body(), "r-1").body_hash


def test_the_same_said_in_another_order_of_keys_is_known_by_its_id() -> None:
    turned = json.dumps(dict(reversed(json.loads(body()).items()))).encode()
    assert identify(turned, "r-1").request_id == identify(body(), "r-1").request_id


def test_without_an_id_only_the_body_counts() -> None:
    assert identify(body(), None).request_id is None


def test_moment_that_is_none_or_absurd_counts_as_none() -> None:
    for moment in (None, "soon", -5, 10**30, True):
        assert identify(body(moment), "r-1").request_id in ("0.r-1", f"{10**17}.r-1"), moment


@given(st.binary(max_size=200), st.from_regex(r"[A-Za-z0-9_.-]{1,128}", fullmatch=True))
def test_whatever_is_sent_has_keys_and_gives_its_id_back(raw: bytes, request_id: str) -> None:
    assert request_id_of(identify(raw, request_id).request_id) == request_id


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_people_write_does_not_hide_the_moment(before: str, after: str) -> None:
    raw = json.dumps({"a": before, '"event_ts": 7': '"event_ts": 8', "event_ts": MOMENT, "z": after}).encode()
    assert identify(raw, "r").request_id == f"{MOMENT}.r"
