"""The whole account is silent for a while, though meetings should have been heard: nobody was surely absent then."""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour


def morning(*, heard: bool, repeated: bool = False) -> tuple[Story, object]:
    """A client who did not come, in a session from 10:00 to 11:00; two other rooms of the clinic begin at 10:10."""
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    for number in (1, 2):
        other = story.guest(f"Somebody {number}")
        meeting_id = f"9660000000{number}"
        story.another_appointment(f"B{number}", meeting_id, "10:10", "11:00")
        if heard or repeated:
            story.joins(other, f"10:1{number}", meeting=meeting_id, after=3000 if repeated else 2)
            story.leaves(other, f"10:2{number}", meeting=meeting_id, after=3000 if repeated else 2)
    story.begins("09:57", clinician)
    story.other_meeting_hears("10:05")
    story.is_over("11:00", clinician)
    return story, client


def test_absence_is_not_sure_when_the_account_fell_silent():
    story, client = morning(heard=False)
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


def test_absence_is_sure_when_the_other_rooms_were_heard():
    story, client = morning(heard=True)
    story.expect(client, outcome="missed", cause="absence", confidence="high")


def test_what_zoom_repeated_later_fills_the_silence():
    story, client = morning(heard=False, repeated=True)
    story.expect(client, outcome="missed", cause="absence", confidence="high")
    story.expect(client, at="11:00", confidence="medium", final=False)


def test_link_opened_while_the_account_was_silent_was_opened_in_vain_for_all_we_know():
    """They may have come, and Zoom could not tell us."""
    for heard, told in (
        (False, {"outcome": "undetermined", "flags": {"feed-gap"}, "without": {"tried-to-join"}}),
        (True, {"outcome": "missed", "cause": "technical", "flags": {"tried-to-join"}}),
    ):
        story, client = morning(heard=heard)
        story.clicks_link(client, "10:06")
        story.expect(client, no_show=False, **told)


def test_link_opened_in_the_silence_is_told_though_nobody_can_say_that_it_was_in_vain():
    story, client = morning(heard=False)
    for minute in ("10:06", "10:08"):
        story.clicks_link(client, minute)
    found = {finding["rule"]: finding for finding in story.expect(client, outcome="undetermined")["findings"]}
    assert not found["tried-to-join"]["hit"]
    assert found["tried-to-join"]["because"] == (
        "They opened their join link at 10:06:00 UTC, when nothing was heard from Zoom."
    )


def test_link_opened_in_the_silence_was_opened_in_vain_when_zoom_reports_who_was_there():
    """A complete report shows that they did not come in; that they tried stands."""
    story, clinician, client = an_hour()
    for number in (1, 2):
        story.another_appointment(f"B{number}", f"9660000000{number}", "10:10", "11:00")
    story.other_meeting_hears("10:05")
    story.clicks_link(client, "10:06")
    story.is_over("11:00", clinician)
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"))
    story.expect(
        client, outcome="missed", cause="technical", confidence="medium", flags={"tried-to-join"}, without={"feed-gap"},
        actions={"ticket"},
    )  # fmt: skip


def test_link_opened_before_the_silence_was_opened_in_vain():
    for click, outcome in (("10:04:59", "missed"), ("10:05", "undetermined")):
        story, client = morning(heard=False)
        story.clicks_link(client, click)
        story.expect(client, outcome=outcome, no_show=False)


@pytest.mark.parametrize(("click", "outcome"), [("10:19:59", "undetermined"), ("10:20", "missed")])
def test_link_opened_as_the_account_is_heard_again_was_opened_in_vain(click, outcome):
    story, client = morning(heard=False)
    for minute in range(20, 60, 5):
        story.other_meeting_hears(f"10:{minute}")
    story.clicks_link(client, click)
    story.expect(client, outcome=outcome, no_show=False)


@pytest.mark.parametrize(
    ("heard", "outcome", "cause"), [(False, "undetermined", "unknown"), (True, "missed", "provider")]
)
def test_who_opened_the_link_in_the_silence_before_a_late_clinician_may_have_been_inside(heard, outcome, cause):
    """That they waited unseen is one reading of it; that they came in, and Zoom could not tell us, is another."""
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    two_rooms_begin_at_ten_past(story, heard)
    story.other_meeting_hears("10:05")
    story.clicks_link(client, "10:08")
    story.begins("10:40", clinician)
    story.is_over("11:00", clinician)
    story.claims_presence(client, "12:00")
    story.expect(client, outcome=outcome, cause=cause, no_show=False)


@pytest.mark.parametrize(("heard", "outcome"), [(True, "missed"), (False, "undetermined")])
def test_nobody_is_absent_from_a_session_whose_end_was_never_heard_as_the_account_fell_silent(heard, outcome):
    """Who came late may have been there for all the rest of it."""
    story = Story("group", "10:00", "11:00")
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    for number in (1, 2):
        meeting_id = f"9660000000{number}"
        story.another_appointment(f"B{number}", meeting_id, "10:30", "11:00")
        if heard:
            story.stays(story.guest(f"Somebody {number}"), f"10:3{number}", "10:58", meeting=meeting_id)
    story.begins("09:57", clinician)
    story.stays(here, "09:58", "10:24")
    flags = {"feed-gap"} if outcome == "undetermined" else set()
    story.expect(away, outcome=outcome, flags=flags)


@pytest.mark.parametrize(("last", "outcome"), [("10:55", "missed"), ("10:54:59", "undetermined")])
def test_nobody_is_absent_from_a_session_of_whose_rest_nothing_at_all_was_heard(last, outcome):
    """With one room in the clinic no others can fall silent; that neither a leave nor the end of the meeting was
    delivered shows all the same that Zoom was not heard. Who came late may have been there for the rest."""
    story, _, away = an_hour("group")
    story.stays(story.client("C2"), "09:58", last)
    flags = {"feed-gap"} if outcome == "undetermined" else set()
    story.expect(away, outcome=outcome, confidence="low" if flags else "medium", flags=flags)


@pytest.mark.parametrize(("heard", "outcome"), [("11:00", "missed"), ("11:00:01", "undetermined")])
def test_who_is_missing_is_absent_when_the_account_was_heard_until_the_end(heard, outcome):
    """Then it is chance that neither the clinician's leave nor the end of the meeting was delivered."""
    story, _, away = an_hour("group")
    story.stays(story.client("C2"), "09:58", "10:24")
    story.other_meeting_hears(heard)
    story.expect(away, outcome=outcome)


@pytest.mark.parametrize(("heard", "outcome"), [("10:15", "missed"), ("10:15:01", "undetermined")])
@pytest.mark.parametrize("began", [True, False])
def test_who_may_have_come_and_gone_before_anything_was_heard_of_the_session_is_not_absent(heard, outcome, began):
    """Neither that the meeting began nor that the clinician joined was delivered: that is no chance."""
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:55", lost=not began)
    story.joins(clinician, "09:57", lost=True)
    story.other_meeting_hears(heard)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed" if began else outcome, no_show=began or outcome == "missed")


def test_who_was_seen_late_after_a_link_opened_in_the_silence_may_have_been_there_before():
    for heard, told in ((False, {"outcome": "undetermined", "flags": {"feed-gap"}}), (True, {"outcome": "partial"})):
        story, clinician, client = quiet_until(heard)
        story.clicks_link(client, "10:06")
        story.joins(client, "10:40")
        story.is_over("11:00", client, clinician)
        story.expect(client, **told)


def two_rooms_begin_at_ten_past(story: Story, heard: bool) -> None:
    """Two other rooms of the account, in which somebody comes and goes; or nothing is heard of it."""
    for number in (1, 2):
        meeting_id = f"9660000000{number}"
        story.another_appointment(f"B{number}", meeting_id, "10:10", "11:00")
        if heard:
            story.stays(story.guest(f"Somebody {number}"), f"10:1{number}", f"10:2{number}", meeting=meeting_id)


def quiet_until(heard: bool):
    """A session from 10:00 to 11:00 that is heard again from 10:40 on; two other rooms begin at 10:10."""
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    two_rooms_begin_at_ten_past(story, heard)
    story.begins("09:57", clinician)
    story.other_meeting_hears("10:05")
    return story, clinician, client


@pytest.mark.parametrize(
    ("end", "outcome", "flags"), [("10:30:59", "missed", set()), ("10:31", "undetermined", {"feed-gap"})]
)
def test_run_of_which_nothing_is_told_may_have_had_the_missing_client_in_it(end, outcome, flags):
    """The clinician ended the meeting and began it again; who was in the second run was never delivered."""
    story, clinician, client = an_hour()
    story.is_over("10:25", clinician)
    story.opens("10:30")
    story.closes(end)
    story.other_meeting_hears("10:40")
    story.expect(client, outcome=outcome, flags=flags)


def test_run_of_which_nothing_is_told_takes_nothing_from_a_notice():
    story, clinician, client = an_hour()
    story.gives_notice(client, "09:00")
    story.is_over("10:25", clinician)
    story.opens("10:30")
    story.closes("10:58")
    story.expect(client, outcome="excused")


@pytest.mark.parametrize(("others", "heard", "outcome"), [
    (2, "10:15:01", "undetermined"), (2, "10:15", "missed"), (1, "10:15:01", "missed"),
])  # fmt: skip
def test_who_may_have_come_and_gone_while_the_joins_of_others_were_lost_is_not_absent(others, heard, outcome):
    """We could not be reached for longer than Zoom repeats: only the leaves of those who stayed arrived."""
    story = Story("group", "10:00", "11:00")
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.opens("09:55", lost=True)
    story.joins(clinician, "09:57", lost=True)
    story.joins(here, "09:59", lost=others == 2)
    story.other_meeting_hears(heard)
    story.is_over("11:00", here, clinician)
    flags = {"feed-gap"} if outcome == "undetermined" else set()
    story.expect(away, outcome=outcome, flags=flags, confidence="low" if flags else "medium")


@pytest.mark.parametrize(("others", "outcome"), [(2, "undetermined"), (1, "missed")])
def test_that_the_meeting_began_is_no_word_of_the_time_after_it_when_the_joins_of_others_were_lost(others, outcome):
    """One lost join is chance when the beginning was told; two are not, whatever was told before them."""
    story = Story("group", "10:00", "11:00")
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.opens("09:55")
    story.joins(clinician, "09:57", lost=True)
    story.joins(here, "09:59", lost=others == 2)
    story.other_meeting_hears("10:40")
    story.is_over("11:00", here, clinician)
    story.expect(away, outcome=outcome, flags={"feed-gap"} if others == 2 else set())


@pytest.mark.parametrize(
    ("heard_again", "outcome", "cause"),
    [("10:19:59", "not-held", "provider"), ("10:20", "undetermined", "unknown"), ("10:59", "undetermined", "unknown")],
)
def test_silence_in_which_the_session_may_have_been_held_leaves_it_open_whether_it_was(heard_again, outcome, cause):
    """A quarter of the session is enough to have held it."""
    story = Story("individual", "10:00", "11:00")
    story.clinician()
    client = story.client()
    for number in (1, 2):
        story.another_appointment(f"B{number}", f"9660000000{number}", "10:06", "11:00")
    story.before_host("jbh_waiting", client, "09:57")
    story.other_meeting_hears("10:05")
    story.other_meeting_hears(heard_again)
    for minute in range(int(heard_again[3:5]) + 1, 60, 5):
        story.other_meeting_hears(f"10:{minute}")
    story.other_meeting_hears("11:00")
    story.expect(client, outcome=outcome, cause=cause, flags={"waited"}, no_show=False)


@pytest.mark.parametrize(("shown", "outcome"), [("09:58", "missed"), ("10:16", "undetermined")])
def test_beginnings_that_were_lost_before_the_session_say_nothing_of_who_came_to_it(shown, outcome):
    """Who showed before it began, and was there, had not come while nothing was heard of it."""
    story = Story("group", "10:00", "11:00")
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.opens("09:30")
    for person in (clinician, here):
        story.joins(person, "09:31", lost=True)
        story.switches_room(person, shown)
    story.is_over("11:00", here, clinician)
    story.other_meeting_hears("10:40")
    story.expect(away, outcome=outcome, confidence="medium" if outcome == "missed" else "low")


@pytest.mark.parametrize(("began", "first", "outcome"), [
    ("08:59:59", "09:40", "missed"), ("08:59:59", "10:15:01", "undetermined"), ("09:00", "09:40", "undetermined"),
    ("08:59:59", "10:00", "missed"), ("09:10", "09:40", "undetermined"),
])  # fmt: skip
def test_a_meeting_that_had_been_on_for_long_when_first_heard_of_lost_no_beginnings_of_the_session(
    began, first, outcome
):
    """What happened before Zoom was asked to tell us is never told afterwards."""
    story = Story("group", "10:00", "11:00")
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.opens(began, lost=True)
    for person in (clinician, here):
        story.joins(person, began, lost=True)
    story.other_meeting_hears(first)
    story.is_over("11:00", here, clinician)
    story.expect(away, outcome=outcome, confidence="medium" if outcome == "missed" else "low")


def on_before_the_feed(*, began="07:00", ended=False, clinician_seen=True, first="07:05:01"):
    """A meeting in the middle of which Zoom is asked for the first time to tell us, and perhaps its end is lost; one
    client moves to another room of it."""
    story = Story("group", "10:00", "11:00")
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.opens(began, lost=True)
    for person in (clinician, here):
        story.joins(person, began, lost=True)
    story.other_meeting_hears(first)
    story.other_meeting_hears("10:30")
    story.switches_room(here, "10:05")
    if clinician_seen:
        story.switches_room(clinician, "10:58")
    if ended:
        story.is_over("11:00", here)
    if ended and clinician_seen:
        story.leaves(clinician, "11:00")
    return story, clinician, here, away


@pytest.mark.parametrize(("told", "outcome"), [
    ({}, "undetermined"), ({"ended": True}, "missed"), ({"first": "07:05"}, "missed"),
])  # fmt: skip
def test_nobody_is_absent_from_a_meeting_that_was_on_before_the_feed_and_whose_end_was_not_heard(told, outcome):
    """Whoever came before is told of when they go, and that is still to come."""
    story, _, here, away = on_before_the_feed(**told)
    story.expect(away, outcome=outcome)
    if told.get("ended"):
        story.expect(away, at="10:40", outcome="undetermined")
        story.expect(here, outcome="attended")


def test_somebody_is_absent_from_a_meeting_that_was_on_before_the_feed_when_all_others_are_seen_to_come():
    """Its end is lost; but whoever was there had come for this session, and was heard."""
    story = Story("group", "10:00", "11:00")
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.opens("07:00", lost=True)
    story.other_meeting_hears("07:05:01")
    story.joins(clinician, "09:58")
    story.joins(here, "09:59")
    story.other_meeting_hears("10:30")
    story.leaves(here, "10:59")
    story.leaves(clinician, "11:00")
    story.expect(away, outcome="missed", cause="absence", confidence="high")


def test_complete_report_shows_who_was_in_a_meeting_that_was_on_before_the_feed():
    story, clinician, here, away = on_before_the_feed()
    story.zoom_reports("12:00", (clinician, "09:58", "11:00"), (here, "09:58", "11:00"))
    story.expect(away, outcome="missed", cause="absence")


@pytest.mark.parametrize(("ended", "outcome"), [(False, "undetermined"), (True, "not-held")])
def test_clinician_may_be_in_a_meeting_that_was_on_before_the_feed_until_its_end_is_heard(ended, outcome):
    story, clinician, here, away = on_before_the_feed(ended=ended, clinician_seen=False)
    for person in (clinician, here, away):
        story.expect(person, outcome=outcome)
        story.expect(person, at="10:40", outcome="undetermined")


@pytest.mark.parametrize(("reason", "outcome"), [("plain", "undetermined"), ("host ended", "missed")])
def test_meeting_is_not_over_because_everybody_known_has_left_unless_the_host_ended_it(reason, outcome):
    story, clinician, here, away = on_before_the_feed()
    for person in (here, clinician):
        story.leaves(person, "11:00", reason)
    story.expect(away, outcome=outcome)


@pytest.mark.parametrize(("lost", "confidence"), [(True, "medium"), (False, "high")])
def test_nobody_is_sure_that_no_clinician_came_when_several_joins_were_lost(lost, confidence):
    story = Story("group", "10:00", "11:00")
    clinician, first, second = story.clinician(), story.client("C1"), story.client("C2")
    story.opens("09:55")
    for person in (first, second):
        story.joins(person, "09:58", lost=lost)
    story.other_meeting_hears("10:30")
    story.is_over("11:00", first, second)
    story.expect(clinician, outcome="not-held", cause="provider", confidence=confidence)
