"""The 25 scenarios of the Zoom field guide, and what cuts across them. Sessions are 10:00 to 10:50 unless said."""

from __future__ import annotations

import itertools

import pytest

from tests.stories.delivery import Spelling
from tests.stories.story import Story, an_hour

FAULTS = {"dropped", "interrupted", "host-dropped", "group-drop"}


def told(**more) -> tuple:
    story = Story(**more)
    return story, story.clinician(), story.client()


def usual(**more) -> tuple:
    """The clinician opens the room at 9:57."""
    story, clinician, client = told(**more)
    story.begins("09:57", clinician)
    return story, clinician, client


# --- 1 to 4: nothing goes wrong with the line ------------------------------------------------------------------------


def test_01_client_is_on_time():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", cause="none", confidence="high", final=True, held=50, attended=50,
                 waited=0, lost=0, only_flags=set(), only_actions=set(), arrived="2026-03-02T09:58:00Z",
                 joined="2026-03-02T09:58:00Z", left="2026-03-02T10:50:00Z")  # fmt: skip
    story.expect(clinician, outcome="attended", cause="none", only_flags=set(), only_actions=set())


def test_02_client_is_late_relative_to_the_booking_not_to_the_instance():
    story, clinician, client = usual()
    story.joins(client, "10:20")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="partial", cause="absence", flags={"late"}, attended=30, without=FAULTS,
                 no_actions={"ticket", "reschedule", "checkin"})  # fmt: skip


def test_02_client_who_comes_at_once_is_not_late_although_the_instance_began_long_before():
    story, clinician, client = told()
    story.begins("09:05", clinician)
    story.joins(client, "10:04")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", without={"late"})


def test_03_client_leaves_early_by_choice():
    story, clinician, client = usual()
    story.stays(client, "09:58", "10:25")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", cause="absence", flags={"left-early"}, without=FAULTS, attended=25, lost=0)


def test_03_session_that_everybody_ends_early_is_short_and_nobody_left_early():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.is_over("10:30", client, clinician)
    story.expect(client, outcome="attended", cause="none", held=30, attended=30, only_flags=set())


def test_04_client_does_not_come():
    story, clinician, client = usual()
    story.is_over("10:50", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high", held=50, attended=0, arrived=None,
                 joined=None, left=None, only_flags=set(), actions={"reschedule", "message", "checkin"},
                 no_actions={"ticket", "makeup", "review"})  # fmt: skip


# --- 5 to 7: the clinician does not come -----------------------------------------------------------------------------


def test_05_clinician_does_not_come_and_the_client_waits_for_the_host():
    story, clinician, client = told()
    story.before_host("jbh_waiting", client, "09:58")
    story.before_host("jbh_waiting_left", client, "10:14")
    story.expect(client, outcome="not-held", cause="provider", flags={"waited"}, arrived="2026-03-02T09:58:00Z",
                 joined=None, held=0, waited=14, without={"late"}, actions={"reschedule"},
                 no_actions={"checkin"})  # fmt: skip
    story.expect_no_no_show(clinician)


def test_05_client_who_waits_unheard_in_the_web_client_is_unknown():
    story, _, client = told()
    story.expect(client, outcome="undetermined", cause="unknown", confidence="low", flags={"feed-gap"},
                 actions={"review"})  # fmt: skip


def test_06_clinician_does_not_come_and_the_client_is_alone_in_the_room():
    story, _, client = told()
    story.before_host("jbh_joined", client, "09:58")
    story.opens("09:58")
    story.joins(client, "09:58")
    story.is_over("10:20", client)
    story.expect(client, outcome="not-held", cause="provider", held=0, attended=20, actions={"reschedule"},
                 no_actions={"ticket", "checkin"}, without=FAULTS | {"left-early"})  # fmt: skip


def test_07_neither_comes_and_silence_proves_nothing():
    story, clinician, client = told()
    for person in (clinician, client):
        story.expect(person, outcome="undetermined", cause="unknown", confidence="low", actions={"review"})


def test_07_neither_comes_while_other_meetings_are_heard():
    story, _, client = told()
    story.other_meeting_hears("10:20")
    story.expect(client, outcome={"undetermined", "not-held"}, cause={"unknown", "provider"})


# --- 8 to 13: connections end and begin ------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["client close", "failover", "network"])
def test_08_client_drops_and_returns_at_once(reason):
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.drops(client, "10:20", back="10:20:30", reason=reason)
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", cause="none", flags={"interrupted"}, attended=49.5, lost=0.5,
                 without={"dropped", "late", "left-early"}, no_actions={"reschedule", "message"})  # fmt: skip


def test_08_client_drops_and_returns_after_a_long_while():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.drops(client, "10:10", back="10:30")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"interrupted"}, without={"dropped", "late"},
                 attended=30, lost=20, actions={"ticket"}, no_actions={"reschedule", "checkin"})  # fmt: skip


def test_08_client_who_loses_more_than_half_to_a_drop_is_offered_another_time():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.drops(client, "10:10", back="10:36")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="partial", cause="technical", lost=26, actions={"ticket", "reschedule"})


@pytest.mark.parametrize("reason", ["client close", "failover", "network"])
def test_09_client_drops_and_never_returns(reason):
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.drops(client, "10:20", reason=reason)
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"}, attended=20, lost=30,
                 without={"left-early", "interrupted"}, actions={"ticket", "reschedule"})  # fmt: skip


def test_10_killed_app_whose_end_is_noticed_after_the_return():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.joins(client, "10:20:16", device="restarted app")
    story.leaves(client, "10:20:48", "client close", after=75)
    story.leaves(client, "10:50", device="restarted app")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="attended", cause="none", attended=50, without={"dropped", "left-early"})


@pytest.mark.parametrize("join_first", [False, True])
def test_11_silent_swap_is_one_stay_in_either_order(join_first):
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.switches_room(client, "10:20", "plain", join_first=join_first)
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", cause="none", attended=50, lost=0, only_flags=set())


def test_12_client_renames_to_something_that_nobody_knows():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.renames(client, "10:20", "iPad (2)")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", cause="none", attended=50, only_flags=set())


def test_12_client_known_by_name_alone_stays_the_same_person_after_a_rename():
    story, clinician = Story(), None
    clinician = story.clinician()
    client = story.client("C1", "Noor Haddad", registrant_id="")
    story.begins("09:57", clinician)
    story.joins(client, "09:58")
    story.renames(client, "10:05", "blue whale")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", attended=50, flags={"matched-by-name"}, confidence="medium",
                 without={"unidentified-guest"})  # fmt: skip


@pytest.mark.parametrize("join_first", [False, True])
def test_13_breakout_room_and_back_is_one_stay(join_first):
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.switches_room(client, "10:15", "to breakout", join_first=join_first)
    story.switches_room(client, "10:35", "from breakout", join_first=join_first)
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", attended=50, only_flags=set())


def test_13_client_leaves_from_inside_a_breakout_room():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.switches_room(client, "10:15", "to breakout")
    story.leaves(client, "10:25")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", cause="absence", flags={"left-early"}, attended=25)


def test_13_clinician_who_hops_between_breakout_rooms_holds_the_session_all_the_time():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    for at in ("10:10", "10:20", "10:30"):
        story.switches_room(clinician, at, join_first=at == "10:20")
    story.is_over("10:50", client, clinician)
    story.expect(client, held=50, attended=50, only_flags=set())


# --- 14 to 18: what arrives, and how ---------------------------------------------------------------------------------


def test_14_host_ends_for_all_and_nobody_left_early_or_dropped():
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(4)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:59")
    ways = [("10:49:59", "host ended"), ("10:50:00", "plain"), ("10:50:01", "client close"), ("10:49:58", "network")]
    for client, (at, reason) in zip(clients, ways, strict=True):
        story.leaves(client, at, reason)
    story.is_over("10:50", clinician)
    for client in clients:
        story.expect(client, outcome="attended", cause="none", only_flags=set(), only_actions=set())


def test_15_meeting_ended_is_processed_before_the_last_left():
    def result(after: float) -> dict:
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.closes("10:50", after=1)
        story.leaves(client, "10:51", after=after)
        story.leaves(clinician, "10:50", after=after)
        found = story.expect(client, outcome="attended", cause="none", attended=50, only_flags=set())
        return {key: value for key, value in found.items() if key != "findings"}

    assert result(0.5) == result(40) == result(85 * 60)


@pytest.mark.parametrize("again", [[0.004], [304], [304, 1504, 5104]])
def test_16_repeated_deliveries_count_once(again):
    story, clinician = Story(), None
    clinician, client = story.clinician(), story.client()
    story.opens("09:57", again=again)
    story.joins(clinician, "09:57", again=again)
    story.joins(client, "09:58", again=again)
    story.leaves(client, "10:20", "network", again=again)
    story.joins(client, "10:30", again=again)
    story.leaves(client, "10:50", again=again)
    story.leaves(clinician, "10:50", again=again)
    story.closes("10:50", again=again)
    story.expect(client, outcome="attended", attended=40, lost=10, flags={"interrupted"}, without={"dropped"})


def test_16_stale_left_that_comes_again_after_the_return_closes_nothing():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.leaves(client, "10:20", "network", again=[900])
    story.joins(client, "10:21")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", attended=49, without={"dropped", "left-early"})


def test_17_left_arrives_before_its_joined():
    story, clinician, client = usual()
    story.joins(client, "10:02", after=3000)
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", attended=48, only_flags=set())


def test_17_left_whose_joined_is_lost_counts_from_the_start_of_the_instance():
    story, clinician, client = usual()
    story.joins(client, "10:02", lost=True)
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", attended=50, flags={"inferred-start"}, confidence={"medium", "low"})


def test_18_joined_whose_left_is_lost_ends_with_its_instance():
    story, clinician, client = usual()
    story.joins(client, "10:02")
    story.leaves(client, "10:50", lost=True)
    story.is_over("10:50", clinician)
    story.expect(client, outcome="attended", attended=48, flags={"inferred-end"}, left="2026-03-02T10:50:00Z")


def test_18_open_interval_without_any_end_does_not_grow_for_ever():
    story, _, client = usual()
    story.joins(client, "10:02")
    later = [story.result(client, at) for at in ("13:00", "36:00")]
    assert later[0]["intervals"] == later[1]["intervals"]
    story.expect(client, no_show=False, outcome={"attended", "partial", "undetermined"})


# --- 19 to 21: waiting rooms and removals ----------------------------------------------------------------------------

SIGNS = ("stops_waiting", "is_admitted", "joins")


@pytest.mark.parametrize("order", [*itertools.permutations(SIGNS), ("joins",), ("is_admitted", "joins")])
def test_19_client_who_waits_and_is_let_in_late_was_on_time(order):
    story, clinician, client = usual()
    story.waits(client, "09:58")
    for arrives, sign in enumerate(order):
        getattr(story, sign)(client, "10:12", after=2 + arrives)
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", cause="none", flags={"waited"}, without={"late", "never-admitted"},
                 waited=12, attended=38, arrived="2026-03-02T09:58:00Z", joined="2026-03-02T10:12:00Z")  # fmt: skip


def test_19_client_who_is_let_in_much_too_late_lost_the_time_to_the_provider():
    story, clinician, client = usual()
    story.waits(client, "09:58")
    story.is_admitted(client, "10:25")
    story.joins(client, "10:25")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="partial", cause="provider", flags={"waited"}, without={"late"}, no_actions={"ticket"})


def test_19_client_who_begins_to_wait_late_is_late():
    story, clinician, client = usual()
    story.waits(client, "10:10")
    story.is_admitted(client, "10:11")
    story.joins(client, "10:11")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", flags={"late", "waited"})


@pytest.mark.parametrize("gives_up", [True, False])
def test_20_client_left_in_waiting_room_is_no_no_show(gives_up):
    story, clinician, client = usual()
    story.waits(client, "09:58")
    if gives_up:
        story.stops_waiting(client, "10:15")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="missed", cause="provider", flags={"waited", "never-admitted"}, without={"late"},
                 actions={"reschedule"}, no_actions={"checkin", "ticket"})  # fmt: skip


def test_20_client_who_was_let_in_and_never_seen_inside_is_a_question_and_no_refusal():
    story, clinician, client = an_hour()
    story.waits(client, "10:02")
    story.is_admitted(client, "10:05")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined", flags={"waited"}, without={"never-admitted"}, waited=3)


@pytest.mark.parametrize("event", ["left", "left_waiting_room"])
def test_20_client_removed_from_the_waiting_room_by_the_host(event):
    story, clinician, client = an_hour()
    story.waits(client, "10:02")
    if event == "left":
        story._doors[(client.code, "", "")] = story._doors[(client.code, "waiting", "")]
        gone = story.leaves(client, "10:03")
    else:
        gone = story.stops_waiting(client, "10:03")
    told = f"{client.listed['name']} left the meeting.<br>Reason: Removed by host from waiting room."
    gone.body["payload"]["object"]["participant"]["leave_reason"] = told
    story.is_over("11:00", clinician)
    flags = {"waited", "never-admitted", "removed-by-host"}
    story.expect(client, outcome="missed", cause="provider", only_flags=flags, waited=1, attended=0)


def test_20_client_put_back_into_the_waiting_room_and_let_in_again():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:20")
    story.leaves(client, "10:20")
    story.is_admitted(client, "10:28")
    story.joins(client, "10:28")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", cause="none", attended=42, waited=8, without={"dropped", "left-early"})


def test_20_client_put_back_without_a_left_is_bridged():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:20")
    story.is_admitted(client, "10:25")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", cause="none", without={"dropped", "left-early", "never-admitted"})


def test_20_client_put_back_for_good_lost_the_time_to_the_provider():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:10")
    story.leaves(client, "10:10")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", cause="provider", without={"left-early"}, no_actions={"ticket"})


def test_21_client_removed_by_the_host_did_not_leave_by_choice():
    story, clinician, client = usual()
    story.stays(client, "09:58", "10:10", "removed")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", cause="provider", flags={"removed-by-host"},
                 without={"left-early", "dropped"}, no_actions={"ticket", "checkin"})  # fmt: skip


@pytest.mark.parametrize(
    ("back", "told"),
    [
        (None, {"outcome": "missed", "cause": "provider", "flags": {"removed-by-host"}, "actions": {"reschedule"}}),
        ("10:20", {"outcome": "partial", "cause": "provider", "flags": {"removed-by-host"}, "attended": 30}),
        ("09:59:50", {"outcome": "attended", "cause": "none", "only_flags": set()}),
    ],
)
def test_21_client_removed_a_moment_before_the_start_was_kept_out_by_the_host(back, told):
    story, clinician, client = usual()
    story.other_meeting_hears("10:15")
    story.stays(client, "09:58", "09:59:30", "removed")
    if back:
        story.stays(client, back, "10:50")
    story.is_over("10:50", clinician)
    result = story.expect(client, no_show=False, no_actions={"ticket", "checkin", "review"}, **told)
    assert "no clinician was there" not in str(result["findings"])


def test_21_client_removed_from_a_session_before_in_the_same_meeting_was_not_kept_out_of_this_one():
    story, clinician, client = told()
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "09:50", clinician, client)
    story.begins("08:58", clinician)
    story.stays(client, "08:59", "09:45", "removed")
    story.other_meeting_hears("10:15")
    story.is_over("10:50", clinician)
    story.expect(client, without={"removed-by-host"}, outcome="undetermined")


# --- 22 to 25: instances, rooms, phones, blindness -------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["plain", "time limit", "client close", "host ended"])
def test_22_meeting_ended_and_restarted_is_one_appointment(reason):
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.is_over("10:20", client, clinician, reason=reason)
    story.begins("10:22", clinician)
    story.joins(client, "10:22")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", cause="none", held=48, attended=48, without={"dropped", "left-early"})


def test_22_client_who_misses_the_second_instance_missed_half():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.is_over("10:20", client, clinician)
    story.begins("10:22", clinician)
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", held=48, attended=20)


def test_23_client_waits_in_another_room_of_the_roster():
    story = Story()
    clinician, client = story.clinician(), story.client("C1", email="c1@example.org", customer_key="key-c1")
    colleague = story.guest("Colleague")
    colleague.code = "T2"
    colleague.role = clinician.role
    story.another_appointment("A2", "93999999999", "10:00", "10:50", colleague)
    story.begins("09:57", clinician)
    story.stays(client, "09:59", "10:40", meeting="93999999999", registrant_id="", customer_key="key-c1")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"wrong-meeting"}, attended=0,
                 actions={"ticket", "reschedule"}, no_actions={"checkin"})  # fmt: skip


def test_23_occurrence_of_last_week_is_not_this_one():
    story = Story()
    clinician, client = story.clinician(), story.client()
    week_ago = Story(day="2026-02-23")
    week_ago.begins("09:57", clinician)
    week_ago.joins(client, "09:58")
    week_ago.is_over("10:50", client, clinician)
    story.begins("09:57", clinician)
    story.is_over("10:50", clinician)
    story.sent += week_ago.sent
    story.expect(client, outcome="missed", cause="absence", attended=0, joined=None)


def test_23_two_appointments_of_one_meeting_number_on_one_day_are_kept_apart():
    story, clinician, client = usual()
    story.another_appointment("A2", story.meeting.meeting_id, "14:00", "14:50", clinician, client)
    story.joins(client, "09:58")
    story.is_over("10:50", client, clinician)
    story.begins("13:58", clinician)
    story.is_over("14:50", clinician)
    story.expect(client, outcome="attended", attended=50)
    story.expect(client, appointment_id="A2", outcome="missed", cause="absence", attended=0)


def test_23_meeting_deleted_before_the_start_is_cancelled():
    story, _, client = told()
    story.is_deleted("08:00")
    story.other_meeting_hears("10:10")
    story.expect(client, outcome="cancelled", cause="none", only_actions=set())


def test_23_deleting_another_occurrence_cancels_nothing_here():
    story, clinician, client = usual()
    story.is_deleted("08:00", ["34:00"])
    story.joins(client, "09:58")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended")


@pytest.mark.parametrize("phone_first", [False, True])
def test_24_client_on_web_and_phone_is_one_person(phone_first):
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.binds_phone(client, "10:10", "15550100142", phone_first=phone_first)
    story.leaves(client, "10:30", device="phone")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", attended=50, flags={"joined-by-phone"},
                 without={"dropped", "left-early", "unidentified-guest"})  # fmt: skip


def test_24_client_goes_on_by_phone_after_the_web_leg_ends():
    story, clinician, client = usual()
    story.joins(client, "09:58")
    story.binds_phone(client, "10:10", "15550100142")
    story.leaves(client, "10:15", "network")
    story.leaves(client, "10:50", device="phone")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="attended", attended=50, without={"dropped", "left-early"})


def test_24_client_dials_in_from_the_number_on_the_roster():
    story = Story()
    clinician, client = story.clinician(), story.client("C1", phone="+1 (555) 010-0142")
    story.begins("09:57", clinician)
    story.joins(client, "09:59", name="15550100142", phone="15550100142", registrant_id="")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="attended", attended=50, flags={"joined-by-phone"}, without={"unidentified-guest"})


def test_24_unknown_dial_in_may_be_whoever_is_missing():
    story, clinician, client = usual()
    caller = story.guest("15550100177", phone="15550100177")
    story.joins(caller, "09:59")
    story.is_over("10:50", caller, clinician)
    story.expect(client, outcome="undetermined", cause="unknown", confidence="low", flags={"unidentified-guest"},
                 actions={"review"}, no_actions={"checkin", "message"})  # fmt: skip


def test_24_note_taking_bot_is_nobody():
    story, clinician, client = usual()
    bot = story.guest("Otter.ai Notetaker")
    story.joins(bot, "09:59")
    story.is_over("10:50", bot, clinician)
    story.expect(client, outcome="missed", cause="absence", without={"unidentified-guest"})


def test_24_two_devices_are_united_never_summed():
    story, clinician, client = usual()
    story.stays(client, "09:58", "10:30", device="laptop")
    story.stays(client, "10:10", "10:50", device="phone app")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="attended", attended=50, without={"dropped", "left-early"})


def test_25_app_deauthorised_before_the_session():
    story, _, client = told()
    story.other_meeting_hears("09:00")
    story.is_deauthorized("09:30")
    story.expect(client, outcome="undetermined", cause="unknown", flags={"feed-gap"})


def test_25_app_deauthorised_soon_after_the_clinician_came():
    story, _, client = usual()
    story.is_deauthorized("10:02")
    story.expect(client, outcome="undetermined", cause="unknown", flags={"feed-gap"})


def test_25_feed_dies_before_the_start_and_nothing_is_heard_any_more():
    story, clinician, client = told()
    story.begins("09:40", clinician)
    for person in (client, clinician):
        story.expect(person, no_show=False)
    story.expect(client, outcome="undetermined", cause="unknown", flags={"feed-gap"})


# --- what cuts across ------------------------------------------------------------------------------------------------

SPELLINGS = {
    "as today": Spelling(),
    "null": Spelling(blank=None),
    "missing": Spelling(blanks_missing=True),
    "numbers": Spelling(numbers=True),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_blank_values_and_ids_may_be_spelled_in_any_way(spelling):
    story = Story("group", spelling=spelling)
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.begins("09:57", clinician)
    story.joins(here, "09:58")
    story.switches_room(here, "10:10")
    story.drops(here, "10:20", back="10:21")
    story.is_over("10:50", here, clinician)
    story.expect(here, outcome="attended", attended=49, flags={"interrupted"})
    story.expect(away, outcome="missed", cause="absence", confidence="high", attended=0)


def test_all_names_and_emails_blank():
    story = Story("group")
    clinician = story.clinician("T1", "")
    here, away = story.client("C1", ""), story.client("C2", "", registrant_id="", customer_key="key-2")
    dropped = story.client("C3", "", registrant_id="", customer_key="key-3")
    story.begins("09:57", clinician)
    story.joins(here, "09:58")
    story.joins(dropped, "09:58")
    story.drops(dropped, "10:15")
    story.is_over("10:50", here, clinician)
    story.expect(here, outcome="attended", confidence="high", attended=50)
    story.expect(away, outcome="missed", cause="absence")
    story.expect(dropped, outcome="partial", cause="technical", flags={"dropped"})


def test_blank_ids_never_merge_two_guests():
    story = Story("group")
    clinician = story.clinician()
    clients = [story.client(f"C{n}", "", registrant_id="") for n in (1, 2)]
    story.begins("09:57", clinician)
    for at, client in zip(("09:58", "10:30"), clients, strict=True):
        story.joins(client, at)
    story.is_over("10:50", *clients, clinician)
    for client in clients:
        story.expect(client, outcome="undetermined", attended=0, flags={"unidentified-guest"})


def test_session_across_midnight_utc():
    story = Story(starts="23:40", ends="24:30")
    clinician, client = story.clinician(), story.client()
    story.begins("23:38", clinician)
    story.joins(client, "23:55")
    story.drops(client, "24:02", back="24:03")
    story.is_over("24:30", client, clinician)
    story.expect(client, held=50, attended=34, flags={"late", "interrupted"}, left="2026-03-03T00:30:00Z")


@pytest.mark.parametrize(
    ("day", "starts", "ends", "comes", "scheduled", "attended"),
    [("2026-03-08", "01:30", "03:30", "03:10", 60, 20), ("2026-11-01", "00:30", "02:30", "02:10", 180, 20)],
    ids=["spring forward", "fall back"],
)
def test_session_across_a_daylight_saving_change(day, starts, ends, comes, scheduled, attended):
    story = Story("group", starts, ends, day=day, zone="America/New_York")
    clinician, client = story.clinician(), story.client()
    story.begins(starts, clinician)
    story.joins(client, comes)
    story.is_over(ends, client, clinician)
    story.expect(client, outcome="partial", held=scheduled, attended=attended, flags={"late"})


def test_left_one_second_after_the_end_and_a_stay_of_no_length():
    story, clinician, client = usual()
    story.stays(client, "09:58", "09:58")
    story.joins(client, "09:58:01")
    story.leaves(client, "10:50:01", "client close")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="attended", attended=50, without={"dropped", "left-early"})
