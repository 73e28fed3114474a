"""What another policy would change in the stored past."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from config.policy import load_policy
from plugin.core.appointment import Kind
from plugin.core.assessment import Cause, Outcome
from plugin.recording import read_recording
from plugin.replay import compare
from plugin.service.override import decide
from plugin.service.whatif import differences
from plugin.storage import assessment, delivery
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

TEN = NINE + timedelta(hours=1)
SOON = timedelta(days=2)


def policy_with(rejoin, **numbers):
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


DAY = timedelta(days=1)
FIRST, SECOND, THIRD = ("A1", "C-ALICE"), ("A2", "C-ALICE"), ("A3", "C-ALICE")
COMES, GOES = "now follows: checkin", "no longer follows: checkin"


def stayed_away(rejoin, *minutes: int, **numbers) -> tuple[Clinic, list]:
    """Alice was expected three days in a row and never came; Dora held each session for so many minutes."""
    rejoin = replace(rejoin, policy=policy_with(rejoin, **numbers))
    roster = [
        appointment(f"A{day + 1}", starts_at=NINE + day * DAY, ends_at=TEN + day * DAY) for day in range(len(minutes))
    ]
    clinic = Clinic(rejoin, *roster)
    for day, held in enumerate(minutes):
        begin, run = NINE + day * DAY, {"connection": f"d{day}", "instance": f"u{day}=="}
        end = begin + timedelta(minutes=held)
        clinic.go_to(end)
        for body in (joined(DORA, begin, **run), left(DORA, end, **run), ended(end, instance=f"u{day}==")):
            clinic.receive(body)
    clinic.go_to(NINE + len(minutes) * DAY)
    return clinic, roster


def told(clinic: Clinic, roster: list, new) -> dict:
    """What differs, as the service says it; a recording of the same deliveries says the same."""
    rejoin = clinic.rejoin
    live = [one for one in differences(rejoin, new, NINE - SOON, NINE + 5 * DAY) if one.participant_id == "C-ALICE"]
    with rejoin.db.read() as tx:
        bodies = delivery.bodies(tx, [row.id for row in clinic.rows()])
    lines = [
        json.dumps({"received_at": row.received_at.isoformat(), "body": json.loads(bodies[row.id])}).encode()
        for row in clinic.rows()
    ]
    recorded = list(compare(roster, read_recording(lines, roster), rejoin.policy, new))
    said = {(one.appointment_id, one.participant_id): (one.change, one.why) for one in live}
    offline = {(one.appointment_id, one.participant_id): (one.change, one.why) for one in recorded}
    assert said == {key: what for key, what in offline.items() if key[1] == "C-ALICE"}
    return said


def test_check_in_moves_to_the_next_no_show_when_the_first_would_be_none(rejoin):
    clinic, roster = stayed_away(rejoin, 20, 60, 60)
    found = told(clinic, roster, policy_with(rejoin, min_held_fraction=0.5))
    assert found.keys() == {FIRST, SECOND, THIRD}
    assert found[FIRST][0] == "missed/absence → not-held/provider"
    unchanged = "missed/absence → missed/absence (actions)"
    assert found[SECOND] == (unchanged, ("checkin: this would be no-show number 1 instead of 2", COMES))
    assert found[THIRD] == (unchanged, ("checkin: this would be no-show number 2 instead of 3", GOES))


def test_check_in_moves_on_when_an_earlier_session_would_be_a_no_show(rejoin):
    clinic, roster = stayed_away(rejoin, 20, 60, 60, min_held_fraction=0.5)
    found = told(clinic, roster, policy_with(rejoin, min_held_fraction=0.25))
    assert found[FIRST][0] == "not-held/provider → missed/absence"
    assert found[SECOND][1] == ("checkin: this would be no-show number 2 instead of 1", GOES)
    assert found[THIRD][1] == ("checkin: this would be no-show number 3 instead of 2", COMES)


def test_check_in_that_stays_says_the_other_number(rejoin):
    always = {"checkin_at": (1, 2, 3)}
    clinic, roster = stayed_away(rejoin, 20, 60, **always)
    found = told(clinic, roster, policy_with(rejoin, min_held_fraction=0.5, **always))
    assert found[SECOND] == (
        "missed/absence → missed/absence (actions)",
        ("checkin: this would be no-show number 1 instead of 2",),
    )


def test_number_beyond_the_highest_step_of_the_other_policy_is_counted_out(rejoin):
    """The first is no longer one, and the policy asks for the third alone: the fourth is it."""
    clinic, roster = stayed_away(rejoin, 20, 60, 60, 60, checkin_at=(1,))
    found = told(clinic, roster, policy_with(rejoin, min_held_fraction=0.5, checkin_at=(3,)))
    assert found["A4", "C-ALICE"][1] == ("checkin: this would be no-show number 3 instead of 4", COMES)


@pytest.mark.parametrize(("within", "numbers"), [(1, "1 instead of 3"), (2, "2 instead of 3")])
def test_no_shows_that_no_longer_count_move_the_check_in_too(rejoin, within, numbers):
    clinic, roster = stayed_away(rejoin, 60, 60, 60)
    found = told(clinic, roster, policy_with(rejoin, checkin_within=within * DAY - timedelta(hours=1)))
    assert found[THIRD][1][0] == f"checkin: this would be no-show number {numbers}"


def test_who_would_be_no_no_show_is_told_no_number(rejoin):
    clinic, roster = stayed_away(rejoin, 60, 20, checkin_at=(2,))
    found = told(clinic, roster, policy_with(rejoin, min_held_fraction=0.5, checkin_at=(2,)))
    assert found.keys() == {SECOND}
    assert GOES in found[SECOND][1]
    assert not any("number" in why for why in found[SECOND][1])
