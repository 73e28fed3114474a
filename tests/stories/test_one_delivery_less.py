"""One delivery is lost, and what is left proves less: nobody is surely called something else for it."""

from __future__ import annotations

import pytest

from plugin.core.appointment import Role
from tests.stories.story import Person, Story, an_hour


def group_whose_clinician_leaves(at: str, lost: bool):
    """One client stays to the end, one comes late, one does not come."""
    story = Story("group", "10:00", "11:00")
    clinician, *clients = story.clinician(), *story.clients(3)
    story.begins("09:57", clinician)
    story.leaves(clinician, at, lost=lost)
    story.stays(clients[0], "09:58", "11:00")
    story.stays(clients[1], "10:20", "11:00")
    story.closes("11:00")
    return story, clients


def test_how_long_it_was_held_is_not_sure_when_others_stayed_on_and_the_clinicians_leave_was_lost():
    story, (there, late, missing) = group_whose_clinician_leaves("10:05", lost=True)
    story.expect(missing, outcome="missed", cause="absence", confidence="medium")
    story.expect(late, outcome="partial", cause="absence", confidence="medium")
    story.expect(there, outcome="attended", confidence="medium")
    told, _ = group_whose_clinician_leaves("10:05", lost=False)
    told.expect(missing, outcome="not-held", cause="provider")


def test_who_was_mostly_there_attended_less_surely_when_the_clinicians_leave_was_lost():
    story, clinician, client = an_hour("group")
    story.leaves(clinician, "10:40", lost=True)
    story.stays(client, "10:12", "11:00")
    story.closes("11:00")
    story.expect(client, outcome="attended", confidence="medium")


@pytest.mark.parametrize("others", ["was not let in", "was elsewhere"])
def test_nobody_missed_surely_what_was_perhaps_not_held(others):
    story, clinician, client = an_hour("group")
    missing = story.client("C2")
    story.leaves(clinician, "10:05", lost=True)
    story.stays(client, "09:58", "11:00")
    if others == "was elsewhere":
        story.stays(missing, "10:02", "10:50", meeting="93400000002")
    else:
        story.waits(missing, "10:02")
        story.stops_waiting(missing, "10:30")
    story.closes("11:00")
    story.expect(missing, outcome="missed", confidence="medium", no_show=False)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("reason", ["plain", "client close"])
def test_meeting_that_all_left_and_that_began_anew_was_over_though_its_end_was_lost(reason, lost):
    story, clinician, client = an_hour("group")
    clients = [client, *(story.client(f"C{number}") for number in (2, 3, 4))]
    for client in clients:
        story.joins(client, "09:58")
        story.leaves(client, "10:20", reason)
    story.leaves(clinician, "10:20:01")
    story.closes("10:20:01", lost=lost)
    story.begins("10:22", clinician)
    for client in clients[:3]:
        story.stays(client, "10:22:10", "11:00")
    story.is_over("11:00", clinician)
    story.expect(clients[0], outcome="attended", without={"interrupted", "host-dropped", "group-drop"}, lost=0)
    without = {"dropped", "host-dropped", "group-drop"}
    story.expect(clients[3], outcome="partial", cause="provider", without=without, no_actions={"ticket"})
    story.expect(clinician, outcome="attended", without={"interrupted", "host-dropped"})


def test_all_leaves_were_lost():
    story, _, client = an_hour("group")
    missing = story.client("C2")
    story.joins(client, "09:58")
    story.closes("11:00")
    story.expect(missing, outcome="missed", cause="absence", confidence="medium")


@pytest.mark.parametrize(("back", "confidence"), [("10:13", "high"), ("10:13:01", "medium")])
def test_who_gave_up_waiting_while_the_meeting_did_not_run_is_not_heard(back, confidence):
    story, clinician, client = an_hour()
    story.is_over("10:08", clinician)
    story.begins(back, clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence=confidence)


def test_end_of_the_meeting_is_the_leave_of_a_clinician_who_was_alone_then():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.stays(client, "09:58", "10:58")
    story.leaves(clinician, "11:00", lost=True)
    story.closes("11:00")
    story.expect(other, outcome="missed", cause="absence", confidence="high")
    story.expect(client, outcome="attended", confidence="high")


def test_host_who_ended_it_was_there_to_the_end():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.leaves(clinician, "11:00", lost=True)
    story.joins(client, "09:58")
    story.is_over("11:00", client, reason="host ended")
    story.expect(other, outcome="missed", cause="absence", confidence="high")


def test_another_clinician_who_stayed_makes_it_sure():
    story, clinician, client = an_hour("group")
    other, second = story.client("C2"), story.clinician("T2", "Robin Marsh", zoom_id="", registrant_id="reg-T2")
    story.stays(client, "09:58", "11:00")
    story.leaves(clinician, "10:05", lost=True)
    story.stays(second, "09:58", "11:00")
    story.closes("11:00")
    story.expect(other, outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize(
    ("lost", "heard", "confidence"), [(True, "", "medium"), (True, "10:20", "high"), (False, "", "high")]
)
def test_end_of_the_meeting_alone_does_not_show_surely_that_nobody_came_when_something_was_lost(
    lost, heard, confidence
):
    story, clinician, client = an_hour()
    story.leaves(clinician, "11:00", lost=lost)
    story.closes("11:00")
    if heard:
        story.other_meeting_hears(heard)
    story.expect(client, outcome="missed", cause="absence", confidence=confidence)


@pytest.mark.parametrize(("lost", "confidence"), [(1, "high"), (2, "medium")])
def test_where_deliveries_of_several_people_were_lost_those_of_another_may_have_been(lost, confidence):
    story = Story("group", "10:00", "11:00")
    clinician, *clients, missing = story.clinician(), *story.clients(4)
    story.begins("09:57", clinician)
    for number, client in enumerate(clients):
        story.joins(client, "09:58")
        story.leaves(client, "10:58", lost=number < lost)
    story.is_over("11:00", clinician)
    story.expect(missing, outcome="missed", cause="absence", confidence=confidence)


@pytest.mark.parametrize("heard", ["is_admitted", "stops_waiting"])
def test_who_was_let_in_had_waited_though_only_the_end_of_it_was_delivered(heard):
    story, clinician, client = an_hour()
    story.waits(client, "09:58", lost=True)
    getattr(story, heard)(client, "10:16")
    story.stays(client, "10:16:02", "10:50")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", confidence="medium", without={"late"}, arrived="2026-03-02T10:16:00Z")


def test_who_stopped_waiting_for_the_host_had_waited():
    story, clinician, client = an_hour()
    story.before_host("jbh_waiting", client, "09:52", lost=True)
    story.before_host("jbh_waiting_left", client, "10:16")
    story.stays(client, "10:16:02", "10:50")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", confidence="medium", without={"late"})


def test_who_began_to_wait_late_is_late():
    story, clinician, client = an_hour()
    story.waits(client, "10:16")
    story.is_admitted(client, "10:16")
    story.stays(client, "10:16:02", "10:50")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="high", flags={"late"})


# --- in another room ------------------------------------------------------------------------------------------------

ELSEWHERE = "93400000002"


def hour_without_the_client() -> tuple[Story, Person]:
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    return story, client


@pytest.mark.parametrize("begun", ["10:02", "09:40"])
def test_who_left_another_room_was_in_it_though_nobody_heard_them_come(begun):
    story, client = hour_without_the_client()
    story.joins(client, begun, meeting=ELSEWHERE, lost=True)
    left = story.leaves(client, "10:30", meeting=ELSEWHERE)
    result = story.expect(client, outcome="missed", cause="technical", confidence="medium", flags={"wrong-meeting"})
    assert next(f["events"] for f in result["findings"] if f["rule"] == "wrong-meeting") == [
        story.deliveries().index(left) + 1
    ]


def test_who_left_another_room_soon_after_the_end_was_in_it_before():
    story, client = hour_without_the_client()
    story.joins(client, "10:02", meeting=ELSEWHERE, lost=True)
    story.leaves(client, "11:20", meeting=ELSEWHERE)
    story.expect(client, outcome="missed", cause="technical", flags={"wrong-meeting"})


def test_who_left_another_room_that_began_when_this_session_was_over_came_there_afterwards():
    story, client = hour_without_the_client()
    story.joins(client, "11:05", meeting=ELSEWHERE, lost=True)
    story.leaves(client, "11:20", meeting=ELSEWHERE)
    story.expect(client, outcome="missed", cause="absence", confidence="high", without={"wrong-meeting"})


@pytest.mark.parametrize("gone", [None, "10:30", "09:46"])
def test_who_came_into_another_room_long_before_sat_there_until_they_left(gone):
    story, client = hour_without_the_client()
    story.joins(client, "09:10", meeting=ELSEWHERE)
    story.other_meeting_hears("10:05")
    if gone:
        story.leaves(client, gone, meeting=ELSEWHERE)
    story.expect(client, outcome="missed", cause="technical", confidence="medium", flags={"wrong-meeting"})
    story.expect(client, at="10:20", outcome="missed", cause="technical", flags={"wrong-meeting"})


def test_who_was_gone_from_the_other_room_long_before_was_in_none():
    story, client = hour_without_the_client()
    story.stays(client, "09:10", "09:44", meeting=ELSEWHERE)
    story.expect(client, outcome="missed", cause="absence", without={"wrong-meeting"})


@pytest.mark.parametrize("heard", ["stops_waiting", "is_admitted"])
def test_who_waited_before_another_room_though_only_the_end_of_it_was_delivered(heard):
    story, client = hour_without_the_client()
    here, story.meeting = story.meeting, story.place(ELSEWHERE, "09:55")
    story.waits(client, "10:01", lost=True)
    getattr(story, heard)(client, "10:20")
    story.meeting = here
    story.expect(client, outcome="missed", cause="technical", confidence="medium", flags={"wrong-meeting"})


def test_what_names_the_run_of_the_meeting_alone_tells_of_no_other_room():
    story, client = hour_without_the_client()
    waits = story.before_host("jbh_waiting", client, "09:50")
    waits.body["payload"]["object"]["id"] = None
    story.before_host("jbh_waiting_left", client, "09:56")
    story.expect(client, without={"wrong-meeting"}, no_show=False)


def test_who_left_late_the_session_that_was_theirs_was_in_no_wrong_room():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story.another_appointment("A0", ELSEWHERE, "08:00", "08:50", clinician, client)
    story.joins(client, "08:01", meeting=ELSEWHERE, lost=True)
    story.leaves(client, "10:15", meeting=ELSEWHERE)
    story.expect(client, without={"wrong-meeting"})


def test_who_came_at_last_was_in_another_room_until_then_though_only_the_leave_says_so():
    story, clinician, client = an_hour()
    story.joins(client, "10:01", meeting=ELSEWHERE, lost=True)
    story.leaves(client, "10:38", meeting=ELSEWHERE)
    story.stays(client, "10:39", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", confidence="medium", flags={"wrong-meeting"})


# --- the clinician ----------------------------------------------------------------------------------------------------


def test_share_of_the_held_time_is_not_sure_for_who_came_late_when_the_clinicians_join_was_lost():
    story = Story("group", "10:00", "11:00")
    clinician, there, late = story.clinician(), *story.clients(2)
    story.opens("09:57", lost=True)
    story.joins(clinician, "09:57", lost=True)
    story.joins(there, "09:58", lost=True)
    story.other_meeting_hears("10:18")
    story.stays(late, "10:20", "11:00")
    story.is_over("11:00", clinician, there)
    story.expect(late, outcome="attended", confidence="medium")


def test_nobody_is_less_sure_who_was_there_from_the_start_when_the_clinicians_join_was_lost():
    story = Story("group", "10:00", "11:00")
    clinician, there = story.clinician(), story.client()
    story.opens("09:57")
    story.joins(clinician, "09:57", lost=True)
    story.stays(there, "09:58", "11:00")
    story.is_over("11:00", clinician)
    story.expect(there, outcome="attended", confidence="high")


def test_clinician_may_have_come_unseen_when_nothing_more_was_delivered():
    story = Story(starts="10:00", ends="11:00")
    client, _ = story.client(), story.clinician()
    story.opens("09:58")
    story.joins(client, "09:59")
    story.other_meeting_hears("10:30")
    story.expect(client, outcome="not-held", cause="provider", confidence="medium")


def test_clinician_of_two_connections_was_not_surely_there_between_them_when_a_leave_was_lost():
    story, clinician, client = an_hour("group")
    missing = story.client("C2")
    story.leaves(clinician, "09:59", lost=True)
    story.stays(client, "09:58", "11:00")
    story.joins(clinician, "10:30")
    story.is_over("11:00", clinician)
    story.expect(missing, outcome="missed", cause="absence", confidence="medium")


def test_who_joins_when_the_host_is_long_there_did_not_wait_for_them_until_then():
    story, clinician, client = an_hour()
    story.before_host("jbh_waiting", client, "09:50")
    story.before_host("jbh_waiting_left", client, "09:55", lost=True)
    story.stays(client, "10:24", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="medium", waited=0, without={"waited"})


@pytest.mark.parametrize("gone", ["09:55", "09:59:59"])
def test_who_was_there_before_and_came_back_late_is_not_surely_absent_meanwhile(gone):
    story, clinician, client = an_hour()
    story.stays(client, "09:50", gone)
    story.stays(client, "10:24", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="medium", without={"late"})


def late_client() -> tuple[Story, Person]:
    story, clinician, client = an_hour()
    story.stays(client, "10:18", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="high", flags={"late"})
    return story, client


def test_who_came_before_the_host_was_there_though_their_connection_was_not_delivered():
    story, client = late_client()
    story.before_host("jbh_joined", client, "10:03")
    story.expect(client, outcome="partial", cause="absence", confidence="medium", without={"late"})


def test_who_came_late_and_says_they_were_there_before_is_not_surely_absent_meanwhile():
    story, client = late_client()
    story.claims_presence(client, "11:30")
    story.expect(client, outcome="partial", cause="absence", confidence="medium")


@pytest.mark.parametrize(("until", "confidence"), [("10:05:59", "high"), ("10:06", "medium"), ("10:17", "medium")])
def test_stranger_who_waited_may_have_been_who_came_late(until, confidence):
    story, client = late_client()
    guest = story.guest("iPad")
    story.waits(guest, "10:05")
    story.stops_waiting(guest, until)
    story.expect(client, outcome="partial", cause="absence", confidence=confidence)


def tries(story: Story, client: Person) -> dict:
    return {
        "clicks": lambda: story.clicks_link(client, "10:05"),
        "reports": lambda: story.reports_trouble(client, "10:05"),
        "claims": lambda: story.claims_presence(client, "11:40"),
        "goes elsewhere": lambda: story.stays(client, "10:02", "10:30", meeting=ELSEWHERE),
    }


@pytest.mark.parametrize("what", ["clicks", "reports", "claims", "goes elsewhere"])
def test_who_gave_notice_and_tried_all_the_same_is_excused_less_surely(what):
    story, client = hour_without_the_client()
    story.gives_notice(client, "08:00")
    story.expect(client, outcome="excused", confidence="high")
    tries(story, client)[what]()
    story.expect(client, outcome="excused", cause="absence", confidence="medium")


def session_of_a_clinician_nobody_saw() -> tuple[Story, Person]:
    story = Story(starts="10:00", ends="11:00")
    story.clinician()
    story.opens("09:57")
    return story, story.client()


def test_who_was_let_in_was_let_in_by_somebody():
    story, client = session_of_a_clinician_nobody_saw()
    story.waits(client, "09:58")
    story.is_admitted(client, "10:02")
    story.stays(client, "10:02:02", "11:00")
    story.closes("11:00")
    story.expect(client, outcome="undetermined", flags={"feed-gap"}, only_actions={"review"})


@pytest.mark.parametrize("told", [True, False])
def test_who_came_in_from_the_waiting_room_was_let_in_by_somebody(told):
    """Not every account tells of the admission."""
    story, client = session_of_a_clinician_nobody_saw()
    story.waits(client, "09:58")
    if told:
        story.stops_waiting(client, "10:02")
    story.stays(client, "10:02:02", "11:00")
    story.closes("11:00")
    story.expect(client, outcome="undetermined", flags={"feed-gap"}, only_actions={"review"})


@pytest.mark.parametrize(("back", "outcome"), [("10:02:02", "undetermined"), ("10:02:03", "not-held")])
def test_who_gave_up_waiting_and_found_the_meeting_open_later_was_let_in_by_nobody(back, outcome):
    story, client = session_of_a_clinician_nobody_saw()
    story.waits(client, "09:58")
    story.stops_waiting(client, "10:02")
    story.stays(client, back, "11:00")
    story.closes("11:00")
    story.expect(client, outcome=outcome)


def test_who_waited_for_the_host_to_open_the_meeting_was_let_in_by_nobody():
    story, client = session_of_a_clinician_nobody_saw()
    story.before_host("jbh_waiting", client, "09:58")
    story.stays(client, "10:02", "11:00")
    story.closes("11:00")
    story.expect(client, outcome="not-held", cause="provider")


def test_who_was_sent_out_was_so_by_somebody():
    story, client = session_of_a_clinician_nobody_saw()
    story.stays(client, "09:58", "10:50", "removed")
    story.closes("11:00")
    story.expect(client, outcome="undetermined", flags={"feed-gap"})


def test_host_may_end_a_meeting_from_elsewhere_and_may_have_been_there():
    story, client = session_of_a_clinician_nobody_saw()
    story.stays(client, "09:58", "11:00", "host ended")
    story.closes("11:00")
    story.expect(client, outcome="not-held", cause="provider", confidence="medium")


def test_colleague_who_lets_people_in_is_no_clinician():
    story, client = session_of_a_clinician_nobody_saw()
    colleague = story._expect_person("S1", Role.STAFF, "Kim Adeyemi", {"registrant_id": "reg-S1"})
    story.waits(client, "09:58")
    story.joins(colleague, "10:00")
    story.is_admitted(client, "10:02")
    story.stays(client, "10:02:02", "10:30")
    story.is_over("10:30", colleague)
    story.expect(client, outcome="not-held", cause="provider", confidence="high")


def test_warning_of_a_connection_of_which_nothing_else_was_delivered_leaves_an_absence_unsure():
    story, clinician, client = an_hour()
    story.joins(client, "10:05", lost=True)
    story.is_warned(client, "10:16")
    story.leaves(client, "10:17", lost=True)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


def test_somebody_without_a_name_who_came_before_the_host_leaves_an_absence_unsure():
    story, clinician, client = an_hour()
    story.before_host("jbh_joined", story.guest(""), "09:56")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


@pytest.mark.parametrize(
    ("reason", "at", "confidence"),
    [("network", "10:35", "medium"), ("plain", "10:35", "high"), ("client close", "10:35", "high"),
     ("network", "10:54:59", "medium"), ("network", "10:55", "high")],
)  # fmt: skip
def test_clinician_who_is_cut_off_alone_ends_the_meeting(reason, at, confidence):
    story, clinician, client = an_hour()
    story.is_over(at, clinician, reason=reason)
    story.expect(client, outcome="missed", cause="absence", confidence=confidence)


@pytest.mark.parametrize(("reason", "confidence"), [("network", "medium"), ("plain", "high")])
def test_clinician_who_is_cut_off_alone_early_did_not_surely_stay_away(reason, confidence):
    story, clinician, client = an_hour()
    story.is_over("10:08", clinician, reason=reason)
    story.expect(client, outcome="not-held", cause="provider", confidence=confidence)


@pytest.mark.parametrize("back", ["10:40", "10:55"])
def test_who_was_sent_back_to_wait_had_been_inside_though_their_join_was_lost(back):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    del story.sent[-1]
    story.is_put_back(client, "10:30")
    story.is_admitted(client, back)
    story.joins(client, back)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", confidence="medium", without={"late"})


def test_who_was_sent_back_to_wait_and_not_let_in_again_did_not_miss_it_for_all_we_know():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    del story.sent[-1]
    story.is_put_back(client, "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined", flags={"waited"}, only_actions={"review"})


@pytest.mark.parametrize(("gone", "confidence"), [("10:32", "high"), ("10:32:01", "medium"), ("11:00", "medium")])
def test_who_left_the_meeting_long_after_they_were_sent_back_to_wait_was_perhaps_inside_again(gone, confidence):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:30")
    story.leaves(client, gone)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="provider", confidence=confidence, flags={"waited"})


@pytest.mark.parametrize("how", ["is_admitted", "stops_waiting"])
def test_who_waited_under_another_number_was_not_inside_before_though_their_join_was_lost(how):
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    getattr(story, how)(client, "10:20")
    story.joins(client, "10:20:01", lost=True)
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="partial", cause="provider", confidence="medium", attended=40, waited=20,
                          flags={"waited", "inferred-start"})  # fmt: skip
    assert (result["arrived_at"], result["joined_at"]) == ("2026-03-02T10:00:00Z", "2026-03-02T10:20:00Z")


@pytest.mark.parametrize(("gone", "expected"), [
    ("10:20", {"outcome": "partial", "cause": "absence", "attended": 20, "flags": {"left-early"}}),
    ("10:50", {"outcome": "attended", "attended": 50, "flags": {"left-early"}}),
    ("11:00", {"outcome": "attended", "attended": 60}),
])  # fmt: skip
def test_who_left_the_meeting_did_not_wait_any_more_though_their_join_was_lost(gone, expected):
    story, clinician, client = an_hour()
    story.waits(client, "09:58")
    story.joins(client, "10:00", lost=True)
    story.leaves(client, gone)
    story.is_over("11:00", clinician)
    story.expect(client, **expected, confidence="medium", waited=0, left=f"2026-03-02T{gone}:00Z", without={"waited"})


def test_who_was_sent_back_and_left_the_meeting_later_was_let_in_again_though_that_was_not_delivered():
    story, clinician, client = an_hour()
    story.joins(client, "10:00")
    story.is_put_back(client, "10:30")
    story.leaves(client, "10:30")
    story.joins(client, "10:35", lost=True)
    story.leaves(client, "10:50")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="attended", confidence="medium", attended=50, waited=0, flags={"left-early"})
    assert not any("sent them back" in finding["because"] for finding in result["findings"])


@pytest.mark.parametrize(("gone", "waited"), [("09:58:02", 60), ("09:58:03", 0)])
def test_who_chose_to_go_soon_after_they_came_to_wait_had_been_let_in(gone, waited):
    """That they go as they come to wait is how the host sends somebody out."""
    story, clinician, client = an_hour()
    story.waits(client, "09:58")
    story.joins(client, "09:58:01", lost=True)
    story.leaves(client, gone)
    story.is_over("11:00", clinician)
    story.expect(client, waited=waited, outcome="missed" if waited else "undetermined")


@pytest.mark.parametrize(("noticed", "waited"), [("10:22", 38), ("10:22:01", 0)])
def test_that_an_old_connection_broke_is_noticed_when_they_wait_again(noticed, waited):
    """Later than that it is another one, by which they had been let in."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58", lost=True)
    story.waits(client, "10:20")
    story.leaves(client, noticed, "network")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", waited=waited, flags={"waited"} if waited else {"dropped"})


def test_who_waited_and_was_sent_back_had_been_let_in_though_that_was_not_delivered():
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    story.joins(client, "10:05", lost=True)
    story.is_put_back(client, "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", confidence="medium", only_flags={"waited"})


@pytest.mark.parametrize("how", ["is_admitted", "stops_waiting"])
def test_who_came_back_through_the_waiting_room_was_inside_before_though_their_first_join_was_lost(how):
    """That the first connection broke is noticed when they are back."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58", lost=True)
    story.leaves(client, "10:31:30", "network")
    story.waits(client, "10:30:40")
    getattr(story, how)(client, "10:31")
    story.joins(client, "10:31:01")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", confidence="medium", flags={"inferred-start"}, attended=60)


def test_who_waited_with_a_second_device_was_inside_by_the_first_though_its_join_was_lost():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", lost=True)
    story.waits(client, "10:20")
    story.is_admitted(client, "10:25")
    story.joins(client, "10:25", device="tablet")
    story.leaves(client, "10:26", device="tablet")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", confidence="medium", flags={"inferred-start"}, attended=60)


@pytest.mark.parametrize("left", ["10:29:59", "10:30", "10:30:01"])
def test_who_left_as_the_host_sent_them_back_was_inside_before_though_their_join_was_lost(left):
    story, clinician, client = an_hour()
    story.joins(client, "09:58", lost=True)
    story.is_put_back(client, "10:30")
    story.leaves(client, left)
    story.is_admitted(client, "10:32")
    story.joins(client, "10:32")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", confidence="medium", flags={"waited", "inferred-start"}, attended=58)
