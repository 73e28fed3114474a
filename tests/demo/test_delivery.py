"""The deliveries of the demonstration have the shape that Zoom really sends."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from plugin.core.event import EventKind, LeaveReason
from plugin.demo import delivery
from plugin.demo.delivery import Guest, Room
from webhooks.wire import read_event

AT = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
ROOM = Room("84015570001", delivery.meeting_uuid("a room"), "uHost", AT, topic="Séance — matin")
PAULA = Guest("Paula Quill")
LINE = delivery.connection("a room", 1)


def read(what: dict):
    return read_event(delivery.as_body(what), 1, AT)


@pytest.mark.parametrize(
    ("build", "kind"),
    [
        (delivery.joined, EventKind.JOINED),
        (delivery.left, EventKind.LEFT),
        (delivery.waiting_began, EventKind.WAITING_BEGAN),
        (delivery.waiting_ended, EventKind.WAITING_ENDED),
        (delivery.admitted, EventKind.ADMITTED),
        (delivery.unstable, EventKind.QUALITY_WARNING),
    ],
)
def test_what_is_built_reads_back_as_what_happened(build, kind):
    event = read(build(ROOM, PAULA, LINE, AT))
    assert (event.kind, event.at, event.instance) == (kind, AT, ROOM.instance)
    assert event.connection == LINE.user_id


def test_guest_who_is_not_known_has_blank_ids_and_no_registrant_in_a_joined():
    person = delivery.joined(ROOM, PAULA, LINE, AT)["payload"]["object"]["participant"]
    assert (person["id"], person["email"], person["participant_user_id"]) == ("", "", "")
    assert "registrant_id" not in person
    assert delivery.left(ROOM, PAULA, LINE, AT)["payload"]["object"]["participant"]["registrant_id"] == ""


def test_registrant_shows_in_joined_and_left():
    guest = Guest("Paula Quill", registrant_id="reg-1")
    assert read(delivery.joined(ROOM, guest, LINE, AT)).registrant_id == "reg-1"
    assert read(delivery.left(ROOM, guest, LINE, AT)).registrant_id == "reg-1"


def test_ids_of_connections_are_small_integers_as_strings_and_stays_are_uppercase():
    again = delivery.connection("a room", 2, stay_of=LINE)
    assert LINE.user_id.isdigit()
    assert LINE.stay == LINE.stay.upper()
    assert again.stay == LINE.stay
    assert again.user_id != LINE.user_id


def test_body_is_compact_and_keeps_letters_beyond_ascii():
    body = delivery.as_body(delivery.started(ROOM))
    assert "Séance — matin".encode() in body
    assert b'": ' not in body
    assert json.loads(body)["event_ts"] > AT.timestamp() * 1000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (delivery.PLAIN, LeaveReason.PLAIN),
        (delivery.CLIENT_CLOSE, LeaveReason.CLIENT_CLOSED),
        (delivery.FAILOVER, LeaveReason.CONNECTION_LOST),
        (delivery.NETWORK, LeaveReason.CONNECTION_LOST),
        (delivery.HOST_ENDED, LeaveReason.MEETING_OVER),
    ],
)
def test_leave_reasons_are_zooms_own_texts(text, reason):
    assert read(delivery.left(ROOM, PAULA, LINE, AT, text)).reason is reason
