"""The story of the demonstration ends as it is told, whatever the day."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.cli.main import main
from plugin.demo.cast import roster_csv
from plugin.demo.morning import morning_of, working_day

TOLD = {
    # session/person: outcome, cause, actions (held ones with a star)
    "S-01/C-11": ("attended", "none", []),
    "S-02/C-12": ("attended", "none", []),
    "S-03/C-13": ("partial", "technical", ["ticket"]),
    "S-04/C-14": ("partial", "technical", ["ticket", "reschedule*", "message"]),
    "S-05/C-15": ("missed", "absence", ["reschedule*", "message", "checkin"]),
    "S-06/C-16": ("missed", "provider", ["reschedule*", "message"]),
    "S-07/C-21": ("partial", "technical", ["ticket"]),
    "S-07/C-22": ("attended", "none", []),
    "S-08/C-17": ("not-held", "provider", ["reschedule*", "message"]),
    "S-09/C-18": ("undetermined", "unknown", ["review"]),
    "S-09/F-01": ("attended", "none", []),
    "S-10/C-19": ("attended", "none", []),
}


def judged(day: date, folder: Path) -> dict[str, dict]:
    morning = morning_of(day)
    (folder / "roster.csv").write_text(roster_csv(morning.sessions))
    lines = [
        json.dumps({"received_at": cue.at.isoformat(), "body": cue.body.decode()})
        for cue in morning.cues
        if not cue.forged
    ]
    (folder / "events.jsonl").write_text("\n".join(lines))
    command = ["replay", "--roster", f"{folder}/roster.csv", "--events", f"{folder}/events.jsonl", "--format", "json"]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 0, told.stderr
    results = [json.loads(line) for line in told.stdout.splitlines()]
    return {f"{result['appointment_id']}/{result['participant_id']}": result for result in results}


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 7, 3), date(2027, 3, 14)])
def test_every_session_ends_as_its_story_says(day: date, tmp_path: Path):
    results = judged(day, tmp_path)
    for who, (outcome, cause, actions) in TOLD.items():
        result = results[who]
        assert (result["outcome"], result["cause"]) == (outcome, cause), who
        assert [a["kind"] + "*" * a["hold"] for a in result["actions"]] == actions, who


def test_three_who_drop_together_are_one_incident(tmp_path: Path):
    results = judged(date(2026, 11, 23), tmp_path)
    tickets = [
        a for r in results.values() if r["appointment_id"] == "S-07" for a in r["actions"] if a["kind"] == "ticket"
    ]
    assert [ticket["participants"] for ticket in tickets] == [["C-21", "C-23", "C-24"]]


def test_deliveries_come_in_the_order_of_arrival_which_is_not_the_order_of_events():
    cues = morning_of(date(2026, 11, 23)).cues
    assert [cue.at for cue in cues] == sorted(cue.at for cue in cues)
    events = [json.loads(cue.body)["event"] for cue in cues if "84015570001" in cue.body.decode()]
    assert events.index("meeting.participant_joined") < events.index("meeting.started")


def test_a_repeated_delivery_keeps_its_id_and_bytes():
    cues = morning_of(date(2026, 11, 23)).cues
    again = [cue for cue in cues if "again" in cue.note]
    assert again
    assert all(sum((c.request_id, c.body) == (cue.request_id, cue.body) for c in cues) == 2 for cue in again)


@pytest.mark.parametrize("offset", range(7))
def test_the_morning_is_on_a_working_day(offset: int):
    day = date(2026, 11, 23) + timedelta(days=offset)
    assert working_day(day).weekday() < 5
    assert timedelta(0) <= working_day(day) - day <= timedelta(days=2)
