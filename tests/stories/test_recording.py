"""A recorded evening replays to what its README says happened, through the command itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.cli.main import main

HERE = Path(__file__).with_name("recordings")
EVENTS = HERE / "chicago-group.jsonl"


def replayed(events: Path = EVENTS, *more: str) -> tuple[dict[str, dict], str]:
    roster = str(HERE / "chicago-group.csv")
    done = CliRunner().invoke(
        main, ["replay", "--roster", roster, "--events", str(events), "--format", "json", *more], catch_exceptions=False
    )
    assert done.exit_code == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return {result["participant_id"]: result for result in results}, done.stderr


@pytest.fixture(scope="module")
def evening() -> tuple[dict[str, dict], str]:
    return replayed()


# person, outcome, cause, attended, waited, lost, joined, left (UTC)
TOLD = [
    ("T1", "attended", "none", 88.0, 0, 0, None, "00:27:59"),
    ("C1", "attended", "none", 87.8, 0, None, "22:55:10", "00:28:00"),
    ("C2", "attended", "none", 88.0, 0, 0, "22:59:40", "00:28:00"),
    ("C3", "partial", "absence", 21.1, 0, 0, None, "23:21:07"),
    ("C4", "attended", "none", 86.8, 0, 0, "23:01:15", "00:28:01"),
    ("C5", "missed", "absence", 0, 0, 0, None, None),
    ("C6", "partial", "provider", 64.0, 20.7, 0, "23:24:00", "00:28:00"),
    ("C7", "partial", "technical", 39.5, 0, 48.0, "23:00:30", "23:40:00"),
    ("C8", "missed", "absence", 0, 0, 0, None, None),
]


@pytest.mark.parametrize("told", TOLD, ids=lambda told: told[0])
def test_the_evening_is_told_as_it_was(evening, told):
    code, outcome, cause, attended, waited, lost, joined, left = told
    result = evening[0][code]
    assert (result["outcome"], result["cause"], result["final"]) == (outcome, cause, True)
    assert result["held_minutes"] == pytest.approx(88, abs=0.1)
    assert result["attended_minutes"] == pytest.approx(attended, abs=0.1)
    assert result["waited_minutes"] == pytest.approx(waited, abs=0.1)
    if lost is not None:
        assert result["lost_minutes"] == pytest.approx(lost, abs=0.1)
    if joined:
        assert result["joined_at"].endswith(f"T{joined}Z")
    assert (result["left_at"] or "")[11:] == (f"{left}Z" if left else "")


def test_flags_of_the_evening(evening):
    flags = {code: set(result["flags"]) for code, result in evening[0].items()}
    for code in ("C1", "C2", "C3", "C4", "C6"):
        assert "matched-by-name" in flags[code]
        assert evening[0][code]["confidence"] != "high"
    assert "inferred-start" in flags["C3"]
    assert "waited" in flags["C6"]
    assert {"dropped", "joined-by-phone"} <= flags["C7"]
    assert "late" not in flags["C6"]
    for code in ("C1", "C2", "C4", "C6"):
        assert not flags[code] & {"dropped", "left-early", "unidentified-guest"}
    assert not flags["C5"]
    assert not flags["C8"]


def test_lines_that_are_no_events_are_named_and_stop_nothing(evening):
    assert ":7:" in evening[1]
    assert ":13:" in evening[1]
    assert "meeting.chat_message_sent" in evening[1]
    assert "Okafor" not in evening[1]


def test_the_order_of_lines_changes_no_verdict(evening, tmp_path):
    backwards = tmp_path / "backwards.jsonl"
    backwards.write_bytes(b"\n".join(reversed(EVENTS.read_bytes().splitlines())))
    again, _ = replayed(backwards)
    for code, result in evening[0].items():
        kept = {key: value for key, value in result.items() if key != "findings"}
        assert {key: value for key, value in again[code].items() if key != "findings"} == kept


def test_in_the_middle_of_the_evening_nothing_is_final():
    results, _ = replayed(EVENTS, "--at", "2026-05-12T18:20:00-05:00")
    assert not any(result["final"] for result in results.values())
    assert results["C6"]["joined_at"] is None
    assert results["C6"]["arrived_at"] == "2026-05-12T23:03:20Z"
    assert (results["C6"]["outcome"], results["C6"]["cause"]) != ("missed", "absence")
