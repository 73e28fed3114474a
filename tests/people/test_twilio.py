"""Text messages by Twilio, as its documentation says it answers."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from plugin.adapters.twilio import TwilioTexts
from plugin.ports.outcome import AddressRefused, Permanent, Stopped, Temporary
from plugin.ports.text import Text
from tests.conftest import make_settings

ACCOUNT = "https://api.twilio.com/2010-04-01/Accounts/AC1"
MESSAGES = f"{ACCOUNT}/Messages.json"
NUMBER, SENDER = "+12125550123", "+12125550100"
TRIED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TEXT = Text("k", "C-ALICE", NUMBER, "Your appointment: https://rejoin.invalid/a/x", "7")


def texts(**others) -> TwilioTexts:
    values = {"twilio_account_sid": "AC1", "twilio_auth_token": "token-of-twilio", "twilio_from": SENDER}
    return TwilioTexts(make_settings(**(values | others)))


def kept(sid: str, body: str = TEXT.body, minutes: float = 1, **others) -> dict:
    at = TRIED + timedelta(minutes=minutes)
    told = {"sid": sid, "body": body, "status": "sent", "date_created": f"{at:%a, %d %b %Y %H:%M:%S} +0000"}
    return told | others


@pytest.fixture
def edge():
    with responses.RequestsMock() as mock:
        yield mock


def test_message_is_made_as_twilio_documents_it(edge):
    edge.post(MESSAGES, status=201, json={"sid": "SM1", "status": "queued"})
    assert texts().send(TEXT) == "SM1"
    request = edge.calls[0].request
    assert parse_qs(request.body) == {
        "To": [NUMBER], "From": [SENDER], "Body": [TEXT.body],
        "StatusCallback": ["https://rejoin.invalid/webhooks/twilio/status?m=7"],
    }  # fmt: skip
    assert base64.b64decode(request.headers["Authorization"].split()[1]) == b"AC1:token-of-twilio"


def test_api_key_signs_in_and_a_messaging_service_sends(edge):
    edge.post(MESSAGES, status=201, json={"sid": "SM1"})
    texts(twilio_api_key="SK1", twilio_api_secret="secret", twilio_from="MG1").send(TEXT)
    request = edge.calls[0].request
    assert base64.b64decode(request.headers["Authorization"].split()[1]) == b"SK1:secret"
    form = parse_qs(request.body)
    assert (form["MessagingServiceSid"], "From" in form) == (["MG1"], False)


def test_twilio_is_given_no_address_that_it_could_not_reach(edge):
    edge.post(MESSAGES, status=201, json={"sid": "SM1"})
    texts(public_url="http://127.0.0.1:8000").send(TEXT)
    assert "StatusCallback" not in parse_qs(edge.calls[0].request.body)


class TestAgain:
    """After a crash nobody knows whether it went, so it is looked for before it is sent."""

    again = Text(TEXT.key, TEXT.participant_id, TEXT.to, TEXT.body, TEXT.mark, TRIED)

    def test_message_that_went_is_found_and_not_sent_twice(self, edge):
        edge.get(MESSAGES, json={"messages": [kept("SM9", "Something else"), kept("SM1")], "next_page_uri": None})
        assert texts().send(self.again) == "SM1"
        query = parse_qs(urlsplit(edge.calls[0].request.url).query)
        assert (query["To"], query["From"]) == ([NUMBER], [SENDER])

    @pytest.mark.parametrize(
        "listed",
        [
            [],
            [kept("SM1", "Your appointment: https://rejoin.invalid/a/y")],
            [kept("SM1", status="failed")],
            [kept("SM1", status="undelivered")],
            [kept("SM1", minutes=-6)],
        ],
    )
    def test_message_that_did_not_go_is_sent(self, edge, listed):
        edge.get(MESSAGES, json={"messages": listed})
        edge.post(MESSAGES, status=201, json={"sid": "SM2"})
        assert texts().send(self.again) == "SM2"

    def test_it_is_looked_for_on_every_page(self, edge):
        following = "/2010-04-01/Accounts/AC1/Messages.json?To=%2B12125550123&Page=1&PageToken=t"
        edge.get(MESSAGES, json={"messages": [kept("SM9", "Other")], "next_page_uri": following})
        edge.get(MESSAGES, json={"messages": [kept("SM1")], "next_page_uri": None})
        assert texts().send(self.again) == "SM1"
        assert "PageToken=t" in edge.calls[1].request.url

    def test_nobody_sends_when_it_cannot_be_looked_for(self, edge):
        edge.get(MESSAGES, status=503)
        with pytest.raises(Temporary):
            texts().send(self.again)


@pytest.mark.parametrize(
    ("status", "code", "outcome", "told"),
    [
        (400, 21610, Stopped, "they stopped text messages"),
        (400, 21211, AddressRefused, "no telephone number"),
        (400, 21614, AddressRefused, "no mobile number"),
        (401, 20003, Permanent, "REJOIN_TWILIO_AUTH_TOKEN"),
        (401, None, Permanent, "REJOIN_TWILIO_AUTH_TOKEN"),
        (404, 20404, Permanent, "REJOIN_TWILIO_ACCOUNT_SID"),
        (400, 21606, Permanent, "REJOIN_TWILIO_FROM"),
        (400, 21608, Permanent, "trial account"),
        (400, 99999, Permanent, "code 99999"),
        (302, None, Permanent, "302"),
        (429, 20429, Temporary, "too often"),
        (500, None, Temporary, "500"),
    ],
)
def test_refusal_says_what_to_do_and_nothing_about_anybody(edge, status, code, outcome, told):
    edge.post(MESSAGES, status=status, json={"code": code, "message": f"The number {NUMBER} is bad"})
    with pytest.raises(outcome, match=told) as refusal:
        texts().send(TEXT)
    assert type(refusal.value) is outcome
    assert NUMBER not in str(refusal.value)


def test_busy_twilio_says_when(edge):
    edge.post(MESSAGES, status=429, headers={"Retry-After": "30"}, json={"code": 20429})
    with pytest.raises(Temporary) as trouble:
        texts().send(TEXT)
    assert trouble.value.retry_after == timedelta(seconds=30)


LOST = [{"body": requests.ReadTimeout()}, {"status": 502}, {"status": 201, "body": "<html>"}]


@pytest.mark.parametrize("answer", LOST)
def test_after_a_lost_answer_nobody_looks_before_twilio_lists_it(edge, answer):
    edge.post(MESSAGES, **answer)
    with pytest.raises(Temporary) as trouble:
        texts().send(TEXT)
    assert trouble.value.retry_after == timedelta(minutes=1)


def test_check_signs_in_and_sends_nothing(edge):
    edge.get(f"{ACCOUNT}.json", json={"sid": "AC1", "status": "active"})
    texts().check()


def test_check_says_that_the_account_is_shut(edge):
    edge.get(f"{ACCOUNT}.json", json={"sid": "AC1", "status": "suspended"})
    with pytest.raises(Permanent, match="REJOIN_TWILIO_ACCOUNT_SID is not active"):
        texts().check()
