"""What staff read in place of the words of the database."""

from __future__ import annotations

from plugin.core.assessment import Cause, Confidence, Flag, Outcome
from plugin.core.message import Channel, Step
from plugin.core.rules import RULES
from plugin.ports.queue import WorkKind
from plugin.web.words import CAUSES, CHANNELS, CONFIDENCES, FLAGS, OUTCOMES, STEPS, SYMPTOMS, WORK, said_once


def test_every_step_and_channel_has_words() -> None:
    assert set(STEPS) == set(Step)
    assert set(CHANNELS) == set(Channel)


def test_every_kind_of_work_has_words() -> None:
    assert set(WORK) == set(WorkKind)


def test_every_word_of_a_verdict_has_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(CAUSES) == set(Cause)
    assert set(CONFIDENCES) == set(Confidence)
    assert set(FLAGS) == set(Flag)


def test_every_rule_that_opens_tickets_has_words() -> None:
    assert {rule.name for rule in RULES if rule.cause is Cause.TECHNICAL} <= set(SYMPTOMS)


def finding(because: str, *events: int, hit: bool = True) -> dict:
    return {"rule": "any", "hit": hit, "because": because, "events": list(events)}


def test_what_is_said_twice_is_told_once_with_its_deliveries() -> None:
    verdict, reason, other = finding("A guest was there."), finding("A guest was there.", 51, 65), finding("Late.", 7)
    missed = finding("Nobody waited.", hit=False)
    assert said_once([verdict, reason, missed, other]) == [reason, other]
    assert said_once([reason, verdict]) == [reason]
