"""Who was cut off and came back to a waiting room has come back, though nobody let them in."""

from __future__ import annotations

import pytest

from tests.stories.story import an_hour, seconds_after


def cut_off_and_waiting(**arrival):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:20", "network", **arrival)
    story.waits(client, "10:22")
    return story, clinician, client


def finding(result, rule):
    return next(f["because"] for f in result["findings"] if f["rule"] == rule)


def test_who_came_back_and_was_not_let_in_again_did_come_back():
    story, clinician, client = cut_off_and_waiting()
    story.stops_waiting(client, "10:40")
    story.is_over("11:00", clinician)
    result = story.expect(
        client,
        outcome="partial",
        cause="provider",
        only_flags={"interrupted", "waited"},
        attended=20,
        waited=18,
        lost=2,
    )
    assert finding(result, "interrupted") == "They dropped out at 10:20:00 UTC and came back, only to wait."
    assert finding(result, "dropped") == "They came back and waited to be let in."
    assert finding(result, "connection-broke").endswith("and they waited to be let in again from 10:22:00 UTC.")


def test_end_of_the_broken_connection_may_be_noticed_when_they_wait_already():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.waits(client, "10:19:10")
    story.leaves(client, "10:20", "client close", after=70)
    story.is_over("11:00", clinician)
    story.expect(client, cause="provider", only_flags={"interrupted", "waited"})


def test_last_of_several_returns_was_to_the_waiting_room():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:05", back="10:06")
    story.leaves(client, "10:20", "network")
    story.waits(client, "10:22")
    story.is_over("11:00", clinician)
    told = "They dropped out and came back 2 times, first at 10:05:00 UTC, the last time only to wait."
    assert finding(story.expect(client, flags={"interrupted"}, without={"dropped"}), "interrupted") == told


def test_who_left_and_waits_again_did_not_leave_early():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20")
    story.waits(client, "10:25")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="provider", only_flags={"waited"})


@pytest.mark.parametrize(("at", "ticket"), [("10:41:29", set()), ("10:41:30", {"ticket"})])
def test_who_gave_up_waiting_is_cut_off_still_once_the_grace_is_over(at, ticket):
    story, _clinician, client = cut_off_and_waiting()
    story.stops_waiting(client, "10:40")
    story.expect(client, at="10:30", flags={"interrupted"}, only_actions=set())
    story.expect(client, at=at, flags={"interrupted"}, only_actions={*ticket, *({"message"} if ticket else ())})


def test_who_tried_twice_in_vain_tried_to_join_and_did_not_leave():
    story, clinician, client = an_hour()
    for comes, goes in (("10:00", "10:00:20"), ("10:02", "10:02:25")):
        story.stays(client, comes, goes)
    story.is_over("11:00", clinician)
    story.expect(
        client, outcome="missed", cause="technical", flags={"tried-to-join"}, without={"left-early"}, actions={"ticket"}
    )


def test_who_was_put_back_in_the_second_in_which_the_meeting_was_ended_and_begun_anew_did_not_choose_to_go():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:10")
    story.leaves(client, "10:10")
    story.is_over("10:10", clinician)
    story.begins("10:11", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="provider", confidence="medium")


def test_who_was_put_back_was_inside_until_then_though_nobody_said_that_they_left():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:20")
    story.stops_waiting(client, "10:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="provider", only_flags={"waited"}, attended=20, waited=10)
    assert result["left_at"] == "2026-03-02T10:20:00Z"
    assert [(i["state"], i["to"][11:16], i["inferred"]) for i in result["intervals"]] == [
        ("present", "10:20", False), ("waiting", "10:30", False),
    ]  # fmt: skip


def test_who_was_put_back_and_let_in_again_was_inside_to_the_end_for_all_we_know():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:20")
    story.is_admitted(client, "10:25")
    story.leaves(client, "11:00", lost=True)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="attended", flags={"inferred-end"}, attended=55, waited=5)
    assert [(i["state"], i["inferred"]) for i in result["intervals"]] == [
        ("present", False), ("waiting", False), ("present", True),
    ]  # fmt: skip


@pytest.mark.parametrize("admitted", [True, False])
def test_who_was_put_back_and_let_in_by_a_new_connection_is_there_by_that_one_alone(admitted):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:10")
    if admitted:
        story.is_admitted(client, "10:15")
    story.joins(client, "10:15:01")
    story.leaves(client, "10:20", "removed")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="provider", flags={"waited", "removed-by-host"},
                          without={"inferred-end"}, attended=15, waited=5)  # fmt: skip
    assert result["left_at"] == "2026-03-02T10:20:00Z"


def test_who_was_put_back_twice_is_not_there_by_the_first_connection_any_more():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    for out, back in (("10:10", "10:15"), ("10:20", "10:25")):
        story.is_put_back(client, out)
        story.is_admitted(client, back)
        if back == "10:15":
            story.joins(client, back)
    story.leaves(client, "10:40", "network")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"}, attended=30, waited=10, lost=20)


def test_who_was_put_back_and_let_in_by_the_same_connection_is_inside_again():
    """The leave at the end is lost, and the join is told twice."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:10")
    story.is_admitted(client, "10:15")
    same = story._doors[client.code, "", ""]
    story._send(story.meeting.person("participant_joined", story.at("10:15"), same, "join_time"), "10:15")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", attended=55, waited=5, flags={"inferred-end"})


@pytest.mark.parametrize(("gave_up", "cause"), [("10:01:00", "provider"), ("10:00:59", "absence")])
def test_who_waited_gave_up_and_was_let_in_when_they_came_once_more_did_not_stay_away(gave_up, cause):
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    story.stops_waiting(client, gave_up)
    story.waits(client, "10:40")
    story.is_admitted(client, "10:40:20")
    story.stays(client, "10:40:20", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause=cause, flags={"waited"}, without={"late"})


def test_who_was_let_in_from_the_waiting_room_and_went_again_had_not_given_up_waiting():
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    story.is_admitted(client, "10:03")
    story.stays(client, "10:03:01", "10:05")
    story.stays(client, "10:50", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence")


@pytest.mark.parametrize(("seen", "confidence"), [("10:23", "high"), ("10:23:01", "medium")])
def test_who_was_let_in_and_not_seen_inside_for_a_while_did_not_surely_stay_away(seen, confidence):
    """They may have been in meanwhile: their join was lost, and the leave of a connection that dropped."""
    story, clinician, client = an_hour()
    story.waits(client, "10:20")
    story.is_admitted(client, "10:21")
    story.joins(client, seen)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="absence", confidence=confidence)


def test_who_waited_several_times_for_moments_and_was_let_in_at_last_did_not_stay_away():
    """Each wait was shorter than a presence, and all of them together are no absence."""
    story, clinician, client = an_hour()
    for minute in ("10:00", "10:04", "10:08", "10:12"):
        story.waits(client, minute)
        story.stops_waiting(client, seconds_after(story, minute, 5))
    story.waits(client, "10:30")
    story.is_admitted(client, "10:31")
    story.stays(client, "10:31", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="provider", confidence="medium", flags={"waited"}, without={"late"})


@pytest.mark.parametrize(("gave_up", "confidence"), [("10:00:59", "medium"), ("10:01", "high")])
def test_who_waited_for_moments_was_not_surely_kept_out(gave_up, confidence):
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    story.stops_waiting(client, gave_up)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="provider", confidence=confidence, flags={"never-admitted"})


@pytest.mark.parametrize(
    ("came", "confidence", "told"),
    [
        ("10:15", "high", "They waited from 10:15:00 UTC and were never seen inside."),
        # Most of what they missed was over when they came, and a wait says nothing of that.
        ("10:15:01", "medium", "They waited from 10:15:01 UTC and were never seen inside."),
        ("10:29:59", "medium", "They waited from 10:29:59 UTC and were never seen inside."),
        ("10:30", "medium", "They waited from 10:30:00 UTC, when the clinician had gone, and were never seen inside."),
    ],
)
def test_who_came_to_wait_when_the_clinician_had_gone_was_not_surely_kept_out(came, confidence, told):
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:40")
    story.is_over("10:30", clinician)
    story.waits(client, came)
    story.stops_waiting(client, "10:50")
    result = story.expect(client, outcome="missed", cause="provider", confidence=confidence, flags={"late"})
    assert finding(result, "never-admitted") == told


@pytest.mark.parametrize(
    ("gave_up", "outcome", "confidence"), [("09:59", "undetermined", "low"), ("10:00:30", "missed", "medium")]
)
def test_who_was_sent_back_to_wait_before_the_start_and_gave_up_is_not_called_absent(gave_up, outcome, confidence):
    story, clinician, client = an_hour()
    story.joins(client, "09:57:30")
    story.is_put_back(client, "09:58")
    story.leaves(client, "09:58")
    story.stops_waiting(client, gave_up)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome=outcome, confidence=confidence, no_show=False)
    if outcome == "undetermined":
        assert result["findings"][0]["because"] == (
            "The host sent them back to wait at 09:58:00 UTC; they waited until 09:59:00 UTC, and did not come back."
        )


def test_who_was_sent_back_to_wait_is_not_said_to_have_left():
    story, clinician, client = an_hour()
    story.joins(client, "10:30")
    story.is_put_back(client, "10:31")
    story.leaves(client, "10:31")
    story.is_admitted(client, "10:33")
    story.joins(client, "10:33")
    story.is_over("11:00", client, clinician)
    told = story.expect(client, outcome="partial", cause="absence", confidence="medium")["findings"][0]["because"]
    assert told.endswith(" It is not certain: the host had sent them back to wait.")


def test_who_waits_outside_is_not_the_stranger_inside():
    """Somebody of the session before stays on for long, and the client waits until they go."""
    story, clinician, client = an_hour()
    stranger = story.guest("Somebody")
    story.joins(stranger, "09:57")
    story.waits(client, "09:58")
    story.leaves(stranger, "10:20")
    story.is_admitted(client, "10:20")
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="provider", confidence="medium", without={"unidentified-guest"})
