"""What Twilio reports about text messages, and what people answer to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace as changed
from urllib.parse import urlencode

import pytest
from apiflask import APIFlask

from plugin.core.message import Channel
from plugin.storage import contact as contacts
from plugin.storage import dispatch as dispatches
from tests.conftest import make_settings
from tests.people.house import ALICE, NINE, TEN, House
from tests.people.test_messages import BY_TEXT, NUMBER, Post, house_with, missed_message, states
from tests.service.clinic import joined, left
from webhooks.twilio import is_signed, twilio

BASE = "https://rejoin.invalid"
TOKEN = "token-of-twilio"
STATUS, MESSAGE = "/webhooks/twilio/status?m=1", "/webhooks/twilio/message"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def house(rejoin_on_sqlite, post) -> House:
    """Alice was told by text message that she was missed."""
    settings = make_settings(twilio_account_sid="AC1", twilio_auth_token=TOKEN, twilio_from="+12125550100")
    house = house_with(changed(rejoin_on_sqlite, settings=settings), post, BY_TEXT)
    missed_message(house)
    return house


def tell(house: House, path: str, token: str = TOKEN, **form: str):
    app = APIFlask("test")
    app.register_blueprint(twilio(house.rejoin))
    signed = BASE + path + "".join(f"{name}{form[name]}" for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()
    return app.test_client().post(
        path, base_url="http://127.0.0.1:8000", data=urlencode(form), headers={"X-Twilio-Signature": signature},
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip


def stopped(house: House) -> bool:
    with house.rejoin.db.read() as tx:
        by_person = Channel.SMS in contacts.wish_of(tx, "C-ALICE").stopped
        assert by_person == contacts.state_of(tx, Channel.SMS, NUMBER).stopped
    return by_person


def test_signature_is_the_one_of_twilios_own_example():
    # Twilio, "Webhooks security": auth token 12345, and this request.
    url = "https://example.com/myapp.php?foo=1&bar=2"
    form = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310",
        "To": "+18005551212",
    }  # fmt: skip
    assert is_signed("12345", url, form, "L/OH5YylLD5NRKLltdqwSvS0BnU=")
    assert not is_signed("12345", url, form | {"Digits": "1235"}, "L/OH5YylLD5NRKLltdqwSvS0BnU=")
    assert not is_signed("12345", url, form, "é")


def test_message_that_arrived_is_known_to_have_arrived(house):
    assert tell(house, STATUS, MessageSid="SM1", MessageStatus="sent").status_code == 204
    assert states(house) == [("missed", "sms", "sent")]
    assert tell(house, STATUS, MessageSid="SM1", MessageStatus="delivered").status_code == 204
    assert states(house) == [("missed", "sms", "delivered")]
    tell(house, STATUS, MessageSid="SM1", MessageStatus="failed", ErrorCode="30003")
    assert states(house) == [("missed", "sms", "delivered")], "a report that comes late changes nothing"


def test_message_to_a_landline_goes_by_mail_instead_and_the_number_is_corrected_by_a_person(house, post):
    tell(house, STATUS, MessageSid="SM1", MessageStatus="undelivered", ErrorCode="30006")
    house.act()
    assert states(house) == [("missed", "sms", "refused"), ("missed", "email", "sent")]
    (task,) = [task for task in house.tasks() if task.key.startswith("address/")]
    assert task.because.startswith("The telephone number for text messages of C-ALICE does not work (a landline).")
    house.approve()
    assert (len(post.texts), len(post.mail)) == (1, 2)


def test_phone_that_is_off_is_no_wrong_number(house, post):
    tell(house, STATUS, MessageSid="SM1", MessageStatus="undelivered", ErrorCode="30003")
    house.act()
    house.approve()
    assert (len(post.texts), len(post.mail)) == (2, 1)
    assert not [task for task in house.tasks() if task.key.startswith("address/")]


def test_what_lost_its_reason_meanwhile_is_not_said_another_way(house, post):
    """That she was missed could not be delivered, and it turned out that she was there."""
    for body in (joined(ALICE, NINE), left(ALICE, TEN)):
        house.receive(body)
    house.work()
    house.act()
    assert states(house) == [("missed", "sms", "sent"), ("correction", "sms", "sent")]
    for number in (1, 2):
        tell(house, f"/webhooks/twilio/status?m={number}", MessageStatus="undelivered", ErrorCode="30006")
        house.act()
    assert states(house) == [("missed", "sms", "refused"), ("correction", "sms", "refused")], "she heard of neither"
    assert post.mail == {}


def test_apology_goes_by_mail_when_what_it_is_about_arrived(house, post):
    tell(house, STATUS, MessageSid="SM1", MessageStatus="delivered")
    for body in (joined(ALICE, NINE), left(ALICE, TEN)):
        house.receive(body)
    house.work()
    house.act()
    tell(house, "/webhooks/twilio/status?m=2", MessageStatus="undelivered", ErrorCode="30006")
    house.act()
    assert states(house)[-1] == ("correction", "email", "sent")


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "UNSUBSCRIBE", "alto", "BAJA"])
def test_stop_stops_and_start_takes_it_back(house, word):
    assert tell(house, MESSAGE, From=NUMBER, Body=word, MessageSid="SM5").data.endswith(b"<Response/>")
    assert stopped(house)
    assert ("client", "stopped-messages", "participant/C-ALICE") in house.audit()
    tell(house, MESSAGE, From=NUMBER, Body="START", MessageSid="SM6")
    assert not stopped(house)


def test_keyword_that_the_messaging_service_was_taught_counts(house):
    tell(house, MESSAGE, From=NUMBER, Body="No más", OptOutType="STOP", MessageSid="SM5")
    assert stopped(house)


def test_stop_within_a_sentence_is_an_answer_that_a_person_reads(house):
    tell(house, MESSAGE, From=NUMBER, Body="I will stop by Alice Appleyard tomorrow", MessageSid="SM5")
    assert not stopped(house)
    (task,) = [task for task in house.tasks() if task.key == "text/SM5"]
    assert task.because == "C-ALICE answered by text message. Please read it at Twilio, and call."


def test_stop_of_a_stranger_holds_for_the_number(house):
    tell(house, MESSAGE, From="+12125550199", Body="STOP", MessageSid="SM5")
    assert not stopped(house)
    with house.rejoin.db.read() as tx:
        assert contacts.state_of(tx, Channel.SMS, "+12125550199").stopped


@pytest.mark.parametrize("path", [STATUS, MESSAGE])
def test_nobody_else_is_believed(house, path):
    form = {"From": NUMBER, "Body": "STOP", "MessageSid": "SM1", "MessageStatus": "delivered"}
    assert tell(house, path, token="guessed", **form).status_code == 403
    assert tell(changed_house(house, ""), path, token="", **form).status_code == 403
    assert not stopped(house)
    assert states(house) == [("missed", "sms", "sent")]


def changed_house(house: House, token: str) -> House:
    settings = make_settings(twilio_auth_token=token)
    house.rejoin = changed(house.rejoin, settings=settings)
    return house


@pytest.mark.parametrize("mark", ["", "x", "999", "-1", "9" * 30])
def test_report_about_a_message_that_is_none_of_ours_changes_nothing(house, mark):
    path = f"/webhooks/twilio/status?m={mark}"
    assert tell(house, path, MessageSid="SM1", MessageStatus="failed", ErrorCode="30006").status_code == 204
    with house.rejoin.db.read() as tx:
        assert [row.state for row in dispatches.of_appointment(tx, "A1")] == ["sent"]
