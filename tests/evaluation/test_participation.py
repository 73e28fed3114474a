"""The words that the figures are made of: right, wrong, to review, false no-show, forbidden."""

from __future__ import annotations

import pytest

from plugin.core.appointment import Role
from plugin.evaluation.participation import pair
from tests.evaluation.people import REVIEW, judged, no_show, open_verdict, participation, was


def test_verdict_is_right_only_when_outcome_and_cause_are():
    truth = was("partial", "technical", 20.0)
    assert participation(truth, judged(truth)).right
    assert participation(truth, judged(truth, cause="absence")).wrong
    assert participation(truth, judged(truth, outcome="missed")).wrong


def test_undetermined_is_neither_right_nor_wrong_and_goes_to_a_person():
    truth = was("missed", "absence")
    p = participation(truth, open_verdict(truth))
    assert (p.right, p.wrong, p.to_review) == (False, False, True)
    assert participation(truth, judged(truth, outcome="undetermined", cause="unknown")).to_review


def test_right_verdict_can_go_to_a_person_too():
    p = participation(truth := was("missed", "technical"), judged(truth, confidence="low", actions=REVIEW))
    assert (p.right, p.to_review) == (True, True)


@pytest.mark.parametrize(
    ("truth", "false", "forbidden"),
    [
        (was("missed", "absence"), False, False),
        (was("partial", "absence", 2.0), True, False),
        (was("excused", "absence"), True, False),
        (was("attended", minutes=50.0), True, False),
        (was("missed", "technical"), True, True),
        (was("not-held", "provider"), True, True),
        (was("attended", minutes=50.0, blind=True), True, True),
        # Even of somebody who really did not come: in a blind time nothing could have told.
        (was("missed", "absence", blind=True), False, True),
    ],
    ids=lambda value: f"{value.outcome}-{value.cause}" if hasattr(value, "outcome") else None,
)
def test_no_show_is_false_or_forbidden_by_the_truth(truth, false: bool, forbidden: bool):
    sure, unsure = participation(truth, no_show(truth)), participation(truth, no_show(truth, "medium"))
    assert (sure.false_no_show, sure.forbidden) == (false, forbidden)
    assert (unsure.false_no_show, unsure.forbidden) == (false, False)


def test_missed_for_a_technical_cause_is_no_no_show():
    truth = was("attended", minutes=50.0)
    verdict = judged(truth, outcome="missed", cause="technical")
    assert not participation(truth, verdict).false_no_show


def test_those_for_whom_the_session_is_held_are_looked_at_and_others_when_asked_for():
    truths = [was("attended", role=role) for role in (Role.CLIENT, Role.FAMILY, Role.CLINICIAN, Role.STAFF)]
    verdicts = {t.key: judged(t) for t in truths}
    by_key = {t.key: t for t in truths}
    assert [p.truth.role for p in pair(by_key, verdicts).participations] == [Role.CLIENT, Role.FAMILY]
    assert [p.truth.role for p in pair(by_key, verdicts, [Role.CLINICIAN]).participations] == [Role.CLINICIAN]


def test_who_has_no_verdict_and_who_has_no_truth_is_told():
    known, left_out, stranger = was("attended"), was("attended"), was("attended")
    found = pair({t.key: t for t in (known, left_out)}, {t.key: judged(t) for t in (known, stranger)})
    assert [p.truth for p in found.participations] == [known]
    assert (found.unjudged, found.unexpected) == ((left_out.key,), (stranger.key,))


def test_clinician_of_the_truth_is_no_stranger_among_the_verdicts():
    truth = was("attended", role=Role.CLINICIAN)
    assert pair({truth.key: truth}, {truth.key: judged(truth)}).unexpected == ()
