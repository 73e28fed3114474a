"""One field of a delivery is nonsense: the rest of it tells what happened, and it costs nobody their session."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from plugin.core.result import plain
from plugin.recording import LineProblem, Recording, read_recording
from plugin.replay import replay
from tests.stories.delivery import Delivery, zulu
from tests.stories.story import POLICY, Person, Story, an_hour

SENT_INSTEAD = "when it was sent counts instead"


def recorded(story: Story, lines: list[bytes] | None = None) -> Recording:
    return read_recording(story.lines() if lines is None else lines, [story.appointment, *story.others])


def verdict(story: Story, who: Person, lines: list[bytes] | None = None) -> dict:
    """The result of one person, whatever was wrong with the lines."""
    roster = [story.appointment, *story.others]
    results = map(plain, replay(roster, recorded(story, lines), POLICY))
    [result] = [r for r in results if (r["appointment_id"], r["participant_id"]) == ("A1", who.code)]
    return result


def problems(story: Story, lines: list[bytes] | None = None) -> list[LineProblem]:
    return recorded(story, lines).problems


def bare(story: Story) -> list[bytes]:
    """The deliveries as Zoom sends them, without an envelope."""
    return [json.dumps(delivery.body).encode() for delivery in story.deliveries()]


def held(arrives: str = "09:58") -> tuple[Story, Person, Person, list[Delivery]]:
    """An hour to which the client came, and stayed to the end; the two deliveries that tell of them."""
    story, clinician, client = an_hour()
    told = [story.joins(client, arrives), story.leaves(client, "11:00")]
    story.is_over("11:00", clinician)
    return story, clinician, client, told


def thing(delivery: Delivery) -> dict:
    return delivery.body["payload"]["object"]


# --- who it was ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [[], "x", 7, [{"user_id": "1"}], True])
def test_who_cannot_be_read_was_somebody_and_nobody_is_called_absent_beside_them(who):
    story, clinician, client, told = held()
    for delivery in told:
        thing(delivery)["participant"] = who
    assert verdict(story, client)["outcome"] == "undetermined"
    assert "unidentified-guest" in verdict(story, client)["flags"]
    assert verdict(story, clinician)["outcome"] == "attended"
    assert [problem.used for problem in problems(story)] == [True, True]


def test_neither_is_a_session_said_not_to_be_held_for_it():
    story, clinician, client, _ = held()
    for delivery in story.sent:
        if thing(delivery).get("participant", {}).get("id"):
            thing(delivery)["participant"] = "Dana"
    assert verdict(story, clinician)["outcome"] == verdict(story, client)["outcome"] == "undetermined"


def test_a_name_that_was_cut_in_the_middle_of_a_letter_loses_nobody():
    story, _, client, _ = held()
    lines = [line.replace(client.shown["name"].encode(), b"\xc3\xa9 Nu\xc3") for line in story.lines()]
    assert verdict(story, client, lines)["attended_minutes"] == 60
    assert not problems(story, lines)


@pytest.mark.parametrize("name", ["Am\ud83d", "Ame\u0301lie"])
@pytest.mark.parametrize("arrived", ["2026-03-02T09:58:02Z", 1772445482000, None])
def test_a_body_that_is_kept_as_text_is_read_alike(name, arrived):
    story, _, client, told = held()
    for delivery in told:
        thing(delivery)["participant"]["user_name"] = name
    lines = [json.dumps({"received_at": arrived, "body": json.dumps(d.body, ensure_ascii=False)}).encode()
             for d in story.deliveries()]  # fmt: skip
    assert verdict(story, client, lines)["attended_minutes"] == 60
    assert all(problem.used for problem in problems(story, lines))


@pytest.mark.parametrize("key", ["participant", "payload", "object"])
def test_of_what_is_said_twice_the_last_counts(key):
    story, _, client, _ = held()
    word = f'"{key}":'.encode()
    lines = [line.replace(word, word + b'"x",' + word, 1) for line in story.lines()]
    assert verdict(story, client, lines)["attended_minutes"] == 60
    assert not problems(story, lines)


@pytest.mark.parametrize("at", [0, 1])
def test_whose_link_somebody_else_shows_in_one_delivery_was_there_all_the_same(at):
    """The other delivery of the same connection says who it was; of one of the two nobody knows."""
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    told = [story.joins(client, "09:58"), story.leaves(client, "11:00")]
    story.is_over("11:00", clinician)
    thing(told[at])["participant"]["registrant_id"] = other.shown["registrant_id"]
    assert verdict(story, client)["outcome"] == "attended"
    assert verdict(story, client)["confidence"] == "medium"


def test_a_clinician_whose_leave_shows_the_link_of_a_client_held_the_session():
    story, clinician, client, _ = held()
    thing(story.sent[-2])["participant"]["registrant_id"] = client.shown["registrant_id"]
    assert thing(story.sent[-2])["participant"]["id"] == story.host_id
    assert verdict(story, clinician)["outcome"] == verdict(story, client)["outcome"] == "attended"


def test_a_host_who_came_by_the_link_of_a_client_may_have_been_the_clinician():
    story = Story("group", "10:00", "11:00")
    clinician, client, other = story.clinician(), *story.clients(2)
    story.opens("09:57")
    story.stays(clinician, "09:57", "11:00", registrant_id=client.shown["registrant_id"])
    story.stays(other, "09:58", "11:00")
    story.closes("11:00")
    for person in (clinician, client, other):
        assert verdict(story, person)["outcome"] == "undetermined"


@pytest.mark.parametrize("number", ["0", "AAAAAAAA-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("known_by", ["registrant_id", "customer_key", "email"])
def test_people_are_told_apart_though_all_have_the_same_number_of_a_stay(number, known_by):
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    people = [story.client(f"C{n}", **{"registrant_id": "", known_by: f"c{n}@example.org"}) for n in (1, 2, 3)]
    client, late, absent = people
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "11:00", **{known_by: "c1@example.org"})
    story.stays(late, "10:30", "11:00", **{known_by: "c2@example.org"})
    story.is_over("11:00", clinician)
    for delivery in story.sent:
        if about := thing(delivery).get("participant"):
            about["participant_uuid"] = number
    got = [verdict(story, person)["attended_minutes"] for person in (clinician, client, late, absent)]
    assert got == [60, 60, 30, 0]


def test_who_has_the_number_of_somebody_elses_stay_is_not_absent():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    first = story.joins(client, "09:58")
    story.leaves(client, "11:00")
    for delivery in (story.joins(other, "10:00"), story.leaves(other, "11:00")):
        thing(delivery)["participant"]["participant_uuid"] = thing(first)["participant"]["participant_uuid"]
    story.is_over("11:00", clinician)
    for lines in (None, bare(story), bare(story)[::-1]):
        assert [verdict(story, person, lines)["attended_minutes"] for person in (client, other)] == [60, 60]


# --- where it was ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["\u200b\u200d", "-", "\u0000", "…"])
def test_a_meeting_number_of_nothing_to_see_is_none(number):
    """The instance says which meeting it was; a wrong room it is not."""
    story, _, client, told = held()
    thing(told[1])["id"] = number
    shuffled = story.lines()
    random.Random(3).shuffle(shuffled)
    for lines in (None, shuffled):
        result = verdict(story, client, lines)
        assert (result["outcome"], result["flags"]) == ("attended", [])


def test_whose_leave_names_another_meeting_is_judged_alike_in_any_order():
    story, _, client = an_hour()
    other = Story("individual", "10:00", "11:00", meeting_id="95500000001").meeting
    other.new_instance(story.at("10:00"))
    story.another_appointment("A2", "95500000001", "10:00", "11:00", story.client("C2"))
    story.joins(client, "09:58")
    left = story.leaves(client, "10:30")
    thing(left)["id"] = other.meeting_id
    lines = bare(story)
    results = []
    for seed in range(6):
        random.Random(seed).shuffle(lines)
        result = verdict(story, client, lines)
        results.append((result["outcome"], result["cause"], result["flags"], result["lost_minutes"]))
    assert len({str(result) for result in results}) == 1


# --- when it was -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [Story.lines, bare])
@pytest.mark.parametrize("at", ["2026-02-23T09:57:00Z", "2011-03-02T09:57:00Z"])
def test_who_joined_before_the_meeting_began_joined_when_it_was_sent(form: Callable[[Story], list[bytes]], at):
    """Else the clinician of today would have held the session of yesterday."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("11:30")
    thing(story.joins(clinician, "11:30"))["participant"]["join_time"] = at
    story.joins(client, "10:55")
    story.is_over("12:30", clinician, client)
    story.another_appointment("A2", story.meeting.meeting_id, "11:30", "12:30", clinician, client)
    assert verdict(story, client, form(story))["outcome"] == "not-held"
    [problem] = problems(story, form(story))
    assert SENT_INSTEAD in problem.what


def test_who_left_years_from_now_left_when_it_was_sent():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", lost=True)
    thing(story.leaves(client, "10:30"))["participant"]["leave_time"] = "2087-03-02T10:30:00Z"
    story.is_over("11:00", clinician)
    assert verdict(story, client)["left_at"].startswith("2026-03-02T10:30:01")


def test_what_was_sent_years_before_it_happened_happened_when_it_says():
    """Without an envelope nothing else tells when it arrived; but the meeting began at about the time that it says."""
    story, _, client, told = held()
    for delivery in told:
        delivery.body["event_ts"] -= 5 * 365 * 86_400_000
    result = verdict(story, client, bare(story))
    assert (result["outcome"], result["attended_minutes"]) == ("attended", 60)
    assert [problem.used for problem in problems(story, bare(story))] == [True, True]


@pytest.mark.parametrize("arrived", ["1970-01-01T00:00:07Z", "2000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_clock_of_the_receiver_that_was_never_set_loses_nobody(arrived):
    story, _, client, _ = held()
    lines = [json.dumps(json.loads(line) | {"received_at": arrived}).encode() for line in story.lines()]
    lines[-3:] = story.lines()[-3:]
    assert verdict(story, client, lines)["attended_minutes"] == 60
    assert [problem.used for problem in problems(story, lines)] == [True] * (len(lines) - 3)
    assert all(SENT_INSTEAD in problem.what for problem in problems(story, lines))


def test_what_was_told_behind_the_link_counts_when_it_arrived_if_its_own_clock_was_wrong():
    story, clinician, client = an_hour()
    story.reports_trouble(client, "10:02").body["event_ts"] += 900 * 86_400_000
    story.is_over("11:00", clinician)
    assert verdict(story, client)["cause"] == "technical"


@pytest.mark.parametrize("at", ["", None, "soon"])
def test_whose_row_of_the_report_does_not_say_when_they_came_is_not_absent(at):
    story, clinician, client = an_hour()
    other = story.client("C2")
    story.stays(other, "09:58", "11:00")
    story.is_over("11:00", clinician)
    rows = [(who, "09:58", "11:00") for who in (clinician, other, client)]
    story.zoom_reports("11:20", *rows)
    thing(story.sent[-2])["participant"]["join_time"] = at
    assert verdict(story, other)["outcome"] == "attended"
    assert verdict(story, client)["outcome"] == "undetermined"


# --- when it was over ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["10:10", "09:00", "2026-02-20T11:00:00Z"])
def test_an_end_after_which_people_came_and_went_is_none(end):
    story, clinician, client, _ = held()
    thing(story.sent[-1])["end_time"] = end if "T" in end else zulu(story.at(end))
    for person in (clinician, client):
        assert verdict(story, person)["attended_minutes"] == 60
    assert verdict(story, client)["confidence"] == "high"


def test_an_end_after_which_one_alone_is_told_of_stands():
    """The one may be who is wrong: a leave of somebody who was cut off is told late."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_over("10:30", clinician)
    story.leaves(client, "10:40", "client close")
    assert verdict(story, client)["held_minutes"] == 30


def test_an_end_before_the_start_is_none():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("10:00")
    thing(story.closes("11:00"))["end_time"] = zulu(story.at("09:45"))
    for person in (clinician, client):
        assert verdict(story, person)["outcome"] == "undetermined"


def test_a_run_that_went_on_did_not_end_because_another_is_told_to_have_begun():
    """Here the end of the one names another run, and so begins that one when this one began."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:20")
    story.is_over("11:00", clinician)
    before = verdict(story, client)
    thing(story.sent[-1])["uuid"] = "of nothing=="
    after = verdict(story, client)
    assert (after["outcome"], after["cause"], after["flags"]) == ("partial", "absence", before["flags"])
