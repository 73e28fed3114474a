"""Trouble and waiting in one session: what kept them out before they waited, and what the program did then."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour, seconds_after


def test_trouble_before_the_wait_is_not_the_program_s_doing():
    """They fought with their link for half an hour, and were not let in for the rest."""
    for waited_from, cause in (("10:31", "technical"), ("10:29", "provider")):
        story, clinician, client = an_hour()
        story.clicks_link(client, "10:00")
        story.waits(client, waited_from)
        story.is_over("11:00", clinician)
        result = story.expect(client, outcome="missed", cause=cause, flags={"waited", "never-admitted"}, no_show=False)
        # What they did with their link is no reason for what the program did.
        assert (3 in result["findings"][0]["events"]) == (cause == "technical")


def test_who_came_too_late_to_be_let_in_is_no_no_show():
    story, clinician, client = an_hour()
    story.waits(client, "10:50")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", flags={"late", "never-admitted"}, no_show=False)


@pytest.mark.parametrize("gave_up", ["11:03", "11:08"])
def test_who_came_to_wait_when_it_was_over_was_not_kept_out(gave_up):
    """As who comes in then; perhaps they mixed up the hour, and the clinician was still there."""
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:20")
    story.waits(client, "11:02")
    story.stops_waiting(client, gave_up)
    story.is_over("11:06", clinician)
    result = story.expect(client, outcome="undetermined", without={"never-admitted"}, only_actions={"review"})
    assert result["findings"][0]["because"] == "They came when it was over, at 11:02:00 UTC."


def test_who_is_waiting_now_may_still_be_let_in():
    story, _, client = an_hour()
    story.waits(client, "09:58")
    for at in ("10:05", "10:20", "10:59"):
        story.expect(client, at=at, flags={"waited"}, without={"never-admitted"}, no_show=False)


def test_incident_before_the_wait_is_what_kept_them_away():
    story, clinician, client = an_hour()
    story.platform_incident("09:50", "10:40")
    story.waits(client, "10:42")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"platform-incident", "never-admitted"})


def test_who_came_back_after_a_drop_and_was_not_let_in_again():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:10")
    story.waits(client, "10:12")
    story.stops_waiting(client, "10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="provider", only_flags={"waited", "interrupted"}, lost=2)


def test_who_waited_before_they_were_in_and_dropped_later_lost_the_time_to_the_drop():
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    story.is_admitted(client, "10:02")
    story.joins(client, "10:02")
    story.drops(client, "10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"waited", "dropped"}, lost=40)


def test_tries_that_broke_off_in_an_empty_meeting_were_not_ended_by_anybody():
    """Alone in it, their meeting ends with each of their connections."""
    story = an_hour()[0]
    story.sent.clear()
    clinician, client = story.people
    for begin, end in (("09:58", "09:58:30"), ("10:00:20", "10:00:40")):
        story.opens(begin)
        story.stays(client, begin, end, "network")
        story.closes(end)
    story.begins("10:01", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", no_show=False)


def test_clinician_who_was_cut_off_before_the_start_and_never_came_back_did_not_stay_away():
    for reason, cause, flags in (("client close", "technical", {"host-dropped"}), ("plain", "provider", set())):
        story, clinician, client = an_hour()
        story.joins(client, "09:58")
        story.leaves(clinician, "09:59", reason)
        story.is_over("10:30", client)
        result = story.expect(client, outcome="not-held", cause=cause, flags=flags)
        assert ("host-dropped" in result["flags"]) == bool(flags)


@pytest.mark.parametrize("again", [False, True])
def test_nobody_waits_longer_than_the_meeting_runs(again):
    """Also when it begins anew and they do not come again."""
    story, clinician, client = an_hour()
    story.waits(client, "10:10")
    story.is_over("10:40", clinician)
    if again:
        story.begins("10:45", clinician)
        story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=30, flags={"never-admitted"})


@pytest.mark.parametrize("second", ["10:05", "10:30"])
def test_who_is_put_back_on_one_device_and_stays_inside_on_another_is_present(second):
    """Also when the other device came in only then; until it did, they were out."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    if second == "10:05":
        story.joins(client, second, device="tablet")
    story.is_put_back(client, "10:20")
    story.leaves(client, "10:20")
    if second == "10:30":
        story.joins(client, second, device="tablet")
    story.leaves(client, "11:00", device="tablet")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", attended=60 if second == "10:05" else 50)


def test_who_is_put_back_on_one_device_and_later_on_the_other_was_inside_until_then():
    story, clinician, client = an_hour()
    for device, sent_back in (("laptop", "10:20"), ("tablet", "10:45")):
        story.joins(client, "09:58", device=device)
        story.leaves(client, sent_back, device=device)
        story._doors[(client.code, "", "")] = story._doors[(client.code, device, "")]
        story.is_put_back(client, sent_back)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", attended=45, waited=15)


def hour_in_which_they_cannot_connect() -> tuple[Story, Person]:
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:02")
    story.is_over("11:00", clinician)
    return story, client


@pytest.mark.parametrize("at", ["10:03", "09:57"])
def test_who_cannot_connect_is_helped_at_once(at):
    story, client = hour_in_which_they_cannot_connect()
    story.reports_trouble(client, at)
    result = story.expect(client, at="10:03:30", outcome="undetermined", only_actions={"ticket"})
    assert result["actions"][0]["because"] == f"They reported technical trouble at {at}:00 UTC."
    story.expect(client, at="10:20", outcome="missed", cause="technical", actions={"ticket"})
    story.expect(client, outcome="missed", cause="technical", actions={"ticket"})


def test_nobody_is_helped_before_the_session_begins():
    story, client = hour_in_which_they_cannot_connect()
    story.reports_trouble(client, "09:50")
    story.expect(client, at="09:59:59", no_actions={"ticket"})
    story.expect(client, at="10:00", actions={"ticket"})


def test_who_got_in_after_all_needs_no_help():
    story, client = hour_in_which_they_cannot_connect()
    story.reports_trouble(client, "10:03")
    story.stays(client, "10:05", "10:40")
    story.expect(client, at="10:06", only_actions=set())
    story.expect(client, at="10:50", no_actions={"ticket"})


def test_who_cannot_connect_is_helped_though_a_stranger_may_be_them():
    story, client = hour_in_which_they_cannot_connect()
    story.reports_trouble(client, "10:03")
    story.stays(story.guest("iPad"), "10:04", "10:30")
    story.expect(client, at="10:20", outcome="undetermined", actions={"ticket"})


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("end", ["joins", "stops_waiting", "is_admitted"])
def test_wait_that_is_told_to_begin_a_second_after_its_end_was_none(end, after):
    """Who is let in at once waits for no second, and Zoom's times of it may be rounded apart."""
    story, clinician, client = an_hour()
    getattr(story, end)(client, "10:00")
    story.waits(client, seconds_after(story, "10:00", after))
    if end == "joins":
        story.leaves(client, "10:20")
    story.is_over("11:00", clinician)
    there = {"outcome": "partial", "cause": "absence"} if end == "joins" else {"outcome": "undetermined"}
    story.expect(client, waited=0, without={"waited", "never-admitted"}, **there)


def test_who_is_sent_back_the_moment_they_came_waits():
    story, clinician, client = an_hour()
    story.joins(client, "10:00")
    story.is_put_back(client, "10:00:01")
    story.leaves(client, "10:00:01")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=60)


@pytest.mark.parametrize("told", ["09:59:50", "10:00:10"])
def test_who_told_of_trouble_when_they_had_come_in_and_left_much_later_did_not_leave_because_of_it(told):
    """A minute before the start or after it is the same; a leave can hide a fault all the same."""
    story, clinician, client = an_hour()
    story.joins(client, "09:59")
    story.reports_trouble(client, told)
    story.leaves(client, "10:25")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="medium", flags={"trouble-reported"}, lost=0)


def test_who_told_of_trouble_as_they_came_in_before_the_start_and_left_soon_left_because_of_it():
    story, clinician, client = an_hour()
    story.joins(client, "09:59")
    story.reports_trouble(client, "09:59:50")
    story.leaves(client, "10:03")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", confidence="medium", lost=57)


@pytest.mark.parametrize(("comes_in", "outcome"), [(False, "missed"), (True, "undetermined")])
def test_stranger_who_only_waited_as_well_does_not_hide_that_somebody_was_kept_waiting(comes_in, outcome):
    """Nobody was let in: whoever the stranger is, they were not in the session either."""
    story = Story("group", "10:00", "11:00")
    clinician, client, missing = story.clinician(), story.client("C1"), story.client("C2")
    stranger = story.guest("Telephone")
    story.begins("09:57", clinician)
    story.waits(client, "10:01")
    story.waits(stranger, "10:02")
    if comes_in:
        story.stays(stranger, "10:20", "11:00")
    story.stops_waiting(client, "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome, flags={"never-admitted", "waited"})
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})


@pytest.mark.parametrize("again", [(), (304,)])
def test_wait_that_was_over_as_it_began_is_over_however_often_it_is_told(again):
    """The join is a second before the wait, as where Zoom tells of both at once; a delivery may come twice."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.waits(client, "09:58:01", again=again)
    story.leaves(client, "10:20")
    story.is_over("11:00", clinician)
    told = story.expect(client, outcome="partial", cause="absence", without={"waited"})
    assert [one["state"] for one in told["intervals"]] == ["present"]


def test_who_came_twice_and_was_not_let_in_was_kept_out_in_between_too():
    """Also as long as they may still be let in, when the time of the session is over."""
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    story.stops_waiting(client, "10:05")
    story.waits(client, "10:58")
    story.leaves(clinician, "11:05")
    story.expect(client, at="11:10", outcome="missed", cause="provider", final=False)
    story.expect(client, outcome="missed", cause="provider", flags={"never-admitted"})


def test_whom_the_host_removed_from_the_meeting_and_from_the_waiting_room_was_removed_from_the_meeting():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:10", "removed")
    story.waits(client, "10:12")
    waited = story.stops_waiting(client, "10:14")
    waited.body["payload"]["object"]["participant"]["leave_reason"] = "left the meeting. Reason : Removed by host."
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="provider", flags={"removed-by-host"})
    (removed,) = [f["because"] for f in result["findings"] if f["rule"] == "removed-by-host"]
    assert removed == "They were removed at 10:10:00 UTC."


def test_wait_until_the_end_is_told_as_that_and_rests_on_what_was_told_of_it():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20")
    story.waits(client, "10:25")
    story.leaves(clinician, "11:03")
    story.stops_waiting(client, "11:02")
    story.closes("11:03")
    found = [f for f in story.expect(client, waited=35)["findings"] if f["rule"] == "kept-waiting"]
    assert [f["because"] for f in found] == [
        "They waited 35 min to be let in, last until the end, and were not let in again."
    ]
    assert found[0]["events"] == [5, 6]


def test_meeting_that_ended_unheard_and_began_anew_ended_for_who_was_in_it():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.begins("10:20", clinician)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="provider", confidence="medium")
    (ended,) = [f for f in result["findings"] if f["rule"] == "meeting-ended-for-them"]
    assert ended["because"] == "They left at 10:20:00 UTC, when the meeting ended; it went on later."
    assert ended["events"] == [3]


@pytest.mark.parametrize("again", [(), (304,)])
@pytest.mark.parametrize("gave_up", ["09:59:30", "10:05"])
def test_who_gives_up_waiting_on_one_device_waits_on_another_still(gave_up, again):
    """Or an app dies in the waiting room, they open it anew, and Zoom notices a minute later that the first is gone."""
    story, clinician, client = an_hour()
    story.waits(client, "09:58", device="laptop")
    story.waits(client, "09:59", device="tablet")
    story.stops_waiting(client, gave_up, device="laptop", again=again)
    story.expect(client, at="10:15", waited=15)
    story.is_admitted(client, "10:20", device="tablet")
    story.stays(client, "10:20", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="provider", attended=40, waited=20, only_flags={"waited"})


def test_who_gave_up_waiting_on_both_devices_waits_no_more():
    story, clinician, client = an_hour()
    story.waits(client, "10:01", device="laptop")
    story.waits(client, "10:04", device="tablet")
    story.stops_waiting(client, "10:05", device="tablet")
    story.stops_waiting(client, "10:10", device="laptop")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=9)


def test_who_was_let_in_on_one_device_waits_on_no_other():
    story, clinician, client = an_hour()
    story.waits(client, "09:58", device="laptop")
    story.waits(client, "09:59", device="tablet")
    story.is_admitted(client, "10:00", device="tablet")
    story.stays(client, "10:00", "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", attended=30, waited=0)


def test_who_left_the_meeting_that_began_anew_waited_as_long_as_the_first_one_ran():
    story, clinician, client = an_hour()
    story.waits(client, "10:05")
    story.is_over("10:20", clinician)
    story.begins("10:30", clinician)
    story.joins(client, "10:31", lost=True)
    story.leaves(client, "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="provider", waited=15, flags={"inferred-start"})


def test_who_was_let_in_on_one_device_waits_on_no_other_though_their_join_was_lost():
    story, clinician, client = an_hour()
    story.waits(client, "10:00", device="laptop")
    story.waits(client, "10:01", device="tablet")
    story.is_admitted(client, "10:10", device="tablet")
    story.is_over("11:00", clinician)
    story.expect(client, waited=10)


def test_who_waits_again_later_waits_though_they_were_let_in_at_once_before():
    story, clinician, client = an_hour()
    story.stops_waiting(client, "09:58:00")
    story.waits(client, "09:58:01")
    story.stays(client, "09:58:01", "10:20")
    story.waits(client, "10:30")
    story.is_admitted(client, "10:40")
    story.stays(client, "10:40", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, attended=40, waited=10)


def test_who_waited_for_the_host_and_then_to_be_let_in_waits_no_more_when_they_give_up():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.before_host("jbh_waiting", client, "09:55")
    story.begins("09:57", clinician)
    story.waits(client, "09:57:30")
    story.stops_waiting(client, "10:05")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=5)


def test_wait_for_the_host_lasts_until_its_end_is_told_though_they_had_come():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.before_host("jbh_waiting", client, "09:58")
    story.begins("10:10", clinician)
    story.before_host("jbh_waiting_left", client, "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=30)


def test_end_of_a_wait_is_inferred_where_the_meeting_ended_and_began_anew_before_they_wait_again():
    story, clinician, client = an_hour()
    story.waits(client, "10:05")
    story.is_over("10:20", clinician)
    story.begins("10:30", clinician)
    story.waits(client, "10:31")
    story.stops_waiting(client, "10:50")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="provider", waited=34)
    assert [(i["to"][11:16], i["inferred"]) for i in result["intervals"]] == [("10:20", True), ("10:50", False)]


@pytest.mark.parametrize(("joins", "inferred"), [("10:11", False), ("10:12", False), ("10:12:01", True)])
def test_wait_for_the_host_is_over_as_they_come_and_that_is_guessed_of_who_comes_in_much_later(joins, inferred):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.before_host("jbh_waiting", client, "09:58")
    story.begins("10:10", clinician)
    story.joins(client, joins)
    story.is_over("11:00", client, clinician)
    (waited, *_) = story.expect(client, waited=10)["intervals"]
    assert (waited["to"][11:16], waited["inferred"]) == ("10:10", inferred)
