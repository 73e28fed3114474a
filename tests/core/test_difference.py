"""What another policy would change: which verdicts, which numbers, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from config.policy import load_policy
from plugin.core.appointment import Kind
from plugin.core.difference import difference, thresholds_that_differ


def result(outcome: str = "attended", cause: str = "none", actions: tuple[dict, ...] = (), **more) -> dict:
    found = [
        {"rule": outcome, "hit": True, "because": f"It was {outcome}.", "events": []},
        {"rule": "late", "hit": False, "because": "In time.", "events": []},
    ]
    return {
        "appointment_id": "A1", "participant_id": "C1", "outcome": outcome, "cause": cause, "confidence": "high",
        "flags": [], "final": True, "held_minutes": 50.0, "attended_minutes": 48.0, "waited_minutes": 0.0,
        "lost_minutes": 0.0, "findings": found, "actions": list(actions),
    } | more  # fmt: skip


TICKET = {"kind": "ticket", "hold": False, "because": "Broke."}
MESSAGE = {"kind": "message", "hold": False, "because": "Missed.", "purpose": "missed"}


def test_same_verdict_with_the_same_actions_is_no_difference():
    assert difference(result(), result()) is None
    assert difference(result(actions=(TICKET,)), result(actions=(TICKET | {"because": "In other words."},))) is None


def test_another_outcome_is_told_with_both_reasons():
    found = difference(result(), result("partial", "technical"))
    assert (found.appointment_id, found.participant_id) == ("A1", "C1")
    assert found.change == "attended/none → partial/technical"
    assert found.why == ("It was attended. → It was partial.",)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"confidence": "medium"}, "attended/none → attended/none (confidence)"),
        ({"flags": ["late"], "final": False}, "attended/none → attended/none (flags, final)"),
        ({"actions": [TICKET]}, "attended/none → attended/none (actions)"),
        ({"lost_minutes": 4.5}, "attended/none → attended/none (lost_minutes)"),
    ],
)
def test_same_outcome_says_what_else_is_another(more, told):
    assert difference(result(), result(**more)).change == told


def test_minutes_that_another_policy_counts_are_told():
    found = difference(result(), result(held_minutes=40.0, attended_minutes=38.2))
    assert found.change == "attended/none → attended/none (held_minutes, attended_minutes)"
    assert found.why == ("held_minutes: 50.0 → 40.0", "attended_minutes: 48.0 → 38.2")


def test_rules_that_hit_under_one_policy_only_are_told_and_the_others_not():
    after = result(flags=["late"])
    after["findings"][1] |= {"hit": True, "because": "Five minutes late."}
    assert difference(result(), after).why == ("late: In time. → Five minutes late.",)


def test_actions_that_go_and_come_are_told_apart():
    found = difference(result(actions=(TICKET, MESSAGE)), result(actions=(MESSAGE, TICKET | {"hold": True})))
    assert found.why == ("no longer follows: ticket", "now follows: ticket")
    assert difference(result(actions=(TICKET,)), result()).why == ("no longer follows: ticket",)
    assert difference(result(), result(actions=(MESSAGE,))).why == ("now follows: message",)


def test_check_in_whose_no_show_has_another_number_says_which():
    missed, checkin = ("missed", "absence"), {"kind": "checkin", "hold": False, "because": "This is no-show number 1."}
    told = "checkin: this would be no-show number 2 instead of 1"
    found = difference(result(*missed, (checkin,)), result(*missed), (0, 1))
    assert found.why == (told, "no longer follows: checkin")
    assert difference(result(*missed, (checkin,)), result(*missed, (checkin,)), (0, 1)).why == (told,)
    assert difference(result(*missed, (checkin,)), result(*missed, (checkin,)), (1, 1)) is None
    assert difference(result(*missed), result(*missed), (1, 2)) is None
    attended = difference(result(*missed, (checkin,)), result(), (2, 0))
    assert attended.why == ("It was missed. → It was attended.", "no longer follows: checkin")


def test_message_of_another_purpose_and_an_incident_are_other_actions():
    assert difference(result(actions=(MESSAGE,)), result(actions=(MESSAGE | {"purpose": "nudge"},))) is not None
    assert difference(result(actions=(TICKET,)), result(actions=(TICKET | {"incident": True},))) is not None


def test_numbers_that_differ_are_told_by_kind_and_name():
    old = load_policy()
    assert thresholds_that_differ(old, old) == []
    numbers = dict(old.thresholds)
    numbers[Kind.GROUP] = replace(numbers[Kind.GROUP], arrive_grace=timedelta(minutes=7), reschedule=True)
    new = replace(old, thresholds=numbers, ignored_names=("notetaker",))
    assert thresholds_that_differ(old, new) == [
        ("group", "arrive_grace", "0:05:00", "0:07:00"),
        ("group", "reschedule", "False", "True"),
        ("all", "ignored_names", ", ".join(old.ignored_names), "notetaker"),
    ]
