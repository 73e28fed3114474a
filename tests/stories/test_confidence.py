"""How sure a verdict of absence is: what could be read in another way is not sure."""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour, seconds_after


def test_whoever_came_late_and_stayed_to_the_end_was_surely_away_before():
    story, clinician, client = an_hour()
    story.joins(client, "10:25")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="high")


def test_a_plain_leave_may_hide_a_fault_and_is_not_sure():
    story, clinician, client = an_hour()
    story.joins(client, "10:00")
    story.leaves(client, "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="medium")


def test_with_another_clinician_still_there_nobody_is_left_alone_by_a_drop():
    story, first, client = an_hour()
    second = story.clinician("T2", "Robin Marsh")
    story.joins(client, "09:58")
    story.joins(second, "09:58")
    story.drops(first, "10:20")
    results = {r["participant_id"]: r for r in story.results("10:23")}
    named = [a.get("participants", ()) for r in results.values() for a in r["actions"] if a["kind"] == "ticket"]
    assert all("C1" not in codes and "T2" not in codes for codes in named)


@pytest.mark.parametrize(("known", "confidence"), [({}, "high"), ({"zoom_id": ""}, "medium")])
def test_session_held_by_somebody_who_only_shows_a_clinicians_name_was_not_surely_held(known, confidence):
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(**known), story.client()
    story.begins("09:57", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence=confidence)


@pytest.mark.parametrize(("known", "confidence"), [
    ({}, "high"), ({"email": "Home@example.org"}, "medium"), ({"phone": "+1 555 010 0100"}, "medium"),
])  # fmt: skip
def test_who_shares_an_address_with_somebody_there_may_have_sat_beside_them(known, confidence):
    story = Story("family", "10:00", "11:00")
    clinician = story.clinician()
    client = story.client(email="home@example.org", phone="15550100100")
    mother = story.client("F1", email="mother@example.org", phone="15550100199", registrant_id="")
    mother.listed |= known
    story.begins("09:57", clinician)
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    story.expect(mother, outcome="missed", cause="absence", confidence=confidence)


@pytest.mark.parametrize("seconds", [1, 30, 59])
@pytest.mark.parametrize("tries", [("10:10",), ("10:10", "10:12"), ("09:50",)])
def test_stranger_who_was_there_for_moments_may_be_whoever_is_missing(tries, seconds):
    """Somebody who does not get in comes like that, and again under another connection and name."""
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:20")
    for number, at in enumerate(tries):
        story.stays(story.guest(f"iPhone {number}"), at, seconds_after(story, at, seconds))
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="medium", without={"unidentified-guest"})


def test_bot_that_was_there_for_moments_is_nobody():
    story, clinician, client = an_hour()
    story.stays(story.guest("Otter.ai"), "10:10", "10:10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize("name", [
    "Note Taker", "AI Note-taker for Dana", "Note-taking bot", "Zoom AI Companion", "Supernormal", "Fathom Notetaker",
])  # fmt: skip
def test_bots_that_take_notes_are_nobody_however_they_spell_it(name):
    story, clinician, client = an_hour()
    story.stays(story.guest(name), "10:01", "10:58")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high", only_flags=set())
