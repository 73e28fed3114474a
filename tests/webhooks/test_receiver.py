"""What becomes of a delivery: acknowledged only when it is proven and stored, refused only when it proves nothing."""

import json
import time
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import select

from plugin.composition import build_app
from plugin.storage.tables import delivery
from tests.conftest import make_settings
from tests.webhooks.sender import SECRET, Sender, as_body, counted, joined, stored_bodies
from tests.webhooks.test_inbox import locked
from webhooks import receiver as module
from webhooks.inbox import Inbox
from webhooks.receiver import Receiver
from webhooks.signature import sign


def stamp(clock, **away):
    return str(int((clock.now() + timedelta(**away)).timestamp()))


# What Zoom sends


def test_signed_delivery_is_stored_as_it_came_and_acknowledged_without_words(zoom, database):
    before = counted("stored")
    response = zoom.send(joined(), "1f2e_3a")
    assert (response.status_code, response.data) == (204, b"")
    assert stored_bodies(database) == [as_body(joined())]
    assert counted("stored") == before + 1


def test_zooms_repetitions_are_acknowledged_and_stored_once(zoom, database, moving_clock):
    """After 5, 25 and 85 minutes: the same id and body, signed anew or not."""
    first_signed = stamp(moving_clock)
    before = counted("duplicate")
    assert zoom.send(joined(), "r-1").status_code == 204
    for minutes in (5, 20, 60):
        moving_clock.advance(minutes=minutes)
        assert zoom.send(joined(), "r-1").status_code == 204
        assert zoom.send(joined(), "r-1", timestamp=first_signed).status_code == 204
    assert stored_bodies(database) == [as_body(joined())]
    assert counted("duplicate") == before + 6


def test_first_repetition_is_taken_when_the_first_try_never_came(zoom_on_sqlite, sqlite_database, moving_clock):
    signed_then = stamp(moving_clock)
    moving_clock.advance(minutes=85)
    assert zoom_on_sqlite.send(joined(), timestamp=signed_then).status_code == 204
    assert len(stored_bodies(sqlite_database)) == 1


def test_same_event_through_two_subscriptions_is_stored_once(zoom_on_sqlite, sqlite_database):
    assert zoom_on_sqlite.send(joined(), "r-1").status_code == 204
    assert zoom_on_sqlite.send(joined(), "r-2").status_code == 204
    assert len(stored_bodies(sqlite_database)) == 1


def test_replayed_delivery_is_harmless_whatever_id_it_is_given(zoom_on_sqlite, sqlite_database):
    headers = {"x-zm-request-id": "'; DROP TABLE delivery; --"}
    assert [zoom_on_sqlite.send(joined(), headers=headers).status_code for _ in range(3)] == [204] * 3
    assert len(stored_bodies(sqlite_database)) == 1


@pytest.mark.parametrize("request_id", ["x" * 129, "a b", "é", "a/b"])
def test_implausible_request_id_is_taken_for_none(zoom_on_sqlite, sqlite_database, request_id):
    assert zoom_on_sqlite.send(joined(), request_id).status_code == 204
    with sqlite_database.read() as tx:
        assert tx.execute(select(delivery.c.request_id)).scalars().all() == [None]


def test_event_nobody_knows_is_kept_and_its_name_is_no_label(zoom_on_sqlite, sqlite_database):
    unknown = {"event": "meeting.something_new_of_next_year", "event_ts": 1795615200000, "payload": {}}
    assert zoom_on_sqlite.send(unknown).status_code == 204
    assert stored_bodies(sqlite_database) == [as_body(unknown)]
    labels = {sample.labels["result"] for sample in module.received_total.collect()[0].samples}
    assert labels == set(module.ANSWERS)


@pytest.mark.parametrize("path", ["/webhooks/zoom", "/webhooks/zoom/", "/webhooks/zoom?x=1"])
def test_slash_at_the_end_is_no_redirect(zoom_on_sqlite, sqlite_database, path):
    assert zoom_on_sqlite.send(joined(), path=path).status_code == 204
    assert len(stored_bodies(sqlite_database)) == 1


@pytest.mark.parametrize(
    "kind",
    ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "\xff"],
)
def test_content_type_does_not_matter_behind_the_whole_application(rejoin_on_sqlite, moving_clock, kind):
    app = build_app(rejoin_on_sqlite)
    response = Sender(app.test_client(), moving_clock).send(joined(), headers={"content-type": kind})
    assert response.status_code == 204
    assert "Set-Cookie" not in response.headers
    app.extensions["inbox"].close()
    assert stored_bodies(rejoin_on_sqlite.db) == [as_body(joined())]


# The proof is over the raw bytes


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(joined(), indent=4).encode(),
        json.dumps(joined(), ensure_ascii=True).encode(),
        as_body(joined()) + b"\r\n",
        b"\xef\xbb\xbf" + as_body(joined()),
        b'{"event":"a","event":"b","payload":{"n":1.0,"big":1e400}}',
        b'{"event":"a","n":' + b"7" * 5000 + b"}",
        b'{"event":"a","name":"\\ud800 \\u0000 \xe2\x80\xae \xf0\x9f\x8e\x89"}',
        b'{"__proto__":{"event":"endpoint.url_validation"},"event":"a"}',
        b'{"event":{"$ne":null}}',
        b'{"event":["endpoint.url_validation"]}',
        b"[]",
        b'"endpoint.url_validation"',
        b"null",
    ],
    ids=lambda raw: raw[:24].decode(errors="replace"),
)
def test_signed_json_is_kept_byte_for_byte(zoom_on_sqlite, sqlite_database, raw):
    assert zoom_on_sqlite.send(raw).status_code == 204
    assert stored_bodies(sqlite_database) == [raw]


def test_signature_of_the_same_json_written_otherwise_proves_nothing(zoom_on_sqlite, sqlite_database, moving_clock):
    signature = sign(SECRET, stamp(moving_clock), as_body(joined()))
    rewritten = json.dumps(joined()).encode()
    assert zoom_on_sqlite.send(rewritten, headers={"x-zm-signature": signature}).status_code == 401
    assert stored_bodies(sqlite_database) == []


@pytest.mark.parametrize(
    "raw",
    [b"", b" ", b"{", b"{}{}", b"event=meeting.ended", b"\xff\xfe{\x00}\x00", b'{"event":"\xff"}', b'{"a":NaN}',
     b'{"a":Infinity}', b"[" * 20_000, b'{"a":' * 10_000, b'{"event":"endpoint.url_validation"',
     as_body(joined(name="Dana \U0001f389"))[:-1].replace(b"\x9f\x8e\x89", b"\x9f") + b"}"],
    ids=lambda raw: repr(raw[:12]),
)  # fmt: skip
def test_what_is_proven_is_kept_whatever_it_is(zoom_on_sqlite, sqlite_database, raw):
    """Zoom never sends again what it was answered 4xx for, so that is only for what proves nothing."""
    before = counted("stored")
    assert zoom_on_sqlite.send(raw).status_code == 204
    assert stored_bodies(sqlite_database) == [raw]
    assert counted("stored") == before + 1


# Who is not Zoom


@pytest.mark.parametrize(
    "headers",
    [
        {"x-zm-signature": ""},
        {"x-zm-request-timestamp": ""},
        {"x-zm-signature": "", "authorization": "an old verification token"},
        {"x-zm-signature": "v0=" + "0" * 64},
        {"x-zm-signature": "v0=" + "é" * 64},
        {"x-zm-request-timestamp": "١٧٠٠٠٠٠٠٠٠"},
        {"x-zm-request-timestamp": "9" * 5000},
        {"x-zm-request-timestamp": "-1"},
        {"x-zm-request-timestamp": "NaN"},
    ],
    ids=str,
)
def test_unproven_delivery_is_401_and_not_kept(zoom_on_sqlite, sqlite_database, headers):
    before = counted("forged")
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    response = zoom_on_sqlite.send(joined(), headers=sent)
    assert (response.status_code, response.data) == (401, b"")
    assert stored_bodies(sqlite_database) == []
    assert counted("forged") == before + 1


def test_another_secret_is_401(zoom_on_sqlite):
    assert zoom_on_sqlite.send(joined(), secret=b"guessed").status_code == 401


def test_unproven_nonsense_is_401_and_never_parsed(zoom_on_sqlite):
    assert zoom_on_sqlite.send(b"[" * 20_000, secret=b"guessed").status_code == 401


@pytest.mark.parametrize(
    ("away", "status"),
    [({"seconds": -7200}, 204), ({"seconds": -7201}, 401), ({"seconds": 7200}, 204), ({"seconds": 7201}, 401)],
)
def test_two_hours_are_the_limit_and_clocks_may_differ_in_both_directions(
    zoom_on_sqlite, sqlite_database, moving_clock, away, status
):
    before = counted("stale")
    assert zoom_on_sqlite.send(joined(), timestamp=stamp(moving_clock, **away)).status_code == status
    assert counted("stale") == before + (status == 401)
    assert len(stored_bodies(sqlite_database)) == (status == 204)


def test_while_the_secret_changes_old_and_new_are_taken_and_afterwards_only_the_new(
    door, sqlite_database, moving_clock
):
    inbox = Inbox(sqlite_database, moving_clock)
    changing = door(inbox, moving_clock, zoom_webhook_secrets="new-one, old-one")
    assert changing.send(joined(1), secret=b"old-one").status_code == 204
    assert changing.send(joined(2), secret=b"new-one").status_code == 204
    changed = door(inbox, moving_clock, zoom_webhook_secrets="new-one")
    assert changed.send(joined(3), secret=b"old-one").status_code == 401
    assert changed.send(joined(4), secret=b"new-one").status_code == 204
    inbox.close()


@pytest.mark.parametrize("secrets", ["", " , ", ("",), ("good", "")])
def test_receiver_without_a_secret_is_never_made(secrets, moving_clock):
    with pytest.raises(ValueError, match="REJOIN_ZOOM_WEBHOOK_SECRETS"):
        Receiver(make_settings(zoom_webhook_secrets=secrets), moving_clock)


# How much


@pytest.mark.parametrize(("more", "status"), [(0, 204), (1, 413)])
def test_largest_delivery_is_the_one_of_the_setting(door, sqlite_database, moving_clock, more, status):
    inbox = Inbox(sqlite_database, moving_clock)
    zoom = door(inbox, moving_clock, webhook_max_bytes=2048)
    raw = b'{"event":"' + b"x" * (2048 - 12 + more) + b'"}'
    assert zoom.send(raw).status_code == status
    inbox.close()
    assert len(stored_bodies(sqlite_database)) == (status == 204)


def test_signed_delivery_with_a_name_of_100_kb_is_stored(door, sqlite_database, moving_clock):
    inbox = Inbox(sqlite_database, moving_clock)
    raw = json.dumps({"event": "meeting.participant_joined", "payload": {"object": {"id": "1", "participant": {
        "user_name": "A" * 100_000, "email": "b" * 100_000}}}}).encode()  # fmt: skip
    assert door(inbox, moving_clock).send(raw).status_code == 204
    inbox.close()
    assert stored_bodies(sqlite_database) == [raw]


class _Endless:
    """A body that never ends, and knows how much of it was read."""

    read_bytes = 0

    def read(self, size=-1):
        self.read_bytes += size if size > 0 else 10_000_000
        return b"x" * size if size > 0 else b"x" * 10_000_000

    def readinto(self, target):
        target[:] = b"x" * len(target)
        self.read_bytes += len(target)
        return len(target)


@pytest.mark.parametrize(
    "length",
    [{"CONTENT_LENGTH": "10000000000"}, {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}],
)
def test_too_large_a_body_is_not_read_to_its_end(zoom_at_the_route, sqlite_database, length):
    body = _Endless()
    before = counted("too-large")
    response = zoom_at_the_route.client.post("/webhooks/zoom", environ_overrides={"wsgi.input": body} | length)
    assert response.status_code == 413
    assert body.read_bytes <= 300_000
    assert counted("too-large") == before + 1
    assert stored_bodies(sqlite_database) == []


def test_body_shorter_than_it_said_is_400(zoom_at_the_route, sqlite_database):
    raw = as_body(joined())
    said = {"CONTENT_LENGTH": str(len(raw) + 9)}
    response = zoom_at_the_route.client.post("/webhooks/zoom", data=raw, environ_overrides=said)
    assert response.status_code == 400
    assert stored_bodies(sqlite_database) == []


# Trouble of our own


def test_locked_database_is_503_and_the_repetition_finds_its_place(zoom, database):
    before = counted("not-stored")
    with locked(database):
        assert zoom.send(joined(), "r-1").status_code == 503
    assert counted("not-stored") == before + 1
    assert zoom.send(joined(), "r-1").status_code == 204
    assert stored_bodies(database) == [as_body(joined())]


def test_stopping_service_sends_zoom_away_for_five_minutes(door, zoom_on_sqlite, sqlite_database, moving_clock):
    inbox = Inbox(sqlite_database, moving_clock)
    zoom = door(inbox, moving_clock)
    inbox.close()
    assert zoom.send(joined()).status_code == 503


# What is said about it


def test_log_names_nobody_and_quotes_nothing(zoom_on_sqlite, moving_clock):
    with structlog.testing.capture_logs() as said:
        zoom_on_sqlite.send(joined(name="Alice Example"))
        zoom_on_sqlite.send(joined(name="Alice Example"), secret=b"guessed")
        zoom_on_sqlite.send(joined(name="Alice Example"), timestamp=stamp(moving_clock, days=-1))
        zoom_on_sqlite.send(b"Alice Example\r\n\x1b[31m")
    assert [line["result"] for line in said if "result" in line] == ["forged", "stale"]
    told = str(said)
    for secret in ("Alice", "84015570001", "v0=", SECRET.decode(), "31m", "127.0.0.1"):
        assert secret not in told


def test_flood_of_forgeries_fills_the_counters_and_not_the_log(zoom_on_sqlite):
    before = counted("forged")
    with structlog.testing.capture_logs() as said:
        for number in range(300):
            zoom_on_sqlite.send(joined(number), secret=b"guessed")
    assert len(said) == 1
    assert counted("forged") == before + 300


def test_after_a_while_the_log_says_how_many_there_were(zoom_on_sqlite, monkeypatch):
    monkeypatch.setattr(module, "COMPLAIN_EVERY_SECONDS", 0.0)
    with structlog.testing.capture_logs() as said:
        zoom_on_sqlite.send(joined(), secret=b"guessed")
        monkeypatch.setattr(module, "COMPLAIN_EVERY_SECONDS", 0.2)
        for _ in range(4):
            zoom_on_sqlite.send(joined(), secret=b"guessed")
        time.sleep(0.25)
        zoom_on_sqlite.send(joined(), secret=b"guessed")
    assert [line["times"] for line in said] == [1, 1, 4]
