"""Every number of the policy that a verdict or an action hangs on: just before it, exactly at it, just after it.

Each story is told by the shipped numbers and by other ones, all different, so that no number stands in for another.
Which side "exactly at" is on, the replay contract says ("at least", "more than", "shorter than", "within"), or the
comment beside the number in `config/policy.toml`.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest

from plugin.core.appointment import Kind
from plugin.core.policy import Thresholds
from tests.stories.limit import NUMBERS, OTHER_NUMBERS, SECOND, STORIES, limit, moved, with_numbers
from tests.stories.story import Person, Story, an_hour

MINUTE = timedelta(minutes=1)


def flag(word: str, there: bool) -> dict:
    return {"flags" if there else "without": {word}}


def action(kind: str, there: bool) -> dict:
    return {"actions" if there else "no_actions": {kind}}


def another_time(numbers: Thresholds) -> str:
    return "reschedule" if numbers.reschedule else "makeup"


# --- how much of the session ---------------------------------------------------------------------------------------


@limit("attended_fraction", outcome=("partial", "attended", "attended"))
def test_attended_is_a_share_of_the_forty_minutes_that_were_held(numbers, policy, step, outcome):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    story.joins(client, "09:58")
    story.joins(clinician, "10:10")
    story.leaves(client, story.at("10:10") + 40 * MINUTE * numbers.attended_fraction + step * SECOND)
    story.is_over("10:50", clinician)
    story.expect(client, policy=policy, held=40, outcome=outcome)


@limit("min_held_fraction", outcome=("not-held", "attended", "attended"))
def test_held_is_what_a_clinician_held_in_two_parts_together(numbers, policy, step, outcome):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:05")
    story.joins(clinician, story.at("11:05") - 60 * MINUTE * numbers.min_held_fraction - step * SECOND)
    story.is_over("11:00", client, clinician)
    story.expect(client, policy=policy, outcome=outcome)


@limit("min_held_fraction", called_off=(False, False, True))
def test_session_is_called_off_when_what_is_left_cannot_be_enough(numbers, policy, step, called_off):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:05")
    last_chance = story.at("11:05") - 60 * MINUTE * numbers.min_held_fraction
    result = story.expect(client, at=last_chance + step * SECOND, policy=policy, final=False)
    assert (result["outcome"] == "not-held") is called_off, story.tell(result)


@limit("min_presence", came=(False, True, True))
def test_who_came_early_and_went_at_once_was_present_if_for_a_minute_of_the_session(numbers, policy, step, came):
    story, clinician, client = an_hour()
    story.stays(client, "09:50", story.starts_at + numbers.min_presence + step * SECOND)
    story.is_over("11:00", clinician)
    result = story.expect(client, policy=policy, no_show=False)
    assert (result["outcome"] == "partial") is came, story.tell(result)


@limit("min_presence", outcome=("missed", "undetermined", "undetermined"))
def test_nobody_is_missing_when_zoom_was_silenced_for_as_long_as_a_presence(numbers, policy, step, outcome):
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_deauthorized(story.ends_at - numbers.min_presence - step * SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome=outcome)


# --- late, early, missing ------------------------------------------------------------------------------------------


@limit("arrive_grace", late=(False, False, True))
def test_who_waits_for_the_host_is_late_when_the_waiting_began_late(numbers, policy, step, late):
    story, clinician, client = an_hour()
    story.before_host("jbh_waiting", client, story.starts_at + numbers.arrive_grace + step * SECOND)
    story.joins(client, "10:09")
    story.is_over("11:00", client, clinician)
    story.expect(client, policy=policy, outcome="attended", **flag("late", late))


@limit("arrive_grace", early=(True, False, False))
def test_left_early_is_measured_from_when_the_clinician_went(numbers, policy, step, early):
    story, clinician, client = an_hour("group")
    story.stays(client, "09:58", story.at("10:40") - numbers.arrive_grace + step * SECOND)
    story.is_over("10:40", clinician)
    story.expect(client, policy=policy, outcome="attended", **flag("left-early", early))


@limit("nudge_after", nudged=(False, True, True))
def test_a_friendly_note_goes_when_nobody_was_seen_by_then(numbers, policy, step, nudged):
    story, _, client = an_hour()
    now = story.starts_at + numbers.nudge_after + step * SECOND
    result = story.expect(client, at=now, policy=policy, final=False, no_show=False, **action("message", nudged))
    assert [a["purpose"] for a in result["actions"]] == ["nudge"] * nudged, story.tell(result)


@limit("no_show_after", outcome=("undetermined", "missed", "missed"))
def test_before_the_no_show_time_nobody_is_called_missing(numbers, policy, step, outcome):
    story, _, client = an_hour()
    story.other_meeting_hears("10:02")
    now = story.starts_at + numbers.no_show_after + step * SECOND
    offered = action(another_time(numbers), outcome == "missed")
    story.expect(client, at=now, policy=policy, final=False, outcome=outcome, **offered)


@limit("arrive_grace", outcome=("undetermined", "missed", "missed"))
def test_nor_when_a_late_clinician_has_only_just_come_to_whom_nobody_heard_may_wait(numbers, policy, step, outcome):
    """Zoom tells nothing of who waits for the host in a browser; they come in after the host."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("10:20", clinician)
    now = story.at("10:20") + numbers.arrive_grace + step * SECOND
    offered = action(another_time(numbers), outcome == "missed")
    story.expect(client, at=now, policy=policy, final=False, outcome=outcome, **offered)


@limit("no_show_after", outcome=("undetermined", "not-held", "not-held"))
def test_nor_the_clinician(numbers, policy, step, outcome):
    story = Story(starts="10:00", ends="11:00")
    story.clinician()
    client = story.client()
    story.opens("09:58")
    story.joins(client, "09:58")
    now = story.starts_at + numbers.no_show_after + step * SECOND
    story.expect(client, at=now, policy=policy, final=False, outcome=outcome)


@limit("no_show_after", outcome=("undetermined", "undetermined", "missed"))
def test_an_incident_of_a_minute_makes_nobody_absent_while_people_still_arrive(numbers, policy, step, outcome):
    story, clinician, client = an_hour()
    begins = story.starts_at + numbers.no_show_after + step * SECOND
    story.platform_incident(begins, begins + MINUTE)
    story.is_over("11:00", clinician)
    told = {"no_show": outcome == "missed", "flags": {"platform-incident"}}
    story.expect(client, policy=policy, outcome=outcome, **told)


@limit("incident_grace", cause=("technical", "technical", "absence"))
def test_who_comes_within_the_grace_after_an_incident_was_kept_out_until_then(numbers, policy, step, cause):
    """As long late without a reason as they were kept out: 8 minutes, and the grace."""
    story, clinician, client = an_hour()
    story.platform_incident("09:50", "10:08")
    kept_out = 8 * MINUTE + numbers.incident_grace
    story.joins(client, story.at("10:00") + 2 * kept_out + step * SECOND)
    story.is_over("10:40", client, clinician)
    story.expect(client, policy=policy, outcome="partial", cause=cause)


@limit("incident_grace", cause=("provider", "technical", "technical"))
def test_clinician_whom_an_incident_kept_out_until_it_was_too_late_did_not_stay_away(numbers, policy, step, cause):
    """They came ten minutes before the end: of the fifty before it half are the incident's, with the grace."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:58")
    story.joins(client, "09:58")
    story.platform_incident("10:10", story.at("10:35") - numbers.incident_grace + step * SECOND)
    story.joins(clinician, "10:50")
    story.is_over("11:00", client, clinician)
    story.expect(client, policy=policy, outcome="not-held", cause=cause, confidence="medium")


@limit("no_show_after", wrong=(False, True, True))
def test_who_is_in_another_room_until_shortly_before_took_the_wrong_link(numbers, policy, step, wrong):
    story, client = hour_with_another_room()
    gone = story.starts_at - numbers.no_show_after + step * SECOND
    story.stays(client, gone - 60 * SECOND, gone, meeting="93400000002")
    story.expect(client, policy=policy, outcome="missed", no_show=not wrong, **flag("wrong-meeting", wrong))


@limit("early_window", wrong=(False, True, True))
def test_who_came_into_another_room_so_long_before_and_was_not_seen_to_leave_is_still_there(
    numbers, policy, step, wrong
):
    story, client = hour_with_another_room()
    story.joins(client, story.starts_at - numbers.early_window + step * SECOND, meeting="93400000002")
    story.expect(client, policy=policy, outcome="missed", no_show=not wrong, **flag("wrong-meeting", wrong))


def hour_with_another_room() -> tuple[Story, Person]:
    story, clinician, client = an_hour()
    other = story.client("C2")
    story.another_appointment("A2", "93400000002", "10:00", "11:00", clinician, other)
    story.is_over("11:00", clinician)
    return story, client


# --- what belongs to the session -----------------------------------------------------------------------------------


@limit("early_window", tried=(False, True, True))
def test_link_opened_early_counts_as_a_try_from_the_window_on(numbers, policy, step, tried):
    story, clinician, client = an_hour()
    story.clicks_link(client, story.starts_at - numbers.early_window + step * SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome="missed", no_show=not tried, **flag("tried-to-join", tried))


@limit("early_window", no_show=(True, False, False))
def test_sign_before_the_window_belongs_to_another_session(numbers, policy, step, no_show):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("08:00", clinician)
    story.before_host("jbh_joined", client, story.starts_at - numbers.early_window + step * SECOND)
    story.is_over("11:00", clinician)
    result = story.expect(client, policy=policy, no_show=no_show)
    assert (result["arrived_at"] is None) is no_show, story.tell(result)


@limit("early_window", no_show=(True, False, False))
def test_so_does_a_run_of_the_same_meeting_that_ended_before_the_window(numbers, policy, step, no_show):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("08:30", clinician)
    story.joins(client, "08:30")
    story.is_over(story.starts_at - numbers.early_window + step * SECOND, client, clinician)
    story.begins("09:57", clinician)
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome="missed" if no_show else "undetermined", no_show=no_show)


@limit("early_window", ticket=(False, True, True))
def test_failed_tries_count_from_the_window_on(numbers, policy, step, ticket):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("08:00", clinician)
    first = story.starts_at - numbers.early_window + step * SECOND
    come_again(story, client, numbers, numbers.short_connections, numbers.short_connection - SECOND, first)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, no_show=False, **action("ticket", ticket))


@limit("early_window", dropped=(False, True, True))
def test_who_was_cut_off_within_the_window_was_cut_off_from_the_session(numbers, policy, step, dropped):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("08:00", clinician)
    story.stays(client, "08:30", story.starts_at - numbers.early_window + step * SECOND, "network")
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome="missed", no_show=not dropped, **flag("dropped", dropped))


@limit("early_window", no_show=(False, False, True))
def test_who_comes_as_long_after_the_end_still_meant_the_session(numbers, policy, step, no_show):
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    came = story.ends_at + numbers.early_window + step * SECOND
    story.stays(client, came, came + MINUTE)
    story.is_over("12:30", clinician)
    story.expect(client, policy=policy, no_show=no_show)


@limit("final_after", final=(False, True, True))
def test_message_and_checkin_go_out_with_the_final_verdict_and_no_sooner(numbers, policy, step, final):
    policy = with_numbers(replace(policy.of(Kind.INDIVIDUAL), checkin_at=(1,)))
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_over("11:20", clinician)
    now = story.at("11:20") + numbers.final_after + step * SECOND
    result = story.expect(client, at=now, policy=policy, no_show=True, final=final, actions={another_time(numbers)})
    kinds = {a["kind"] for a in result["actions"]}
    assert (kinds >= {"message", "checkin"}) is final, story.tell(result)
    assert bool(kinds & {"message", "checkin"}) is final, story.tell(result)


# --- drops ---------------------------------------------------------------------------------------------------------


@limit("drop_grace", ticket=(False, True, True))
def test_drop_shorter_than_the_grace_opens_no_ticket_while_the_session_runs(numbers, policy, step, ticket):
    story, _, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:20")
    now = story.at("10:20") + numbers.drop_grace + step * SECOND
    result = story.expect(client, at=now, policy=policy, **flag("dropped", ticket), **action("ticket", ticket))
    purposes = [a["purpose"] for a in result["actions"] if a["kind"] == "message"]
    assert purposes == ["rejoin"] * ticket, story.tell(result)


@limit("drop_grace", ticket=(False, True, True))
def test_nor_does_it_once_they_are_back_from_it(numbers, policy, step, ticket):
    story, _, client = an_hour()
    story.joins(client, "09:58")
    back = story.at("10:20") + numbers.drop_grace + step * SECOND
    story.drops(client, "10:20", back)
    story.expect(client, at=back + 5 * SECOND, policy=policy, flags={"interrupted"}, **action("ticket", ticket))


@limit("drop_grace", ticket=(True, False, False))
def test_who_is_back_for_as_long_as_the_grace_is_back_for_good(numbers, policy, step, ticket):
    story, _, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:20", "10:26")
    now = story.at("10:26") + numbers.drop_grace + step * SECOND
    story.expect(client, at=now, policy=policy, flags={"interrupted"}, **action("ticket", ticket))


@limit("end_tolerance", dropped=(False, False, True))
def test_last_leave_is_the_end_when_the_end_was_not_delivered(numbers, policy, step, dropped):
    story, clinician, client = an_hour()
    story.joins(client, "10:40")
    story.leaves(client, story.at("10:55") - numbers.end_tolerance - step * SECOND, "network")
    story.leaves(clinician, "10:55")
    story.expect(client, policy=policy, outcome="partial", **flag("dropped", dropped))


@limit("short_connection", cause=("technical", "absence", "absence"))
def test_connections_of_a_minute_are_no_failed_tries(numbers, policy, step, cause):
    story, clinician, client = an_hour()
    come_again(story, client, numbers, numbers.short_connections, numbers.short_connection + step * SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome="partial", cause=cause)


@limit("short_connections", ticket=(False, True, True))
def test_so_many_failed_tries_are_a_technical_trace(numbers, policy, step, ticket):
    story, clinician, client = an_hour()
    come_again(story, client, numbers, numbers.short_connections + step, numbers.short_connection - SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, no_show=False, **action("ticket", ticket))


def come_again(
    story: Story, client: Person, numbers: Thresholds, times: int, stay: timedelta, first: datetime | None = None
) -> None:
    """Several visits, from the start on if nothing else is said, too far apart for a quick return."""
    for number in range(times):
        begin = (first or story.starts_at) + number * (stay + numbers.quick_return + MINUTE)
        story.stays(client, begin, begin + stay)


@limit("quick_return", interrupted=(True, True, False))
def test_plain_leave_and_return_within_two_minutes_is_an_interruption(numbers, policy, step, interrupted):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:20", story.at("10:20") + numbers.quick_return + step * SECOND, "plain")
    story.is_over("11:00", client, clinician)
    story.expect(client, policy=policy, outcome="attended", **flag("interrupted", interrupted))


@limit("quality_window", cause=("technical", "technical", "absence"))
def test_warning_explains_a_plain_leave_for_so_long(numbers, policy, step, cause):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_warned(client, story.at("10:20") - numbers.quality_window - step * SECOND)
    story.leaves(client, "10:20")
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome="partial", cause=cause)


# --- several people ------------------------------------------------------------------------------------------------


@limit("group_drop_people", together=(False, True, True))
def test_so_many_who_drop_at_once_have_one_common_cause(numbers, policy, step, together):
    story = Story("group", "10:00", "11:00")
    clinician, steady, *cut_off = story.clinician(), *story.clients(1 + numbers.group_drop_people + step)
    story.begins("09:57", clinician)
    for client in (steady, *cut_off):
        story.joins(client, "09:58")
    for client in cut_off:
        story.leaves(client, "10:20", "network")
    story.is_over("11:00", steady, clinician)
    for client in cut_off:
        story.expect(client, policy=policy, cause="technical", **flag("group-drop", together))
    story.expect(steady, policy=policy, outcome="attended", without={"group-drop"})


@limit("most_guest_events", long=True, outcome=("missed", "missed", "undetermined"))
def test_so_much_told_of_strangers_is_a_flood_in_which_nobody_is_absent(numbers, policy, step, outcome):
    story, clinician, client = an_hour("group")
    for number in range(numbers.most_guest_events + step):
        story.before_host("jbh_waiting_left", story.guest(f"Somebody {number}"), "10:05")
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome=outcome, no_show=outcome == "missed")


@limit("group_drop_window", together=(True, True, False))
def test_a_guest_who_drops_last_is_one_of_the_group_within_the_window(numbers, policy, step, together):
    story = Story("group", "10:00", "11:00")
    clinician, steady, *cut_off = story.clinician(), *story.clients(numbers.group_drop_people)
    guest = story.guest("Interpreter")
    story.begins("09:57", clinician)
    for person in (steady, *cut_off, guest):
        story.joins(person, "09:58")
    for client in cut_off:
        story.leaves(client, "10:20", "network")
    story.leaves(guest, story.at("10:20") + numbers.group_drop_window + step * SECOND, "network")
    story.is_over("11:00", steady, clinician)
    for client in cut_off:
        story.expect(client, policy=policy, cause="technical", **flag("group-drop", together))


@limit("guest_presence", outcome=("missed", "undetermined", "undetermined"))
def test_guest_of_the_session_before_counts_only_in_the_scheduled_time(numbers, policy, step, outcome):
    story, clinician, client = an_hour()
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "10:00", clinician)
    story.stays(story.guest("iPhone"), "09:50", story.starts_at + numbers.guest_presence + step * SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome=outcome, **flag("unidentified-guest", outcome == "undetermined"))


@limit("guest_presence", outcome=("missed", "undetermined", "undetermined"))
def test_guest_who_came_too_early_has_come_to_this_session(numbers, policy, step, outcome):
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:20")
    story.stays(story.guest("iPhone"), "09:59:30", story.at("09:59:30") + numbers.guest_presence + step * SECOND)
    story.is_over("11:00", clinician)
    story.expect(client, policy=policy, outcome=outcome, **flag("unidentified-guest", outcome == "undetermined"))


@limit("guest_presence", outcome=("not-held", "undetermined", "undetermined"))
def test_guest_may_be_the_clinician_who_was_not_seen(numbers, policy, step, outcome):
    story = Story(starts="10:00", ends="11:00")
    story.clinician()
    client, guest = story.client(), story.guest("iPhone")
    story.opens("09:58")
    story.joins(client, "09:58")
    story.stays(guest, "10:10", story.at("10:10") + numbers.guest_presence + step * SECOND)
    story.is_over("11:00", client)
    story.expect(client, policy=policy, outcome=outcome)


# --- what follows --------------------------------------------------------------------------------------------------


@limit("reschedule_lost_fraction", offered=(False, False, True))
def test_exactly_half_lost_is_not_more_than_half(numbers, policy, step, offered):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:05", story.at("10:05") + 60 * MINUTE * numbers.reschedule_lost_fraction + step * SECOND)
    story.is_over("11:00", client, clinician)
    followed = action(another_time(numbers), offered)
    story.expect(client, policy=policy, outcome="partial", cause="technical", **followed)


@limit("reschedule")
def test_another_time_or_makeup_as_the_policy_says(numbers, policy):
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    kinds = {a["kind"] for a in story.result(client, policy=policy)["actions"]}
    assert kinds & {"reschedule", "makeup"} == {another_time(numbers)}


@limit("checkin_at", checked_in=(False, True, False))
def test_checkin_at_the_last_step_of_the_ladder_not_before_and_not_after(numbers, policy, step, checked_in):
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    last = numbers.checkin_at[-1] + step
    for number in range(2, last + 1):
        code, meeting, hour = f"A{number}", f"9340000000{number}", 10 + number
        story.another_appointment(code, meeting, f"{hour}:00", f"{hour}:50", clinician, client)
        story.stays(clinician, f"{hour}:00", f"{hour}:50", meeting=meeting)
    story.expect(client, appointment_id=f"A{last}", policy=policy, no_show=True, **action("checkin", checked_in))


@limit("checkin_within", first_again=(False, False, True))
def test_who_missed_nothing_for_so_long_begins_the_ladder_anew(numbers, policy, step, first_again):
    """The check-in after a first no-show is for who comes back months later, too."""
    policy = with_numbers(replace(policy.of(Kind.INDIVIDUAL), checkin_at=(1,)))
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    again = story.starts_at + numbers.checkin_within + step * SECOND
    story.another_appointment("A2", "93400000002", again, again + 50 * MINUTE, clinician, client)
    story.stays(clinician, again, again + 50 * MINUTE, meeting="93400000002")
    story.expect(client, policy=policy, no_show=True, actions={"checkin"})
    story.expect(client, appointment_id="A2", policy=policy, no_show=True, **action("checkin", first_again))


# --- no number without its story -----------------------------------------------------------------------------------


def test_every_number_of_the_policy_has_a_story_on_both_sides_of_it():
    assert set(STORIES) == {number.name for number in fields(Thresholds)}


def test_other_numbers_are_others_and_no_two_alike():
    names = [number.name for number in fields(Thresholds)]
    others = [getattr(OTHER_NUMBERS, name) for name in names]
    assert [name for name, other in zip(names, others, strict=True) if other == getattr(NUMBERS, name)] == []
    assert len(set(others)) == len(others)


@pytest.mark.parametrize(("threshold", "story"), [(t, s) for t, told in STORIES.items() for s in told])
def test_story_of_a_number_fails_when_that_number_moves(threshold, story):
    """So that a story cannot stand under the name of a number that it says nothing about."""
    before = story.holds(OTHER_NUMBERS, with_numbers(OTHER_NUMBERS))
    assert any(before)
    elsewhere = [story.holds(OTHER_NUMBERS, policy) for policy in moved(threshold)]
    assert any(was and not is_now for told in elsewhere for was, is_now in zip(before, told, strict=True))
