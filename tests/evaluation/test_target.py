"""The targets: each one at its limit, and what perfect and slightly imperfect results do to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.assessment import Cause, Outcome
from plugin.evaluation.figures import TRUE_CAUSES, TRUE_OUTCOMES, Figures, measure
from plugin.evaluation.participation import pair
from plugin.evaluation.target import TARGETS, hold_against, percent
from tests.evaluation.people import figures, judged, no_show, open_verdict, was


def unmet(found: Figures) -> set[str]:
    return {target.name for target in hold_against(found) if not target.met}


def crowd(size: int, right, wrong, how_many_wrong: int) -> Figures:
    return figures(*[wrong() if number < how_many_wrong else right() for number in range(size)])


def attends():
    truth = was("attended", minutes=50.0)
    return truth, judged(truth)


def drops():
    truth = was("partial", "technical", 20.0)
    return truth, judged(truth)


def attends_and_is_called_no_show():
    truth = was("attended", minutes=50.0, both_ends=False)
    return truth, no_show(truth, "medium")


def drops_and_is_called_absent():
    truth = was("partial", "technical", 20.0)
    return truth, judged(truth, cause="absence")


def attends_and_is_called_dropped():
    truth = was("attended", minutes=50.0)
    return truth, judged(truth, outcome="partial", cause="technical")


def attends_and_is_left_open():
    truth = was("attended", minutes=50.0)
    return truth, open_verdict(truth)


@pytest.mark.parametrize(
    ("name", "right", "wrong", "size", "allowed"),
    [
        ("false-no-shows", attends, attends_and_is_called_no_show, 2000, 1),  # below 0.1 %, not at it
        ("technical-recall", drops, drops_and_is_called_absent, 100, 3),
        ("technical-precision", drops, attends_and_is_called_dropped, 100, 3),
        ("review", attends, attends_and_is_left_open, 100, 3),
    ],
)
def test_target_is_met_up_to_its_limit_and_not_beyond(name: str, right, wrong, size: int, allowed: int):
    assert name not in unmet(crowd(size, right, wrong, allowed))
    assert name in unmet(crowd(size, right, wrong, allowed + 1))


def test_one_forbidden_no_show_is_too_many():
    def cut_off_and_blamed():
        truth = was("missed", "technical", trace=False)
        return truth, no_show(truth)

    assert unmet(crowd(3000, attends, cut_off_and_blamed, 1)) == {"forbidden-no-shows"}


def test_one_person_with_wrong_minutes_is_too_many():
    def miscounted():
        truth = was("attended", minutes=50.0)
        return truth, judged(truth, attended_minutes=49.8)

    assert unmet(crowd(3000, attends, miscounted, 1)) == {"minutes"}


def test_one_person_without_a_verdict_is_too_many():
    judged_one, left_out = was("attended", minutes=50.0), was("attended", minutes=50.0)
    found = measure(pair({t.key: t for t in (judged_one, left_out)}, {judged_one.key: judged(judged_one)}))
    assert unmet(found) == {"judged"}


truths = st.builds(
    lambda outcome, cause, minutes, trace, both_ends, identifiable: was(
        outcome, cause, minutes, trace=trace, both_ends=both_ends, identifiable=identifiable
    ),
    st.sampled_from(TRUE_OUTCOMES), st.sampled_from(TRUE_CAUSES), st.floats(0, 50), st.booleans(), st.booleans(),
    st.booleans(),
)  # fmt: skip


@given(st.lists(truths, min_size=1, max_size=30))
def test_perfect_results_meet_every_target(of: list):
    found = figures(*((truth, judged(truth)) for truth in of))
    assert unmet(found) == set()
    assert (found.right, found.wrong, found.disagreements) == (len(of), 0, ())


@given(st.lists(truths, min_size=1, max_size=30), st.data())
def test_one_flipped_verdict_is_found(of: list, data: st.DataObject):
    flipped = data.draw(st.sampled_from(of))
    other = data.draw(
        st.tuples(st.sampled_from(list(Outcome)), st.sampled_from(list(Cause))).filter(
            lambda words: words != (flipped.outcome, flipped.cause)
        )
    )
    found = figures(*((t, judged(t, outcome=other[0], cause=other[1]) if t is flipped else judged(t)) for t in of))
    (way,) = found.disagreements
    assert (way.count, way.example.appointment_id) == (1, flipped.appointment_id)
    assert (way.truth, way.verdict) == (f"{flipped.outcome}/{flipped.cause}", f"{other[0]}/{other[1]}")
    assert found.right == len(of) - 1


def test_nothing_to_measure_offends_no_target_and_is_told():
    told = {target.name: target for target in hold_against(figures(attends()))}
    assert (told["technical-recall"].measured, told["technical-recall"].met) == (None, True)
    assert told["technical-recall"].shown == "no such case"


def test_every_target_says_what_is_asked():
    assert [target.asked for target in hold_against(figures(attends()))] == [
        "= 0", "= 0", "< 0.1 %", "≥ 97 %", "≥ 97 %", "= 100 %", "≤ 3 %",
    ]  # fmt: skip
    assert len({target.name for target in TARGETS}) == len(TARGETS)


@pytest.mark.parametrize(
    ("share", "shown"), [(0.0, "0 %"), (1.0, "100 %"), (0.97, "97 %"), (0.00123, "0.123 %"), (None, "–")]
)
def test_shares_are_shown_as_people_read_them(share: float | None, shown: str):
    assert percent(share) == shown
