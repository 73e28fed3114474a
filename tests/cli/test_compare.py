"""`rejoin replay --policy NEW --compare OLD`: what another policy would change."""

import json
from pathlib import Path

import pytest

from tests.cli.test_replay import CLIENT, EVENTS, Files, line

SHIPPED = Path(__file__).parents[2] / "config" / "policy.toml"


@pytest.fixture
def files(tmp_path) -> Files:
    """C1 left twenty minutes before the end: present for 60 % of the held time."""
    made = Files(tmp_path)
    left = line(
        "participant_left",
        "2026-03-02T15:30:00Z",
        CLIENT | {"leave_time": "2026-03-02T15:30:00Z", "leave_reason": "left the meeting. Reason : left the meeting"},
    )
    made.events.write_text("\n".join([*EVENTS[:2], left, *EVENTS[3:]]) + "\n")
    return made


def policy(folder: Path, **numbers: str) -> str:
    text = SHIPPED.read_text()
    for name, value in numbers.items():
        before = next(row for row in text.splitlines() if row.startswith(f"{name} = "))
        text = text.replace(before, f"{name} = {value}", 1)
    path = folder / "new.toml"
    path.write_text(text)
    return str(path)


def test_verdict_that_another_number_changes_is_shown_before_and_after_with_the_reason(files, tmp_path):
    new = policy(tmp_path, attended_fraction="0.5")
    done = files.replay("--policy", new, "--compare", str(SHIPPED), "--format", "table")
    assert done.returncode == 0, done.stderr
    assert "individual: attended_fraction 0.75 → 0.5" in done.stdout
    assert "B / C1: partial/absence → attended/none" in done.stdout
    assert "a leave can hide a fault. → They were present for 60%" in done.stdout
    assert "C2" not in done.stdout
    assert "1 verdict differs:" in done.stdout


def test_json_holds_both_whole_results(files, tmp_path):
    new = policy(tmp_path, attended_fraction="0.5")
    done = files.replay("--policy", new, "--compare", str(SHIPPED))
    (told,) = map(json.loads, done.stdout.splitlines())
    assert (told["participant_id"], told["before"]["outcome"], told["after"]["outcome"]) == (
        "C1",
        "partial",
        "attended",
    )
    assert told["before"]["findings"][0]["because"] in told["why"][0]


def test_same_policy_changes_nothing(files, tmp_path):
    done = files.replay("--policy", policy(tmp_path), "--compare", str(SHIPPED), "--format", "table")
    assert "0 verdicts differ." in done.stdout


def test_action_that_another_policy_no_longer_asks_for_is_told(files, tmp_path):
    new = policy(tmp_path, checkin_at="[3]")
    done = files.replay("--policy", new, "--compare", str(SHIPPED), "--format", "table")
    assert "B / C2: missed/absence → missed/absence (actions)" in done.stdout
    assert "no longer follows: checkin" in done.stdout


def test_rule_that_hits_under_one_policy_only_is_told(files, tmp_path):
    new = policy(tmp_path, arrive_grace_minutes="25")
    done = files.replay("--policy", new, "--compare", str(SHIPPED), "--format", "table")
    assert "left-early: They left at 15:30:00 UTC" in done.stdout


def test_older_policy_that_cannot_be_read_is_a_sentence(files, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("version = ")
    done = files.replay("--compare", str(bad))
    assert done.returncode == 2
    assert "bad.toml" in done.stderr


def test_number_of_the_feed_that_differs_is_told(files, tmp_path):
    new = policy(tmp_path, silence_minutes="30")
    done = files.replay("--policy", new, "--compare", str(SHIPPED), "--format", "table")
    assert "all: silence 0:10:00 → 0:30:00" in done.stdout
