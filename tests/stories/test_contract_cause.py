"""Section 3 of the replay contract: whose or what's doing is the time that was lost?"""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour, seconds_after


def test_absence_needs_a_proof_that_the_feed_was_alive():
    story, clinician, client = an_hour()
    story.leaves(clinician, "11:01")
    story.closes("11:01")
    story.expect(client, outcome="undetermined", cause="unknown", flags={"feed-gap"})


def test_an_event_of_another_meeting_of_the_account_is_such_a_proof():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.leaves(clinician, "11:01")
    story.closes("11:01")
    story.expect(client, outcome="missed", cause="absence", without={"feed-gap"})


def test_an_event_of_another_account_proves_nothing_of_this_one():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30", account="AcctTwo")
    story.leaves(clinician, "11:01")
    story.closes("11:01")
    story.expect(client, outcome="undetermined", cause="unknown", flags={"feed-gap"})


def test_app_that_was_removed_from_the_account_is_not_back_when_another_account_is_heard():
    story, _, client = an_hour()
    story.is_deauthorized("10:02")
    story.other_meeting_hears("10:05", account="AcctTwo")
    story.expect(client, outcome="undetermined", cause="unknown", flags={"feed-gap"})


@pytest.mark.parametrize(("account", "outcome"), [("AcctTwo", "missed"), ("AcctOne", "undetermined")])
def test_app_that_was_removed_from_another_account_says_nothing_of_this_one(account, outcome):
    story, clinician, client = an_hour()
    story.is_deauthorized("10:02").body["payload"]["account_id"] = account
    story.other_meeting_hears("10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome)


@pytest.mark.parametrize("at", ["09:30", "11:05"])
def test_a_proof_outside_the_scheduled_time_is_none(at):
    story, clinician, client = an_hour()
    story.other_meeting_hears(at)
    story.leaves(clinician, "11:01")
    story.closes("11:01")
    story.expect(client, outcome="undetermined")


def test_rejoins_own_evidence_does_not_prove_the_feed():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.clicks_link(other, "10:03")
    story.leaves(clinician, "11:01")
    story.closes("11:01")
    story.expect(client, outcome="undetermined", flags={"feed-gap"})


@pytest.mark.parametrize(("before_end", "cause", "dropped"), [(9, "absence", False), (10, "absence", False),
                                                              (11, "technical", True)])  # fmt: skip
def test_an_abnormal_leave_within_ten_seconds_of_the_end_is_no_fault(before_end, cause, dropped):
    story, clinician, client = an_hour()
    story.joins(client, "10:40")
    story.leaves(client, seconds_after(story, "10:55", -before_end), "network")
    story.is_over("10:55", clinician)
    result = story.result(client)
    assert ("dropped" in result["flags"]) is dropped, story.tell(result)


def test_nor_within_ten_seconds_of_the_end_of_an_instance():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:29:52", "client close")
    story.is_over("10:30", clinician)
    story.begins("10:32", clinician)
    story.joins(client, "10:32:30")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", without={"dropped", "interrupted"}, no_actions={"ticket"})


@pytest.mark.parametrize("again", [["10:03", "10:20"], ["10:03", "10:15", "10:30"]])
def test_two_connections_shorter_than_a_minute_are_technical(again):
    story, clinician, client = an_hour()
    for begin in again:
        story.stays(client, begin, seconds_after(story, begin, 59))
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", actions={"ticket"})


def test_one_short_connection_is_no_technical_trace_by_itself():
    story, clinician, client = an_hour()
    story.stays(client, "10:03", "10:03:59")
    story.is_over("11:00", clinician)
    story.expect(client, no_actions={"ticket"}, no_show=False)


@pytest.mark.parametrize(("last", "together"), [("10:21:29", True), ("10:21:30", True), ("10:21:31", False)])
def test_three_who_drop_within_ninety_seconds_drop_together(last, together):
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(4)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    for client, at in zip(clients[:3], ("10:20:00", "10:20:45", last), strict=True):
        story.leaves(client, at, "network")
    story.is_over("11:00", clients[3], clinician)
    for client in clients[:3]:
        result = story.expect(client, outcome="partial", cause="technical", flags={"dropped"})
        assert ("group-drop" in result["flags"]) is together, story.tell(result)
    story.expect(clients[3], outcome="attended", without={"group-drop"})


def test_two_who_drop_together_are_no_group():
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(2)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    for client in clients:
        story.leaves(client, "10:20", "network")
    story.is_over("11:00", clinician)
    story.expect(clients[0], flags={"dropped"}, without={"group-drop"})


def test_host_drop_explains_why_the_client_went():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(clinician, "10:20", back="10:30")
    story.leaves(client, "10:22")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", held=50, flags={"host-dropped"},
                 actions={"ticket"}, no_actions={"checkin"})  # fmt: skip


def test_client_who_stays_through_a_host_drop_loses_nothing():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(clinician, "10:20", back="10:30")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", cause="none", held=50, attended=60, lost=0)


def test_clinician_who_drops_for_good_is_a_technical_cause():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(clinician, "10:08")
    story.is_over("10:25", client)
    story.expect(client, outcome="not-held", cause="technical", flags={"host-dropped"})


@pytest.mark.parametrize(("before_leave", "cause"), [(119, "technical"), (121, "absence")])
@pytest.mark.parametrize("warning", ["internet connection unstable", "network bandwidth low"])
def test_quality_warning_in_the_last_two_minutes_explains_a_plain_leave(warning, before_leave, cause):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_warned(client, seconds_after(story, "10:20", -before_leave), warning)
    story.leaves(client, "10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause=cause)


def test_quality_warning_of_somebody_else_explains_nothing():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    for person in (client, other):
        story.joins(person, "09:58")
    story.is_warned(other, "10:19")
    story.leaves(client, "10:20")
    story.is_over("11:00", other, clinician)
    story.expect(client, outcome="partial", cause="absence")


@pytest.mark.parametrize(("sign", "flag"), [("clicks_link", "tried-to-join"),
                                            ("reports_trouble", "trouble-reported")])  # fmt: skip
@pytest.mark.parametrize("at", ["09:55", "10:03"])
def test_a_try_without_an_arrival_is_technical(sign, flag, at):
    story, clinician, client = an_hour()
    getattr(story, sign)(client, at)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={flag}, lost=60,
                 actions={"ticket", "reschedule"}, no_actions={"checkin"})  # fmt: skip


def test_link_clicked_and_arrived_is_nothing_special():
    story, clinician, client = an_hour()
    story.clicks_link(client, "09:57")
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", cause="none", without={"tried-to-join"}, only_actions=set())


@pytest.mark.parametrize(("begin", "end", "technical"), [("09:50", "10:40", True), ("09:00", "11:30", True),
                                                         ("06:00", "07:00", False)])  # fmt: skip
def test_platform_incident_in_the_time_is_technical(begin, end, technical):
    story, clinician, client = an_hour()
    story.platform_incident(begin, end)
    story.is_over("11:00", clinician)
    cause = "technical" if technical else "absence"
    story.expect(client, outcome="missed", cause=cause, flags={"platform-incident"} if technical else set())


def test_technical_goes_before_absence_on_equal_terms():
    story, clinician, client = an_hour()
    story.joins(client, "10:20")
    story.leaves(client, "10:40", "network")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"late", "dropped"}, lost=20, attended=20)


@pytest.mark.parametrize(("comes", "cause"), [("10:21", "absence"), ("10:19", "technical")])
def test_the_cause_that_cost_most_wins(comes, cause):
    story, clinician, client = an_hour()
    story.joins(client, comes)
    story.leaves(client, "10:40", "network")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause=cause)


@pytest.mark.parametrize(("stays", "outcome"), [(59, "missed"), (60, "undetermined"), (61, "undetermined")])
def test_a_guest_in_the_room_for_a_minute_may_be_whoever_is_missing(stays, outcome):
    story, clinician, client = an_hour()
    guest = story.guest("iPhone")
    story.stays(guest, "10:10", seconds_after(story, "10:10", stays))
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome=outcome)
    assert ("unidentified-guest" in result["flags"]) is (outcome == "undetermined"), story.tell(result)


@pytest.mark.parametrize(
    ("names", "outcome"),
    [(("iPhone", "iPhone"), "undetermined"), (("", ""), "undetermined"), (("iPhone", "Jo's iPad"), "missed")],
)
def test_a_guest_who_is_cut_off_and_comes_again_was_there_for_all_of_it(names, outcome):
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    for name, comes in zip(names, ("10:10", "10:12"), strict=True):
        story.stays(story.guest(name), comes, seconds_after(story, comes, 40), "network")
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome)


def test_a_guest_changes_nothing_for_those_who_are_there():
    story, clinician, client = an_hour()
    guest = story.guest("iPhone")
    story.joins(guest, "10:01")
    story.joins(client, "09:59")
    story.is_over("11:00", client, guest, clinician)
    story.expect(client, outcome="attended", cause="none")
