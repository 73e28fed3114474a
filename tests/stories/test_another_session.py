"""Several sessions of a day in one meeting: what befell somebody in another of them is told there, and not in this."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.story import Person, Story

TWO_NAMES, THE_OTHER_S = {"name": "Bo Lindqvist & Cleo Marchetti"}, {"name": "Cleo Marchetti", "device": "second"}


def day(kind: str = "group") -> tuple[Story, Person, Person, Person]:
    """A1 from 10:00 until 11:00, with A0 before it from 9:00 until 9:50 and A2 after it from 11:10 until 12:00."""
    story = Story(kind, "10:00", "11:00")
    clinician, (client, other) = story.clinician(), story.clients(2)
    for appointment_id, starts, ends in (("A0", "09:00", "09:50"), ("A2", "11:10", "12:00")):
        story.another_appointment(appointment_id, story.meeting.meeting_id, starts, ends, clinician, client, other)
    return story, clinician, client, other


def day_after_a0(runs: bool, *attended: str) -> tuple[Story, Person, Person, Person]:
    """The same, with A0 over, to which these came by their own link; `runs`: the meeting was not ended."""
    story, clinician, client, other = day()
    story.begins("08:57", clinician)
    for person in [person for person in (client, other) if person.code in attended]:
        story.stays(person, "08:58", "09:50")
    if not runs:
        story.is_over("09:50", clinician)
        story.begins("09:57", clinician)
    return story, clinician, client, other


def said(result: dict, rule: str) -> str:
    return next(finding["because"] for finding in result["findings"] if finding["rule"] == rule)


def cited(story: Story, result: dict, rule: str) -> list[str]:
    """When what a finding rests on happened."""
    numbers = next(finding["events"] for finding in result["findings"] if finding["rule"] == rule)
    return [f"{story.deliveries()[number - 1].at:%H:%M}" for number in numbers]


# --- two before one device -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("shown", [TWO_NAMES, THE_OTHER_S])
def test_who_came_to_the_session_before_by_themselves_may_sit_beside_somebody_in_this_one(shown, runs):
    story, clinician, client, other = day_after_a0(runs, "C1", "C2")
    story.stays(client, "09:58", "11:00")
    story.stays(client, "09:58", "11:00", **shown)
    story.is_over("11:00", clinician)
    result = story.expect(other, outcome="undetermined", only_actions={"review"})
    assert set(cited(story, result, "sign-of-the-person")) == {"09:58", "11:00"}


def test_who_comes_to_the_session_after_by_themselves_may_sit_beside_somebody_in_this_one():
    story, clinician, client, other = day()
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "11:00", **TWO_NAMES)
    story.stays(other, "11:09", "12:00")
    story.is_over("12:00", clinician)
    story.other_meeting_hears("10:30")
    story.expect(other, outcome="undetermined")


@pytest.mark.parametrize("runs", [False, True])
def test_who_sat_beside_somebody_in_the_session_before_is_absent_from_this_one(runs):
    story, clinician, client, other = day()
    story.begins("08:57", clinician)
    story.stays(client, "08:58", "09:50", **TWO_NAMES)
    if not runs:
        story.is_over("09:50", clinician)
        story.begins("09:57", clinician)
    story.stays(client, "09:58", "11:00")
    story.is_over("11:00", clinician)
    story.expect(other, appointment_id="A0", outcome="undetermined")
    story.expect(other, outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize(("comes", "confidence"), [("A1", "medium"), ("A0", "high")])
def test_who_shares_an_address_with_somebody_who_had_come_to_the_session_before_only_is_absent(comes, confidence):
    story, clinician, client, other = day_after_a0(False, "C1", "C2")
    client.listed["email"] = other.listed["email"] = "marchetti@example.org"
    if comes == "A1":
        story.stays(client, "09:58", "11:00")
    story.is_over("11:00", clinician)
    story.expect(other, outcome="missed", cause="absence", confidence=confidence)


# --- what else Zoom tells --------------------------------------------------------------------------------------------


def told_of(story: Story, person: Person, event: str, at: str, seconds: int, door=None) -> None:
    """Something else of somebody, of their latest connection unless another one is given."""
    at = story.at(at) + timedelta(seconds=seconds)
    body = story.meeting.person(event, at, door or story._doors[person.code, "", ""], "date_time")
    if event == "participant_feedback":  # it names the stay, not the connection
        del body["payload"]["object"]["participant"]["user_id"]
    story._send(body, at)


@pytest.mark.parametrize("event", ["participant_qos_summary", "participant_feedback"])
@pytest.mark.parametrize("runs", [False, True])
def test_what_is_told_of_somebody_as_they_go_from_the_session_before_is_no_sign_of_them_in_this_one(event, runs):
    story, clinician, client, _ = day()
    story.begins("08:57", clinician)
    story.stays(client, "08:58", "09:50")
    told_of(story, client, event, "09:50", 25)
    if not runs:
        story.is_over("09:51", clinician)
        story.begins("09:57", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high")


def test_what_is_told_of_another_connection_is_a_sign_of_them_though_they_were_in_the_session_before():
    story, clinician, client, _ = day_after_a0(True, "C1")
    told_of(
        story, client, "participant_role_changed", "10:20", 0, story.meeting.next_door(story._doors["C1", "", ""], {})
    )
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined")


@pytest.mark.parametrize("sign", ["role changed", "came before the host", "as they went from the one before"])
def test_clinician_of_whom_there_is_a_sign_may_have_held_this_one_though_they_were_seen_in_the_one_before(sign):
    story, clinician, client, _ = day()
    story.begins("08:57", clinician)
    story.stays(client, "08:58", "09:50")
    story.leaves(clinician, "09:50")
    if sign == "as they went from the one before":
        told_of(story, clinician, "participant_qos_summary", "09:50", 2)
    story.closes("09:50")
    story.opens("09:57")
    story.stays(client, "09:58", "11:00")
    if sign == "role changed":
        told_of(story, clinician, "participant_role_changed", "10:20", 0, story.meeting.door(clinician.shown))
    elif sign == "came before the host":
        story.before_host("jbh_joined", clinician, "10:02")
    story.closes("11:00")
    story.expect(client, outcome="not-held" if sign.startswith("as") else "undetermined")


# --- what is said of it ----------------------------------------------------------------------------------------------


def test_wait_for_the_session_after_is_none_for_this_one():
    story, clinician, client, _ = day()
    story.begins("09:57", clinician)
    story.waits(client, "10:00")
    story.stays(client, "10:10", "10:55")
    story.waits(client, "11:08")
    story.stays(client, "11:12", "12:00")
    story.is_over("12:00", clinician)
    result = story.expect(client, outcome="attended", waited=10)
    assert said(result, "kept-waiting") == "They waited 10 min to be let in, last until 10:10:00 UTC."
    assert cited(story, result, "kept-waiting") == ["10:00", "10:10"]


@pytest.mark.parametrize("reason", ["plain", "network"])
def test_who_was_not_let_in_again_was_not_though_they_come_to_the_session_after(reason):
    story, clinician, client, _ = day()
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "10:20", reason)
    story.waits(client, "10:30")
    story.stops_waiting(client, "10:50")
    story.stays(client, "11:10", "12:00")
    story.is_over("12:00", clinician)
    flags = {"waited", *({"interrupted"} if reason == "network" else ())}
    result = story.expect(client, outcome="partial", cause="provider", confidence="high", only_flags=flags)
    assert said(result, "kept-waiting").endswith("last until 10:50:00 UTC, and were not let in again.")
    if reason == "network":
        assert said(result, "connection-broke").endswith("and they waited to be let in again from 10:30:00 UTC.")
        assert cited(story, result, "connection-broke") == ["10:20", "10:30"]


def test_who_was_cut_off_and_waits_again_since_before_the_start_waits_since_then():
    story, clinician, client, _ = day()
    story.others.clear()
    story.begins("09:50", clinician)
    story.stays(client, "09:55", "09:58", "network")
    story.waits(client, "09:59")
    story.stops_waiting(client, "10:40")
    story.is_over("11:00", clinician)
    told = said(story.expect(client, cause="provider"), "connection-broke")
    assert told.endswith("and they waited to be let in again from 09:59:00 UTC.")


def test_who_comes_back_for_the_session_after_only_is_not_surely_cut_off_from_this_one():
    story, clinician, client, other = day()
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "10:10", "client close")
    story.stays(other, "09:58", "12:00")
    story.joins(client, "11:10")
    story.is_over("12:00", clinician, client)
    result = story.expect(client, outcome="partial", cause="technical", confidence="medium", only_flags={"dropped"})
    assert said(result, "connection-broke").endswith("and they did not come back.")
    assert cited(story, result, "connection-broke") == ["10:10"]


def test_clinician_who_comes_back_for_the_session_after_did_not_come_back_to_this_one():
    story, clinician, client, _ = day()
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "12:00")
    story.drops(clinician, "10:40", "11:10")
    story.is_over("12:00", clinician)
    result = story.expect(client, flags={"host-dropped"})
    assert said(result, "host-dropped") == "A clinician dropped out at 10:40:00 UTC, and did not come back."


def test_sign_of_somebody_is_told_of_this_session_and_not_of_the_one_before():
    story, clinician, client, _ = day_after_a0(True, "C1")
    story.before_host("jbh_joined", client, "10:20")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="undetermined")
    because = "They came in before the host, at 10:20:00 UTC, and nothing more was delivered of it."
    assert result["findings"][0]["because"] == because


def test_who_was_let_in_to_the_session_before_and_not_seen_there_came_late_to_this_one_for_all_that():
    story, clinician, client, _ = day()
    story.begins("08:57", clinician)
    story.is_admitted(client, "09:03")
    story.stays(client, "09:05", "09:49")
    story.is_admitted(client, "09:49:30")
    story.stays(client, "10:20", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="high")


# --- what was lost ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attended", [(), ("C1",)])
def test_first_part_of_this_session_that_was_lost_is_none_of_which_silence_tells_after_another_one(attended):
    """The joins of all were lost, and nothing else was heard: whoever came for a while, and went, came unheard."""
    story, clinician, client, missing = day()
    story.begins("08:57", clinician)
    for person in [person for person in (client, missing) if person.code in attended]:
        story.stays(person, "08:58", "09:49")
    story.is_over("09:49", clinician)
    story.meeting.new_instance(story.at("09:57"))
    for person in (clinician, client):
        story.joins(person, "09:58", lost=True)
    story.is_over("11:00", client, clinician)
    story.expect(missing, outcome="undetermined", flags={"feed-gap"})


def test_clinician_whose_arrival_was_lost_in_the_session_before_held_this_one_surely():
    story, clinician, client, missing = day()
    story.opens("08:57")
    story.joins(clinician, "08:57", lost=True)
    story.is_over("09:50", clinician)
    story.begins("09:57", clinician)
    story.stays(client, "10:10", "11:00")
    story.is_over("11:00", clinician)
    story.expect(missing, outcome="missed", cause="absence", confidence="high")
    story.expect(client, outcome="attended", confidence="high")


def test_what_was_lost_of_several_in_the_session_before_does_not_make_an_absence_unsure():
    story, clinician, client, missing = day()
    story.begins("08:57", clinician)
    story.joins(client, "08:58")
    story.joins(story.guest(email="c9@example.org"), "08:58")
    story.is_over("09:50", clinician)
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "11:00")
    story.is_over("11:00", clinician)
    story.expect(missing, outcome="missed", cause="absence", confidence="high")


def test_doubt_whether_somebody_chose_to_be_late_rests_on_what_tells_of_the_session_before():
    story, clinician, client, _ = day()
    story.begins("08:57", clinician)
    story.stays(client, "08:58", "09:40", "network")
    story.stays(client, "10:30", "11:00")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="absence", confidence="medium")
    assert cited(story, result, "partial") == ["09:40", "10:30", "11:00"]


# --- seen in another one is not seen in this one ---------------------------------------------------------------------


def clicks_and_claims(story, clinician, client):
    story.begins("09:57", clinician)
    story.clicks_link(client, "10:10")
    story.claims_presence(client, "11:30")


def waits_in_a_browser(story, clinician, client):
    story.clicks_link(client, "10:02")
    story.begins("10:12", clinician)
    story.claims_presence(client, "11:30")


def comes_by_a_link_opened_late(story, clinician, client):
    story.begins("09:57", clinician)
    story.clicks_link(client, "10:40")
    story.stays(client, "10:45", "11:00")


def tells_of_trouble_afterwards(story, clinician, client):
    story.begins("09:57", clinician)
    story.stays(client, "10:30", "10:45")
    story.reports_trouble(client, "11:05")


def sends_a_bot(story, clinician, client):
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "11:00", name="Otter.ai")


def only_claims(story, clinician, client):
    story.begins("09:57", clinician)
    story.claims_presence(client, "11:30")


@pytest.mark.parametrize("attended", [(), ("C1",)])
@pytest.mark.parametrize(
    ("what", "wanted", "says"),
    [
        (clicks_and_claims, {"outcome": "undetermined"}, "and say that they were there; we did not see them."),
        (only_claims, {"outcome": "undetermined"}, "They say that they were there, and we did not see them."),
        (waits_in_a_browser, {"outcome": "missed", "cause": "provider"}, "is the program's doing."),
        (comes_by_a_link_opened_late, {"outcome": "partial", "cause": "absence", "lost": 5}, "they had some trouble."),
        (tells_of_trouble_afterwards, {"outcome": "partial", "cause": "absence", "lost": 15}, "they had some trouble."),
        (sends_a_bot, {"outcome": "attended", "confidence": "low"}, "only a note-taking bot came by their link."),
    ],
)
def test_who_was_in_the_session_before_is_judged_in_this_one_as_who_was_not(what, wanted, says, attended):
    story, clinician, client, _ = day_after_a0(True, *attended)
    story.is_over("09:50", clinician)
    what(story, clinician, client)
    story.is_over("11:00", clinician)
    story.other_meeting_hears("10:30")
    assert story.expect(client, **wanted)["findings"][0]["because"].endswith(says)


def test_bot_by_the_link_of_a_clinician_who_held_the_session_before_may_have_been_with_them():
    story, clinician, client, _ = day_after_a0(True)
    story.is_over("09:50", clinician)
    story.opens("09:57")
    story.joins(clinician, "09:57", name="Otter.ai")
    story.stays(client, "09:58", "11:00")
    story.is_over("11:00", clinician)
    story.expect(clinician, outcome="attended", confidence="low")
    story.expect(client, outcome="attended", confidence="medium")


@pytest.mark.parametrize("returns", [True, False])
@pytest.mark.parametrize(
    ("before", "cause", "says"),
    [
        ("opens their link", "technical", "A clinician opened their link and was not seen"),
        ("is there early", "provider", "A clinician was there before the start, and not after it."),
    ],
)
def test_clinician_who_comes_to_the_session_after_did_not_come_to_this_one(before, cause, says, returns):
    story, clinician, client, _ = day()
    story.opens("09:55")
    if before == "is there early":
        story.stays(clinician, "09:55", "09:58")
    else:
        story.clicks_link(clinician, "10:02")
    story.joins(client, "09:57")
    story.other_meeting_hears("10:30")
    if returns:
        story.stays(clinician, "11:08", "12:00")
    story.is_over("12:00", client)
    result = story.expect(client, outcome="not-held", cause=cause, confidence="medium")
    assert result["findings"][0]["because"].startswith(says)


@pytest.mark.parametrize("comes_after", [True, False])
def test_who_opened_an_old_link_is_no_no_show_though_they_come_to_the_session_after(comes_after):
    story, clinician, client, _ = day()
    story.another_appointment("B1", "98800000001", "08:00", "08:50", clinician, client)
    story.begins("09:57", clinician)
    story.clicks_link(client, "10:05").body["payload"]["appointment_id"] = "B1"
    story.other_meeting_hears("10:30")
    if comes_after:
        story.stays(client, "11:08", "12:00")
    story.is_over("12:00", clinician)
    story.expect(client, outcome="undetermined")


def test_who_went_before_the_start_and_comes_to_the_session_after_only_was_not_sent_away():
    story, clinician, client, _ = day()
    story.begins("09:50", clinician)
    story.stays(client, "09:54", "09:56", "none")
    story.other_meeting_hears("10:30")
    story.stays(client, "11:09", "12:00")
    story.is_over("12:00", clinician)
    story.expect(client, outcome="undetermined")


@pytest.mark.parametrize("attended", [(), ("C1",)])
def test_verdict_rests_on_what_was_told_of_this_session_and_not_of_the_ones_around_it(attended):
    story, clinician, client, _ = day_after_a0(True, *attended)
    story.stays(client, "10:01", "11:00")
    story.stays(client, "11:20", "12:00")
    story.is_over("12:00", clinician)
    assert cited(story, story.expect(client, outcome="attended"), "attended") == ["10:01", "11:00"]


@pytest.mark.parametrize(("removed", "outcome"), [("09:40", "undetermined"), ("09:50", "missed")])
def test_whom_the_host_removed_as_the_session_before_ended_was_not_kept_out_of_this_one(removed, outcome):
    story, clinician, client, _ = day()
    story.begins("08:57", clinician)
    story.stays(client, "08:58", removed, "removed")
    story.is_over("09:50", clinician)
    story.begins("09:57", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome, no_show=outcome == "missed")
