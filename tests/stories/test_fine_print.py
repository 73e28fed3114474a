"""What small faults in the rules showed that no story told: the very second, the other reason, the second sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from plugin.recording import read_recording
from plugin.replay import Replay
from tests.stories.limit import SECOND
from tests.stories.story import POLICY, Story, an_hour, seconds_after


def test_warning_of_a_network_is_no_sign_of_arrival():
    story, clinician, client = an_hour()
    story.joins(client, "10:10")
    story.is_warned(client, "10:04")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended", flags={"late"})
    assert result["arrived_at"] == "2026-03-02T10:10:00Z"


def test_warning_that_does_not_say_when_came_when_it_was_sent():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_warned(client, "10:19").body["payload"]["object"]["participant"]["qos"][0]["date_time"] = ""
    story.leaves(client, "10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"})


def test_what_support_found_to_be_absence_is_absence_of_the_whole_lost_time():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical")
    story._own("rejoin.absence_found", "12:00", client)
    story.expect(client, outcome="partial", cause="absence", lost=0)


def test_trouble_that_support_confirmed_is_no_absence_that_it_found():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story._own("rejoin.trouble_confirmed", "12:00", client)
    story.expect(client, outcome="missed", cause="technical", lost=60)


def test_share_of_the_session_is_said_as_staff_reckon_it():
    story, clinician, client = an_hour()
    story.joins(client, "10:12")
    story.is_over("11:00", client, clinician)
    because = story.expect(client, outcome="attended")["findings"][0]["because"]
    assert because == "They were present for 80% of the time that a clinician held the session."


def test_caller_whom_nobody_knows_is_nobody_of_those_with_a_number():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client(phone="+15550100111")
    story.begins("09:57", clinician)
    caller = story.guest("+15550100999", phone="+15550100999")
    story.joins(caller, "10:00")
    story.is_over("11:00", caller, clinician)
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"})


@pytest.mark.parametrize(("seconds", "together"), [(89, True), (90, True), (91, False)])
def test_who_drops_last_of_a_group_has_its_cause_for_the_lost_time_too(seconds, together):
    """None of them with a reason that can be read: alone it would prove little."""
    story = Story("group", "10:00", "11:00")
    clinician, *clients = story.clinician(), *story.clients(3)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    for client, after in zip(clients, (0, 40, seconds), strict=True):
        story.leaves(client, seconds_after(story, "10:20", after), "something new")
    story.is_over("11:00", clinician)
    confidence = "high" if together else "low"
    story.expect(clients[2], outcome="partial", cause="technical", confidence=confidence)


def test_earlier_visit_is_no_arrival_after_the_link_was_opened_again():
    story, clinician, client = an_hour()
    story.stays(client, "10:00", "10:00:30")
    story.clicks_link(client, "10:05")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"tried-to-join"})


@pytest.mark.parametrize(("seconds", "outcome"), [(29, "missed"), (30, "partial"), (59, "partial")])
def test_who_came_by_short_connections_alone_tried_to_join_however_long_they_were_together(seconds, outcome):
    story, clinician, client = an_hour()
    for begin in ("10:05", "10:08"):
        story.stays(client, begin, story.at(begin) + seconds * SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome, cause="technical", flags={"tried-to-join"})


def test_who_was_in_once_did_more_than_try():
    story, clinician, client = an_hour()
    for begin, seconds in (("10:05", 30), ("10:08", 30), ("10:10", 60)):
        story.stays(client, begin, story.at(begin) + seconds * SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", without={"tried-to-join"})


def test_closed_app_is_surely_trouble_only_with_a_return_or_a_warning():
    for back, warned, confidence in ((True, False, "high"), (False, True, "high"), (False, False, "medium")):
        story, clinician, client = an_hour()
        story.joins(client, "09:58")
        if warned:
            story.is_warned(client, "10:19")
        story.drops(client, "10:20", "10:50" if back else None, "client close")
        story.is_over("11:00", clinician, *([client] if back else []))
        story.expect(client, outcome="partial", cause="technical", confidence=confidence)


def test_who_goes_in_the_very_second_in_which_the_clinician_was_cut_off_did_not_leave():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:20", "network")
    story.leaves(client, "10:20")
    story.joins(clinician, "10:25")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"host-dropped"})


def test_what_still_arrives_within_a_minute_of_the_app_s_removal_proves_nothing():
    story, clinician, client = an_hour()
    story.is_deauthorized("10:10")
    story.other_meeting_hears("10:10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined", flags={"feed-gap"})


def test_who_waited_twice_in_vain_waited_from_the_first_time_on():
    story, clinician, client = an_hour()
    story.waits(client, "10:05")
    story.stops_waiting(client, "10:10")
    story.waits(client, "10:30")
    story.stops_waiting(client, "10:40")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="provider")
    said = next(f["because"] for f in result["findings"] if f["rule"] == "never-admitted")
    assert said == "They waited from 10:05:00 UTC and were never seen inside."


def test_who_is_known_by_a_name_first_and_by_their_own_link_then_is_known_by_more_than_a_name():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", registrant_id="")
    story.joins(client, "10:05", device="phone")
    story.leaves(client, "11:00", device="phone")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", confidence="high", without={"matched-by-name"})


def test_of_a_session_that_was_not_held_no_share_was_lost_to_trouble():
    story, _, client = an_hour()
    story.sent.clear()
    story.clicks_link(client, "09:59")
    story.opens("10:00")
    story.joins(client, "10:00")
    story.drops(client, "10:10", "10:20")
    story.is_over("11:00", client)
    result = story.expect(client, outcome="not-held", flags={"interrupted"})
    assert result["lost_fraction"] == 0


def test_what_follows_for_one_is_not_written_to_whoever_attended():
    """Of whoever has nothing against them the line is written in a shorter way."""
    story = Story("group", "10:00", "11:00")
    clinician, (there, missing) = story.clinician(), story.clients(2)
    story.begins("09:57", clinician)
    story.joins(there, "10:00")
    story.is_over("11:00", there, clinician)
    recording, lines = read_recording(story.lines(), [story.appointment]), bytearray()
    Replay([story.appointment], recording, POLICY).write(0, lines)
    written = {line["participant_id"]: line for line in map(msgspec.json.decode, lines.splitlines())}
    assert written == {result["participant_id"]: result for result in story.results()}
    assert written[missing.code]["actions"]
    assert not written[there.code]["actions"]


@pytest.mark.parametrize(("at", "begun"), [("09:59:59", False), ("10:00", True)])
def test_session_begins_in_the_very_second_of_its_start(at, begun):
    story, _, client = an_hour()
    result = story.expect(client, at=at, outcome="undetermined")
    assert (result["findings"][0]["because"] != "It has not begun.") is begun


@pytest.mark.parametrize(("came", "confidence"), [("09:00", "medium"), ("08:59:59", "high")])
def test_clinician_was_there_for_this_session_from_an_hour_before_it_on(came, confidence):
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens(came)
    story.joins(clinician, came)
    story.leaves(clinician, came, "client close")
    story.closes(came)
    story.opens("09:58")
    story.joins(client, "09:58")
    story.is_over("10:30", client)
    story.expect(client, outcome="not-held", cause="provider", confidence=confidence)


@pytest.mark.parametrize(("over", "left"), [("11:00", "11:00:00"), ("11:00:01", None)])
def test_what_names_no_run_of_the_meeting_is_of_this_session_until_it_is_over(over, left):
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    for person in (clinician, client):
        story.joins(person, "09:58")
    story.leaves(clinician, "10:59")
    story.leaves(client, over)
    for sent in story.sent:
        sent.body["payload"]["object"].pop("uuid")
    result = story.result(client)
    assert result["left_at"] == (f"2026-03-02T{left}Z" if left else result["left_at"])
    assert ("inferred-end" in result["flags"]) is (left is None)


@pytest.mark.parametrize(("missing", "told"), [(1, "One person"), (2, "2 people")])
def test_ticket_of_an_incident_of_the_platform_counts_its_people_in_words(missing, told):
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(missing)
    story.platform_incident("09:50", "10:55")
    story.begins("09:57", clinician)
    story.is_over("11:00", clinician)
    tickets = [a for r in story.results() for a in r["actions"] if a["kind"] == "ticket"]
    assert [a["because"] for a in tickets] == [f"{told} had trouble during an incident of the platform."]
    assert len(clients) == missing


@pytest.mark.parametrize(("settle", "outcome"), [(60, "undetermined"), (30, "missed")])
def test_what_still_arrives_after_the_app_was_removed_counts_as_the_policy_says(settle, outcome):
    """Heard 45 seconds later: a straggler, or a sign that it was added again at once."""
    policy = replace(POLICY, feed=replace(POLICY.feed, settle=timedelta(seconds=settle)))
    story, clinician, client = an_hour()
    story.is_deauthorized("10:58")
    story.other_meeting_hears("10:58:45")
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome=outcome)


def test_what_only_a_name_says_rests_on_the_first_deliveries_that_show_it():
    story, clinician, client = an_hour()
    nobody = dict.fromkeys(("registrant_id", "zoom_id", "email", "customer_key"), "")
    story.stays(client, "10:00", "10:20", **nobody)
    story.stays(client, "10:21", "11:00", **nobody)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="attended", flags={"matched-by-name"})
    assert [f["events"] for f in result["findings"] if f["rule"] == "matched-by-name"] == [[3, 4, 5]]
