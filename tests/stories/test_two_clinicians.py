"""A group that two clinicians lead: what becomes of one of them is not yet the end of the session."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story


def led_by_two() -> tuple[Story, Person, Person, Person, Person]:
    """From 10:00 to 11:00; one of two clients comes, and the first clinician opens the room."""
    story = Story("group", "10:00", "11:00")
    first = story.clinician("T1")
    second = story.clinician("T2", name="Uri Vance", zoom_id="uUriVance0000000000000", email="uri@example.net")
    client, missing = story.client("C1"), story.client("C2")
    story.begins("09:58", first)
    story.joins(client, "10:01")
    return story, first, second, client, missing


def test_absence_is_sure_when_one_of_two_clinicians_is_cut_off_and_the_other_holds_on():
    story, first, second, client, missing = led_by_two()
    story.joins(second, "10:02")
    story.drops(second, "10:30")
    story.is_over("11:00", client, first)
    story.expect(missing, outcome="missed", cause="absence", confidence="high", flags={"host-dropped"})
    story.expect(client, outcome="attended")


@pytest.mark.parametrize(("at", "confidence"), [("10:54:59", "medium"), ("10:55", "high")])
@pytest.mark.parametrize("alone", [False, True])
def test_absence_is_as_sure_whether_the_clinician_was_cut_off_alone_or_before_others(at, confidence, alone):
    story, first, _, client, missing = led_by_two()
    if alone:
        story.leaves(client, "10:50")
        story.other_meeting_hears("10:40")
        story.is_over(at, first, reason="network")
    else:
        story.drops(first, at)
        story.is_over("11:00", client)
    story.expect(missing, outcome="missed", cause="absence", confidence=confidence)


@pytest.mark.parametrize(("gone", "cause"), [("10:20", "technical"), ("10:25", "technical"), ("10:25:01", "absence")])
def test_who_goes_long_after_one_clinician_was_cut_off_leaves_a_session_that_the_other_holds(gone, cause):
    story, first, second, client, _ = led_by_two()
    story.joins(second, "10:02")
    story.drops(first, "10:20")
    story.leaves(client, gone)
    story.is_over("11:00", second)
    story.expect(client, outcome="partial", cause=cause)


@pytest.mark.parametrize(("other", "cause", "lost"), [(False, "technical", 30), (True, "absence", 0)])
def test_who_goes_long_after_the_clinician_was_cut_off_goes_because_of_it_when_no_other_holds_on(other, cause, lost):
    story, first, second, client, missing = led_by_two()
    story.joins(missing, "10:01")
    if other:
        story.joins(second, "10:02")
    story.drops(first, "10:10", back="10:30")
    story.leaves(client, "10:20")
    story.is_over("11:00", missing, first, *([second] if other else []))
    story.expect(client, outcome="partial", cause=cause, lost=lost)


def first_one_is_cut_off_alone() -> tuple[Story, Person, Person, Person, Person]:
    story, first, second, client, missing = led_by_two()
    story.leaves(client, "10:05")
    story.is_over("10:08", first, reason="network")
    story.opens("10:12")
    story.joins(second, "10:12")
    return story, first, second, client, missing


def test_clinician_who_is_cut_off_alone_before_the_other_comes_dropped_out_of_the_session_of_all():
    story, first, second, _, missing = first_one_is_cut_off_alone()
    story.is_over("11:00", second)
    story.expect(first, cause="technical", flags={"dropped", "host-dropped"})
    story.expect(missing, outcome="missed", confidence="high", flags={"host-dropped"})


def test_nobody_stayed_on_but_the_clinician_whose_own_leave_was_lost():
    """Who is cut off alone, and comes again, is one person: with nobody else in it the meeting ended with them."""
    story, first, second, _, missing = first_one_is_cut_off_alone()
    story.is_over("10:30", second)
    story.begins("10:32", first)
    story.closes("11:00")
    story.expect(missing, outcome="missed", confidence="high")


def test_somebody_of_the_next_session_whom_a_host_let_in_shows_that_a_host_was_there():
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    known = {"name": "Ilya Brandt", "registrant_id": "reg-next"}
    following = Person("C9", client.role, known, known)
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, following)
    story.opens("10:50")
    story.waits(following, "10:50")
    story.is_admitted(following, "10:51")
    story.joins(following, "10:51")
    story.is_over("12:00", following)
    story.expect(clinician, outcome="undetermined", cause="unknown", flags={"feed-gap"})


@pytest.mark.parametrize(
    ("shown", "first_is", "second_is"),
    [
        ({"name": "Room 3"}, ("attended", "medium"), ("undetermined", "low")),
        ({"name": ""}, ("attended", "medium"), ("undetermined", "low")),
        ({"name": "Dana Whitfield"}, ("attended", "high"), ("missed", "high")),
        ({"name": "Room 3", "email": "uri@example.net"}, ("missed", "high"), ("attended", "high")),
    ],
)
def test_host_s_account_alone_does_not_say_which_of_two_clinicians_it_was(shown, first_is, second_is):
    story = Story("group", "10:00", "11:00")
    first = story.clinician("T1", email="dana@example.net")
    second = story.clinician("T2", name="Uri Vance", zoom_id="uUriVance0000000000000", email="uri@example.net")
    client = story.client()
    story.opens("09:58")
    story.joins(first, "09:58", **{"email": ""} | shown)
    story.joins(client, "10:01")
    story.is_over("11:00", client, first)
    story.expect(client, outcome="attended", confidence="high", held=60)
    for person, (outcome, confidence) in ((first, first_is), (second, second_is)):
        story.expect(person, outcome=outcome, confidence=confidence)
    told = story.result(second)["findings"][0]
    if second_is[0] == "undetermined":
        assert (
            told["because"]
            == "Somebody came by the account of the host, and nothing says which of the clinicians it was."
        )
        assert told["events"] == [2, 5]


def test_host_s_account_is_that_of_the_clinician_who_is_not_seen_by_another():
    story, first, second, client, _ = led_by_two()
    story.joins(second, "10:02")
    story.is_over("11:00", client, first, second)
    story.expect(first, outcome="attended", confidence="high")
