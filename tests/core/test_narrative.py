"""A verdict told as a story: what staff read when they ask why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.event import Event, EventKind, LeaveReason
from plugin.core.narrative import narrate
from plugin.core.rules import MISSES
from plugin.core.rules.support import FOUND
from plugin.core.witness import ELSEWHERE

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def event(minute: float, kind: EventKind, number: int, late: float = 0, **more) -> Event:
    at = TEN + timedelta(minutes=minute)
    return Event(kind=kind, at=at, received_at=at + timedelta(minutes=late), delivery=number, **more)


def result(**more) -> dict:
    """A result of the replay contract; what is not given is of an attended session."""
    found = [{"rule": "attended", "hit": True, "because": "They were there.", "events": []}]
    return {
        "appointment_id": "A1", "participant_id": "C1", "role": "client", "outcome": "attended", "cause": "none",
        "confidence": "high", "final": True, "held_minutes": 50.0, "attended_minutes": 50.0, "waited_minutes": 0.0,
        "lost_minutes": 0.0, "intervals": [{"state": "present"}], "findings": found, "actions": [],
    } | more  # fmt: skip


def told(one: dict, *events: Event, timezone: str = "", source: str = "delivery") -> list[str]:
    return list(narrate(one, events, timezone, source))


def test_story_is_told_in_the_order_of_what_happened():
    lines = told(result(), event(20, EventKind.LEFT, 1, reason=LeaveReason.PLAIN), event(0, EventKind.JOINED, 2))
    at = lines.index("What was seen:")
    assert lines[at + 1 : at + 3] == [
        "  2026-03-02 10:00:00 UTC  joined (delivery 2)", "  2026-03-02 10:20:00 UTC  left (delivery 1)",
    ]  # fmt: skip


def test_who_goes_to_another_room_leaves_this_one_before_they_join_that():
    hop = event(20, EventKind.JOINED, 1), event(20, EventKind.LEFT, 2, reason=LeaveReason.ROOM_SWITCH)
    lines = told(result(), *hop)
    at = lines.index("What was seen:")
    assert [line.partition(" UTC  ")[2] for line in lines[at + 1 : at + 3]] == [
        "left for another room of the meeting (delivery 2)", "joined (delivery 1)",
    ]  # fmt: skip


def test_times_are_those_of_the_program():
    assert "  2026-03-02 05:00:00 EST  joined (delivery 2)" in told(
        result(), event(0, EventKind.JOINED, 2), timezone="America/New_York"
    )


@pytest.mark.parametrize(("late", "remark"), [(4, ""), (4.01, ", 4 min late"), (90, ", 90 min late")])
def test_delivery_that_came_late_says_by_how_much(late, remark):
    lines = told(result(), event(0, EventKind.JOINED, 2, late))
    assert f"  2026-03-02 10:00:00 UTC  joined (delivery 2{remark})" in lines


@pytest.mark.parametrize(
    ("outcome", "intervals", "head"),
    [
        ("missed", [], "What was seen (of the clinician and the meeting, nothing of this person):"),
        ("missed", [{"state": "waiting"}], "What was seen:"),
        ("undetermined", [], "What was seen (nothing that is surely of this person):"),
        ("undetermined", [{"state": "present"}], "What was seen:"),
        ("not-held", [], "What was seen:"),
        ("attended", [{"state": "present"}], "What was seen:"),
    ],
)
def test_story_of_an_absence_says_that_none_of_it_is_theirs(outcome, intervals, head):
    assert head in told(result(outcome=outcome, intervals=intervals), event(0, EventKind.JOINED, 1))


def test_what_somebody_told_us_is_theirs_though_nothing_was_seen_of_them():
    click = event(2, EventKind.JOIN_CLICKED, 2, participant_id="C1")
    lines = told(result(outcome="missed", intervals=[]), event(0, EventKind.JOINED, 1), click)
    assert "What was seen (of this person only what was told us):" in lines


def test_every_event_that_a_finding_may_name_has_words():
    for kind in (
        EventKind.NOTICED, EventKind.MEETING_CHANGED, EventKind.MEETING_DELETED, EventKind.JOIN_CLICKED,
        EventKind.MEETING_STARTED, EventKind.MEETING_ENDED,
    ):  # fmt: skip
        assert str(kind) not in told(result(), event(0, kind, 1))[3]


def test_nothing_seen_is_said_so():
    assert "Nothing was seen of this person." in told(result())


@pytest.mark.parametrize(("numbers", "tail"), [([], ""), ([4], " [line 4]"), ([4, 7], " [lines 4, 7]")])
def test_finding_names_what_it_rests_on(numbers, tail):
    findings = [*result()["findings"], {"rule": "late", "hit": True, "because": "Late.", "events": numbers}]
    lines = told(result(findings=findings), source="line")
    assert f"  late: Late.{tail}" in lines[lines.index("What was found:") :]


def test_what_was_asked_in_vain_stands_apart_from_what_was_found():
    findings = [
        *result()["findings"],
        {"rule": "late", "hit": False, "because": "In time.", "events": []},
        {"rule": "dropped", "hit": True, "because": "Gone.", "events": []},
    ]
    lines = told(result(findings=findings))
    assert lines[-5:] == [
        "What was found:", "  dropped: Gone.", "", "What was asked and not found:", "  late: In time.",
    ]  # fmt: skip


def test_rules_with_nothing_of_their_own_to_say_are_named_and_no_more_unless_all_is_asked_for():
    usual = [{"rule": miss.rule, "hit": False, "because": miss.because, "events": []} for miss in MISSES]
    of_its_own = {"rule": "tried-to-join", "hit": False, "because": "They opened it in a silence.", "events": [4]}
    findings = [*result()["findings"], *[miss for miss in usual if miss["rule"] != "tried-to-join"], of_its_own]
    short = told(result(findings=findings))
    title = short.index("Asked as well, and nothing found:")
    assert "  tried-to-join: They opened it in a silence. [delivery 4]" in short[:title]
    names = " ".join(short[title + 1 :]).replace(".", "").replace(",", "").split()
    assert names == [miss.rule for miss in MISSES if miss.rule != "tried-to-join"]
    whole = list(narrate(result(findings=findings), (), "", whole=True))
    assert [line for line in whole if line in {f"  {miss.rule}: {miss.because}" for miss in MISSES}] == [
        f"  {miss.rule}: {miss.because}" for miss in MISSES if miss.rule != "tried-to-join"
    ]


def test_story_says_when_the_session_was_to_be():
    lines = list(narrate(result(), (), "America/New_York", scheduled=(TEN, TEN + timedelta(minutes=50))))
    assert lines[1] == "Scheduled 2026-03-02 05:00:00 EST to 2026-03-02 05:50:00 EST"


@pytest.mark.parametrize(
    ("final", "word"), [(True, "final"), (False, "provisional, a late delivery may still change it")]
)
def test_verdict_says_whether_it_stands(final, word):
    assert f"Verdict: attended, cause none, confidence high ({word})" in told(result(final=final))


def test_what_follows_says_what_a_coordinator_must_approve():
    actions = [
        {"kind": "reschedule", "hold": True, "because": "Lost."},
        {"kind": "ticket", "hold": False, "because": "Broke."},
    ]
    assert told(result(actions=actions))[-3:] == [
        "What follows:", "  reschedule (held for a coordinator): Lost.", "  ticket: Broke.",
    ]  # fmt: skip
    assert "What follows:" not in told(result())


def test_end_of_a_wait_without_a_reason_is_no_unknown_leave():
    gone = event(5, EventKind.WAITING_ENDED, 1, reason=LeaveReason.UNKNOWN)
    assert "  2026-03-02 10:05:00 UTC  left the waiting room (delivery 1)" in told(result(), gone)
    out = event(5, EventKind.WAITING_ENDED, 1, reason=LeaveReason.REMOVED)
    assert "  2026-03-02 10:05:00 UTC  was removed by the host (delivery 1)" in told(result(), out)


def test_what_is_told_of_somebody_else_says_of_whom():
    lines = list(narrate(result(), [event(0, EventKind.JOINED, 1)], "", whose={1: "T1 (clinician)"}))
    assert "  2026-03-02 10:00:00 UTC  T1 (clinician): joined (delivery 1)" in lines


def test_report_is_not_late_and_says_until_when():
    row = event(0, EventKind.PRESENCE_REPORTED, 1, late=70, ended_at=TEN + timedelta(minutes=40))
    told_of = "  2026-03-02 10:00:00 UTC  was there, says Zoom's report, until 2026-03-02 10:40:00 UTC (delivery 1)"
    assert told_of in told(result(), row)


def test_who_was_seen_in_another_meeting_was_seen_there():
    lines = list(
        narrate(result(outcome="missed", intervals=[]), [event(0, EventKind.JOINED, 1)], "", whose={1: ELSEWHERE})
    )
    assert "What was seen (of this person only in another meeting):" in lines


@pytest.mark.parametrize("outcome", ["missed", "undetermined"])
def test_who_was_seen_in_the_session_before_only_was_seen_all_the_same(outcome):
    seen = event(-2, EventKind.LEFT, 1, reason=LeaveReason.CONNECTION_LOST)
    lines = list(narrate(result(outcome=outcome, intervals=[]), [seen], "", whose={}))
    assert "What was seen (of this person only at another time):" in lines


def test_stranger_in_another_meeting_is_not_said_to_be_this_person():
    found = [{"rule": "unidentified-guest", "hit": True, "because": "Somebody waited.", "events": [1]}]
    of_a_stranger = result(outcome="undetermined", intervals=[], findings=found)
    lines = list(narrate(of_a_stranger, [event(0, EventKind.WAITED_FOR_HOST, 1)], "", whose={1: ELSEWHERE}))
    assert "What was seen (nothing that is surely of this person):" in lines


def test_flags_are_told():
    assert "  Flags: late, dropped." in told(result(flags=["late", "dropped"]))
    assert not any("Flags" in line for line in told(result(flags=[])))


def test_message_and_ticket_say_what_they_are():
    actions = [
        {"kind": "message", "hold": False, "because": "Cut off.", "purpose": "rejoin"},
        {"kind": "ticket", "hold": False, "because": "3 people.", "incident": True, "participants": ["C1"]},
    ]
    assert told(result(actions=actions))[-2:] == [
        "  message (rejoin): Cut off.", "  ticket (one for the whole incident): 3 people.",
    ]  # fmt: skip


def test_everything_that_tech_support_may_find_has_words():
    for kind in FOUND | {EventKind.UNREGISTERED}:
        assert str(kind) not in told(result(), event(0, kind, 1))[3]
