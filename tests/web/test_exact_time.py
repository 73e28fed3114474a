"""A client names a day and a time; a coordinator finds it first among the times, or that it is not free."""

from __future__ import annotations

import re

import pytest

from plugin.storage import offer as offers

OPEN = {"answer": "other"}


@pytest.fixture
def client(visit, link):
    """The client's page."""
    client = visit()
    client.get(link)
    return client


def ask(client, on: str, at: str, **more):
    return client.submit('value="other"', **OPEN, on=on, at=at, **more)


def test_exact_time_that_is_free_is_proposed_first(rejoin, client, visit):
    assert "Time, Chicago time" in client.text
    ask(client, "2026-11-27", "09:10")  # ten past ten in New York, within Dr. Rivera's hours and off the grid
    with rejoin.db.read() as tx:
        offer = offers.load(tx, 1)
    first = offers.slots_of(offer)[0]
    assert (offer.state, first.starts_at.isoformat()) == ("proposed", "2026-11-27T15:10:00+00:00")
    assert first.because == "The time that the client asked for."
    cora = visit("cora")
    cora.get("/approvals")
    assert "The client asked for exactly Fri 27 Nov, 09:10 there, Fri 27 Nov, 10:10 here." in cora.text
    cora.submit("1:", only=f"1:{offer.version}")
    with rejoin.db.read() as tx:
        assert offers.load(tx, 1).state == "approved"


def test_time_outside_bookable_hours_is_said_to_the_coordinator_and_not_refused(rejoin, client):
    ask(client, "2026-11-28", "19:00")
    with rejoin.db.read() as tx:
        assert "Outside the clinician's bookable hours" in offers.slots_of(offers.load(tx, 1))[0].because


def test_time_that_is_not_free_is_said_to_the_coordinator(rejoin, client, visit, put):
    put("A-9", starts_at=_at("2026-11-27T16:00"), ends_at=_at("2026-11-27T16:50"), meeting_id="80112345699")
    ask(client, "2026-11-27", "10:00")
    cora = visit("cora")
    cora.get("/approvals/offers/1")
    assert "10:00 there, Fri 27 Nov, 11:00 here: not free, or past." in cora.text


@pytest.mark.parametrize(
    ("on", "at", "words"),
    [
        ("2026-11-27", "", "fill in both"), ("", "10:00", "fill in both"), ("2026-11-20", "10:00", "has passed"),
        ("2027-03-14", "02:30", "does not exist"), ("2027-11-07", "01:30", "comes twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_words_and_the_link_still_works(rejoin, client, on, at, words):
    answer = ask(client, on, at, day="2", part="evening")
    assert answer.status_code == 422
    assert words in client.text
    assert "<details open>" in client.page.text
    for kept in (f'name="on" value="{on}"', f'name="at" value="{at}"', 'value="2" checked', 'value="evening" checked'):
        assert kept in client.page.text, "what they typed is still there"
    with rejoin.db.read() as tx:
        assert offers.load(tx, 1).state == "sent"


@pytest.mark.parametrize(
    ("on", "at", "field"),
    [("", "10:00", "on"), ("2026-11-20", "10:00", "on"), ("2029-01-01", "10:00", "on"), ("2026-11-27", "", "at"),
     ("2027-03-14", "02:30", "at"), ("2027-11-07", "01:30", "at")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_which_has_the_focus(client, on, at, field):
    ask(client, on, at)
    told = r'<input id="(\w+)"[^>]* aria-describedby="problem" aria-invalid="true" autofocus>'
    (found,) = re.findall(told, client.page.text)
    assert found == field
    assert client.page.text.count('id="problem"') == client.page.text.count("autofocus") == 1


def test_nothing_chosen_at_all_is_said_at_the_days(client):
    assert ask(client, "", "").status_code == 422
    assert '<fieldset class="beside" aria-describedby="problem">' in client.page.text
    assert "choose a day or a time of day" in client.page.text


def test_time_put_right_is_taken(rejoin, client):
    ask(client, "2026-11-20", "10:00")
    ask(client, "2026-11-27", "09:10")
    with rejoin.db.read() as tx:
        assert offers.load(tx, 1).state == "proposed"


def test_what_was_typed_is_text_in_the_page_and_no_markup(client):
    ask(client, '"><script>alert(1)</script>', "10:00")
    assert "<script>alert" not in client.page.text


def _at(text: str):
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).replace(tzinfo=UTC)
