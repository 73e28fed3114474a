"""Reading the truth and the results: what can be used, and which line cannot."""

from __future__ import annotations

import json

import pytest

from plugin.core.assessment import Cause, Outcome
from plugin.evaluation.record import RecordProblem, read_truth, read_verdicts

TRUTH = {
    "appointment_id": "A-1", "participant_id": "C-1", "role": "client", "kind": "individual", "outcome": "not-held",
    "cause": "provider", "no_show": False, "held_minutes": 0, "attended_minutes": 0, "trace": False, "blind": False,
    "identifiable": True, "both_ends": True, "story": ["clinician-absent"],
}  # fmt: skip


def lines(*objects: dict) -> list[bytes]:
    return [json.dumps(one).encode() + b"\n" for one in objects]


def test_truth_is_read_by_appointment_and_participant():
    found = read_truth(lines(TRUTH, TRUTH | {"participant_id": "C-2", "more": "is passed over"}))
    assert list(found) == [("A-1", "C-1"), ("A-1", "C-2")]
    assert found["A-1", "C-1"].story == ("clinician-absent",)


def test_blank_line_is_no_line_but_keeps_its_number():
    with pytest.raises(RecordProblem, match="line 3"):
        read_truth([*lines(TRUTH), b"\n", b"{broken"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"outcome": "undetermined"}, "never undetermined"),
        ({"cause": "unknown"}, "never undetermined or unknown"),
        ({"cause": "bad luck"}, "cause"),
        ({"held_minutes": "many"}, "held_minutes"),
        ({"participant_id": None}, "participant_id"),
    ],
)
def test_line_that_is_no_truth_is_named(change: dict, told: str):
    with pytest.raises(RecordProblem, match=told) as caught:
        read_truth(lines(TRUTH, TRUTH | {"participant_id": "C-2"} | change))
    assert caught.value.line == 2


def test_same_participation_twice_is_refused_because_one_of_them_would_be_forgotten():
    with pytest.raises(RecordProblem, match="A-1 / C-1 stands here for the second time"):
        read_truth(lines(TRUTH, TRUTH))


def test_result_of_a_replay_is_read_and_what_it_does_not_need_is_passed_over():
    result = {
        "appointment_id": "A-1", "participant_id": "C-1", "role": "client", "outcome": "missed", "cause": "technical",
        "flags": ["dropped"], "confidence": "medium", "final": True, "held_minutes": 50.0, "attended_minutes": 0.4,
        "waited_minutes": 0.0, "lost_minutes": 49.6, "arrived_at": None, "joined_at": None, "left_at": None,
        "intervals": [{"state": "present", "from": "2026-03-02T15:00:00Z", "to": "2026-03-02T15:00:24Z"}],
        "findings": [{"rule": "connection-broke", "hit": True, "because": "It broke.", "events": [3]}],
        "actions": [{"kind": "ticket", "hold": False, "because": "It broke."}],
    }  # fmt: skip
    (verdict,) = read_verdicts(lines(result)).values()
    assert (verdict.outcome, verdict.cause, verdict.attended_minutes) == (Outcome.MISSED, Cause.TECHNICAL, 0.4)
    assert [f.rule for f in verdict.findings] == ["connection-broke"]
