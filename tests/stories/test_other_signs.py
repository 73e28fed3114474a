"""Nobody saw them come, and yet there is a sign of them: no absence that is sure, or none at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.delivery import zulu
from tests.stories.story import Person, Story, an_hour

LOOK_AT_IT = {"outcome": "undetermined", "cause": "unknown", "confidence": "low", "only_actions": {"review"}}


def told_of(story: Story, client: Person, event: str, at: str, **more: object) -> None:
    """One more of Zoom's events about somebody, under a connection of which nothing else was delivered."""
    door = story.meeting.door(client.shown)
    story._send(story.meeting.person(event, story.at(at), door, "date_time"), at, **more)


def hour_without_the_client(kind: str = "individual") -> tuple[Story, Person, Person]:
    story, clinician, client = an_hour(kind)
    story.is_over("11:00", clinician)
    return story, clinician, client


@pytest.mark.parametrize("event", ["participant_role_changed", "participant_qos_summary", "participant_feedback"])
@pytest.mark.parametrize(("at", "seen"), [("10:20", True), ("11:10", True), ("08:00", False), ("11:20", False)])
def test_zoom_tells_something_else_of_somebody_whose_join_and_leave_were_lost(event, at, seen):
    story, _, client = hour_without_the_client()
    told_of(story, client, event, at)
    if seen:
        result = story.expect(client, **LOOK_AT_IT)
        told = [n for n, d in enumerate(story.deliveries(), 1) if d.body["event"] == f"meeting.{event}"]
        assert result["findings"][0]["events"] == told
    else:
        story.expect(client, outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize(("came", "outcome"), [(True, "missed"), (False, "undetermined")])
def test_what_is_told_of_the_run_before_is_no_sign_of_who_was_in_it(came, outcome):
    """Of who was not seen there either it is one, though others were."""
    story = Story("group", "10:00", "11:00")
    clinician, (client, other) = story.clinician(), story.clients(2)
    story.another_appointment("A0", story.meeting.meeting_id, "08:00", "08:50", clinician, client, other)
    story.begins("07:57", clinician)
    for person in (client, other) if came else (other,):
        story.stays(person, "07:59", "08:50")
    story.is_over("08:50", clinician)
    told_of(story, client, "participant_feedback", "09:10")
    story.begins("09:57", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome)


@pytest.mark.parametrize("runs", [False, True], ids=["one run", "two runs"])
@pytest.mark.parametrize(
    ("event", "keys", "after", "outcome"),
    [
        ("participant_qos_summary", "user_id", 1, "missed"), ("participant_feedback", "participant_uuid", 60, "missed"),
        ("participant_feedback", "", 60, "undetermined"), ("participant_data_summary", "user_id", 1, "missed"),
    ],
)  # fmt: skip
def test_what_zoom_tells_of_who_went_from_the_session_before_is_no_sign_of_this_one(event, keys, after, outcome, runs):
    """It tells how good a connection was as somebody leaves, and what they thought of it; of another connection in
    that meeting nobody knows how long it lasted."""
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), story.client(email="bo@example.net")
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "09:50", clinician, client)
    story.begins("08:57", clinician)
    story.stays(client, "08:59", "09:50")
    told, at = story._doors[(client.code, "", "")], story.at("09:50") + timedelta(seconds=after)
    body = story.meeting.person(event, at, told, "date_time")
    about = body["payload"]["object"]["participant"]
    for key in {"user_id", "participant_uuid"} - {keys}:
        about[key] = ""
    about |= {"participant_id": about.pop("user_id"), "email": "bo@example.net"}
    story._send(body, at)
    if runs:
        story.is_over("09:50", clinician)
        story.begins("09:57", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome, attended=0)


def test_connection_of_the_same_number_in_the_next_run_is_another_one():
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), story.client(email="bo@example.net")
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "09:50", clinician, client)
    story.begins("08:57", clinician)
    story.stays(client, "08:59", "09:50")
    story.is_over("09:50", clinician)
    story.begins("09:57", clinician)
    same = story._doors[(client.code, "", "")]
    story._send(story.meeting.person("participant_qos_summary", story.at("10:01"), same, "date_time"), "10:01")
    story.is_over("11:00", clinician)
    story.expect(client, **LOOK_AT_IT)


def warned(story: Story, person: Person, at: str, what: str = "internet connection unstable", **shown: str) -> None:
    """A warning of somebody's network, under a connection of which nothing else was delivered."""
    story.is_warned(person, at, what).body["payload"]["object"]["participant"] |= shown


def measured(story: Story, person: Person, at: str, **shown: str) -> None:
    """The quality of somebody's connection, as it comes once a minute; nothing is wrong with it."""
    warned(story, person, at, "", **shown)


def bound(story: Story, person: Person, at: str) -> None:
    """The word that somebody's telephone belongs to their other connection, and nothing of either."""
    door, phone = story.meeting.door(person.shown), story.meeting.door({})
    body = story.meeting.person("participant_bind", story.at(at), door, "date_time")
    body["payload"]["object"]["participant"] |= {
        "bind_user_id": phone.user_id, "bind_participant_uuid": phone.uuid, "phone_number": "+15550100111"
    }  # fmt: skip
    story._send(body, at)


@pytest.mark.parametrize(
    "tells",
    [
        lambda *told: warned(*told, email="cleo@example.net"),
        lambda *told: measured(*told, email="cleo@example.net"),
        bound,
    ],
    ids=["warned", "measured", "bound"],
)
def test_who_is_told_of_as_one_in_the_meeting_was_there_and_since_when_is_not_known(tells):
    story, _, client = hour_without_the_client()
    client.listed["email"] = "cleo@example.net"
    story.joins(client, "10:01", lost=True)
    tells(story, client, "10:20")
    result = story.expect(client, **LOOK_AT_IT, arrived="2026-03-02T10:20:00Z", without={"late"})
    because = "They were in the meeting at 10:20:00 UTC, and nothing more was delivered of it."
    assert result["findings"][0]["because"] == because


@pytest.mark.parametrize("tells", [warned, measured])
def test_clinician_of_whom_a_warning_alone_tells_may_have_held_it(tells):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    story.joins(clinician, "09:57", lost=True)
    tells(story, clinician, "10:20", participant_user_id=clinician.shown["zoom_id"])
    story.stays(client, "09:58", "11:00")
    story.closes("11:00")
    for person in (clinician, client):
        story.expect(person, outcome="undetermined", flags={"feed-gap"})


@pytest.mark.parametrize("tells", [warned, measured])
@pytest.mark.parametrize(("last", "outcome"), [("10:20:59", "missed"), ("10:21", "undetermined")])
def test_stranger_who_was_warned_or_measured_at_two_moments_was_there_between_them(last, outcome, tells):
    story, _, client = hour_without_the_client()
    somebody = story.guest()
    story.joins(somebody, "10:05", lost=True)
    for at in ("10:20", last):
        tells(story, somebody, at)
    story.expect(client, outcome=outcome, flags={"unidentified-guest"} if outcome == "undetermined" else set())


@pytest.mark.parametrize("tells", [warned, measured])
def test_what_is_told_of_the_quality_of_no_connection_at_all_is_of_nobody(tells):
    story, clinician, client = hour_without_the_client()
    for at in ("10:20", "10:30"):
        tells(story, clinician, at, user_id="")
    story.expect(client, outcome="missed", cause="absence", confidence="high")


def test_measures_of_a_connection_that_is_known_add_nothing():
    story, clinician, client = an_hour()
    story.joins(client, "10:01")
    for minute in range(2, 30):
        measured(story, client, f"10:{minute:02d}")
    story.leaves(client, "10:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="absence", flags={"left-early"}, left="2026-03-02T10:30:00Z")
    assert len(result["findings"][0]["events"]) == 2


def test_address_that_a_measure_alone_shows_says_who_it_was():
    """Zoom leaves out the address of whoever comes after a guest."""
    story, clinician, client = an_hour()
    client.listed["email"] = "cleo@example.net"
    story.joins(client, "10:01", registrant_id="", name="Tablet")
    for at in ("10:05", "10:06"):
        measured(story, client, at, email="cleo@example.net")
    client.shown |= {"registrant_id": "", "name": "Tablet"}
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", arrived="2026-03-02T10:01:00Z")


def test_equipment_that_nobody_can_read_is_somebodys_all_the_same():
    story, _, client = hour_without_the_client()
    client.listed["email"] = "cleo@example.net"
    body = story.meeting.quality(story.at("10:20"), story.meeting.door(client.shown), "")
    body["payload"]["object"]["participant"] |= {"email": "cleo@example.net", "data": [{"device": "Zeppelin"}]}
    story._send(body | {"event": "meeting.participant_data"}, "10:20")
    story.expect(client, **LOOK_AT_IT)


def test_who_tried_their_device_for_this_session_meant_to_come():
    story, _, client = hour_without_the_client()
    body = story.meeting.body("meeting.device_tested", story.at("10:03"))
    body["payload"]["object"]["test_result"] = {"user_id": "1", "user_name": client.shown["name"], "camera_status": 2}
    story._send(body, "10:03")
    story.expect(client, **LOOK_AT_IT)


@pytest.mark.parametrize(
    ("event", "number", "seen"),
    [("accepted", "+15550100111", True), ("missed", "+15550100111", False), ("accepted", "+15550100222", False)],
)
def test_who_answered_when_the_meeting_called_their_telephone_was_not_away(event, number, seen):
    story, _, client = hour_without_the_client()
    client.listed["phone"] = "1 555 010 0111"
    about = {"invitee_name": "", "phone_number": number}
    story._send(
        story.meeting.body(f"meeting.participant_phone_callout_{event}", story.at("10:12"), participant=about), "10:12"
    )
    if seen:
        story.expect(client, **LOOK_AT_IT)
    else:
        story.expect(client, outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize(("of_clinician", "outcome"), [(True, "undetermined"), (False, "not-held")])
def test_clinician_of_whom_something_else_is_told_may_have_held_it(of_clinician, outcome):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    story.joins(client, "09:58")
    told_of(story, clinician if of_clinician else client, "participant_role_changed", "10:20")
    story.is_over("11:00", client)
    story.expect(client, outcome=outcome)


def test_what_is_told_of_somebody_else_is_no_sign_of_the_client():
    story, _, client = hour_without_the_client()
    told_of(story, story.guest("Nobody We Know"), "participant_feedback", "10:20")
    story.expect(client, outcome="missed", cause="absence", confidence="high")


# --- their registration ended ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["cancelled", "denied"])
@pytest.mark.parametrize(
    ("who", "at", "occurrence", "of_theirs"),
    [
        ({"id": "reg-C1"}, "-48:00", "", True),
        ({"id": "", "email": "C1@example.org"}, "09:00", "10:00", True),
        ({"id": "reg-C1"}, "10:30", "", True),
        ({"id": "reg-C1"}, "09:00", "34:00", False),
        ({"id": "reg-C2"}, "09:00", "", False),
        ({"id": "reg-before", "email": "C1@example.org"}, "-48:00", "", False),
        ({"id": "reg-C1"}, "11:00", "", False),
    ],
)
def test_who_was_registered_no_more_could_not_come(event, who, at, occurrence, of_theirs):
    story, _, client = hour_without_the_client()
    client.listed["email"] = "c1@example.org"
    moment = story.at("10:00") - timedelta(days=2) if at == "-48:00" else story.at(at)
    about = {"registrant": who}
    if occurrence:
        about["occurrences"] = [{"occurrence_id": "1", "start_time": zulu(story.at(occurrence))}]
    story.other_meeting_hears("10:20")
    story._send(story.meeting.body(f"meeting.registration_{event}", moment, 0, **about), moment)
    if of_theirs:
        story.expect(client, **LOOK_AT_IT)
    else:
        story.expect(client, outcome="missed", cause="absence", confidence="high")


# --- two before one device, one with another's link ------------------------------------------------------------------


def family(shown: str) -> tuple[Story, Person, Person]:
    """A client who joins by their own link, and a father who was not seen."""
    story = Story("family", "10:00", "11:00")
    clinician, client = story.clinician(), story.client("C1", "Esi Mensah")
    father = story.client("F1", "Kofi Mensah", registrant_id="reg-F1")
    story.begins("09:57", clinician)
    story.joins(client, "09:58", name=shown)
    story.is_over("11:00", client, clinician)
    return story, client, father


@pytest.mark.parametrize(
    "shown", ["Esi and Kofi Mensah", "Esi Mensah & KOFI MENSAH", "Kofi/Esi Mensah", "kofi mensah + 1", "Kofi & Esi"]
)
@pytest.mark.parametrize("listed", ["Kofi Mensah", "Mensah, Kofi"])
def test_one_device_that_shows_two_names_makes_neither_absent(shown, listed):
    story, client, father = family(shown)
    father.listed["name"] = listed
    story.expect(client, outcome="attended", confidence="high")
    assert story.expect(father, **LOOK_AT_IT)["findings"][0]["events"] == [3, 4], "the client's join and leave"


@pytest.mark.parametrize(
    ("shown", "confidence"),
    [
        ("Esi Mensah", "high"),
        ("Kofi's phone", "high"),
        ("Mensah", "high"),
        ("Esi", "high"),
        ("Esi M.", "high"),
        ("Kofi Mensah", "medium"),
        ("Kofi", "medium"),
        ("Kofi M.", "medium"),
        ("KOFI", "medium"),
        ("Kofi B.", "high"),
    ],
)
def test_link_of_one_under_the_name_of_another_makes_the_other_not_surely_absent(shown, confidence):
    story, client, father = family(shown)
    story.expect(client, outcome="attended")
    story.expect(father, outcome="missed", cause="absence", confidence=confidence)


@pytest.mark.parametrize("shown", ["Esi Kofi", "Kofi", "Kofi M."])
def test_second_given_name_of_ones_own_is_not_that_of_another(shown):
    story, client, father = family(shown)
    client.listed["name"] = "Esi Kofi Mensah"
    story.expect(father, outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize(
    "shown",
    [
        {"name": "Kofi Mensah"},
        {"name": "Kofi"},
        {"name": "Kofi M."},
        {"email": "kofi@example.org"},
        {"phone": "15550100142"},
    ],
)
def test_who_comes_by_the_link_of_one_who_is_there_already_is_not_absent(shown):
    """One link for the whole family, and two devices: the link says who the first is, and cannot be that of both."""
    story, client, father = family("Esi Mensah")
    father.listed |= {"email": "kofi@example.org", "phone": "+1 555 010 0142"}
    story.joins(client, "10:02", device="tablet", **shown)
    story.leaves(client, "10:58", device="tablet")
    story.expect(client, outcome="attended", confidence="high")
    assert story.expect(father, **LOOK_AT_IT)["findings"][0]["events"], "the deliveries of the second device"


@pytest.mark.parametrize(("shown", "missed"), [("Ana", True), ("Ana L.", True), ("Ana S.", False)])
def test_given_name_that_two_have_is_that_of_the_other_only_with_the_other_ones_initial(shown, missed):
    """In a group people show a given name and an initial; somebody takes part on two devices, or lent their link."""
    story = Story("group", "10:00", "11:00")
    clinician, one, other = story.clinician(), story.client("C1", "Ana Lopez"), story.client("C2", "Ana Silva")
    story.begins("09:57", clinician)
    story.joins(one, "09:58", name="Ana Lopez")
    story.joins(one, "10:02", device="tablet", name=shown)
    story.leaves(one, "11:00", device="tablet")
    story.is_over("11:00", one, clinician)
    if missed:
        story.expect(other, outcome="missed", cause="absence", confidence="high")
    else:
        story.expect(other, **LOOK_AT_IT)


def test_account_of_the_program_under_the_name_of_a_client_beside_the_clinicians_own_makes_the_client_not_absent():
    """A tablet of the program, signed in to the clinician's account, in the hands of the client."""
    story, clinician, client = an_hour()
    story.joins(clinician, "10:00", device="tablet", name=client.listed["name"])
    story.leaves(clinician, "11:00", device="tablet")
    story.is_over("11:00", clinician)
    story.expect(clinician, outcome="attended", held=60)
    story.expect(client, **LOOK_AT_IT)


@pytest.mark.parametrize(
    ("first", "gone"), [("Kofi Mensah", "11:00"), ("Esi Mensah", "10:03"), ("Esi Mensah", "09:59")]
)
def test_two_devices_of_one_who_takes_the_name_of_another_are_a_doubt_only(first, gone):
    """Both under the one name, or one after the other, as who was cut off and whose old connection ends late."""
    story = Story("family", "10:00", "11:00")
    clinician, client = story.clinician(), story.client("C1", "Esi Mensah")
    father = story.client("F1", "Kofi Mensah", registrant_id="reg-F1")
    story.begins("09:57", clinician)
    story.joins(client, "09:58", name=first)
    story.joins(client, "10:01", device="tablet", name="Kofi Mensah")
    story.leaves(client, gone, "client close")
    story.leaves(client, "11:00", device="tablet")
    story.is_over("11:00", clinician)
    story.expect(father, outcome="missed", cause="absence", confidence="medium")


def test_link_of_one_with_the_address_of_another_makes_the_other_not_surely_absent():
    story, clinician, client = an_hour("group")
    other = story.client("C2", email="kofi@example.org")
    story.joins(client, "09:58", email="Kofi@Example.org")
    story.is_over("11:00", client, clinician)
    story.expect(other, outcome="missed", cause="absence", confidence="medium")


@pytest.mark.parametrize("key", ["registrant_id", "customer_key"])
def test_key_that_two_rows_have_by_mistake_makes_the_other_not_surely_absent(key):
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    for person in (client, other):
        person.listed[key] = "the-same"
    story.joins(client, "09:58", **({"registrant_id": ""} | {key: "the-same"}))
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", flags={"matched-by-name"})
    story.expect(other, outcome="missed", cause="absence", confidence="medium")


@pytest.mark.parametrize(
    ("name", "email", "outcome"),
    [("Room 4", "room4@example.org", "undetermined"), ("Room 4", "", "undetermined"), ("Dana Whitfield", "", "missed"),
     ("Room 4", "dana@example.org", "missed")],
)  # fmt: skip
def test_account_of_a_consulting_room_leaves_open_which_of_two_clinicians_was_there(name, email, outcome):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(email="dana@example.org"), story.client()
    other = story.clinician("T2", "Robin Marsh", zoom_id="", email="robin@example.org")
    story.opens("09:57")
    story.joins(clinician, "09:57", name=name, email=email)
    story.joins(client, "10:01")
    story.is_over("11:00", client, clinician)
    sure, surely_away = ("medium", "low") if outcome == "undetermined" else ("high", "high")
    story.expect(clinician, outcome="attended", held=60, confidence=sure)
    story.expect(other, outcome=outcome, confidence=surely_away)


def test_host_account_leaves_open_which_clinician_was_there_when_neither_has_a_name():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(name="", email="dana@example.org"), story.client()
    other = story.clinician("T2", "", zoom_id="", email="robin@example.org")
    story.opens("09:57")
    story.joins(clinician, "09:57", name="", email="")
    story.joins(client, "10:01")
    story.is_over("11:00", client, clinician)
    story.expect(other, outcome="undetermined", actions={"review"})


# --- expected in two meetings at a time ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "at", "surely_away"),
    [
        ("10:00", "11:00", "09:55", False),
        ("10:30", "11:30", "10:29", False),  # half of it
        ("10:31", "11:30", "10:30", True),
        ("09:00", "10:10", "09:01", True),
        ("08:00", "12:00", "08:00", False),
    ],
)
def test_who_is_booked_twice_and_came_to_the_other_session_is_not_absent_in_this_one(starts, ends, at, surely_away):
    story, clinician, client = an_hour()
    other = story.clinician("T2", "Robin Marsh", zoom_id="", email="robin@example.org")
    story.people.remove(other)
    story.another_appointment("A2", "97712345678", starts, ends, other, client)
    client.listed["customer_key"] = client.shown["customer_key"] = "ck-7"
    story.joins(client, at, meeting="97712345678")
    story.stays(other, starts, ends, meeting="97712345678")
    story.is_over("11:00", clinician)
    if surely_away:
        story.expect(client, outcome="missed", cause="absence", confidence="high")
    else:
        story.expect(client, without={"wrong-meeting"}, **LOOK_AT_IT)


def test_who_is_booked_twice_and_came_to_neither_is_absent():
    story, _, client = hour_without_the_client()
    story.another_appointment("A2", "97712345678", "10:00", "11:00", client)
    story.expect(client, outcome="missed", cause="absence")


# --- moved at Zoom ---------------------------------------------------------------------------------------------------


def moves(story: Story, at: str, before: str, after: str) -> None:
    """meeting.updated: only what changed is in it, with what stood there before."""
    body = story.meeting.body("meeting.updated", story.at(at))
    number = body["payload"]["object"]["id"]
    told = {name: {"id": int(number), "start_time": f"2026-03-02T{time}:00Z"} for name, time in
            (("object", after), ("old_object", before))}  # fmt: skip
    body["payload"] = {"account_id": "AcctOne", "operator": "x@example.org", "scope": "all"} | told
    story._send(body, at)


def test_session_that_was_moved_at_zoom_has_nobody_absent_at_the_old_time():
    story, _, client = hour_without_the_client()
    moves(story, "08:00", "10:00", "14:00")
    story.expect(client, **LOOK_AT_IT)


def test_clinician_who_moved_it_at_zoom_did_not_stay_away():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    moves(story, "09:30", "10:00", "14:00")
    story.other_meeting_hears("10:20")
    for person in (clinician, client):
        story.expect(person, outcome="undetermined", cause="unknown")


@pytest.mark.parametrize(
    "changes",
    [
        [("08:00", "12:00", "14:00")],  # another occurrence of it
        [("08:00", "10:00", "14:00"), ("08:30", "14:00", "10:00")],  # and back
        [("10:30", "10:00", "14:00")],  # when it had begun
        [("08:00", "10:00", "10:00")],  # the time stood in it and did not change
    ],
)
def test_what_did_not_move_this_session_changes_nothing(changes):
    story, _, client = hour_without_the_client()
    for change in changes:
        moves(story, *change)
    story.expect(client, outcome="missed", cause="absence", confidence="high")


def test_move_a_week_before_counts_and_arrives_in_any_order():
    story, _, client = hour_without_the_client()
    body = story.meeting.body("meeting.updated", story.at("10:00"))
    body["payload"]["object"] = {"id": 93412345678, "start_time": "2026-03-02T14:00:00Z"}
    body["payload"]["old_object"] = {"id": 93412345678, "start_time": "2026-03-02T10:00:00Z"}
    body["event_ts"] -= 7 * 86_400_000
    story._send(body, "10:00", after=7)
    story.expect(client, **LOOK_AT_IT)


# --- back at another session of theirs that is over ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "comes", "outcome"),
    [
        ("09:50", "10:01", "undetermined"),
        ("09:50", "09:55:01", "undetermined"),
        ("09:50", "09:55", "missed"),
        ("09:30", "09:45", "undetermined"),
        ("09:30", "09:44:59", "missed"),
        ("09:50", "11:00:01", "missed"),
        ("10:01", "10:01", "undetermined"),
    ],
    ids=[
        "in the time of this one",
        "early for it",
        "as the other one is hardly over",
        "as early as anybody comes",
        "too early for it",
        "after it",
        "the other one is on, and nobody holds it",
    ],
)
def test_who_uses_the_link_of_their_session_before_once_more_meant_to_come_to_this_one(ends, comes, outcome):
    """Early as well: they sit in an empty room when theirs begins."""
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story.another_appointment("A0", "93000000000", "09:00", ends, clinician, client)
    story.joins(client, comes, meeting="93000000000")
    story.expect(client, outcome=outcome, cause="unknown" if outcome == "undetermined" else "absence")


@pytest.mark.parametrize("event", ["participant_role_changed", "participant_qos_summary"])
@pytest.mark.parametrize("runs_on", [True, False])
def test_what_is_told_of_somebody_in_the_session_in_which_they_were_says_nothing_of_the_one_before(event, runs_on):
    """Made a co-host at 11:10, in the session to which they came: no sign of them in the one that they missed."""
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:20")
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, client)
    if not runs_on:
        story.is_over("11:00", clinician)
        story.begins("11:01", clinician)
    story.joins(client, "11:02")
    told_of(story, client, event, "11:10")
    story.is_over("12:00", client, clinician)
    story.expect(client, outcome="missed", cause="absence")
    story.expect(client, appointment_id="A2", outcome="attended")


def test_what_is_told_of_somebody_in_a_session_is_a_sign_of_them_though_they_came_to_the_next_one():
    story, clinician, client = an_hour()
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, client)
    told_of(story, client, "participant_role_changed", "10:40")
    story.joins(client, "11:02")
    story.is_over("12:00", client, clinician)
    story.expect(client, **LOOK_AT_IT)


@pytest.mark.parametrize("event", ["participant_role_changed", "participant_phone_callout_accepted", "device_tested"])
@pytest.mark.parametrize(("at", "confidence"), [("09:59", "medium"), ("10:10", "medium"), ("10:24:30", "high")])
def test_who_came_late_and_of_whom_something_was_told_long_before_is_not_surely_late_by_choice(event, at, confidence):
    """They tried their device in time, or their joining was lost; who does so as they come is late."""
    story, clinician, client = an_hour()
    told_of(story, client, event, at)
    if event == "device_tested":
        about = story.sent[-1].body["payload"]["object"]
        about["test_result"] = {"user_id": "", "user_name": about.pop("participant")["user_name"], "os": "Win"}
    story.joins(client, "10:25")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="partial", cause="absence", confidence=confidence, flags={"late"})
    told = [n for n, d in enumerate(story.deliveries(), 1) if d.body["event"] == f"meeting.{event}"]
    assert (confidence == "medium") is set(told).issubset(result["findings"][0]["events"]), result["findings"][0]
