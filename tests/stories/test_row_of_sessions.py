"""Sessions in a row in one meeting, of which the first ones last long or lie far back: what kept somebody from one of
them may keep them from the last."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story
from tests.stories.test_other_link import tries

LONG = (("10:00", "11:30"), ("11:30", "12:30"))
THREE = (("10:00", "10:50"), ("11:00", "11:50"), ("12:00", "12:50"))


def row(sessions) -> tuple[Story, Person, Person, Person]:
    """A clinician, somebody who is there all the time, and a client; A1, A2 and so on in one meeting."""
    (starts, ends), *others = sessions
    story = Story("group", starts, ends)
    clinician, (client, other) = story.clinician(), story.clients(2)
    for number, (begin, end) in enumerate(others, 2):
        story.another_appointment(f"A{number}", story.meeting.meeting_id, begin, end, clinician, client, other)
    return story, clinician, client, other


def judged(sessions, does, *, runs: bool) -> dict:
    """The client's verdict on the last of them; the meeting runs on, or is ended after each."""
    story, clinician, client, other = row(sessions)
    for number, (begin, end) in enumerate(sessions):
        if not number or runs:
            story.begins(story.at(begin), clinician)
            story.joins(other, begin)
        if not number:
            does(story, client)
        story.other_meeting_hears(f"{begin[:3]}2{begin[4:]}")
        if runs or number == len(sessions) - 1:
            story.is_over(end, other, clinician)
    return story.expect(client, appointment_id=f"A{len(sessions)}")


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("sessions", [LONG, THREE])
@pytest.mark.parametrize("reason", ["network", "removed"])
def test_who_was_cut_off_from_the_first_session_of_a_row_is_no_no_show_of_the_last(sessions, reason, runs):
    """Power is out for the evening, or the host let nobody in again: it does not matter how long ago."""
    told = judged(sessions, lambda story, client: story.stays(client, "09:58", "10:20", reason), runs=runs)
    assert (told["outcome"], told["confidence"]) == ("undetermined", "low"), told["findings"][0]


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("sessions", [LONG, THREE])
def test_who_waited_in_vain_for_the_first_session_of_a_row_is_no_no_show_of_the_last(sessions, runs):
    def waits(story, client):
        story.waits(client, "09:58")
        story.stops_waiting(client, "10:20")

    assert judged(sessions, waits, runs=runs)["outcome"] == "undetermined"


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("sessions", [LONG, THREE])
def test_who_failed_to_come_in_to_the_first_session_of_a_row_is_no_no_show_of_the_last(sessions, runs):
    def tries(story, client):
        for at in ("10:10", "10:12"):
            story.stays(client, at, story.at(f"{at}:05"))

    assert judged(sessions, tries, runs=runs)["outcome"] == "undetermined"


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("sessions", [LONG, THREE])
def test_who_left_the_first_session_of_a_row_by_themselves_is_absent_from_the_last(sessions, runs):
    told = judged(sessions, lambda story, client: story.stays(client, "09:58", "10:20"), runs=runs)
    assert (told["outcome"], told["cause"], told["confidence"]) == ("missed", "absence", "high")


@pytest.mark.parametrize("runs", [False, True])
def test_who_was_cut_off_from_the_first_of_three_and_came_to_the_second_is_absent_from_the_last(runs):
    story, clinician, client, other = row(THREE)
    story.begins("10:00", clinician)
    story.joins(other, "10:00")
    story.stays(client, "09:58", "10:20", "network")
    if runs:
        story.is_over("10:50", other, clinician)
        story.begins("11:00", clinician)
        story.joins(other, "11:00")
    story.stays(client, "11:01", "11:49")
    if runs:
        story.is_over("11:50", other, clinician)
        story.begins("12:00", clinician)
        story.joins(other, "12:00")
    story.other_meeting_hears("12:20")
    story.is_over("12:50", other, clinician)
    story.expect(client, appointment_id="A3", outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize(("left", "outcome"), [("10:04:00", "undetermined"), ("10:04:01", "missed")])
def test_who_opens_the_link_of_the_first_session_as_they_leave_it_tries_to_come_back(left, outcome):
    """For as long as joining takes after that, what is left of their stay is no answer to it."""

    def leaves(story, client):
        story.stays(client, "10:00", left)
        tries(story, client, "10:02", session="A1")

    assert judged(LONG, leaves, runs=False)["outcome"] == outcome


def strayed(*, back=None, comes=None, sessions=THREE[:2]) -> dict:
    """The client is in a wrong meeting for a minute in the time of the first session, and perhaps comes to it."""

    def strays(story, client):
        story.stays(client, "10:02", "10:03", meeting="97700000003", name=client.listed["name"])
        if back:
            story.stays(client, back, "10:49")
        if comes:
            story.stays(client, comes, "11:50")

    return judged(sessions, strays, runs=False)


@pytest.mark.parametrize("sessions", [THREE[:2], THREE, LONG])
def test_who_took_a_wrong_link_to_the_first_session_of_a_row_is_no_no_show_of_the_last(sessions):
    """An old link leads to an old room, for both of them."""
    told = strayed(sessions=sessions)
    assert (told["outcome"], told["confidence"]) == ("undetermined", "low"), told["findings"][0]
    assert told["findings"][0]["because"] == "They were seen in another meeting at 10:02:00 UTC."


def test_who_found_the_right_room_after_the_wrong_one_is_absent_from_the_next():
    told = strayed(back="10:06")
    assert (told["outcome"], told["cause"], told["confidence"]) == ("missed", "absence", "high")


def test_who_found_the_right_room_after_the_wrong_one_and_comes_late_to_the_next_is_late_by_choice():
    told = strayed(back="10:06", comes="11:25")
    assert (told["outcome"], told["cause"], told["confidence"]) == ("partial", "absence", "high")


def test_who_took_a_wrong_link_to_the_session_before_and_comes_late_is_not_surely_late_by_choice():
    told = strayed(comes="11:25")
    assert (told["outcome"], told["cause"], told["confidence"]) == ("partial", "absence", "medium")
    assert "they had been seen in another meeting at 10:02:00 UTC" in told["findings"][0]["because"]


@pytest.mark.parametrize(
    ("ends", "outcome"), [("10:50", "undetermined"), ("10:50:30", "undetermined"), ("10:52", "partial")]
)
def test_host_who_ended_the_session_before_in_its_overtime_did_not_end_the_next_one_under_who_never_came_to_it(
    ends, outcome
):
    """The meeting begins anew for the next one, and everybody else is back."""
    story, clinician, client, other = row((("10:00", "10:50"), ("10:50", "11:40")))
    story.begins("09:58", clinician)
    for person in (client, other):
        story.stays(person, "09:59", ends, "host ended")
    story.is_over(ends, clinician)
    story.begins("10:53", clinician)
    story.joins(other, "10:54")
    story.is_over("11:40", other, clinician)
    story.expect(client, appointment_id="A1", outcome="attended")
    told = story.expect(client, appointment_id="A2", outcome=outcome)
    assert told["cause"] in ("absence", "unknown"), told["findings"][0]
    assert told["confidence"] != "high", told["findings"][0]


def test_host_who_ended_the_session_before_in_its_overtime_kept_who_came_back_late_to_the_next_one():
    story, clinician, client, other = row((("10:00", "10:50"), ("10:50", "11:40")))
    story.begins("09:58", clinician)
    for person in (client, other):
        story.stays(person, "09:59", "10:51", "host ended")
    story.is_over("10:51", clinician)
    story.begins("10:53", clinician)
    story.joins(other, "10:54")
    story.joins(client, "11:10")
    story.is_over("11:40", client, other, clinician)
    story.expect(client, appointment_id="A2", outcome="partial", cause="provider")


@pytest.mark.parametrize("does", ["waits", "network", "removed", "tries"])
@pytest.mark.parametrize("starts", ["10:50", "10:55", "11:00", "11:10"])
def test_who_was_kept_out_before_the_session_before_began_is_no_no_show_of_the_next(does, starts):
    """They came early to that one; the next one is within the hour, and its own early window begins later."""
    story, clinician, client, other = row((("10:00", "10:50"), (starts, "12:00")))
    story.begins("09:45", clinician)
    story.joins(other, "09:58")
    if does == "waits":
        story.waits(client, "09:50")
        story.stops_waiting(client, "09:53")
    elif does == "tries":
        story.stays(client, "09:50", "09:50:20", "network")
        story.stays(client, "09:53", "09:53:20", "network")
    else:
        story.stays(client, "09:50", "09:53", does)
    story.other_meeting_hears("10:20")
    story.is_over("12:00", other, clinician)
    story.expect(client, appointment_id="A2", outcome="undetermined", confidence="low", only_actions={"review"})
