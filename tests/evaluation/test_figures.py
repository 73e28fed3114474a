"""Each figure, computed by hand for a few people."""

from __future__ import annotations

import random

import pytest

from plugin.evaluation.figures import measure
from plugin.evaluation.participation import pair
from tests.evaluation.people import REVIEW, figures, judged, no_show, open_verdict, was


def ten():
    """Ten people: six judged rightly (one of them by a person), two wrongly, two left open."""
    came = [was("attended", minutes=50.0, story=("on-time",)) for _ in range(3)]
    cut_off = [was("partial", "technical", 20.0, story=("drop", "late")) for _ in range(3)]
    away = [was("missed", "absence", story=("absent",)) for _ in range(2)]
    unheld = was("not-held", "provider", held_minutes=0.0)
    unseen = was("missed", "technical", trace=False, identifiable=False, story=("drop", "drop"))
    return [
        *((t, judged(t)) for t in came),
        (cut_off[0], judged(cut_off[0])),
        (cut_off[1], judged(cut_off[1], confidence="low", actions=REVIEW)),
        (cut_off[2], judged(cut_off[2], cause="absence", confidence="medium", attended_minutes=23.0)),
        (away[0], judged(away[0])),
        (away[1], open_verdict(away[1])),
        (unheld, judged(unheld, outcome="missed", cause="technical", confidence="medium")),
        (unseen, open_verdict(unseen)),
    ]


def test_right_wrong_and_open_make_up_everybody():
    found = figures(*ten())
    assert (found.participations, found.right, found.wrong, found.review.undetermined) == (10, 6, 2, 2)


def test_matrix_has_a_place_for_every_word_and_counts_every_participation():
    found = figures(*ten())
    assert found.outcome["partial"]["partial"] == 3
    assert found.outcome["not-held"]["missed"] == 1
    assert found.outcome["missed"] == {
        "attended": 0, "partial": 0, "missed": 1, "not-held": 0, "excused": 0, "cancelled": 0, "undetermined": 2,
    }  # fmt: skip
    assert found.cause["technical"] == {"none": 0, "technical": 2, "absence": 1, "provider": 0, "unknown": 1}
    assert "undetermined" not in found.outcome
    assert "unknown" not in found.cause
    for matrix in (found.outcome, found.cause):
        assert sum(sum(row.values()) for row in matrix.values()) == 10


def test_cause_left_open_lowers_recall_and_not_precision():
    found = figures(*ten()).causes
    technical = found["technical"]
    # Four were technical: two found, one called absence, one left open. Three verdicts say technical, one wrongly.
    assert (technical.truth, technical.verdict, technical.both, technical.undetermined) == (4, 3, 2, 1)
    assert (technical.recall, technical.precision) == (2 / 4, 2 / 3)
    absence = found["absence"]
    assert (absence.truth, absence.verdict, absence.both, absence.undetermined) == (2, 2, 1, 1)
    assert (found["provider"].recall, found["provider"].precision) == (0.0, None)
    assert (found["none"].recall, found["none"].precision) == (1.0, 1.0)


def test_technical_recall_is_asked_only_where_a_trace_arrived():
    found = figures(*ten()).technical_with_trace
    assert (found.truth, found.both, found.recall) == (3, 2, 2 / 3)
    assert found.precision == 2 / 3  # of every technical verdict, whatever arrived


def test_no_show_found_and_left_open():
    found = figures(*ten()).no_show
    assert (found.truth, found.verdict, found.both, found.precision, found.recall) == (2, 1, 1, 1.0, 1 / 2)


def test_false_no_shows_are_a_share_of_everybody_and_the_sure_ones_are_listed():
    sure, unsure = was("attended", minutes=50.0), was("excused", "absence")
    rest = [was("missed", "absence") for _ in range(6)]
    found = figures((sure, no_show(sure)), (unsure, no_show(unsure, "medium")), *((t, no_show(t)) for t in rest))
    assert (found.false_no_shows.count, found.false_no_shows.rate, found.false_no_shows.high) == (2, 2 / 8, 1)
    assert [c.appointment_id for c in found.false_no_shows.cases] == [sure.appointment_id]
    assert found.forbidden.count == 0


def test_forbidden_no_show_is_listed():
    blind = was("missed", "absence", blind=True)
    found = figures((blind, no_show(blind)))
    assert (found.forbidden.count, found.false_no_shows.count) == (1, 0)
    assert found.forbidden.cases[0].appointment_id == blind.appointment_id


@pytest.mark.parametrize(("told", "within"), [(20.0, 1.0), (20.1, 1.0), (19.9, 1.0), (20.2, 0.0), (19.8, 0.0)])
def test_minutes_are_right_within_one_decimal(told: float, within: float):
    truth = was("partial", "technical", 20.0)
    assert figures((truth, judged(truth, attended_minutes=told))).minutes.attended_both_ends.within == within


def test_minutes_error_of_everybody_and_where_both_ends_are_known():
    exact, off, lost, nobody = (
        was("attended", minutes=50.0), was("attended", minutes=50.0),
        was("attended", minutes=50.0, both_ends=False), was("attended", minutes=50.0, identifiable=False),
    )  # fmt: skip
    found = figures(
        (exact, judged(exact)),
        (off, judged(off, attended_minutes=49.0, held_minutes=48.0)),
        (lost, judged(lost, attended_minutes=45.0)),
        (nobody, judged(nobody, attended_minutes=0.0)),
    ).minutes
    assert (found.attended.count, found.attended.mean, found.attended.max) == (4, 56 / 4, 50.0)
    assert found.attended.within == 1 / 4
    known = found.attended_both_ends
    assert (known.count, known.mean, known.max, known.within) == (2, 0.5, 1.0, 0.5)
    assert (found.held_both_ends.count, found.held_both_ends.max, found.held_both_ends.mean) == (2, 2.0, 1.0)
    assert (found.held.count, found.held.mean) == (4, 0.5)


def test_those_sent_to_a_person_and_how_many_of_them_nobody_could_have_judged():
    found = figures(*ten()).review
    assert (found.count, found.share, found.undetermined, found.unknowable) == (3, 3 / 10, 2, 1)


def test_confidence_is_calibrated_on_the_verdicts_that_say_something():
    found = figures(*ten()).confidence
    assert (found["high"].count, found["high"].right, found["high"].share_right) == (5, 5, 1.0)
    assert (found["medium"].count, found["medium"].share_right) == (2, 0.0)
    low = found["low"]
    assert (low.count, low.undetermined, low.right, low.share_right) == (3, 2, 1, 1.0)


def test_each_label_of_a_story_counts_a_person_once_as_right_wrong_or_for_review():
    found = figures(*ten()).stories
    assert list(found) == ["absent", "drop", "late", "on-time"]
    drop = found["drop"]
    assert (drop.count, drop.right, drop.review, drop.wrong) == (4, 1, 2, 1)
    assert (found["on-time"].count, found["on-time"].right) == (3, 3)


def test_ways_to_disagree_stand_in_order_with_an_example():
    cases = ten()
    more = was("partial", "technical", 20.0, story=("drop",))
    found = figures(*cases, (more, judged(more, cause="absence"))).disagreements
    first = found[0]
    assert (first.truth, first.verdict, first.count) == ("partial/technical", "partial/absence", 2)
    assert first.stories == ("drop", "late")
    assert first.example.appointment_id == cases[5][0].appointment_id
    assert sum(d.count for d in found) == 5  # three wrong and two left open


def test_order_of_the_lines_changes_no_figure():
    cases = ten()
    truths, verdicts = [t for t, _ in cases], [v for _, v in cases]
    once = measure(pair({t.key: t for t in truths}, {v.key: v for v in verdicts}))
    random.Random(3).shuffle(truths)
    random.Random(4).shuffle(verdicts)
    assert measure(pair({t.key: t for t in truths}, {v.key: v for v in verdicts})) == once
