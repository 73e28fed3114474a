"""Who registered at Zoom under an address of the roster is known by their own link, though the roster has no number for
it and the deliveries carry neither address nor name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.delivery import Delivery
from tests.stories.story import Person, Story
from tests.stories.test_true_words import lines_of

MONTH = timedelta(days=30)
NAMELESS = {"registrant_id": "reg-7", "email": "", "name": ""}


def hour(**known) -> tuple[Story, Person, Person]:
    """The roster has their address alone; a clinician holds the hour."""
    story = Story("group", "10:00", "11:00")
    known = {"name": "", "registrant_id": "", "email": "c1@example.org"} | known
    clinician, client = story.clinician(), story.client(**known)
    story.begins("09:57", clinician)
    return story, clinician, client


def registers(story: Story, what="created", before=MONTH, **registrant) -> Delivery:
    at = story.at("10:00") - before
    body = story.meeting.body(f"meeting.registration_{what}", at, 0, registrant={"id": "reg-7"} | registrant)
    return story._send(body, at)


@pytest.mark.parametrize("what", ["created", "approved"])
@pytest.mark.parametrize("before", [MONTH, timedelta(minutes=10), timedelta(minutes=-20)])
def test_who_registered_under_their_address_is_known_by_their_link(what, before):
    story, clinician, client = hour()
    theirs = registers(story, what, before, email="C1@example.org")
    registers(story, what, before, id="reg-6", email="else@example.org")
    came = story.joins(client, "09:58", **NAMELESS)
    gone = story.leaves(client, "11:00")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="attended", confidence="high", attended=60, only_flags=set())
    assert result["findings"][0]["events"] == lines_of(story, theirs, came, gone)


def test_without_the_registration_nobody_knows_whose_link_it_is():
    story, clinician, client = hour()
    story.joins(client, "09:58", **NAMELESS)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"})


def test_who_came_by_the_link_of_another_is_no_stranger_to_those_who_are_missing():
    story, clinician, client = hour()
    missing = story.client("C2", "Ada Quist", email="c2@example.org", registrant_id="")
    registers(story, email="c1@example.org")
    story.joins(client, "09:58", **NAMELESS)
    story.is_over("11:00", client, clinician)
    story.expect(missing, outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize(
    "registrant", [{"email": ""}, {"email": "else@example.org"}, {"id": "", "email": "c1@example.org"}]
)
def test_registration_of_nobody_expected_tells_nothing(registrant):
    story, clinician, client = hour()
    registers(story, **registrant)
    story.joins(client, "09:58", **NAMELESS)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"})


def test_number_that_two_registered_under_says_nothing():
    story, clinician, client = hour()
    second = story.client("C2", "Ada Quist", email="c2@example.org", registrant_id="")
    registers(story, email="c1@example.org")
    registers(story, email="c2@example.org")
    story.joins(client, "09:58", **NAMELESS)
    story.is_over("11:00", client, clinician)
    for one in (client, second):
        story.expect(one, outcome="undetermined", flags={"unidentified-guest"})


def test_number_that_the_roster_has_is_theirs_whose_it_is_there():
    story, clinician, client = hour(registrant_id="reg-7")
    other = story.client("C2", "Ada Quist", email="c2@example.org", registrant_id="")
    registers(story, email="c2@example.org")
    story.joins(client, "09:58", **NAMELESS)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", confidence="high")
    story.expect(other, outcome="missed", cause="absence")


@pytest.mark.parametrize("again", ["created", "approved"])
@pytest.mark.parametrize(
    ("registrant", "outcome"),
    [
        ({"id": "reg-7"}, "missed"),
        ({"id": "reg-8", "email": "C1@example.org"}, "missed"),
        ({"id": "reg-9", "email": "c2@example.org"}, "undetermined"),
    ],
)
def test_who_was_registered_again_could_come(again, registrant, outcome):
    """Denied by mistake and approved after all, or cancelled and made anew: the link opens the meeting."""
    story, clinician, client = hour()
    registers(story, "cancelled", timedelta(days=2), email="c1@example.org")
    registers(story, again, timedelta(days=1), **registrant)
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome)


def test_whose_registration_was_cancelled_after_they_registered_again_could_not_come():
    story, clinician, client = hour()
    registers(story, "created", timedelta(days=2), email="c1@example.org")
    registers(story, "cancelled", timedelta(days=1), email="c1@example.org")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined")
