"""Zoom's words into ours."""

import json
from datetime import UTC, datetime

import pytest

from plugin.core.event import EventKind, LeaveReason
from webhooks.leave_reason import read_leave_reason
from webhooks.wire import name_of, read_event
from webhooks.wire_kind import KINDS
from webhooks.wire_problem import UnknownEvent, Unreadable

RECEIVED = datetime(2026, 3, 2, 15, 0, 5, tzinfo=UTC)


def body(event: str = "meeting.participant_joined", participant: object = None, **thing: object) -> bytes:
    person = {"user_id": "16778240", "participant_uuid": "AB-1", "join_time": "2026-03-02T15:00:00Z"}
    whole = {"id": "90010020030", "uuid": "u1==", "start_time": "2026-03-02T14:58:00Z", "host_id": "h"} | thing
    whole["participant"] = person if participant is None else participant
    return json.dumps(
        {"event": event, "event_ts": 1772463603123, "payload": {"account_id": "a", "object": whole}}
    ).encode()


def test_a_joined_says_when_it_happened_not_when_it_was_sent():
    event = read_event(body(), 7, RECEIVED)
    assert (event.kind, event.at, event.delivery) == (EventKind.JOINED, RECEIVED.replace(second=0), 7)
    assert event.instance_started_at == datetime(2026, 3, 2, 14, 58, tzinfo=UTC)


@pytest.mark.parametrize("meeting_id", ["90010020030", 90010020030, "900 1002 0030", "900-1002-0030"])
def test_a_meeting_number_is_the_same_as_text_or_number(meeting_id):
    assert read_event(body(id=meeting_id), 1, RECEIVED).meeting_id == "90010020030"


@pytest.mark.parametrize("nothing", ["", None, "  "])
def test_blank_null_and_missing_are_nothing(nothing):
    person = {
        "user_id": 16778240,
        "participant_uuid": "AB-1",
        "email": nothing,
        "registrant_id": nothing,
        "id": nothing,
    }
    event = read_event(body(participant=person), 1, RECEIVED)
    assert (event.email, event.registrant_id, event.zoom_user_id, event.connection) == ("", "", "", "16778240")


def test_a_byte_order_mark_is_no_part_of_the_body():
    assert read_event(b"\xef\xbb\xbf" + body(), 1, RECEIVED) == read_event(body(), 1, RECEIVED)


def test_a_missing_time_falls_back_to_the_time_of_sending():
    event = read_event(body(participant={"user_id": "1", "join_time": "yesterday"}), 1, RECEIVED)
    assert event.at == datetime(2026, 3, 2, 15, 0, 3, 123000, tzinfo=UTC)


def test_a_name_of_a_hundred_kilobytes_is_cut():
    assert len(read_event(body(participant={"user_id": "1", "user_name": "x" * 100_000}), 1, RECEIVED).name) == 200


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[1]", "shape"),
        (b'{"event": "meeting.started"}', "shape"),
        (b'{"event": "meeting.started", "payload": {}}', "no meeting"),
        (b'{"event": "meeting.started", "payload": {"object": {}}}', "no meeting"),
        (b'{"event": "meeting.alert", "payload": {"object": {"id": "1"}}}', "no time"),
        (b"[" * 50_000, "shape"),
    ],
)
def test_what_is_no_event_is_named_without_its_content(raw, told):
    with pytest.raises(Unreadable, match=told):
        read_event(raw, 1)


@pytest.mark.parametrize("name", ["meeting.unheard_of", "webinar.started", "rejoin.unheard_of", "x" * 500])
def test_an_unknown_event_is_told_apart_from_a_broken_one(name):
    with pytest.raises(UnknownEvent):
        read_event(body(name), 1, RECEIVED)


def test_every_event_of_the_table_is_read():
    for name in KINDS:
        assert read_event(body(name), 1, RECEIVED).kind in EventKind


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("left the meeting. Reason : left the meeting", LeaveReason.PLAIN),
        ("left the meeting. Reason : left the meeting to join breakout room", LeaveReason.ROOM_SWITCH),
        (
            "left the meeting. Reason : left the meeting leave breakout room to join main meeting",
            LeaveReason.ROOM_SWITCH,
        ),
        ("left the meeting. Reason : Host ended the meeting.", LeaveReason.MEETING_OVER),
        ("Ada Network left the meeting.<br>Reason: left the meeting.", LeaveReason.PLAIN),
        ("Ada left the meeting.<br>Reason: Host ended the meeting.", LeaveReason.MEETING_OVER),
        ("got disconnected from the meeting. Reason : Client Close.", LeaveReason.CLIENT_CLOSED),
        ("got disconnected from the meeting. Reason : left the meeting", LeaveReason.CLIENT_CLOSED),
        ("left the meeting. Reason : left the meeting with Unknown Failover Reason", LeaveReason.CONNECTION_LOST),
        ("left the meeting. Reason : Network connection error.", LeaveReason.CONNECTION_LOST),
        ("left the meeting. Reason : Removed by host.", LeaveReason.REMOVED),
        ("left the meeting. Reason : Exceeded free meeting minutes limit.", LeaveReason.TIME_LIMIT),
        ("left the meeting. Reason : Host did not join.", LeaveReason.NO_HOST),
        ("left the meeting. Reason : Unknown reason.", LeaveReason.UNKNOWN),
        ("a quitté la réunion", LeaveReason.UNKNOWN),
        ("", LeaveReason.UNKNOWN),
        (None, LeaveReason.UNKNOWN),
    ],
)
def test_a_leave_reason_is_read_by_its_reason_and_not_by_a_name(text, reason):
    assert read_leave_reason(text) is reason


@pytest.mark.parametrize("name", ["\\ud83d", "Ada \\uD83D", "\\ude00 Ada"])
def test_half_a_character_in_a_name_loses_no_delivery(name):
    """A name cut in the middle of an emoji: lawful JSON that no strict decoder takes."""
    person = b'{"user_id":"1","participant_uuid":"AB-1","registrant_id":"reg-1","user_name":"%s"}' % name.encode()
    raw = body(participant="HERE").replace(b'"HERE"', person)
    event = read_event(raw, 1, RECEIVED)
    assert (event.registrant_id, event.connection) == ("reg-1", "1")
    assert "?" in event.name
    assert name_of(raw) == "meeting.participant_joined"


def test_half_a_character_in_a_field_of_another_shape_loses_no_delivery_either():
    person = b'{"user_id":"1","registrant_id":"reg-1","email":{},"qos":"\\ud83d"}'
    event = read_event(body(participant="HERE").replace(b'"HERE"', person), 1, RECEIVED)
    assert (event.registrant_id, event.email) == ("reg-1", "")


@pytest.mark.parametrize(
    "told", ["2099-01-01T00:00:00Z", "2026-03-02T20:00:00Z", "2001-01-01T00:00:00Z", "soon", 7, None]
)
def test_app_that_was_removed_at_an_absurd_time_is_gone_since_we_heard_of_it(told):
    removed = {"account_id": "a", "deauthorization_time": told}
    raw = json.dumps({"event": "app_deauthorized", "event_ts": 1772463603123, "payload": removed}).encode()
    event = read_event(raw, 1, RECEIVED)
    assert (event.kind, event.at) == (EventKind.FEED_STOPPED, RECEIVED)


def test_evidence_that_names_nobody_is_no_evidence():
    told = {"event": "rejoin.join_clicked", "event_ts": 1772463603123, "payload": {"appointment_id": "A1"}}
    with pytest.raises(Unreadable, match="participant_id is missing"):
        read_event(json.dumps(told).encode(), 1, RECEIVED)


@pytest.mark.parametrize("wrong", [{}, [], True, False, 1.5, ["a"], {"a": {"b": 1}}])
@pytest.mark.parametrize(
    "field", ["email", "phone_number", "customer_key", "user_name", "leave_time", "qos", "data", "registrant_id"]
)
def test_a_field_of_a_shape_that_cannot_be_read_is_nothing_and_loses_no_delivery(field, wrong):
    person = {"user_id": "16778240", "participant_uuid": "AB-1", "join_time": "2026-03-02T15:00:00Z"}
    event = read_event(body(participant=person | {field: wrong}), 1, RECEIVED)
    assert event == read_event(body(participant=person), 1, RECEIVED)


@pytest.mark.parametrize("field", ["uuid", "start_time", "host_id", "occurrences"])
def test_neither_does_one_of_the_meeting(field):
    assert read_event(body(**{field: {"wrong": 1}}), 1, RECEIVED).meeting_id == "90010020030"


def test_a_whole_number_may_be_written_with_a_fraction_of_nothing():
    person = {"user_id": 16778240.0, "participant_uuid": "AB-1", "join_time": "2026-03-02T15:00:00Z"}
    event = read_event(body(participant=person, id=90010020030.0), 1, RECEIVED)
    assert (event.connection, event.meeting_id) == ("16778240", "90010020030")


def test_a_time_of_sending_that_cannot_be_read_does_not_matter():
    raw = body().replace(b"1772463603123", b"[1]")
    assert read_event(raw, 1, RECEIVED) == read_event(body(), 1, RECEIVED)


@pytest.mark.parametrize("frame", [[], "x", 1, [{"user_id": "1"}]])
def test_what_is_no_participant_is_somebody_all_the_same_and_complained_of(frame):
    complaints: list[str] = []
    event = read_event(body(participant=frame), 1, RECEIVED, complaints)
    assert event == read_event(body(participant={}), 1, RECEIVED)
    assert complaints == ["whom it tells of cannot be read; it is somebody unidentified"]


def test_an_event_that_is_told_twice_has_the_last_name():
    raw = body().replace(b'{"event":', b'{"event": 5, "event":', 1)
    assert name_of(raw) == name_of(body())
    assert read_event(raw, 1, RECEIVED) == read_event(body(), 1, RECEIVED)
