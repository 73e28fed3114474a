"""The simulator as a whole: the same seed writes the same files, and they have Zoom's shapes and the contract's."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.cli.main import main
from plugin.simulator.rates import SHIPPED, RatesProblem, read_rates

SIMULATOR = SHIPPED.parent


def simulate(out: Path, *more: str, appointments: int = 120, seed: int = 5):
    told = ["simulate", "--appointments", str(appointments), "--seed", str(seed), "--out", str(out), *more]
    return CliRunner().invoke(main, told)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("simulated")
    assert simulate(out, appointments=400).exit_code == 0
    return out


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def participants(folder: Path, event: str) -> list[dict]:
    bodies = [line["body"] for line in lines(folder / "events.jsonl")]
    return [b["payload"]["object"]["participant"] for b in bodies if b["event"] == event]


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        assert simulate(tmp_path / name).exit_code == 0
    for file in ("roster.csv", "events.jsonl", "truth.jsonl", "rates.toml"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes(), file


def test_another_seed_writes_something_else(tmp_path):
    simulate(tmp_path / "first")
    simulate(tmp_path / "second", seed=6)
    assert (tmp_path / "first/events.jsonl").read_bytes() != (tmp_path / "second/events.jsonl").read_bytes()


def test_everybody_of_the_roster_has_one_truth(folder):
    with (folder / "roster.csv").open(encoding="utf-8") as file:
        roster = [(row["appointment_id"], row["participant_id"]) for row in csv.DictReader(file)]
    assert [(t["appointment_id"], t["participant_id"]) for t in lines(folder / "truth.jsonl")] == roster
    assert len(set(roster)) == len(roster)
    assert len({appointment for appointment, _ in roster}) == 400


def test_deliveries_stand_in_arrival_order(folder):
    arrived = [line["received_at"] for line in lines(folder / "events.jsonl")]
    assert arrived == sorted(arrived)


def test_replay_can_use_every_line_and_every_row(folder):
    told = ["replay", "--roster", str(folder / "roster.csv"), "--events", str(folder / "events.jsonl")]
    result = CliRunner().invoke(main, told)
    assert result.exit_code == 0
    assert "not used" not in result.stderr
    assert "bad row" not in result.stderr


def test_guest_has_no_registrant_in_joined_and_a_blank_one_in_left(folder):
    joined = participants(folder, "meeting.participant_joined")
    left = participants(folder, "meeting.participant_left")
    assert all(p.get("registrant_id") != "" for p in joined)
    assert any("registrant_id" not in p for p in joined)
    assert all("registrant_id" in p for p in left)
    assert any(p["registrant_id"] == "" for p in left)


def test_ids_and_times_have_zooms_shapes(folder):
    for line in lines(folder / "events.jsonl"):
        body = line["body"]
        if body["event"] not in ("meeting.participant_joined", "meeting.participant_left"):
            continue
        thing = body["payload"]["object"]
        assert isinstance(thing["id"], str)
        assert thing["id"].isdigit()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", thing["start_time"])
        assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", thing["participant"]["participant_uuid"])
        assert re.fullmatch(r"[0-9a-f]{8}(_[0-9a-f]{4}){3}_[0-9a-f]{12}", line["headers"]["x-zm-request-id"])


def test_a_connection_has_one_joined_and_at_most_one_left(folder):
    said = {}
    for line in lines(folder / "events.jsonl"):
        thing = line["body"]["payload"].get("object", {})
        key = (line["body"]["event"], thing.get("uuid"), thing.get("participant", {}).get("user_id"))
        if key[0] in ("meeting.participant_joined", "meeting.participant_left"):
            said.setdefault(key, set()).add(line["headers"]["x-zm-request-id"])
    assert said
    assert all(len(requests) == 1 for requests in said.values())


def test_the_end_is_told_fifteen_to_twenty_four_seconds_late(folder):
    late = []
    for line in lines(folder / "events.jsonl"):
        if line["body"]["event"] == "meeting.ended":
            ended = datetime.fromisoformat(line["body"]["payload"]["object"]["end_time"])
            late.append((datetime.fromisoformat(line["received_at"]) - ended).total_seconds())
    assert min(late) >= 15
    assert sorted(late)[len(late) // 2] < 26


def test_every_rate_is_used_and_names_its_source():
    source = "".join(path.read_text(encoding="utf-8") for path in SIMULATOR.glob("*.py"))
    rates = read_rates()
    for name in rates.names():
        table, _key = name.split(".")
        asked = f'"{name}"' in source or f'"{table}"' in source or re.search(rf'f"{table}\.\{{', source)
        assert asked, f"nothing asks for {name}"
    told, table = SHIPPED.read_text(encoding="utf-8").splitlines(), ""
    for line in told:
        if line.startswith("["):
            table = line
        elif " = " in line and not line.startswith("#"):
            assert "#" in line or "#" in table or table in _EXPLAINED_BELOW, f"{line!r} has no source"


_EXPLAINED_BELOW = ("[network]",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[coming]\nno_shows = 0.2\n", "there is no rate coming.no_shows"),
        ("[going]\nno_show = 0.2\n", "there is no table [going]"),
        ("[coming]\nno_show = 1.2\n", "between 0 and 1"),
        ("[coming]\nno_show = 'many'\n", "is no number"),
        ("[coming]\nlate_minutes = 4\n", "must be a span"),
        ("[coming]\nlate_minutes = [9, 4]\n", "begins behind its end"),
        ("[drops_per_hour]\npoor = -1\n", "below 0"),
        ("no = [", "it is no TOML"),
    ],
)
def test_bad_rates_are_refused_with_the_name_of_the_rate(tmp_path, text, told):
    file = tmp_path / "rates.toml"
    file.write_text(text)
    with pytest.raises(RatesProblem, match=re.escape(told)):
        read_rates(file)
    result = simulate(tmp_path / "out", "--rates", str(file))
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "out").exists()


def test_other_rates_change_the_world_and_are_kept_beside_it(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[coming]\nno_show = 1.0\nnotice = 0.0\n")
    assert simulate(tmp_path / "out", "--rates", str(file)).exit_code == 0
    truths = [t for t in lines(tmp_path / "out/truth.jsonl") if t["role"] != "clinician"]
    assert {t["outcome"] for t in truths} <= {"missed", "not-held", "cancelled"}
    assert read_rates(tmp_path / "out/rates.toml")["coming.no_show"] == 1.0
