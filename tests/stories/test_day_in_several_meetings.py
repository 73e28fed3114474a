"""A program day whose sessions have meetings of their own: what of the one before is told of the next."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour
from tests.stories.test_other_link import tries

BEFORE = "93000000000"
LOOK_AT_IT = {"outcome": "undetermined", "cause": "unknown", "confidence": "low", "only_actions": {"review"}}
ABSENT = {"outcome": "missed", "cause": "absence", "confidence": "high"}


def day(begins: str = "10:00", ends: str = "11:00", before: str = BEFORE) -> tuple[Story, Person, Person]:
    """A group from ten to eleven, and an hour of its own from eleven to twelve; a clinician is in both, and somebody
    else comes to both."""
    story = Story("group", "11:00", "12:00", appointment_id="A2")
    clinician, client, other = story.clinician(), story.client("C1"), story.client("C2")
    story.another_appointment("A1", before, begins, ends, clinician, client, other)
    story.stays(clinician, "09:57", ends, meeting=before)
    story.stays(other, "09:58", ends, meeting=before)
    story.begins("10:58", clinician)
    story.joins(other, "10:59")
    story.is_over("12:00", other, clinician)
    return story, client, other


def deliveries_at(story: Story, at: str) -> list[int]:
    return [number for number, sent in enumerate(story.deliveries(), 1) if sent.at == story.at(at)]


@pytest.mark.parametrize(("at", "before"), [("10:30", BEFORE), ("10:50", BEFORE), ("10:30", "99000000000")])
def test_who_dropped_out_of_the_session_before_and_did_not_come_back_is_no_no_show_of_the_next(at, before):
    story, client, _ = day(before=before)
    story.stays(client, "09:58", at, "network", meeting=before)
    told = story.expect(client, **LOOK_AT_IT)
    because = (
        f"They had dropped out of their session before, in another meeting, at {at}:00 UTC, and they were not seen."
    )
    assert told["findings"][0]["because"] == because
    came, left = deliveries_at(story, "09:58")[-1], deliveries_at(story, at)[-1]
    assert told["findings"][0]["hit"]
    assert left in told["findings"][0]["events"]
    assert came not in told["findings"][0]["events"]


def test_who_was_back_in_the_session_before_and_went_home_after_it_is_absent_from_the_next():
    story, client, _ = day()
    story.stays(client, "09:58", "10:30", "network", meeting=BEFORE)
    story.stays(client, "10:32", "11:00", meeting=BEFORE)
    story.expect(client, **ABSENT)


@pytest.mark.parametrize(("end", "reason"), [("10:59", "plain"), ("10:30", "plain"), ("11:00", "client close")])
def test_who_left_the_session_before_by_themselves_is_absent_from_the_next(end, reason):
    story, client, _ = day()
    story.stays(client, "09:58", end, reason, meeting=BEFORE)
    story.expect(client, **ABSENT)


def test_who_came_to_neither_is_absent_from_both():
    story, client, _ = day()
    for number in ("A1", "A2"):
        story.expect(client, appointment_id=number, **ABSENT)


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("09:30", "10:30", LOOK_AT_IT), ("09:29", "10:29", ABSENT),  # half an hour between them is a break
        ("08:00", "10:50", LOOK_AT_IT), ("07:59", "10:50", ABSENT),  # three hours are a day
        ("10:30", "11:05", LOOK_AT_IT), ("11:00", "12:00", ABSENT),  # the next begins before the last is over
    ],
)  # fmt: skip
def test_only_what_is_in_a_row_is_a_day(begins, ends, expected):
    story, client, _ = day(begins, ends)
    story.stays(client, "09:57", "10:10", "network", meeting=BEFORE)
    if begins < "11:00":
        story.expect(client, **expected)


@pytest.mark.parametrize(
    ("event", "because"),
    [
        ("rejoin.join_clicked", "They had tried in vain to come to their session before, in another meeting"),
        (
            "rejoin.trouble_reported",
            "They had told of trouble with their session before, in another meeting, and they were not seen.",
        ),
    ],
)
def test_who_could_not_come_to_the_session_before_is_no_no_show_of_the_next(event, because):
    story, client, _ = day()
    tries(story, client, "09:58", event, session="A1")
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"].startswith(because)


def test_whose_connections_to_the_session_before_broke_off_within_moments_is_no_no_show_of_the_next():
    story, client, _ = day()
    for at in ("10:01", "10:03"):
        story.stays(client, at, f"{at}:20", meeting=BEFORE)
    story.expect(client, appointment_id="A1", outcome="missed", cause="technical")
    because = "They had tried in vain to come to their session before, in another meeting, and they were not seen."
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"] == because


@pytest.mark.parametrize("stranger", [False, True])
def test_who_was_in_the_session_before_for_a_moment_only_is_no_no_show_of_the_next(stranger):
    """Also when a stranger there may have been them: what is less sure of that session makes this one no surer."""
    story, client, _ = day()
    story.stays(client, "10:10", "10:10:30", meeting=BEFORE)
    if stranger:
        story.stays(story.guest("iPhone"), "10:20", "10:50", meeting=BEFORE)
    story.expect(client, appointment_id="A1", outcome="undetermined")
    story.expect(client, **LOOK_AT_IT)


def test_who_tried_their_device_for_the_session_before_and_did_not_come_is_no_no_show_of_the_next():
    story, client, _ = day()
    body = story.place(BEFORE, "10:00").body("meeting.device_tested", story.at("10:03"))
    body["payload"]["object"]["test_result"] = {"user_id": "1", "user_name": client.shown["name"], "camera_status": 2}
    story._send(body, "10:03")
    because = "They had tried in vain to come to their session before, in another meeting, and they were not seen."
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"] == because


def test_whom_the_end_of_the_meeting_sent_out_of_the_session_before_is_no_no_show_of_the_next():
    story, client, _ = day("10:30")
    story.stays(client, "10:30", "10:30:40", "host ended", meeting=BEFORE)
    story.expect(client, appointment_id="A1", outcome="missed", cause="provider")
    because = "They had tried in vain to come to their session before, in another meeting, and they were not seen."
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"] == because


def test_who_opened_the_link_and_came_to_the_session_before_is_absent_from_the_next():
    story, client, _ = day()
    tries(story, client, "09:58", session="A1")
    story.stays(client, "09:59", "11:00", meeting=BEFORE)
    story.expect(client, **ABSENT)


@pytest.mark.parametrize(("came", "at"), [("09:58", "10:20"), ("10:40", "10:57")])
def test_whom_the_host_removed_from_the_session_before_is_no_no_show_of_the_next(came, at):
    story, client, _ = day()
    story.stays(client, came, at, "removed", meeting=BEFORE)
    because = f"The host had removed them from their session before, in another meeting, at {at}:00 UTC"
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"].startswith(because)


@pytest.mark.parametrize("left", ["10:20", "11:00"])
def test_who_found_no_clinician_in_the_session_before_is_no_no_show_of_the_next(left):
    story = Story("group", "11:00", "12:00", appointment_id="A2")
    clinician, client, other = story.clinician(), story.client("C1"), story.client("C2")
    story.another_appointment("A1", BEFORE, "10:00", "11:00", clinician, client, other)
    story.stays(client, "09:58", left, meeting=BEFORE)
    story.begins("10:58", clinician)
    story.joins(other, "10:59")
    story.is_over("12:00", other, clinician)
    because = f"They had found no clinician in their session before, in another meeting, at {left}:00 UTC, and"
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"].startswith(because)


def test_of_whom_no_end_was_delivered_in_the_session_before_is_absent_from_the_next():
    """Nothing says that anything broke, and in this meeting they would have been heard."""
    story, client, _ = day()
    story.joins(client, "09:58", meeting=BEFORE)
    story.expect(client, **ABSENT)


def test_who_waited_in_vain_to_be_let_in_to_the_session_before_is_no_no_show_of_the_next():
    story, client, _ = day()
    here, story.meeting = story.meeting, story.place(BEFORE, "10:00")
    story.waits(client, "10:00")
    story.stops_waiting(client, "10:25")
    story.meeting = here
    because = (
        "They had waited in vain to be let in to their session before, in another meeting, and they were not seen."
    )
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"] == because


def test_who_comes_late_after_dropping_out_of_the_session_before_is_not_surely_late_by_choice():
    story, client, _ = day()
    story.stays(client, "09:58", "10:30", "network", meeting=BEFORE)
    story.stays(client, "11:25", "12:00")
    told = story.expect(client, outcome="partial", cause="absence", confidence="medium")
    assert told["findings"][0]["because"].endswith(
        "It is not certain: they had dropped out of their session before, in another meeting, at 10:30:00 UTC."
    )


@pytest.mark.parametrize(("between", "expected"), [(True, ABSENT), (False, LOOK_AT_IT)])
def test_what_somebody_came_to_since_tells_that_they_could_come(between, expected):
    """Three in a row, in three meetings: whoever came to the second could come to the third."""
    story = Story("group", "12:00", "13:00", appointment_id="A3")
    clinician, client, other = story.clinician(), story.client("C1"), story.client("C2")
    for number, (begin, end) in enumerate((("10:00", "11:00"), ("11:00", "12:00")), 1):
        meeting = f"9300000000{number}"
        story.another_appointment(f"A{number}", meeting, begin, end, clinician, client, other)
        story.stays(clinician, begin, end, meeting=meeting)
        story.stays(other, begin, end, meeting=meeting)
    story.stays(client, "10:00", "10:40", "network", meeting="93000000001")
    if between:
        story.stays(client, "11:01", "12:00", meeting="93000000002")
    story.begins("11:58", clinician)
    story.joins(other, "11:59")
    story.is_over("13:00", other, clinician)
    story.expect(client, **expected)
    if not between:
        story.expect(client, appointment_id="A2", **LOOK_AT_IT)


def test_support_that_spoke_with_them_knows_better():
    story, client, _ = day()
    story.stays(client, "09:58", "10:30", "network", meeting=BEFORE)
    story._own("rejoin.absence_found", "12:30", client)
    assert story.expect(client, cause="absence", outcome="missed")["confidence"] == "medium"


def test_support_that_spoke_with_them_about_the_session_before_knows_better():
    story, client, _ = day()
    tries(story, client, "09:58", session="A1")
    story.expect(client, **LOOK_AT_IT)
    tries(story, client, "12:30", "rejoin.absence_found", session="A1")
    story.expect(client, appointment_id="A1", outcome="missed", cause="absence")
    story.expect(client, **ABSENT)


@pytest.mark.parametrize(("until", "expected"), [("11:05", ABSENT), ("11:05:01", LOOK_AT_IT), ("11:40", LOOK_AT_IT)])
def test_who_stays_on_in_the_meeting_of_the_session_before_may_wait_there_for_the_next(until, expected):
    """Or that one ran over, and they were kept there: in neither case did they stay away."""
    story, client, _ = day()
    story.stays(client, "09:58", until, meeting=BEFORE)
    told = story.expect(client, **expected)
    if expected is LOOK_AT_IT:
        because = f"They had stayed in the meeting of their session before until {until[:5]}"
        assert told["findings"][0]["because"].startswith(because)
        assert deliveries_at(story, until)[-1] in told["findings"][0]["events"]


@pytest.mark.parametrize(
    ("comes", "expected"), [("11:02", LOOK_AT_IT), ("11:44:59", LOOK_AT_IT), ("11:45:01", ABSENT), ("11:58", ABSENT)]
)
def test_who_comes_to_the_meeting_of_the_next_session_long_before_it_took_the_wrong_link(comes, expected):
    story, client, other = day()
    story.another_appointment("A3", "95000000000", "12:00", "13:00", client, other)
    story.joins(client, comes, meeting="95000000000")
    told = story.expect(client, **expected)
    if expected is LOOK_AT_IT:
        because = f"They have another session in another meeting, and came to that one at {comes[:5]}"
        assert told["findings"][0]["because"].startswith(because)


def test_who_is_heard_only_as_they_go_from_another_session_of_theirs_was_there_until_then():
    story, clinician, client = an_hour()
    story.another_appointment("A2", "95000000000", "10:00", "11:00", clinician, client)
    line = story.leaves(client, "10:40", meeting="95000000000")
    story.is_over("11:00", clinician)
    (told, *_) = story.expect(client, **LOOK_AT_IT)["findings"]
    assert told["because"] == "They have another session in another meeting, and were there until 10:40:00 UTC."
    assert told["events"] == [story.deliveries().index(line) + 1]


def test_who_is_kept_in_the_session_before_and_comes_late_is_not_surely_late_by_choice():
    story, client, _ = day()
    story.stays(client, "09:58", "11:20", meeting=BEFORE)
    story.stays(client, "11:21", "12:00")
    told = story.expect(client, outcome="partial", cause="absence", confidence="medium", flags={"late"})
    because = "It is not certain: they had stayed in the meeting of their session before until 11:20:00 UTC."
    assert told["findings"][0]["hit"]
    assert told["findings"][0]["because"].endswith(because)


def test_who_looks_into_the_meeting_of_the_session_before_once_more_when_this_one_is_over_is_absent_from_it():
    story, client, _ = day()
    story.stays(client, "09:58", "11:00", meeting=BEFORE)
    story.stays(client, "12:01", "12:02", meeting=BEFORE)
    story.expect(client, **ABSENT)


@pytest.mark.parametrize("until", ["10:30", "10:55", "11:00"])
def test_whom_the_host_removed_and_let_in_again_is_absent_from_the_next(until):
    story, client, _ = day()
    story.stays(client, "09:58", "10:10", "removed", meeting=BEFORE)
    story.stays(client, "10:29", until, meeting=BEFORE)
    story.expect(client, **ABSENT)


def test_whom_the_host_removed_once_more_is_no_no_show_of_the_next():
    story, client, _ = day()
    story.stays(client, "09:58", "10:10", "removed", meeting=BEFORE)
    story.stays(client, "10:29", "10:31", "removed", meeting=BEFORE)
    told = story.expect(client, **LOOK_AT_IT)
    assert ", at 10:31:00 UTC, and" in told["findings"][0]["because"]


@pytest.mark.parametrize(
    ("event", "because"),
    [
        ("rejoin.join_clicked", "They had tried in vain to come to their session before"),
        ("rejoin.trouble_reported", "They had told of trouble with their session before"),
    ],
)
def test_who_tried_to_come_to_a_session_that_no_clinician_held_is_no_no_show_of_the_next(event, because):
    """Zoom tells nothing of who waits in a browser for a host."""
    story = Story("group", "11:00", "12:00", appointment_id="A2")
    clinician, client, other = story.clinician(), story.client("C1"), story.client("C2")
    story.another_appointment("A1", BEFORE, "10:00", "11:00", clinician, client, other)
    tries(story, client, "09:58", event, session="A1")
    story.stays(other, "09:58", "10:20", meeting=BEFORE)
    story.begins("10:58", clinician)
    story.joins(other, "10:59")
    story.is_over("12:00", other, clinician)
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"].startswith(because)


@pytest.mark.parametrize(("status", "expected"), [("booked", LOOK_AT_IT), ("cancelled", ABSENT)])
def test_session_that_was_called_off_is_a_break(status, expected):
    """An hour between two sessions is one, whatever was to be in it once."""
    story = Story("group", "12:00", "13:00", appointment_id="A3")
    clinician, client, other = story.clinician(), story.client("C1"), story.client("C2")
    story.another_appointment("A1", BEFORE, "10:00", "11:00", clinician, client, other)
    story.another_appointment("A2", "93000000002", "11:00", "12:00", clinician, client, other, status=status)
    for number in (BEFORE, "93000000002"):
        for person in (clinician, other):
            story.stays(person, "10:00" if number == BEFORE else "11:00", "12:00", meeting=number)
    story.stays(client, "10:00", "10:40", "network", meeting=BEFORE)
    story.begins("11:58", clinician)
    story.joins(other, "11:59")
    story.is_over("13:00", other, clinician)
    story.expect(client, **expected)


def test_who_comes_late_from_a_session_that_lasts_into_this_one_is_not_surely_late_by_choice():
    story, client, _ = day("10:20", "11:20")
    story.stays(client, "10:20", "11:20", meeting=BEFORE)
    story.stays(client, "11:21", "12:00")
    told = story.expect(client, outcome="partial", cause="absence", confidence="medium", flags={"late"})
    because = "It is not certain: they had stayed in the meeting of their session before until 11:20:00 UTC."
    assert told["findings"][0]["because"].endswith(because)


def test_who_drops_out_and_looks_in_when_it_is_over_did_not_drop_out_then():
    story, client, _ = day()
    story.stays(client, "09:58", "10:40", "network", meeting=BEFORE)
    story.stays(client, "11:00", "11:02", meeting=BEFORE)
    because = "They had dropped out of their session before, in another meeting, and they were not seen."
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"] == because


@pytest.mark.parametrize("twice", [False, True])
def test_who_comes_soon_before_the_next_of_several_in_one_meeting_took_no_wrong_link(twice):
    """Whoever has two sessions at another time, as on another day, is known wherever they come."""
    story, client, other = day()
    story.stays(client, "09:58", "11:00", meeting=BEFORE)
    story.another_appointment("A3", BEFORE, "12:00", "13:00", client, other)
    story.stays(client, "11:50", "13:00", meeting=BEFORE)
    if twice:
        story.another_appointment("A8", "95000000001", "16:00", "17:00", client)
        story.another_appointment("A9", "95000000002", "16:30", "17:30", client)
    story.expect(client, **ABSENT)


def three(story: Story, between: str) -> tuple[Person, Person]:
    """Two sessions before this one, which begins at eleven: from nine, in a meeting of its own, and from ten."""
    clinician, client, other = story.clinician(), story.client("C1"), story.client("C2")
    story.another_appointment("A0", "93000000009", "09:00", "10:00", clinician, client, other)
    story.another_appointment("A1", between, "10:00", "11:00", clinician, client, other)
    story.stays(clinician, "09:00", "10:00", meeting="93000000009")
    story.stays(client, "09:00", "09:40", "network", meeting="93000000009")
    return clinician, other


def test_who_looks_in_at_the_session_between_when_it_is_long_over_did_not_come_to_it():
    story = Story("group", "11:00", "12:00", appointment_id="A2")
    clinician, other = three(story, BEFORE)
    client = story.people[1]
    story.stays(clinician, "10:00", "11:00", meeting=BEFORE)
    story.begins("10:58", clinician)
    story.joins(other, "10:59")
    story.is_over("12:00", other, clinician)
    story.expect(client, **LOOK_AT_IT)
    story.stays(client, "12:09", "12:11", meeting=BEFORE)
    because = (
        "They had dropped out of their session before, in another meeting, at 09:40:00 UTC, and they were not seen."
    )
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"] == because


@pytest.mark.parametrize("wrong", [False, True])
def test_who_took_a_wrong_link_to_the_session_between_in_this_meeting_did_not_come_to_it(wrong):
    """It was not held, so the meeting tells nothing of them; one sign more is no reason to call them absent."""
    story = Story("group", "11:00", "12:00", appointment_id="A2")
    clinician, other = three(story, story.meeting.meeting_id)
    client = story.people[1]
    if wrong:
        story.stays(client, "10:10", "10:20", meeting="97700000002")
    story.begins("10:58", clinician)
    story.joins(other, "10:59")
    story.is_over("12:00", other, clinician)
    story.expect(client, **LOOK_AT_IT)


def dropped_out_of_the_session_before() -> tuple[Story, Person]:
    story, client, _ = day()
    story.stays(client, "09:58", "10:30", "network", meeting=BEFORE)
    return story, client


def test_who_told_in_advance_that_they_would_miss_the_next_one_is_excused_from_it_all_the_same():
    story, client = dropped_out_of_the_session_before()
    story.gives_notice(client, "09:00")
    story.expect(client, outcome="excused", cause="absence", confidence="high")


def test_who_tries_to_come_to_the_next_one_as_well_has_technical_trouble_there():
    story, client = dropped_out_of_the_session_before()
    story.clicks_link(client, "11:02")
    story.expect(client, outcome="missed", cause="technical", flags={"tried-to-join"})


@pytest.mark.parametrize("comes", ["10:59", "11:04"])
def test_who_comes_to_the_next_one_in_time_and_goes_early_could_come(comes):
    story, client = dropped_out_of_the_session_before()
    story.stays(client, comes, "11:25")
    told = story.expect(client, outcome="partial", cause="absence", flags={"left-early"})
    assert "their session before" not in str(told["findings"])


@pytest.mark.parametrize(("comes", "goes"), [("11:00", "11:03"), ("12:20", "12:30")])
def test_whom_the_host_removed_and_who_looks_in_when_it_is_over_was_not_let_in_again(comes, goes):
    story, client, _ = day()
    story.stays(client, "09:58", "10:20", "removed", meeting=BEFORE)
    story.stays(client, comes, goes, meeting=BEFORE)
    because = "The host had removed them from their session before, in another meeting"
    assert story.expect(client, **LOOK_AT_IT)["findings"][0]["because"].startswith(because)
