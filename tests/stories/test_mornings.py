"""Ordinary mornings replay to what the contract makes of them: noise about others opens no question about anybody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.cli.main import main

HERE = Path(__file__).with_name("recordings") / "mornings"
EXPECTED = [json.loads(line) for line in (HERE / "expected.jsonl").read_text().splitlines()]
SAME = ("outcome", "cause", "confidence", "final")
MINUTES = ("held_minutes", "attended_minutes", "waited_minutes", "lost_minutes")


def replayed(recording: str, at: str) -> dict[tuple[str, str], dict]:
    files = ["--roster", str(HERE / f"{recording}.csv"), "--events", str(HERE / f"{recording}.jsonl")]
    done = CliRunner().invoke(main, ["replay", *files, *(["--at", at] if at else [])], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return {(result["appointment_id"], result["participant_id"]): result for result in results}


def differences(expected: dict, result: dict) -> list[str]:
    found = [f"{word}: {result[word]}" for word in SAME if word in expected and result[word] != expected[word]]
    for word in MINUTES:
        if word in expected and abs(result[word] - expected[word]) > 0.11:
            found.append(f"{word}: {result[word]}")
    there = {"flags": set(result["flags"]), "actions": {action["kind"] for action in result["actions"]}}
    for word, told in there.items():
        unwanted = set(expected.get(f"no_{word}", ()))
        if not told.issuperset(expected.get(word, ())) or not told.isdisjoint(unwanted) or (told and "*" in unwanted):
            found.append(f"{word}: {sorted(told)}")
    return found


@pytest.mark.parametrize(("recording", "at"), sorted({(one["recording"], one["at"]) for one in EXPECTED}))
def test_morning_is_told_as_the_contract_says(recording, at):
    results = replayed(recording, at)
    wrong = []
    for one in [one for one in EXPECTED if (one["recording"], one["at"]) == (recording, at)]:
        found = differences(one, results[one["appointment_id"], one["participant_id"]])
        wrong += [f"{one['appointment_id']} {one['participant_id']}: {', '.join(found)}"] if found else []
    assert not wrong, "\n".join(wrong)


def test_every_recording_stands_in_the_readme_and_is_expected_something_of():
    there = {file.stem for file in HERE.glob("*.csv")}
    told = (HERE / "README.md").read_text()
    assert there == {one["recording"] for one in EXPECTED} == {name for name in there if f"| `{name}` |" in told}
