"""A session that was not held: what shows it, what leaves it open, and in which words."""

from __future__ import annotations

import pytest

from plugin.core.appointment import Role
from tests.stories.story import HOST, Story


def without_clinician(**more) -> tuple[Story, object, object]:
    story = Story(starts="10:00", ends="11:00", **more)
    return story, story.clinician(), story.client()


def reason(result: dict) -> str:
    return result["findings"][0]["because"]


def test_client_who_sat_there_alone_shows_it_though_nothing_was_heard_during_it():
    story, _, client = without_clinician()
    story.opens("09:57")
    story.joins(client, "09:58")
    story.leaves(client, "11:02")
    result = story.expect(client, outcome="not-held", cause="provider", confidence="medium")
    assert reason(result) == "No clinician was there. It is not certain: the feed was not proven alive."


def test_empty_room_shows_it_when_the_feed_was_alive():
    story, _, client = without_clinician()
    story.opens("09:40")
    story.stays(client, "09:41", "09:45")
    story.closes("09:46")
    story.other_meeting_hears("10:30")
    story.expect(client, outcome="not-held", cause="provider", confidence="high")


def test_empty_room_shows_nothing_when_the_feed_was_silent():
    story, _, client = without_clinician()
    story.opens("09:40")
    story.stays(client, "09:41", "09:45")
    story.closes("09:46")
    story.expect(client, outcome="undetermined", flags={"feed-gap"})


@pytest.mark.parametrize(("removed", "outcome"), [("10:59", "undetermined"), ("10:59:01", "not-held")])
def test_client_who_sat_there_alone_shows_nothing_of_the_time_when_zoom_could_not_tell_us(removed, outcome):
    """In as much time as a presence takes a clinician may have come unseen, whoever was seen there before."""
    story, _, client = without_clinician()
    story.opens("09:57")
    story.stays(client, "09:58", "10:40")
    story.closes("10:40")
    story.is_deauthorized(removed)
    result = story.expect(client, outcome=outcome, flags={"feed-gap"} if outcome == "undetermined" else set())
    assert ("feed was not proven alive, so a clinician may" in reason(result)) is (outcome == "undetermined")


def test_stranger_is_not_taken_for_the_clinician_when_the_clinician_was_seen():
    story, clinician, client = without_clinician()
    story.begins("09:57", clinician)
    story.joins(client, "09:58")
    story.leaves(clinician, "10:05")
    story.stays(story.guest("iPhone"), "10:00", "10:40")
    story.is_over("11:00", client)
    result = story.expect(client, outcome="not-held", cause="provider")
    assert reason(result).startswith("A clinician was there for too little of the scheduled time. It is not certain: ")


def test_arrival_of_a_client_that_was_not_delivered_says_nothing_about_the_clinician():
    story, _, client = without_clinician()
    story.opens("09:57")
    story.joins(client, "09:58", lost=True)
    story.leaves(client, "10:40")
    story.closes("10:41")
    story.expect(client, outcome="not-held", cause="provider")


def test_departure_of_a_client_that_was_not_delivered_says_nothing_about_the_clinician():
    story, _, client = without_clinician()
    story.opens("09:57")
    story.joins(client, "09:58")
    story.joins(story.guest("Meeting Notetaker"), "10:20")
    story.expect(client, outcome="not-held", cause="provider")


@pytest.mark.parametrize(("back", "dropped"), [("09:55", False), ("10:05", False)])
def test_clinician_who_was_cut_off_before_the_start_did_not_drop_out_of_the_session(back, dropped):
    story, clinician, client = without_clinician()
    story.begins("09:40", clinician)
    story.drops(clinician, "09:50", back)
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", without={"host-dropped"})


@pytest.mark.parametrize("at", ["10:20", "11:01"])
@pytest.mark.parametrize(
    ("why", "confidence", "because"),
    [
        ("no host", "high", "No clinician was there."),
        (
            "host ended",
            "medium",
            "No clinician was there. It is not certain: the host ended it, who was not seen there.",
        ),
    ],
)
def test_host_who_ended_it_may_have_been_there_and_one_who_did_not_join_was_not(at, why, confidence, because):
    """Also when it ran a minute over its time."""
    story, _, client = without_clinician()
    story.opens("09:57")
    story.joins(client, "09:58")
    story.other_meeting_hears("10:30")
    story.is_over(at, client, reason=why)
    result = story.expect(client, outcome="not-held", cause="provider", confidence=confidence)
    assert reason(result) == because


@pytest.mark.parametrize("cut_off", ["09:59:30", "10:00:30"])
def test_who_went_while_the_clinician_was_cut_off_lost_it_to_that_drop_be_it_from_before_the_start(cut_off):
    story, clinician, client = without_clinician()
    story.begins("09:57", clinician)
    story.joins(client, "09:58")
    story.drops(clinician, cut_off, back="10:05")
    story.leaves(client, "10:04")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", lost=55, flags={"host-dropped"},
                 actions={"ticket", "reschedule"})  # fmt: skip


@pytest.mark.parametrize("told", [("opens", "closes"), ("opens",), ("closes",)])
def test_meeting_of_whose_people_nothing_is_told_does_not_show_that_no_clinician_was_there(told):
    """No meeting runs without anybody: those who were in it are not delivered, as when a scope is missing."""
    story, _, client = without_clinician()
    story.opens("10:01", lost="opens" not in told)
    story.closes("10:58", lost="closes" not in told)
    story.other_meeting_hears("10:30")
    story.expect(client, outcome="undetermined", flags={"feed-gap"}, only_actions={"review"})


@pytest.mark.parametrize(("end", "outcome"), [("10:14:59", "not-held"), ("10:15", "undetermined")])
def test_run_of_which_nothing_is_told_matters_when_it_could_have_been_the_session(end, outcome):
    story, clinician, client = without_clinician()
    story.opens("10:00")
    story.closes(end)
    story.begins("10:50", clinician)
    story.is_over("10:50", clinician)
    story.other_meeting_hears("10:30")
    story.expect(client, outcome=outcome)


# --- the host is neither client nor clinician ------------------------------------------------------------------------


def opened_by_staff(*, clinician_listed: bool, clinician_comes: bool = False):
    """A coordinator opens the room under the host's account, at 9:57."""
    story = Story("case_management", "10:00", "11:00")
    manager = story.client("S1", "Lea Fox", registrant_id="", email="lea@example.org")
    manager.role = Role.STAFF
    clinician = story.clinician(zoom_id="", email="dana@example.org") if clinician_listed else None
    client = story.client()
    story.opens("09:57")
    story.joins(manager, "09:57", zoom_id=HOST, email="lea@example.org")
    story.joins(client, "09:58")
    if clinician_comes:
        story.joins(clinician, "09:59", email="dana@example.org")
        story.leaves(clinician, "11:00")
    story.is_over("11:00", client, manager)
    return story, manager, clinician, client


def test_case_manager_who_stands_in_the_roster_as_staff_holds_a_session_without_a_clinician():
    story, manager, _, client = opened_by_staff(clinician_listed=False)
    story.expect(client, outcome="attended", held=60)
    story.expect(manager, outcome="attended", attended=60)


def met_a_case_manager(kind: str = "case_management", clinician_listed: bool = False):
    """A case manager who is not signed in as the host is there with a client from ten on, and drops out at 10:40."""
    story = Story(kind, "10:00", "11:00")
    manager = story.client("S1", "Lea Fox")
    manager.role = Role.STAFF
    if clinician_listed:
        story.clinician()
    client = story.client()
    story.opens("09:57")
    story.joins(manager, "09:57")
    story.joins(client, "09:58")
    story.leaves(manager, "10:40", "network")
    story.is_over("11:00", client)
    return story, manager, client


def test_case_manager_holds_a_session_without_a_clinician_also_by_their_own_link():
    story, manager, client = met_a_case_manager()
    story.expect(client, outcome="attended", held=40, flags={"host-dropped"})
    story.expect(manager, outcome="attended", held=40, flags={"host-dropped", "dropped"})


@pytest.mark.parametrize("how", [{"kind": "individual"}, {"clinician_listed": True}])
def test_staff_by_their_own_link_hold_nothing_else(how):
    story, _, client = met_a_case_manager(**how)
    story.expect(client, outcome="not-held", held=0)


def test_case_manager_of_whom_something_else_is_told_may_have_held_it():
    story = Story("case_management", "10:00", "11:00")
    manager = story.client("S1", "Lea Fox")
    manager.role = Role.STAFF
    client = story.client()
    story.opens("09:58")
    story.joins(client, "09:58")
    door = story.meeting.door(manager.shown)
    story._send(story.meeting.person("participant_role_changed", story.at("10:20"), door, "date_time"), "10:20")
    story.is_over("11:00", client)
    story.expect(client, outcome="undetermined", flags={"feed-gap"})


def test_host_of_whom_the_roster_has_no_row_holds_it_beside_a_case_manager_who_does_not_come():
    story = Story("case_management", "10:00", "11:00")
    manager = story.client("S1", "Lea Fox")
    manager.role = Role.STAFF
    client, host = story.client(), story.guest("Dana Whitfield", zoom_id=HOST)
    story.opens("09:57")
    story.joins(host, "09:57")
    story.joins(client, "09:58")
    story.is_over("11:00", client, host)
    story.expect(client, outcome="attended", held=60)
    story.expect(manager, outcome="missed")


def test_bot_by_a_clients_link_makes_it_no_less_sure_that_a_host_without_a_row_held_it():
    story = Story("group", "10:00", "11:00")
    client, absent, host = story.client(), story.client("C2"), story.guest("Dana Whitfield", zoom_id=HOST)
    story.begins("09:57", host)
    story.joins(client, "09:58", name="Otter.ai")
    story.is_over("11:00", client, host)
    story.expect(absent, outcome="missed", cause="absence", confidence="high")


def test_who_opens_the_room_for_a_clinician_does_not_hold_it():
    story, manager, clinician, client = opened_by_staff(clinician_listed=True)
    for person in (manager, clinician, client):
        story.expect(person, outcome="not-held", cause="provider", held=0)


def test_who_opened_the_room_for_a_clinician_who_came_was_there_too():
    story, manager, clinician, client = opened_by_staff(clinician_listed=True, clinician_comes=True)
    for person in (manager, clinician, client):
        story.expect(person, outcome="attended", held=60)


def test_client_who_never_left_is_not_lost_out_of_sight_when_the_meeting_is_heard_of_after_the_end():
    story, _, client = without_clinician()
    another = story.client("C2")
    story.opens("09:57")
    story.joins(client, "09:58")
    story.stays(another, "10:02", "11:01")
    story.other_meeting_hears("10:30")
    story.expect(another, outcome="not-held", cause="provider", confidence="high")


def test_client_whose_end_nobody_heard_leaves_it_unsure_that_nobody_held_it():
    story, _, client = without_clinician()
    another = story.client("C2")
    story.opens("09:57")
    story.joins(client, "09:58")
    story.stays(another, "10:02", "10:59")
    story.other_meeting_hears("10:30")
    story.expect(another, outcome="not-held", cause="provider", confidence="medium")


@pytest.mark.parametrize(("seen", "outcome"), [("10:00", "not-held"), ("10:01", "undetermined")])
def test_clinician_who_came_unheard_before_the_start_and_soon_went_did_not_hold_it(seen, outcome):
    """When they came adds nothing to the scheduled time, if they were there when it began."""
    story, clinician, client = without_clinician()
    story.opens("07:00", lost=True)
    story.joins(client, "10:10", registrant_id="")
    story.joins(clinician, "07:00", lost=True)
    story.other_meeting_hears(seen)
    story.is_over("10:14", client, clinician)
    story.expect(client, outcome=outcome)


PERSONAL = "7771112222"


def gone_to_the_personal_room(*, client_goes: bool = True) -> tuple[Story, object, object]:
    """The client comes to their meeting, where nobody is; the clinician sits in a room that no roster knows."""
    story, clinician, client = without_clinician()
    story.opens("09:58")
    story.stays(client, "09:58", "10:08")
    story.closes("10:08")
    story.place(PERSONAL, "10:05", host=HOST)
    story.joins(clinician, "10:05", meeting=PERSONAL)
    if client_goes:
        story.joins(client, "10:10", meeting=PERSONAL, registrant_id="")
        story.leaves(client, "11:00", meeting=PERSONAL)
    story.leaves(clinician, "11:00", meeting=PERSONAL)
    return story, clinician, client


def test_session_for_which_both_went_to_another_meeting_is_looked_at_by_a_person():
    """Their link failed them, and the clinician told the client another one: nobody is told that it was not held."""
    story, clinician, client = gone_to_the_personal_room()
    for person in (clinician, client):
        result = story.expect(person, outcome="undetermined", cause="unknown", only_actions={"review"})
        assert result["findings"][0]["rule"] == "held-otherwise"
        assert reason(result) == (
            "A clinician and a client were in another meeting together at that time, where nobody expects them."
        )


def test_session_of_which_nothing_was_heard_is_found_where_both_met():
    """The number in the roster has a digit wrong."""
    story, clinician, client = without_clinician()
    story.place(PERSONAL, "09:57", host=HOST)
    for person in (clinician, client):
        story.stays(person, "09:58", "10:59", meeting=PERSONAL)
    result = story.expect(client, outcome="undetermined", cause="unknown", flags={"wrong-meeting"})
    finding = result["findings"][0]
    assert finding["rule"] == "held-otherwise"
    assert finding["events"] == [1, 2], story.tell(result)  # they come


@pytest.mark.parametrize(("goes", "outcome"), [("10:24:59", "not-held"), ("10:25", "undetermined")])
def test_few_words_in_another_meeting_are_no_session(goes, outcome):
    """A quarter of the session is what takes a clinician to have held it."""
    story, _, client = gone_to_the_personal_room(client_goes=False)
    story.stays(client, "10:10", goes, meeting=PERSONAL, registrant_id="")
    story.expect(client, outcome=outcome)


@pytest.mark.parametrize(("comes", "goes"), [("09:40", "09:57"), ("10:06", "10:30")])
def test_who_was_in_another_meeting_before_the_session_or_before_the_clinician_was_not_with_them(comes, goes):
    """They were there one after the other, or met before the time and not in it."""
    story, clinician, client = without_clinician()
    story.opens("10:31")
    story.stays(client, "10:31", "10:58")
    story.closes("10:58")
    story.place(PERSONAL, "09:00", host=HOST)
    story.joins(clinician, "09:00" if comes == "09:40" else "10:30", meeting=PERSONAL)
    story.stays(client, comes, goes, meeting=PERSONAL, registrant_id="")
    story.leaves(clinician, "11:00", meeting=PERSONAL)
    story.expect(client, outcome="not-held", cause="provider")


def test_who_is_not_known_to_have_gone_from_another_meeting_may_have_stayed_with_the_clinician():
    story, _, client = gone_to_the_personal_room(client_goes=False)
    story.joins(client, "10:10", meeting=PERSONAL, registrant_id="")
    story.expect(client, outcome="undetermined")


def test_session_whose_clinician_sat_in_another_meeting_without_the_client_was_not_held():
    story, _, client = gone_to_the_personal_room(client_goes=False)
    result = story.expect(client, outcome="not-held", cause="provider", confidence="medium")
    assert reason(result) == "No clinician was there. It is not certain: a clinician was seen in another meeting."


def test_meetings_elsewhere_that_are_two_are_no_session():
    story, _, client = gone_to_the_personal_room(client_goes=False)
    story.stays(client, "10:10", "10:40", meeting="7773334444", registrant_id="")
    story.expect(client, outcome="not-held", cause="provider")


@pytest.mark.parametrize(
    ("another_before", "waits_at", "outcome"),
    [
        (False, "08:59:59", "undetermined"), (False, "09:00", "not-held"), (False, "09:59:59", "not-held"),
        (True, "09:00", "undetermined"), (True, "09:59:59", "undetermined"), (True, "10:00", "not-held"),
    ],
)  # fmt: skip
def test_who_waited_for_the_session_before_tells_nothing_of_this_one(another_before, waits_at, outcome):
    """Of the meeting nothing else was heard; they were there for the session that was on, if there was one."""
    story, clinician, client = without_clinician()
    if another_before:
        story.another_appointment("A0", story.meeting.meeting_id, "09:00", "10:00", clinician, client)
    story.waits(client, waits_at)
    story.expect(client, appointment_id="A1", outcome=outcome, no_show=False)


@pytest.mark.parametrize("goes_on", [False, True])
def test_incident_that_kept_the_clinician_away_is_said_to_be_the_reason_also_while_it_goes_on(goes_on):
    story, _, client = without_clinician()
    story.opens("09:58")
    story.joins(client, "09:59")
    incident = story.platform_incident("10:00", "10:55")
    if goes_on:
        del incident.body["payload"]["ended_at"]
    story.is_over("10:59", client)
    result = story.expect(client, outcome="not-held", cause="technical", confidence="medium")
    told = "An incident of the platform kept the clinician away, and too little of the session was held."
    assert reason(result) == told


def test_complete_report_shows_that_nobody_was_inside_while_the_client_waited():
    story, _, client = without_clinician()
    story.opens("09:58")
    story.waits(client, "09:59")
    story.closes("11:00")
    story.zoom_reports("12:00")
    result = story.expect(client, outcome="not-held", cause="provider", confidence="high")
    assert reason(result) == "No clinician was there."


def test_clinician_who_came_for_moments_was_heard_though_the_arrivals_of_clients_were_lost():
    story = Story("group", "10:00", "11:00")
    clinician, first, second = story.clinician(), story.client("C1"), story.client("C2")
    story.opens("09:55")
    for person in (first, second):
        story.joins(person, "09:58", lost=True)
    story.stays(clinician, "10:00", "10:05")
    story.other_meeting_hears("10:30")
    story.is_over("11:00", first, second)
    result = story.expect(clinician, outcome="not-held", cause="provider", confidence="high")
    assert reason(result) == "A clinician was there for too little of the scheduled time."


@pytest.mark.parametrize(
    ("why", "confidence"),
    [("client close", "medium"), ("network", "medium"), ("plain", "high"), ("host ended", "high")],
)
def test_clinician_whose_app_closes_alone_was_perhaps_cut_off(why, confidence):
    """Nobody was there yet, so the meeting ended with them: so goes who is cut off, and so goes who gives up."""
    story, clinician, client = without_clinician()
    story.begins("09:58", clinician)
    story.is_over("10:05", clinician, reason=why)
    story.other_meeting_hears("10:30")
    result = story.expect(client, outcome="not-held", cause="provider", confidence=confidence)
    assert ("It is not certain: a clinician" in reason(result)) is (confidence == "medium")


def test_clinician_of_whom_no_leave_was_delivered_was_perhaps_cut_off():
    story, clinician, client = without_clinician()
    story.begins("09:58", clinician)
    story.joins(client, "09:59")
    story.is_over("10:09", client)
    story.other_meeting_hears("10:30")
    result = story.expect(client, outcome="not-held", cause="provider", confidence="medium", held=9)
    assert reason(result).endswith("It is not certain: a clinician's leave was not delivered, nor why they went.")
