"""What the session before, under the same meeting number, showed of people is not said of them in this one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.story import Story, an_hour


def in_a_row(**known):
    """A2 from 11:00 until 11:50 follows the story's own session, which ends at 10:50, in a run of its own."""
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client(**known)
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "11:50", clinician, client)
    return story, clinician, client


def said(result: dict, rule: str) -> str:
    return next(f["because"] for f in result["findings"] if f["rule"] == rule)


BY_LINK = {"confidence": "high", "only_flags": set()}
BY_NAME = {"confidence": "medium", "only_flags": {"matched-by-name"}}


@pytest.mark.parametrize(
    ("before", "now"), [(BY_LINK, BY_NAME), (BY_NAME, BY_LINK)], ids=["then a name", "then a link"]
)
def test_by_what_somebody_was_known_in_the_session_before_is_not_how_they_are_known_in_this_one(before, now):
    story, clinician, client = in_a_row()
    for begins, comes, ends, known in (("09:58", "09:59", "10:49", before), ("10:58", "10:59", "11:50", now)):
        story.begins(begins, clinician)
        story.stays(client, comes, ends, **({"registrant_id": ""} if known is BY_NAME else {}))
        story.is_over(ends, clinician)
    story.expect(client, outcome="attended", **before)
    story.expect(client, appointment_id="A2", outcome="attended", **now)


def test_who_did_not_come_was_recognised_by_nothing_whatever_showed_them_in_the_session_before():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.stays(client, "09:59", "10:49", registrant_id="")
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    story.is_over("11:50", clinician)
    result = story.expect(client, appointment_id="A2", outcome="missed", cause="absence", only_flags=set())
    assert said(result, "matched-by-name") == "They were recognised by more than a name, or not seen."


@pytest.mark.parametrize("comes", [True, False])
def test_who_was_on_the_telephone_in_the_session_before_is_not_said_to_be_in_this_one(comes):
    story, clinician, client = in_a_row(phone="+12025550147")
    story.begins("09:58", clinician)
    phone = {"name": "+12025550147", "phone": "+12025550147", "registrant_id": ""}
    story.stays(client, "09:59", "10:49", **phone)
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    if comes:
        story.stays(client, "10:59", "11:50")
    story.is_over("11:50", clinician)
    story.expect(client, outcome="attended", only_flags={"joined-by-phone"})
    outcome = "attended" if comes else "missed"
    result = story.expect(client, appointment_id="A2", outcome=outcome, only_flags=set())
    assert said(result, "joined-by-phone") == "They did not join by telephone."


def test_who_was_in_the_session_before_and_waits_in_vain_for_this_one_was_never_admitted():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.waits(client, "09:55")
    story.is_admitted(client, "09:59")
    story.stays(client, "09:59", "10:49")
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    story.waits(client, "11:03")
    story.stops_waiting(client, "11:20")
    story.is_over("11:50", clinician)
    flags = {"waited", "never-admitted"}
    result = story.expect(client, appointment_id="A2", outcome="missed", cause="provider", only_flags=flags)
    assert said(result, "kept-waiting") == "They waited 17 min of the session and were never let in."


def test_who_was_removed_from_the_waiting_room_of_the_session_before_was_not_from_that_of_this_one():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.waits(client, "10:03")
    gone = story.stops_waiting(client, "10:20")
    gone.body["payload"]["object"]["participant"]["leave_reason"] = "Removed by host from waiting room."
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    story.waits(client, "10:58")
    story.stays(client, "10:59", "11:50")
    story.is_over("11:50", clinician)
    story.expect(client, appointment_id="A2", outcome="attended", without={"removed-by-host"})


def tried(*, at: tuple[str, ...], stays: tuple[str, ...] = (), comes: str = "") -> dict:
    """The client comes into the first session for a second at each of these times, and is missing from the second, or
    comes late to it."""
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    for moment in at:
        story.stays(client, moment, story.at(moment) + timedelta(seconds=1))
    if stays:
        story.stays(client, *stays)
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    if comes:
        story.stays(client, comes, "11:50")
    story.is_over("11:50", clinician)
    return story.result(client, appointment_id="A2")


@pytest.mark.parametrize("at", [("10:44:20", "10:44:50"), ("10:05", "10:06"), ("10:40", "10:46")])
def test_who_failed_to_come_in_to_the_session_before_and_was_not_seen_again_is_no_no_show_of_this_one(at):
    result = tried(at=at)
    assert (result["outcome"], result["cause"], result["flags"]) == ("undetermined", "unknown", []), result
    last = f"{at[-1]}:00"[:8]
    told = f"They had tried in vain to come into their session before, until {last[:-1]}1 UTC, and they were not seen."
    assert result["findings"][0]["because"] == told


def test_who_failed_to_come_in_a_quarter_of_an_hour_before_may_have_tried_to_come_to_this_one():
    result = tried(at=("10:45", "10:45:30"))
    assert (result["outcome"], result["cause"], result["flags"]) == ("missed", "technical", ["tried-to-join"]), result


def test_who_was_in_the_session_before_and_failed_to_come_in_to_this_one_tried_to_join():
    """In one run of the meeting; two connections of half a minute each, together enough to be there for a part."""
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.stays(client, "09:58", "10:49")
    for moment in ("11:05", "11:08"):
        story.stays(client, moment, story.at(moment) + timedelta(seconds=30))
    story.is_over("11:50", clinician)
    story.expect(client, appointment_id="A2", outcome="partial", cause="technical", flags={"tried-to-join"})


@pytest.mark.parametrize("comes", ["", "11:20"])
def test_who_was_cut_off_from_the_session_before_and_back_for_a_moment_only_is_no_no_show_of_this_one(comes):
    result = tried(at=("10:40",), stays=("10:01", "10:12", "network"), comes=comes)
    if comes:
        assert (result["outcome"], result["cause"], result["confidence"]) == ("partial", "absence", "medium"), result
    else:
        assert (result["outcome"], result["cause"]) == ("undetermined", "unknown"), result


@pytest.mark.parametrize(
    ("at", "outcome"), [("10:44:58", "missed"), ("10:45", "undetermined"), ("10:48", "undetermined")]
)
def test_who_was_seen_only_for_a_moment_just_before_this_one_may_have_come_for_it(at, outcome):
    """The session before was on, but they had not come to it, and may have been early for this one."""
    result = tried(at=(at,))
    assert result["outcome"] == outcome, result
    if outcome == "undetermined":
        told = f"They had come for a moment only, at {f'{at}:00'[:8]} UTC, just before it, and they were not seen."
        assert result["findings"][0]["because"] == told
    assert tried(at=(at,), stays=("10:01", "10:40"))["cause"] == "absence"


def test_who_failed_to_come_in_to_the_session_before_and_comes_late_is_not_surely_late_by_choice():
    result = tried(at=("10:05", "10:06"), comes="11:20")
    assert (result["outcome"], result["cause"], result["confidence"]) == ("partial", "absence", "medium"), result
    doubt = "It is not certain: they had tried in vain to come into their session before, until 10:06:01 UTC."
    assert result["findings"][0]["because"].endswith(doubt)


@pytest.mark.parametrize(
    ("at", "stays"), [(("10:05",), ()), (("10:05", "10:06"), ("10:07", "10:49")), (("10:30",), ("10:05", "10:20"))]
)
def test_who_came_in_after_all_or_looked_in_once_is_absent_from_this_one(at, stays):
    result = tried(at=at, stays=stays)
    assert (result["outcome"], result["cause"], result["flags"]) == ("missed", "absence", []), result


def test_who_waited_for_the_session_before_did_not_wait_longer_than_its_run():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.waits(client, "10:05")
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    story.stays(client, "11:20", "11:50")
    story.is_over("11:50", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=44, flags={"waited", "never-admitted"})
    late = {"outcome": "partial", "cause": "absence", "only_flags": {"late"}, "waited": 0}
    story.expect(client, appointment_id="A2", arrived="2026-03-02T11:20:00Z", **late)


def test_who_waited_for_the_session_before_and_for_this_one_waited_twice():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.waits(client, "10:05")
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    story.waits(client, "11:20")
    story.is_admitted(client, "11:22")
    story.stays(client, "11:22", "11:50")
    story.is_over("11:50", clinician)
    late = {"outcome": "partial", "only_flags": {"late", "waited"}, "waited": 2}
    story.expect(client, appointment_id="A2", arrived="2026-03-02T11:20:00Z", **late)


def test_who_waited_for_the_host_of_the_session_before_did_not_wait_until_this_one():
    story, clinician, client = in_a_row()
    story.before_host("jbh_waiting", client, "10:05")
    story.begins("10:10", clinician)
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    story.waits(client, "10:59")
    story.is_admitted(client, "11:00")
    story.stays(client, "11:00", "11:50")
    story.is_over("11:50", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=5, flags={"waited", "never-admitted"})
    story.expect(client, appointment_id="A2", outcome="attended", arrived="2026-03-02T10:59:00Z")


@pytest.mark.parametrize(("waits", "waited"), [("10:07", 10), ("10:07:01", 8)])
def test_who_waited_for_the_host_and_is_then_in_the_waiting_room_waited_on(waits, waited):
    story, clinician, client = in_a_row()
    story.before_host("jbh_waiting", client, "10:00")
    story.begins("10:05", clinician)
    story.waits(client, waits)
    story.is_admitted(client, "10:10")
    story.stays(client, "10:10", "10:49")
    story.is_over("10:49", clinician)
    story.expect(client, outcome="attended", waited=waited)


def test_clinician_known_by_a_name_in_this_session_alone_does_not_make_an_absence_sure():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.stays(client, "09:59", "10:49")
    story.is_over("10:49", clinician)
    story.opens("10:58")
    story.stays(clinician, "10:58", "11:50", zoom_id="", email="")
    story.closes("11:50")
    story.expect(client, appointment_id="A2", outcome="missed", cause="absence", confidence="medium")


@pytest.mark.parametrize("before", [True, False])
def test_session_of_which_nothing_was_heard_is_not_surely_unheld_because_the_one_before_was(before):
    story, clinician, client = in_a_row()
    if before:
        story.begins("09:58", clinician)
        story.stays(client, "09:59", "10:49")
        story.is_over("10:49", clinician)
    story.other_meeting_hears("11:20")
    for person in (client, clinician):
        story.expect(person, appointment_id="A2", outcome="undetermined", cause="unknown", actions={"review"})


@pytest.mark.parametrize("waits", ["10:54", "11:01"])
def test_who_waits_for_the_host_of_this_session_shows_that_no_clinician_was_there(waits):
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.stays(client, "09:59", "10:49")
    story.is_over("10:49", clinician)
    story.before_host("jbh_waiting", client, waits)
    story.other_meeting_hears("11:20")
    story.expect(client, appointment_id="A2", outcome="not-held", cause="provider")


@pytest.mark.parametrize("at", ["11:01", "11:49", "11:55", "final"])
def test_who_came_to_the_session_before_and_stays_on_is_in_this_one(at):
    story, clinician, client = in_a_row()
    story.begins("10:01", clinician)
    story.joins(client, "10:02")
    story.is_over("11:50", clinician, client)
    for person in (clinician, client):
        story.expect(person, appointment_id="A2", at=at, outcome="attended", cause="none", confidence="high")


def test_who_is_in_the_meeting_all_day_is_in_every_session_of_it():
    story, clinician, client = in_a_row()
    story.another_appointment("A3", story.meeting.meeting_id, "12:00", "12:50", clinician, client)
    missing = story.client("C2")
    story.begins("09:58", clinician)
    story.joins(client, "09:59")
    story.is_over("14:30", clinician, client)
    for appointment_id in ("A1", "A2", "A3"):
        story.expect(client, appointment_id=appointment_id, outcome="attended", cause="none", confidence="high")
    story.expect(missing, outcome="undetermined", cause="unknown", flags={"feed-gap"})


def test_who_was_never_told_to_have_left_the_session_before_was_perhaps_not_in_this_one():
    story, clinician, client = in_a_row()
    story.begins("10:01", clinician)
    story.joins(client, "10:02")
    for person in (clinician, client):
        story.expect(person, appointment_id="A2", outcome="undetermined", cause="unknown", actions={"review"})


def test_who_was_in_the_end_of_the_session_before_by_telephone_did_not_come_to_this_one_by_it():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.joins(client, "10:46", phone="+12025550147")
    story.leaves(client, "10:49", "plain")
    story.is_over("10:49", clinician)
    story.begins("10:58", clinician)
    story.is_over("11:50", clinician)
    result = story.expect(client, appointment_id="A2", outcome="missed", cause="absence", without={"joined-by-phone"})
    proof = [
        story.deliveries()[number - 1].body["payload"]["object"]["uuid"] for number in result["findings"][0]["events"]
    ]
    assert set(proof) == {story.meeting.instance}, story.tell(result)


def test_beginning_that_was_lost_in_the_session_before_was_not_lost_in_this_one():
    story, clinician, client = an_hour()
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "09:50", clinician, client)
    story.joins(client, "09:10", lost=True)
    story.leaves(client, "09:50")
    story.stays(client, "10:00", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, appointment_id="A1", outcome="attended", confidence="high", only_flags=set())


def test_end_that_was_lost_in_the_session_after_was_not_lost_in_this_one():
    story, clinician, client = an_hour()
    story.another_appointment("A2", story.meeting.meeting_id, "11:10", "12:00", clinician, client)
    story.stays(client, "10:00", "10:58")
    story.joins(client, "11:12")
    story.is_over("12:00", clinician)
    story.expect(client, appointment_id="A1", outcome="attended", confidence="high", only_flags=set())
    story.expect(client, appointment_id="A2", outcome="attended", flags={"inferred-end"})


def test_who_is_in_the_session_after_has_left_this_one():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.stays(client, "09:59", "10:50")
    story.joins(client, "11:00")
    story.expect(client, at="11:05", outcome="attended", left="2026-03-02T10:50:00Z")
    story.expect(client, at="11:05", appointment_id="A2", outcome="attended", left=None)


def test_who_waits_for_the_session_after_waits_for_this_one_no_more():
    story, clinician, client = in_a_row()
    story.begins("09:58", clinician)
    story.waits(client, "10:01")
    story.stops_waiting(client, "10:30")
    story.waits(client, "11:00")
    result = story.expect(
        client, at="11:05", outcome="missed", cause="provider", only_flags={"never-admitted", "waited"}
    )
    assert said(result, "kept-waiting") == "They waited 29 min of the session and were never let in."
