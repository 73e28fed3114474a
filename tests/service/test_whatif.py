"""What another policy would change in the stored past."""

from datetime import timedelta

from config.policy import load_policy
from plugin.core.appointment import Kind
from plugin.core.assessment import Cause, Outcome
from plugin.service.override import decide
from plugin.service.whatif import differences
from plugin.storage import assessment
from tests.service.clinic import ALICE, DORA, NINE, Clinic, ended, joined, left

TEN = NINE + timedelta(hours=1)
SOON = timedelta(days=2)


def policy_with(rejoin, **numbers):
    from dataclasses import replace

    known = rejoin.policy.thresholds
    return replace(rejoin.policy, thresholds={kind: replace(known[kind], **numbers) for kind in Kind})


def left_early(rejoin) -> Clinic:
    """Alice left after forty of sixty minutes; it is three hours later."""
    clinic = Clinic(rejoin)
    for body in (joined(DORA, NINE), joined(ALICE, NINE), left(ALICE, NINE + timedelta(minutes=40)), left(DORA, TEN)):
        clinic.receive(body)
    clinic.receive(ended(TEN))
    clinic.go_to(NINE + timedelta(hours=3))
    return clinic


def test_verdict_that_would_change_is_shown_and_stays(rejoin):
    clinic = left_early(rejoin)
    before = [row.result for row in clinic.history()]
    new = policy_with(rejoin, attended_fraction=0.5)
    (found,) = differences(rejoin, new, NINE - SOON, NINE + SOON)
    assert (found.participant_id, found.change) == ("C-ALICE", "partial/absence → attended/none")
    assert [row.result for row in clinic.history()] == before


def test_same_policy_changes_nothing(rejoin):
    left_early(rejoin)
    assert list(differences(rejoin, load_policy(None), NINE - SOON, NINE + SOON)) == []


def test_other_days_are_left_out(rejoin):
    left_early(rejoin)
    new = policy_with(rejoin, attended_fraction=0.5)
    assert list(differences(rejoin, new, NINE + SOON, NINE + 2 * SOON)) == []
    with rejoin.db.read() as tx:
        assert assessment.current(tx, "A1")


def test_beside_a_decision_of_staff_it_is_told_what_the_rules_would_say_instead(rejoin):
    clinic = left_early(rejoin)
    with rejoin.db.begin() as tx:
        why = "Their line was down, they called us."
        decide(tx, rejoin, "A1", "C-ALICE", Outcome.PARTIAL, Cause.TECHNICAL, why, "cora", clinic.clock.now())
    clinic.work()
    new = policy_with(rejoin, attended_fraction=0.5, arrive_grace=timedelta(minutes=30))
    (found,) = differences(rejoin, new, NINE - SOON, NINE + SOON)
    assert found.change == "partial/technical → partial/technical (flags)"
    assert "the rules say: partial, cause absence" in found.why[0]
    assert "the rules say: attended, cause none" in found.why[0]


def test_session_that_goes_on_has_no_verdict_that_another_policy_would_change(rejoin):
    clinic = Clinic(rejoin)
    for body in (joined(DORA, NINE), joined(ALICE, NINE)):
        clinic.receive(body)
    clinic.go_to(NINE + timedelta(minutes=20))
    clinic.clock.advance(minutes=3)
    assert list(differences(rejoin, rejoin.policy, NINE - SOON, NINE + SOON)) == []
