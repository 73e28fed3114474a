"""Sessions that share one meeting number: who is known to have come for another of them is no stranger in this one."""

from __future__ import annotations

import pytest

from plugin.core.appointment import Role
from tests.stories.story import HOST, Person, Story, an_hour

NEXT = ("11:00", "12:00")
KEYS = tuple({key: f"next-{key}@example.net"} for key in ("registrant_id", "customer_key", "email"))
PHONE = {"phone": "+12025550147"}


def two_in_a_row(next_starts="11:00", next_ends="12:00", **known):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    known = known or {"registrant_id": "reg-next"}
    following = Person("C9", Role.CLIENT, {"name": "Ilya Brandt"} | known, {"name": "B"} | known)
    story.another_appointment("A2", story.meeting.meeting_id, next_starts, next_ends, clinician, following)
    story.begins("09:57", clinician)
    story.other_meeting_hears("10:20")
    return story, clinician, client, following


@pytest.mark.parametrize("known", [*KEYS, PHONE])
def test_who_comes_early_to_the_next_session_is_not_who_is_missing_from_this_one(known):
    story, clinician, client, following = two_in_a_row(**known)
    story.joins(following, "10:50")
    story.is_over("12:00", following, clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high", only_flags=set(), actions={"checkin"})
    story.expect(following, appointment_id="A2", outcome="attended", arrived="2026-03-02T10:50:00Z")


def test_who_waits_to_be_let_in_to_the_next_session_is_nobody_of_this_one():
    story, clinician, client, following = two_in_a_row()
    story.waits(following, "10:48")
    story.is_admitted(following, "11:00")
    story.joins(following, "11:00")
    story.is_over("12:00", following, clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high", only_flags=set())


@pytest.mark.parametrize(("waits", "comes_in", "missed"), [
    ("10:30", "11:00", True), ("10:29:59", "11:00", False), ("10:40", "10:46", True), ("10:40", "10:44:59", False),
    ("10:40", "", False),
])  # fmt: skip
@pytest.mark.parametrize("told", [True, False])
def test_who_waits_early_for_the_next_session_and_comes_into_it_waited_for_that(waits, comes_in, missed, told):
    """Half an hour before is early; who never came in may have waited for this one by somebody else's account."""
    story, clinician, client, following = two_in_a_row(email="household@example.net")
    story.waits(following, waits)
    if comes_in:
        if told:
            story.is_admitted(following, comes_in)
            story.stops_waiting(following, comes_in)
        story.joins(following, comes_in)
        story.leaves(following, "12:00")
    story.is_over("12:00", clinician)
    outcome = {"outcome": "missed", "cause": "absence"} if missed else {"outcome": "undetermined"}
    story.expect(client, **outcome)


@pytest.mark.parametrize(("waits", "missed"), [("10:30", True), ("10:29:59", False)])
def test_who_waits_early_by_the_link_of_the_next_session_waits_for_that(waits, missed):
    story, clinician, client, following = two_in_a_row(customer_key="ck-next")
    story.waits(following, waits)
    story.is_over("11:00", clinician)
    story.expect(client, no_show=missed)


def test_who_waits_for_the_host_of_the_next_session_waited_for_that():
    story, clinician, client, following = two_in_a_row(customer_key="ck-next")
    story.leaves(clinician, "10:25")
    story.closes("10:25")
    story.before_host("jbh_waiting", following, "10:40")
    story.begins("10:58", clinician)
    story.joins(following, "10:58:10")
    story.is_over("12:00", following, clinician)
    story.expect(client, outcome="missed", cause="absence")


def test_who_stays_on_after_the_session_before_is_not_who_is_missing_from_this_one():
    story, clinician, client, following = two_in_a_row()
    story.stays(client, "09:58", "11:06")
    story.joins(story.guest("Somebody Else", email="else@example.net"), "11:30", meeting="97700000001")
    story.is_over("12:00", clinician)
    story.expect(following, appointment_id="A2", outcome="missed", cause="absence", confidence="high", only_flags=set())


def test_who_comes_for_a_session_at_the_same_time_is_not_who_is_missing_from_this_one():
    """A group of which every member has an appointment of their own."""
    story, clinician, client, following = two_in_a_row("10:00", "11:00")
    story.stays(following, "09:58", "10:59")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high", only_flags=set())


def test_early_comer_of_the_next_session_is_not_the_clinician_of_this_one():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    following = Person("C9", Role.CLIENT, {"registrant_id": "reg-next"}, {"registrant_id": "reg-next"})
    story.another_appointment("A2", story.meeting.meeting_id, *NEXT, clinician, following)
    story.opens("09:58")
    story.joins(client, "09:58")
    story.joins(following, "10:50")
    story.is_over("11:05", client, following)
    story.expect(client, outcome="not-held", cause="provider", confidence="high", only_flags=set())


def test_next_client_may_have_kept_the_meeting_on_when_the_clinician_s_leave_was_lost():
    story, clinician, client, following = two_in_a_row()
    story.joins(following, "10:50")
    story.leaves(following, "11:58")
    story.leaves(clinician, "11:58", lost=True)
    story.closes("11:58")
    story.expect(client, outcome="missed", cause="absence", confidence="medium", only_flags=set())


@pytest.mark.parametrize(
    ("comes", "outcome"), [("10:44:59", "undetermined"), ("10:45", "missed"), ("10:45:01", "missed")]
)
def test_who_comes_too_early_for_that_may_be_somebody_else_on_their_account(comes, outcome):
    story, clinician, client, following = two_in_a_row(email="household@example.net")
    story.joins(following, comes)
    story.is_over("12:00", following, clinician)
    story.expect(client, outcome=outcome)


@pytest.mark.parametrize(
    ("goes", "outcome"), [("11:14:59", "missed"), ("11:15", "missed"), ("11:15:01", "undetermined")]
)
def test_who_stays_on_too_long_for_that_may_be_somebody_else_on_their_account(goes, outcome):
    story, clinician, client, following = two_in_a_row()
    story.stays(client, "09:58", goes)
    story.is_over("12:00", clinician)
    story.expect(following, appointment_id="A2", outcome=outcome)


def test_leave_of_the_session_before_that_was_lost_makes_nobody_a_stranger_in_this_one():
    """A power cut, or a lost delivery: for all that was told they were there until the meeting ended."""
    story, clinician, client, following = two_in_a_row()
    story.joins(client, "09:58")
    story.joins(story.guest("Somebody Else", email="else@example.net"), "11:30", meeting="97700000001")
    story.is_over("12:00", clinician)
    story.expect(following, appointment_id="A2", outcome="missed", cause="absence", without={"unidentified-guest"})


def test_join_of_the_session_after_that_was_lost_makes_nobody_a_stranger_in_this_one():
    story, clinician, client, following = two_in_a_row()
    story.joins(following, "11:01", lost=True)
    story.is_over("12:00", following, clinician)
    story.expect(client, outcome="missed", cause="absence", without={"unidentified-guest"})
    story.expect(following, appointment_id="A2", outcome="attended", flags={"inferred-start"})


@pytest.mark.parametrize("shows", [*KEYS, PHONE, {"zoom_id": "uNext"}])
def test_wait_of_hours_ago_whose_end_was_not_delivered_was_over_when_they_came_in(shows):
    """Zoom tells of neither the admission nor the end of a wait in some accounts; the join is another connection."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    early = story.guest("", **shows)
    story.begins("07:57", clinician)
    story.waits(early, "07:59")
    story.stays(early, "08:00", "08:50")
    story.other_meeting_hears("10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", without={"unidentified-guest"})


def test_who_was_there_for_all_of_this_session_too_is_not_known_by_their_household_s_account():
    story, clinician, client, following = two_in_a_row(email="household@example.net")
    story.joins(following, "09:58")
    story.is_over("12:00", following, clinician)
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"}, actions={"review"})


def test_a_name_alone_does_not_say_that_somebody_came_for_the_next_session():
    story, clinician, client, following = two_in_a_row(name="Ilya Brandt", registrant_id="")
    story.joins(following, "10:50", name="Ilya Brandt", registrant_id="")
    story.is_over("12:00", following, clinician)
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"})


def test_who_is_expected_in_both_and_known_by_the_other_s_key_alone_is_not_passed_over():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    again = Person(client.code, Role.CLIENT, {"registrant_id": "reg-of-the-next"}, {"registrant_id": "reg-of-the-next"})
    story.another_appointment("A2", story.meeting.meeting_id, *NEXT, clinician, again)
    story.begins("09:57", clinician)
    story.joins(again, "10:50")
    story.is_over("12:00", again, clinician)
    story.expect(client, no_show=False)


def test_who_comes_for_a_session_of_another_day_is_a_stranger_today():
    story, clinician, client, following = two_in_a_row("34:00", "35:00")
    story.stays(following, "10:10", "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"})


def test_who_is_known_to_come_for_the_next_session_by_a_warning_of_their_network_alone():
    """Their join was lost, and the warning names them by their address."""
    story, clinician, client, following = two_in_a_row(email="next@example.net")
    story.joins(following, "10:50", lost=True)
    story.is_warned(following, "10:51").body["payload"]["object"]["participant"]["email"] = "next@example.net"
    story.is_over("12:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high", only_flags=set())


def one_account_for_all(stays: str, name: str = "Dana Whitfield"):
    """Clinicians share the account of the host; that of the session before stays on, that of this does not come."""
    story = Story(starts="11:00", ends="12:00")
    late, client = story.clinician("T2", "Robin Marsh"), story.client()
    before = Person("T1", Role.CLINICIAN, {"name": "Dana Whitfield"}, {"name": name, "zoom_id": HOST})
    other = Person("C9", Role.CLIENT, {"registrant_id": "reg-C9"}, {"registrant_id": "reg-C9"})
    story.another_appointment("A0", story.meeting.meeting_id, "10:00", "11:00", before, other)
    story.begins("09:57", before)
    story.stays(other, "10:00", "11:00")
    story.other_meeting_hears("11:30")
    story.leaves(before, stays)
    return story, late, client


@pytest.mark.parametrize("stays", ["11:20", "11:58"])
def test_clinician_of_the_session_before_who_stays_on_by_a_shared_account_holds_no_session_surely(stays):
    story, late, client = one_account_for_all(stays)
    story.is_over("12:00")
    result = story.expect(client, outcome="undetermined", cause="unknown", only_actions={"review"})
    assert result["findings"][0]["because"] == (
        "The clinician of another session was there by the account of the host, and may have stayed on."
    )
    story.expect(late, confidence="medium")


def test_who_was_there_attended_less_surely_what_the_clinician_of_another_session_held():
    story, _, client = one_account_for_all("11:58")
    story.joins(client, "11:00")
    story.is_over("12:00", client)
    story.expect(client, outcome="attended", confidence="medium")


@pytest.mark.parametrize("name", ["Room 4", "Robin Marsh"])
def test_shared_account_that_shows_no_clinician_of_another_session_is_that_of_this_one(name):
    story, _, client = one_account_for_all("11:58", name)
    story.is_over("12:00")
    story.expect(client, outcome="missed", cause="absence", confidence="high")


def test_link_that_was_opened_while_the_session_before_went_on_was_opened_in_vain():
    """They were there for the other one, and never came to this."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "10:00", clinician, client)
    story.begins("08:57", clinician)
    story.stays(client, "08:58", "09:59")
    story.clicks_link(client, "09:58")
    story.other_meeting_hears("10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"tried-to-join"}, no_show=False)


def test_who_was_sent_back_to_wait_in_the_session_before_did_not_join_before_they_arrived():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, client)
    story.begins("09:57", clinician)
    story.joins(client, "10:02")
    story.is_put_back(client, "10:20")
    story.is_admitted(client, "10:30")
    story.is_over("12:00", client, clinician)
    came = "2026-03-02T10:02:00Z"
    story.expect(client, appointment_id="A2", outcome="attended", arrived=came, joined=came, only_flags=set())


@pytest.mark.parametrize("reason", ["plain", "network"])
def test_who_told_of_trouble_and_went_out_of_the_session_before_had_trouble_in_theirs(reason):
    story = Story("group", starts="11:00", ends="12:00")
    clinician, client, other = story.clinician(), story.client(), story.client("C2")
    story.another_appointment("A0", story.meeting.meeting_id, "10:00", "11:00", clinician, client, other)
    story.begins("09:57", clinician)
    story.joins(client, "10:00")
    story.joins(other, "10:00")
    story.reports_trouble(client, "10:50")
    story.leaves(client, "10:55", reason)
    story.is_over("12:00", other, clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"trouble-reported"}, actions={"ticket"})


@pytest.mark.parametrize("swaps", [(), ("10:20",), ("10:20", "11:20"), ("10:20", "12:04")])
def test_moved_to_another_room_and_back_somebody_came_and_went_when_they_came_and_went(swaps):
    """One continuous stay through two sessions, and past the end of the second: the move begins and ends nothing."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, client)
    story.another_appointment("A3", story.meeting.meeting_id, "12:00", "13:00", clinician, client)
    story.begins("09:57", clinician)
    story.joins(client, "09:58")
    for moment in swaps:
        story.switches_room(client, moment)
    story.is_over("12:10", client, clinician)
    for appointment_id in ("A1", "A2", "A3"):
        result = story.expect(client, appointment_id=appointment_id, arrived="2026-03-02T09:58:00Z")
        assert result["joined_at"] == "2026-03-02T09:58:00Z", story.tell(result)
        assert result["left_at"] == "2026-03-02T12:10:00Z", story.tell(result)


@pytest.mark.parametrize(
    ("stays", "outcome"),
    [
        ((("08:57", "10:03"), ("10:57", "12:00")), "missed"),
        ((("08:57", "10:15"), ("10:45", "12:00")), "missed"),
        ((("08:57", "10:15:01"), ("10:45", "12:00")), "undetermined"),
        ((("08:57", "10:03"), ("10:30", "10:40"), ("10:57", "12:00")), "undetermined"),
        ((("08:57", "12:00"),), "undetermined"),
    ],
)
def test_who_came_for_the_session_before_and_for_the_one_after_is_nobody_of_this_one(stays, outcome):
    """Two clinicians by turns in one meeting: each is there when the other's session begins, and before it ends."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    known = {"customer_key": "ck-colleague"}
    colleague = Person("T9", Role.CLINICIAN, {"name": "Ines Okafor"} | known, {"name": "Ines Okafor"} | known)
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "10:00", colleague)
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", colleague)
    story.begins("08:57", colleague)
    story.stays(clinician, "09:57", "11:01")
    for begin, end in stays:
        if begin != stays[0][0]:
            story.joins(colleague, begin)
        story.leaves(colleague, end)
    story.other_meeting_hears("10:20")
    story.closes("12:00")
    story.expect(client, outcome=outcome)


@pytest.mark.parametrize(("until", "seen"), [("09:54", False), ("09:55", True)])
def test_who_stays_on_after_their_session_before_until_near_the_next_one_was_seen_for_that(until, seen):
    """Nearer to it than to the end of the other one; what they did is shown whole."""
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "09:50", clinician, client)
    story.begins("08:57", clinician)
    story.stays(client, "09:00", until)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="undetermined" if seen else "missed")
    assert [one["from"][11:16] for one in result["intervals"]] == (["09:00"] if seen else [])


@pytest.mark.parametrize(("comes", "seen"), [("11:15", True), ("11:16", False)])
def test_who_comes_when_it_is_over_and_is_there_for_the_next_one_came_for_what_was_nearer(comes, seen):
    story, clinician, client = an_hour("group")
    story.another_appointment("A2", story.meeting.meeting_id, "11:30", "12:30", clinician, client)
    story.other_meeting_hears("10:20")
    story.stays(client, comes, "12:30")
    story.is_over("12:30", clinician)
    result = story.expect(client, outcome="undetermined" if seen else "missed")
    assert [one["from"][11:16] for one in result["intervals"]] == ([comes] if seen else [])
