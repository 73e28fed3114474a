"""What makes an action the same again: judged anew it is neither doubled nor lost."""

from __future__ import annotations

import pytest

from plugin.core.action import Action, ActionKind, Purpose


def action(kind: ActionKind, **more) -> Action:
    return Action(kind, "A1", "C1", False, "For a reason.", **more)


@pytest.mark.parametrize(
    ("one", "key"),
    [
        (action(ActionKind.TICKET), "ticket/A1/C1"),
        (action(ActionKind.TICKET, incident=True, participants=("C1", "C2", "C3")), "ticket/A1/incident"),
        (action(ActionKind.MESSAGE, purpose=Purpose.MISSED), "message/A1/C1/missed"),
        (action(ActionKind.MESSAGE, purpose=Purpose.REJOIN), "message/A1/C1/rejoin"),
    ],
)
def test_key_names_kind_appointment_person_and_purpose(one, key):
    assert one.key == key


def test_incident_keeps_its_key_whoever_else_turns_out_to_be_hit():
    three = action(ActionKind.TICKET, incident=True, participants=("C1", "C2", "C3"))
    assert action(ActionKind.TICKET, incident=True, participants=("C1", "C2", "C3", "C4")).key == three.key


def test_key_does_not_hang_on_the_words():
    assert Action(ActionKind.REVIEW, "A1", "C1", True, "Another sentence.").key == action(ActionKind.REVIEW).key
