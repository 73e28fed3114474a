"""A program day: sessions in a row in one meeting that runs on, and what of the one before is told of the next."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour
from tests.stories.test_other_link import tries


def day() -> tuple[Story, Person, list[Person]]:
    """Groups from ten to eleven and from eleven to twelve; the clinician stays in the meeting, four are expected."""
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(4)
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, *clients)
    story.begins("09:57", clinician)
    return story, clinician, clients


def test_common_drop_that_was_over_before_the_next_session_is_none_of_it():
    story, clinician, (back, away, gone, other) = day()
    story.joins(other, "09:58")
    for client, returns in ((back, "10:59:30"), (away, "11:10"), (gone, "")):
        story.stays(client, "09:58", "10:58", "client close")
        if returns:
            story.joins(client, returns)
    story.leaves(back, "11:57")
    story.is_over("12:00", away, other, clinician)
    story.expect(back, flags={"group-drop"})
    story.expect(back, appointment_id="A2", outcome="attended", confidence="high", only_flags=set())
    story.expect(away, appointment_id="A2", flags={"group-drop", "interrupted"})
    told = story.expect(gone, appointment_id="A2", outcome="missed", cause="technical", flags={"group-drop", "dropped"})
    because = "A connection ended abnormally at 10:58:00 UTC, in their session before, and they did not come back."
    assert because in str(told["findings"])


@pytest.mark.parametrize(
    ("reason", "cause", "flag"), [("plain", "absence", "left-early"), ("network", "technical", "dropped")]
)
def test_who_comes_back_only_for_the_next_session_did_not_come_back_to_this_one(reason, cause, flag):
    story, clinician, (client, *_) = day()
    story.stays(client, "09:58", "10:30", reason)
    story.joins(client, "11:02")
    story.is_over("12:00", client, clinician)
    told = story.expect(client, outcome="partial", cause=cause, only_flags={flag}, left="2026-03-02T10:30:00Z")
    if flag == "dropped":
        assert "They dropped out at 10:30:00 UTC and did not come back before it was over." in str(told["findings"])
    story.expect(client, appointment_id="A2", outcome="attended", only_flags=set())


@pytest.mark.parametrize(("reason", "flag"), [("plain", "left-early"), ("network", "dropped")])
@pytest.mark.parametrize(("back", "there"), [("10:59:59", True), ("11:00", False), ("11:05", False)])
def test_who_comes_back_when_the_time_is_over_did_not_come_back_to_the_session(reason, flag, back, there):
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:30", reason)
    story.joins(client, back)
    story.is_over("11:15", client, clinician)
    came_back = {"interrupted"} if reason == "network" else set()
    story.expect(client, outcome="partial", only_flags=came_back if there else {flag})


def test_who_comes_back_when_the_clinician_has_gone_left_early():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20")
    story.leaves(clinician, "10:40")
    story.stays(client, "10:50", "10:55")
    story.closes("10:55")
    story.expect(client, outcome="partial", cause="absence", flags={"left-early"})


@pytest.mark.parametrize("removed", ["10:30", "10:58"])
def test_whom_the_host_removed_in_the_session_before_is_no_no_show_of_the_next(removed):
    """Zoom lets nobody in again who was removed, unless the account says otherwise; a person looks."""
    story, clinician, (client, other, *_) = day()
    story.joins(other, "09:58")
    story.stays(client, "09:58", removed, "removed")
    story.is_over("12:00", other, clinician)
    result = story.expect(client, appointment_id="A2", outcome="undetermined", without={"removed-by-host"})
    assert result["findings"][0]["because"] == (
        f"The host had removed them in their session before, at {removed}:00 UTC, and they were not seen."
    )


def test_whom_the_host_removed_in_the_session_before_and_who_comes_late_is_not_surely_late_by_choice():
    story, clinician, (client, other, *_) = day()
    story.joins(other, "09:58")
    story.stays(client, "09:58", "10:50", "removed")
    story.joins(client, "11:20")
    story.is_over("12:00", client, other, clinician)
    told = story.expect(client, appointment_id="A2", outcome="partial", cause="absence", confidence="medium")
    assert told["findings"][0]["because"].endswith("removed them in their session before, at 10:50:00 UTC.")


def waited(*, begin: str = "09:58", end: str = "10:20", let_in: str = "") -> dict:
    """The client waits to be let in to the first session, gives up, and is missing from the second."""
    story, clinician, (client, other, *_) = day()
    story.joins(other, "09:58")
    story.waits(client, begin)
    story.stops_waiting(client, end)
    if let_in:
        story.stays(client, let_in, "10:55")
    story.is_over("12:00", other, clinician)
    return story.expect(client, appointment_id="A2")


@pytest.mark.parametrize(
    ("end", "waited_in_vain"),
    [
        ("09:59:59", "waited in vain to be let in to their session before"),
        ("10:00", "waited in vain in their session before, until 10:00:00 UTC"),
        ("10:59", "waited in vain in their session before, until 10:59:00 UTC"),
    ],
)
def test_who_was_not_let_in_to_the_session_before_and_gave_up_is_no_no_show_of_the_next(end, waited_in_vain):
    told = waited(end=end)
    assert told["outcome"] == "undetermined"
    assert told["findings"][0]["because"] == f"They had {waited_in_vain}, and they were not seen."


def test_who_was_let_in_to_the_session_before_and_went_home_after_it_is_absent_from_the_next():
    assert (told := waited(let_in="10:30"))["cause"] == "absence", told


def test_who_was_not_let_in_to_the_session_before_and_comes_late_is_not_surely_late_by_choice():
    story, clinician, (client, other, *_) = day()
    story.joins(other, "09:58")
    story.waits(client, "09:58")
    story.stops_waiting(client, "10:20")
    story.joins(client, "11:20")
    story.is_over("12:00", client, other, clinician)
    told = story.expect(client, appointment_id="A2", outcome="partial", cause="absence", confidence="medium")
    doubt = "It is not certain: they had waited in vain in their session before, until 10:20:00 UTC."
    assert told["findings"][0]["because"].endswith(doubt)


def test_who_was_not_let_in_to_the_session_before_and_comes_to_the_one_after_is_no_no_show_of_that_between():
    story, clinician, (client, other, *_) = day()
    story.another_appointment("A3", story.meeting.meeting_id, "12:00", "13:00", clinician, client, other)
    story.other_meeting_hears("11:30")
    story.joins(other, "09:58")
    story.waits(client, "09:58")
    story.stops_waiting(client, "10:20")
    story.joins(client, "12:02")
    story.is_over("13:00", client, other, clinician)
    told = story.expect(client, appointment_id="A2", outcome="undetermined")
    because = "They had waited in vain in their session before, until 10:20:00 UTC, and they were not seen."
    assert told["findings"][0]["because"] == because
    story.expect(client, appointment_id="A3", outcome="attended")


@pytest.mark.parametrize(("left", "outcome"), [("10:14:59", "undetermined"), ("10:16", "missed")])
def test_who_found_no_clinician_in_the_session_before_and_left_is_no_no_show_of_the_next(left, outcome):
    story = Story("group", "10:00", "11:00")
    clinician, (client, other) = story.clinician(), story.clients(2)
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, client, other)
    story.opens("09:57")
    story.joins(other, "09:57")
    story.stays(client, "09:58", left)
    story.joins(clinician, "10:15")
    story.is_over("12:00", other, clinician)
    told = story.expect(client, appointment_id="A2", outcome=outcome)
    if outcome == "undetermined":
        because = f"They had found no clinician in their session before, until {left} UTC, and they were not seen."
        assert told["findings"][0]["because"] == because


@pytest.mark.parametrize(
    ("begins", "at", "outcome"),
    [
        ("11:00", "09:58", "undetermined"), ("11:00", "09:44:59", "missed"), ("11:00", "09:45", "undetermined"),
        ("11:30", "09:58", "undetermined"), ("11:31", "09:58", "missed"),
    ],
)  # fmt: skip
def test_who_opened_the_link_of_the_session_before_in_vain_is_no_no_show_of_the_next(begins, at, outcome):
    """Sessions with half an hour between them are in a row; who could not come to one may have given up."""
    story = Story("group", "10:00", "11:00")
    clinician, (client, other) = story.clinician(), story.clients(2)
    story.another_appointment("A2", story.meeting.meeting_id, begins, "12:30", clinician, client, other)
    story.begins("09:57", clinician)
    story.joins(other, "09:58")
    tries(story, client, at, session=story.appointment_id)
    story.is_over("12:30", other, clinician)
    told = story.expect(client, appointment_id="A2", outcome=outcome)
    if outcome == "undetermined":
        assert told["findings"][0]["because"] == f"They opened their link of another session at {f'{at}:00'[:8]} UTC."


def test_in_a_row_of_three_the_link_of_the_first_tells_of_the_last():
    story, clinician, (client, other, *_) = day()
    story.another_appointment("A3", story.meeting.meeting_id, "12:15", "13:00", clinician, client, other)
    story.joins(other, "09:58")
    tries(story, client, "09:58", session=story.appointment_id)
    for heard in ("10:20", "11:20", "12:20"):
        story.other_meeting_hears(heard)
    story.is_over("13:00", other, clinician)
    story.expect(client, outcome="missed", cause="technical")
    for number in ("A2", "A3"):
        story.expect(client, appointment_id=number, outcome="undetermined")


def test_who_opened_the_link_and_came_to_the_session_before_is_absent_from_the_next():
    story, clinician, (client, other, *_) = day()
    story.joins(other, "09:58")
    tries(story, client, "09:58", session=story.appointment_id)
    story.stays(client, "10:01", "10:58")
    story.is_over("12:00", other, clinician)
    story.expect(client, appointment_id="A2", outcome="missed", cause="absence")


@pytest.mark.parametrize(
    ("at", "reason", "outcome", "because"),
    [
        ("10:49:59", "client close", "missed", "They were not in the session; the time lost is technical trouble."),
        (
            "10:50",
            "client close",
            "undetermined",
            "Their connection had broken after their session before, at 10:50:0",
        ),
        ("10:50:30", "network", "undetermined", "Their connection had broken after their session before, at 10:50:30"),
        ("10:50:30", "removed", "undetermined", "The host had removed them after their session before, at 10:50:30"),
        ("10:58", "network", "missed", "They were not in the session; the time lost is technical trouble."),
    ],
)
def test_whose_connection_ends_when_the_session_before_is_over_may_have_gone_for_good(at, reason, outcome, because):
    """Who closes the program ends it as abnormally as a broken line does: that is no proof of trouble."""
    story = Story("group", "10:00", "10:50")
    clinician, (client, other) = story.clinician(), story.clients(2)
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, client, other)
    story.begins("09:57", clinician)
    story.stays(client, "09:58", at, reason)
    story.joins(other, "09:58")
    story.is_over("12:00", other, clinician)
    told = story.expect(client, appointment_id="A2", outcome=outcome)
    assert told["findings"][0]["because"].startswith(because)


@pytest.mark.parametrize("known", [{"customer_key": "t-1"}, {"email": "dana@example.org"}, {}])
@pytest.mark.parametrize("came", [True, False])
def test_clinician_of_the_session_before_need_not_be_that_of_the_next(came, known):
    story = Story("group", "10:00", "10:50")
    clinician, (client, other) = story.clinician(zoom_id="", **known), story.clients(2)
    theirs = story.clinician("T2", "Ines Okafor", zoom_id="", customer_key="t-2")
    story.people.remove(theirs)
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", theirs, client, other)
    story.opens("09:57")
    if came:
        story.stays(clinician, "09:57", "10:51", email=known.get("email", ""))
    story.stays(client, "09:58", "10:50")
    story.joins(other, "09:58")
    story.joins(theirs, "10:55")
    story.is_over("12:00", other, theirs)
    if came:
        story.expect(client, appointment_id="A2", outcome="missed", cause="absence")
    else:
        because = "They had found no clinician in their session before, until 10:50:00 UTC, and they were not seen."
        assert story.result(client, appointment_id="A2")["findings"][0]["because"] == because


HOURS = [("10:00", "10:50"), ("11:00", "11:50"), ("12:00", "12:50"), ("13:00", "13:50")]


def day_of_four() -> tuple[Story, Person, Person, Person]:
    """Four sessions of a group in one meeting, A1 to A4; of the clinician, a client, and another one."""
    story = Story("group", *HOURS[0])
    clinician, (client, other) = story.clinician(), story.clients(2)
    for number, (begin, end) in enumerate(HOURS[1:], 2):
        story.another_appointment(f"A{number}", story.meeting.meeting_id, begin, end, clinician, client, other)
    return story, clinician, client, other


@pytest.mark.parametrize(
    ("clicked", "outcomes"),
    [
        # Who opened the link, came, and skipped the rest of the day chose to.
        ("10:00", ["attended", "missed", "missed", "missed"]),
        # Who came to the first, and could not to the second, may have tried no more.
        ("11:01", ["attended", "missed", "undetermined", "undetermined"]),
    ],
)
def test_who_came_to_the_first_run_of_a_day_opened_its_link_not_in_vain(clicked, outcomes):
    """The meeting is ended after each of the sessions: of the first the last have its deliveries only."""
    story, clinician, client, other = day_of_four()
    for begin, end in HOURS:
        story.begins(begin, clinician)
        story.joins(other, begin)
        if begin == "10:00":
            story.stays(client, "10:01", "10:50")
        story.is_over(end, other, clinician)
    tries(story, client, clicked, session="A1" if clicked == "10:00" else "A2")
    told = [story.result(client, appointment_id=f"A{number}") for number in range(1, 5)]
    assert [one["outcome"] for one in told] == outcomes


@pytest.mark.parametrize("waits", [False, True])
def test_who_opened_the_link_of_the_first_run_in_vain_did_not_come_with_those_who_came(waits):
    """Nor with what they themselves did hours later; to have waited is not to have come in."""
    story, clinician, client, other = day_of_four()
    for begin, end in HOURS:
        story.begins(begin, clinician)
        story.joins(other, begin)
        if begin == "13:00":
            story.stays(client, "13:01", end)
        elif begin == "10:00" and waits:
            story.waits(client, "10:05")
            story.stops_waiting(client, "10:06")
        story.is_over(end, other, clinician)
    tries(story, client, "10:01", session="A1")
    result = story.expect(client, appointment_id="A3", outcome="undetermined", confidence="low")
    assert result["findings"][0]["because"] == "They opened their link of another session at 10:01:00 UTC."


@pytest.mark.parametrize(("hour", "outcome"), [(12, "undetermined"), (13, "undetermined"), (14, "missed")])
def test_link_of_a_session_more_than_three_hours_before_tells_nothing(hour, outcome):
    """What was seen in a run so long before is not looked at, so it cannot be said that they opened it in vain."""
    story = Story("group", "10:00", "11:00")
    clinician, (client, other) = story.clinician(), story.clients(2)
    for start in range(11, hour + 1):
        people = clinician, client, other
        story.another_appointment(f"A{start}", story.meeting.meeting_id, f"{start}:00", f"{start + 1}:00", *people)
    story.begins("09:57", clinician)
    story.joins(other, "09:58")
    tries(story, client, "09:58", session=story.appointment_id)
    story.is_over(f"{hour + 1}:00", other, clinician)
    story.expect(client, appointment_id=f"A{hour}", outcome=outcome)


def told_of_trouble(at: str, back: str = "") -> dict:
    """The client goes out of the first session, says so behind its link, and is missing from the second."""
    story, clinician, (client, other, *_) = day()
    story.joins(other, "09:58")
    story.stays(client, "09:58", "10:35")
    tries(story, client, at, "rejoin.trouble_reported", story.appointment_id)
    if back:
        story.stays(client, back, "10:58")
    story.is_over("12:00", other, clinician)
    return story.expect(client, appointment_id="A2")


@pytest.mark.parametrize("at", ["10:34", "10:40", "10:59"])
def test_who_told_of_trouble_in_the_session_before_and_was_not_seen_again_is_no_no_show(at):
    told = told_of_trouble(at)
    assert (told["outcome"], told["confidence"]) == ("undetermined", "low")
    because = f"They told of trouble behind their link of another session at {at}:00 UTC."
    assert told["findings"][0]["because"] == because


def test_who_was_back_after_the_trouble_in_the_session_before_had_none_any_more():
    for told in (told_of_trouble("10:40", back="10:45"), told_of_trouble("10:20")):
        assert (told["outcome"], told["cause"]) == ("missed", "absence")


@pytest.mark.parametrize("at", ["12:30", "13:59", "14:30"])
def test_session_is_not_final_while_the_meeting_may_run_on_for_those_that_follow(at):
    """Nobody comes or goes all morning: when the first session has been over for 90 minutes, nobody knows yet."""
    story, clinician, (client, *_) = day()
    story.another_appointment("A3", story.meeting.meeting_id, "12:00", "13:00", clinician, client)
    story.joins(client, "09:58")
    ended = at == "14:30"
    if ended:
        story.is_over("13:00", client, clinician)
    told = story.expect(client, at=at, outcome="attended", final=ended)
    assert told["held_minutes"] == told["attended_minutes"] == 60.0


def test_session_is_final_at_last_when_the_end_of_the_meeting_is_never_told():
    story, _, (client, *_) = day()
    story.joins(client, "09:58")
    story.other_meeting_hears("11:30")
    story.expect(client, at="13:29:59", final=False)
    story.expect(client, at="13:30", outcome="undetermined", final=True)


# --- a wait of which both ends were told -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heard", "outcome", "cause"), [(True, "missed", "provider"), (False, "undetermined", "unknown")]
)
def test_who_waited_all_the_while_was_kept_out_when_the_feed_was_alive(heard, outcome, cause):
    """Nothing is missed without a proof, not even where both ends of a wait were told."""
    story, clinician, client = an_hour()
    story.waits(client, "09:58")
    story.stops_waiting(client, "11:00:20")
    if heard:
        story.other_meeting_hears("10:20")
    story.is_over("11:00:30", clinician)
    story.expect(client, outcome=outcome, cause=cause, flags={"waited", "never-admitted"}, waited=60.0)


def test_who_was_let_in_only_to_the_next_session_waited_through_this_one():
    story, clinician, (client, *_) = day()
    story.waits(client, "09:58")
    story.is_admitted(client, "11:10")
    story.joins(client, "11:10")
    story.other_meeting_hears("10:20")
    story.is_over("12:00", client, clinician)
    story.expect(client, outcome="missed", cause="provider", only_flags={"waited"}, waited=60.0)


def test_wait_whose_end_was_not_told_proves_nothing_of_a_silent_hour():
    story, clinician, client = an_hour()
    story.waits(client, "09:58")
    story.is_over("11:00:30", clinician)
    story.expect(client, outcome="undetermined", flags={"feed-gap", "waited"})


def test_who_gave_up_waiting_in_a_silent_hour_may_have_come_in_unheard():
    story, clinician, client = an_hour()
    story.waits(client, "09:50")
    story.stops_waiting(client, "09:59")
    story.is_over("11:00:30", clinician)
    story.expect(client, outcome="undetermined", flags={"feed-gap"})
