"""A world that is much harder than the shipped one: what must hold there for everybody, whatever befell them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.cli.main import main

HARD = Path(__file__).with_name("hard.toml")
LOSSES = "\nlost = 0.03\n"
"""So many deliveries are lost for good, in the lossy one."""


@pytest.fixture(scope="module", params=["lossless", "lossy"])
def people(request, tmp_path_factory) -> list[tuple[dict, dict]]:
    """The truth about each client and relative, with the verdict."""
    folder = tmp_path_factory.mktemp(request.param)
    rates = HARD.read_text(encoding="utf-8")
    rates = rates if request.param == "lossless" else rates.replace("\nlost = 0.0\n", LOSSES)
    assert (LOSSES in rates) is (request.param == "lossy")
    (folder / "hard.toml").write_text(rates, encoding="utf-8")
    run("simulate", "--appointments", "300", "--seed", "11", "--rates", f"{folder}/hard.toml", "--out", str(folder))
    told = run("replay", "--roster", f"{folder}/roster.csv", "--events", f"{folder}/events.jsonl")
    verdicts = [json.loads(line) for line in told.splitlines()]
    truths = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    of_whom = {(one["appointment_id"], one["participant_id"]): one for one in verdicts}
    assert len(of_whom) == len(truths)
    pairs = [(one, of_whom[one["appointment_id"], one["participant_id"]]) for one in truths]
    return [(truth, verdict) for truth, verdict in pairs if truth["role"] in ("client", "family")]


def run(*command: str) -> str:
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    return result.stdout


def no_show(one: dict) -> bool:
    return (one["outcome"], one["cause"]) == ("missed", "absence")


def test_no_show_is_one_as_far_as_anything_tells(people):
    """Of whom any trouble, or a time in the dark, shows in what was delivered is no sure no-show."""
    sure = [(truth, verdict) for truth, verdict in people if no_show(verdict) and verdict["confidence"] == "high"]
    assert len(sure) > 20
    assert not [(t, v) for t, v in sure if not no_show(t) and (t["trace"] or t["blind"])]


def test_who_was_there_is_never_a_no_show(people):
    there = [(truth, verdict) for truth, verdict in people if truth["outcome"] in ("attended", "partial")]
    assert len(there) > 200
    assert not [(truth, verdict) for truth, verdict in there if no_show(verdict)]


def test_whose_coming_and_going_was_delivered_is_known_to_the_tenth_of_a_minute(people):
    told = [(t, v) for t, v in people if t["both_ends"] and t["identifiable"]]
    told = [(t, v) for t, v in told if v["outcome"] not in ("undetermined", "cancelled")]
    assert len(told) > 200
    assert not [(t, v) for t, v in told if round(abs(t["attended_minutes"] - v["attended_minutes"]), 1) > 0.1]
