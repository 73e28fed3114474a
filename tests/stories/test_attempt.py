"""Who tried to take part and could not: which of their tries count, and for which time that was lost."""

from __future__ import annotations

import pytest

from tests.stories.limit import NUMBERS, OTHER_NUMBERS, SECOND, with_numbers
from tests.stories.story import POLICY, Person, Story, an_hour, seconds_after

BOTH = pytest.mark.parametrize(
    ("numbers", "policy"), [(NUMBERS, POLICY), (OTHER_NUMBERS, with_numbers(OTHER_NUMBERS))], ids=["shipped", "other"]
)

ELSEWHERE, THIRD = "93400000002", "93400000003"


def said(result: dict, rule: str) -> str:
    return next(finding["because"] for finding in result["findings"] if finding["rule"] == rule)


# --- connections that broke off --------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(("step", "cause"), [(-1, "technical"), (0, "absence"), (1, "absence")])
def test_who_was_in_for_good_after_their_tries_left_by_choice(numbers, policy, step, cause):
    story, clinician, client = an_hour()
    for minute in ("10:01", "10:03", "10:05"):
        story.stays(client, minute, seconds_after(story, minute, 20))
    story.stays(client, "10:07", story.at("10:07") + 5 * numbers.short_connection + step * SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome="partial", cause=cause)


def test_who_was_in_for_a_while_and_failed_again_did_not_choose_to_go():
    story, clinician, client = an_hour()
    for minute in ("10:01", "10:03"):
        story.stays(client, minute, seconds_after(story, minute, 20))
    story.stays(client, "10:05", "10:15")
    story.stays(client, "10:20", "10:20:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", confidence="medium")


# --- another meeting -------------------------------------------------------------------------------------------------


def hour_with_another_room() -> tuple[Story, Person, Person]:
    """Others have a session in another room at the same time."""
    story, clinician, client = an_hour()
    story.another_appointment("A2", ELSEWHERE, "10:00", "11:00")
    return story, clinician, client


@pytest.mark.parametrize(("came", "wrong"), [("10:59:59", True), ("11:00", False), ("11:00:01", False)])
def test_who_came_into_another_room_when_it_was_over_came_there_afterwards(came, wrong):
    """Only their leave was delivered; they cannot have come before that meeting began."""
    story, clinician, client = hour_with_another_room()
    story.is_over("11:00", clinician)
    story.joins(client, came, meeting=ELSEWHERE, lost=True)
    story.leaves(client, "11:20", meeting=ELSEWHERE)
    story.expect(client, no_show=not wrong, **{"flags" if wrong else "without": {"wrong-meeting"}})


@BOTH
@pytest.mark.parametrize(("step", "sure"), [(-1, "medium"), (0, "high"), (1, "high")])
def test_who_came_into_another_room_long_before_perhaps_did_not_come_there_for_this(numbers, policy, step, sure):
    story, clinician, client = hour_with_another_room()
    story.stays(client, story.starts_at - numbers.no_show_after + step * SECOND, "10:30", meeting=ELSEWHERE)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome="missed", cause="technical", confidence=sure, flags={"wrong-meeting"})


@BOTH
@pytest.mark.parametrize(("step", "wrong"), [(-1, True), (0, False), (1, False)])
def test_who_goes_into_another_room_when_it_is_nearly_over_goes_on_to_what_comes_next(numbers, policy, step, wrong):
    story, clinician, client = hour_with_another_room()
    nearly_over = story.ends_at - numbers.arrive_grace + step * SECOND
    story.stays(client, "09:58", nearly_over)
    story.joins(client, nearly_over, meeting=ELSEWHERE)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome="attended", **{"flags" if wrong else "without": {"wrong-meeting"}})


@pytest.mark.parametrize("lost", [False, True])
def test_who_was_in_another_room_beside_this_one_and_went_from_there_later_did_not_go_there(lost):
    story, clinician, client = hour_with_another_room()
    story.stays(client, "09:58", "10:20")
    story.joins(client, "10:10", meeting=ELSEWHERE, lost=lost)
    story.leaves(client, "10:40", meeting=ELSEWHERE)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", without={"wrong-meeting"})


def test_who_came_by_way_of_another_room_lost_the_time_from_then_on_until_they_were_here():
    story, clinician, client = hour_with_another_room()
    there = story.joins(client, "10:05", meeting=ELSEWHERE)
    story.leaves(client, "10:19", meeting=ELSEWHERE)
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="partial", cause="technical", lost=15, flags={"wrong-meeting"})
    (events,) = [finding["events"] for finding in result["findings"] if finding["rule"] == "wrong-meeting"]
    assert events == [story.deliveries().index(there) + 1]


def test_of_two_other_rooms_the_one_they_went_to_is_told():
    story, clinician, client = hour_with_another_room()
    story.joins(client, "09:58")
    story.stays(client, "10:05", "10:06", meeting=ELSEWHERE)
    story.leaves(client, "10:30")
    story.joins(client, "10:30", meeting=ELSEWHERE)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="technical", lost=30)
    assert said(result, "wrong-meeting") == "They were seen in another meeting at 10:30:00 UTC."


def test_of_a_name_and_a_link_in_other_rooms_the_link_is_told():
    story, clinician, client = hour_with_another_room()
    story.another_appointment("A3", THIRD, "10:00", "11:00")
    story.stays(client, "10:02", "10:03", meeting=THIRD, registrant_id="")
    story.stays(client, "10:05", "10:50", meeting=ELSEWHERE)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="technical", confidence="high")
    assert said(result, "wrong-meeting") == "They were seen in another meeting at 10:05:00 UTC."


def test_of_a_name_in_two_other_rooms_the_first_is_told():
    story, clinician, client = hour_with_another_room()
    story.another_appointment("A3", THIRD, "10:00", "11:00")
    story.stays(client, "10:02", "10:03", meeting=THIRD, registrant_id="")
    story.stays(client, "10:05", "10:50", meeting=ELSEWHERE, registrant_id="")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="technical", confidence="medium")
    assert said(result, "wrong-meeting") == "Somebody of their name was seen in another meeting at 10:02:00 UTC."


@pytest.mark.parametrize(("there", "wrong"), [("10:17:59", False), ("10:18", True), ("10:18:01", True)])
def test_who_comes_into_another_room_while_joining_takes_and_goes_from_here_went_there(there, wrong):
    story, clinician, client = hour_with_another_room()
    story.stays(client, "09:58", "10:20")
    story.joins(client, there, meeting=ELSEWHERE)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", **{"flags" if wrong else "without": {"wrong-meeting"}})


@pytest.mark.parametrize("there", ["10:40", "10:45"])
def test_who_is_back_and_then_in_another_room_as_well_was_not_away_because_of_it(there):
    story, clinician, client = hour_with_another_room()
    story.stays(client, "09:58", "10:20")
    story.joins(client, "10:40")
    story.joins(client, there, meeting=ELSEWHERE, device="phone")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="absence", only_flags=set())


# --- what they told us, and their link -------------------------------------------------------------------------------


def test_of_two_links_opened_in_vain_the_first_is_told():
    story, clinician, client = an_hour()
    for minute in ("10:05", "10:10"):
        story.clicks_link(client, minute)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="technical")
    assert said(result, "tried-to-join") == (
        "They opened their join link at 10:05:00 UTC and were not seen within 2 min."
    )


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("10:06:59", "are not here yet"),
        ("10:07", "were not seen within 2 min"),
        ("10:07:01", "were not seen within 2 min"),
    ],
)
def test_whoever_opened_their_link_has_the_time_that_joining_takes(at, told):
    story, clinician, client = an_hour()
    story.clicks_link(client, "10:05")
    story.is_over("11:00", clinician)
    result = story.expect(client, at=at, flags={"tried-to-join"})
    assert said(result, "tried-to-join") == f"They opened their join link at 10:05:00 UTC and {told}."


def test_of_two_reports_of_trouble_the_first_is_told():
    story, clinician, client = an_hour()
    for minute in ("10:05", "10:10"):
        story.reports_trouble(client, minute)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="technical", flags={"trouble-reported"})
    assert said(result, "trouble-reported") == "They reported technical trouble at 10:05:00 UTC."


def test_who_opened_their_link_in_vain_and_came_later_left_by_choice():
    """The try explains what they lost until they came, and nothing of what they lost afterwards."""
    story, clinician, client = an_hour()
    story.clicks_link(client, "10:05")
    story.stays(client, "10:20", "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", lost=15, flags={"tried-to-join", "left-early"})


def test_who_waited_in_vain_and_opened_their_link_once_more_was_kept_waiting():
    story, clinician, client = an_hour()
    story.waits(client, "10:10")
    story.stops_waiting(client, "10:15")
    story.clicks_link(client, "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", lost=0, flags={"never-admitted", "tried-to-join"})


@pytest.mark.parametrize(("reported", "lost"), [("10:09:59", 20), ("10:10", 10), ("10:10:01", 10)])
def test_who_reports_trouble_as_they_open_their_link_lost_the_time_from_then_on(reported, lost):
    """Who reported it before they tried speaks of all the time before."""
    story, clinician, client = an_hour()
    story.clicks_link(client, "10:10")
    story.reports_trouble(client, reported)
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    story.expect(client, lost=lost, flags={"tried-to-join", "trouble-reported"})


@pytest.mark.parametrize("reported", ["10:19:59", "10:20", "10:20:01"])
def test_who_reports_trouble_as_they_come_speaks_of_why_they_came_late(reported):
    story, clinician, client = an_hour()
    story.joins(client, "10:20")
    story.reports_trouble(client, reported)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="technical", lost=20)


def test_who_went_and_opened_their_link_in_vain_tried_to_come_back():
    """All of that absence was no choice; an earlier one that they came back from may have been."""
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:05")
    story.stays(client, "10:15", "10:30")
    story.clicks_link(client, "10:35")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", lost=30, flags={"tried-to-join"}, actions={"ticket"})
