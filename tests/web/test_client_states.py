"""Every state of the client's page, as it comes about, in both languages, without JavaScript."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest

from plugin.service import offering
from plugin.web.phrase import phrases
from tests.people.house import SECRETS
from tests.service.clinic import DORA
from tests.web.conftest import Visitor
from tests.web.journey import (
    STATES,
    Journey,
    corrected,
    hear_late,
    offer_expired,
    offer_open,
    offer_ran_out,
    offer_taken,
    running,
)

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def app(rejoin_on_sqlite, lent_app):
    return lent_app.lend(rejoin_on_sqlite)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_page_says_how_it_stands_and_nothing_personal(rejoin_on_sqlite, app, state):
    said, unsaid = STATES[state]
    client = Visitor(app)
    path = state(Journey(rejoin_on_sqlite))
    page = client.get(path)
    assert page.status_code in (200, 410)
    assert [text for text in said if text not in client.text] == []
    assert [text for text in unsaid if text in client.text] == []
    assert [secret for secret in SECRETS if secret in page.text] == []
    assert "<script" not in page.text
    assert "C-ALICE" not in page.text


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_page_speaks_spanish_to_who_reads_spanish(rejoin_on_sqlite, app, state):
    client = Visitor(app)
    client.get(state(Journey(rejoin_on_sqlite, language="es-MX")))
    assert '<html lang="es">' in client.page.text
    english = phrases("en", None)
    for key in ("contact.title", "next.title", "seen.title", "tell.over", "pick.title", "closed.help", "tap.why"):
        assert english(key) not in client.text, key
    assert not re.search(r"\b(Monday|November|your|you)\b", client.text)


def test_the_picture_says_the_same_as_the_words(rejoin_on_sqlite, app):
    client = Visitor(app)
    client.get(running(Journey(rejoin_on_sqlite)))
    drawn = re.findall(r'<rect class="(present|waiting|cut-off)" x="([\d.]+)" y="1" width="([\d.]+)"', client.page.text)
    assert drawn == [("present", "40.0", "110.0"), ("cut-off", "150.0", "60.0"), ("present", "210.0", "90.0")]
    told = re.findall(r"(\d:\d\d AM) to (\d:\d\d AM): (in the session|cut off|not seen)", client.text)
    assert told == [
        ("7:00 AM", "7:04 AM", "not seen"), ("7:04 AM", "7:15 AM", "in the session"),
        ("7:15 AM", "7:21 AM", "cut off"), ("7:21 AM", "7:30 AM", "in the session"),
    ]  # fmt: skip
    assert 'aria-hidden="true"' in client.page.text


def test_who_finds_every_time_taken_asks_for_others(rejoin_on_sqlite, app):
    journey = Journey(rejoin_on_sqlite)
    client = Visitor(app)
    client.get(offer_taken(journey))
    client.submit("Ask for such a time", answer="other", day="2")
    assert journey.offer().state == "proposed"
    assert "You asked for other times." in client.text


def test_who_loses_the_last_time_while_they_pick_it_is_told_what_happens_now(rejoin_on_sqlite, app):
    journey, client = Journey(rejoin_on_sqlite), Visitor(app)
    client.get(offer_open(journey))
    for number, slot in enumerate(journey.slots()):
        journey.busy(f"B{number}", DORA, slot.starts_at)
    client.submit("Book this time", slot="0", answer="pick")
    assert "that time is no longer free, and nor are the others" in client.text
    assert "Please pick another one" not in client.text
    assert "You need do nothing: we look for new ones" in client.text


def test_wish_of_who_found_every_time_taken_counts_also_when_others_are_looked_for_already(rejoin_on_sqlite, app):
    journey, client = Journey(rejoin_on_sqlite), Visitor(app)
    client.get(offer_taken(journey))
    journey.look()  # the page in their hand is a minute old
    assert journey.offer().state == "proposed"
    client.submit("Ask for such a time", answer="other", part="afternoon")
    assert "You asked for other times." in client.text
    assert (journey.offer().state, journey.offer().wish) == ("proposed", {"days": [], "parts": ["afternoon"]})
    assert all(slot.starts_at.astimezone(NEW_YORK).hour >= 12 for slot in journey.slots())


def test_wish_that_comes_when_a_person_agreed_already_changes_nothing(rejoin_on_sqlite, app):
    journey, client = Journey(rejoin_on_sqlite), Visitor(app)
    client.get(offer_ran_out(journey))
    journey.do(offering.approve, journey.offer().id, journey.offer().version, None, "cora")
    client.submit("Ask for such a time", answer="other", part="afternoon")
    assert "This was settled in the meantime." in client.text
    assert (journey.offer().state, journey.offer().wish) == ("approved", None)


def test_who_comes_after_the_times_ran_out_asks_for_new_ones_once(rejoin_on_sqlite, app):
    journey = Journey(rejoin_on_sqlite)
    client, path = Visitor(app), offer_expired(journey)
    for _ in range(2):
        client.get(path)
        client.submit("Ask for new times", answer="again")
        assert "We look for new times and will write to you." in client.text
    assert [task.because for task in journey.tasks() if "ask for new ones" in task.because] == [
        "The times that were offered are gone. They ask for new ones."
    ]


def test_presence_that_is_claimed_opens_the_verdict_again_and_overrides_nothing(rejoin_on_sqlite, app):
    journey = Journey(rejoin_on_sqlite)
    journey.miss()
    assert (journey.verdict()["outcome"], journey.verdict()["cause"]) == ("missed", "absence")
    client = Visitor(app)
    client.get(journey.path())
    client.submit("I was there", answer="there")
    journey.work()
    assert (journey.verdict()["outcome"], journey.verdict()["cause"]) == ("undetermined", "unknown")
    assert "review" in journey.actions()


def test_who_told_how_it_was_is_not_asked_again(rejoin_on_sqlite, app):
    journey, client = Journey(rejoin_on_sqlite), Visitor(app)
    journey.miss()
    client.get(journey.path())
    client.submit("I was there", answer="there")
    journey.work()
    client.get(journey.path())
    assert "You told us how it was for you. Thank you." in client.text
    assert "A person looks at it and will be in touch." in client.text
    assert "Please tell us" not in client.text
    assert "Tell us below" not in client.text


def test_correction_is_said_only_where_something_else_was_said_before(rejoin_on_sqlite, app):
    journey = Journey(rejoin_on_sqlite)
    client = Visitor(app)
    client.get(corrected(journey))
    assert "We looked again" in client.text


def test_correction_of_what_they_cannot_have_read_is_not_told(rejoin_on_sqlite, app):
    journey = Journey(rejoin_on_sqlite)
    journey.miss()
    hear_late(journey)
    assert "missed" in {row.result["outcome"] for row in journey.history() if row.final}
    journey.clock.advance(minutes=1)
    client = Visitor(app)
    client.get(journey.path())
    assert "your connection failed" in client.text
    assert "We looked again" not in client.text
