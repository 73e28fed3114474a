"""Zoom asks whether the address is ours, and nobody else gets an answer."""

import pytest

from tests.webhooks.sender import SECRET, counted, stored_bodies
from webhooks.challenge import BadChallenge, answer
from webhooks.signature import sign

TOKEN = "qgg8vlvZRS6UYooatFL8Aw"


def question(token: object = TOKEN) -> dict:
    return {"event": "endpoint.url_validation", "payload": {"plainToken": token}, "event_ts": 1795615200000}


def test_the_vector_of_zooms_scheme():
    told = answer(question(), b"test-secret-token")
    assert told == {
        "plainToken": TOKEN,
        "encryptedToken": "9c8ad56737c19db2904b301c0781e86857e999f39f07727668cf62a5e7e298c8",
    }


@pytest.mark.parametrize("token", ["a", "A-_9", "x" * 128])
def test_plain_token_is_answered(token):
    assert answer(question(token), b"s")["plainToken"] == token


@pytest.mark.parametrize(
    "token",
    ["", "x" * 129, "v0:1700000000:{}", "a b", "a\n", "a.b", "a/b", "a+b=", "é", "٣", None, 7, True, ["a"], {"a": 1}],
)
def test_token_that_is_not_plain_is_not_answered(token):
    with pytest.raises(BadChallenge):
        answer(question(token), b"s")


@pytest.mark.parametrize("body", [None, [], "text", {}, {"payload": None}, {"payload": []}, {"payload": {}}])
def test_question_without_a_token_is_not_answered(body):
    with pytest.raises(BadChallenge):
        answer(body, b"s")


def test_signed_question_is_answered_and_not_stored(zoom_on_sqlite, sqlite_database):
    before = counted("validated")
    response = zoom_on_sqlite.send(question())
    assert (response.status_code, response.json) == (200, answer(question(), SECRET))
    assert stored_bodies(sqlite_database) == []
    assert counted("validated") == before + 1


def test_question_is_answered_with_the_secret_that_signed_it(door, sqlite_database, moving_clock):
    from webhooks.inbox import Inbox

    inbox = Inbox(sqlite_database, moving_clock)
    zoom = door(inbox, moving_clock, zoom_webhook_secrets="new-one,old-one")
    for secret in (b"new-one", b"old-one"):
        assert zoom.send(question(), secret=secret).json == answer(question(), secret)
    inbox.close()


@pytest.mark.parametrize("headers", [{"x-zm-signature": ""}, {"x-zm-signature": "v0=" + "0" * 64}])
def test_unsigned_question_gets_no_answer(zoom_on_sqlite, headers):
    response = zoom_on_sqlite.send(question(), headers=headers)
    assert (response.status_code, response.data) == (401, b"")


def test_receiver_never_signs_a_delivery_for_anybody(zoom_on_sqlite, moving_clock):
    forgery = '{"event":"meeting.ended"}'
    timestamp = str(int(moving_clock.now().timestamp()))
    response = zoom_on_sqlite.send(question(f"v0:{timestamp}:{forgery}"))
    assert (response.status_code, response.data) == (400, b"")
    wanted = sign(SECRET, timestamp, forgery.encode()).removeprefix("v0=")
    assert wanted not in response.get_data(as_text=True) + str(response.headers)
