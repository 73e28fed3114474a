"""Whatever stands in an events file: what is no event is counted and named, and nobody else's verdict moves."""

from __future__ import annotations

import json
from itertools import chain

import pytest
from click.testing import CliRunner

from config.policy import load_policy
from plugin.cli.main import main
from plugin.core.result import plain
from plugin.recording import read_recording
from plugin.replay import replay
from plugin.roster import read_roster
from tests.hostile.specimens import ABSURD, EVENTS, NO_EVENTS, ROSTER, in_envelope, joined

POLICY = load_policy()
APPOINTMENTS = read_roster(ROSTER).appointments
RECORDED = EVENTS.read_bytes().splitlines()


def judged(lines) -> tuple[list[str], list]:
    """The results as lines of JSON, and the problems."""
    recording = read_recording(lines, APPOINTMENTS)
    results = [json.dumps(plain(result)) for result in replay(APPOINTMENTS, recording, POLICY)]
    return results, recording.problems


@pytest.fixture(scope="module")
def undisturbed() -> tuple[list[str], list]:
    return judged(RECORDED)


@pytest.mark.parametrize("specimen", NO_EVENTS.values(), ids=NO_EVENTS)
def test_line_that_is_no_event_is_named_and_moves_nothing(undisturbed, specimen):
    results, problems = judged([*RECORDED, in_envelope(specimen)])
    assert results == undisturbed[0]
    new = [problem for problem in problems if problem not in undisturbed[1]]
    assert [problem.line for problem in new] == [len(RECORDED) + 1]
    assert 10 < len(new[0].what) < 200


@pytest.mark.parametrize("specimen", ABSURD.values(), ids=ABSURD)
def test_absurd_event_of_another_meeting_moves_nothing(undisturbed, specimen):
    results, _ = judged([*RECORDED, in_envelope(json.dumps(specimen).encode())])
    assert results == undisturbed[0]


def test_all_of_them_at_once_between_the_lines(undisturbed):
    bad = [in_envelope(specimen) for specimen in NO_EVENTS.values()]
    absurd = [in_envelope(json.dumps(specimen).encode()) for specimen in ABSURD.values()]
    between = list(chain.from_iterable((line, bad[n % len(bad)], absurd[n % len(absurd)])
                                       for n, line in enumerate(RECORDED)))  # fmt: skip
    results, problems = judged(between)
    assert [_without_lines(one) for one in results] == [_without_lines(one) for one in undisturbed[0]]
    assert len([one for one in problems if not one.used]) == len(RECORDED) + len(undisturbed[1])


def test_command_names_them_and_goes_on(tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join([*RECORDED, *map(in_envelope, NO_EVENTS.values())]) + b"\n")
    done = CliRunner().invoke(
        main, ["replay", "--roster", str(ROSTER), "--events", str(events), "--format", "json"], catch_exceptions=False
    )
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == sum(len(a.participants) for a in APPOINTMENTS)
    assert ":7: not used: it is not a JSON object" in done.stderr
    assert f"{len(NO_EVENTS) + len(judged(RECORDED)[1])} lines not used" in done.stderr
    for told in ("x" * 200, "9" * 200, "Somebody"):
        assert told not in done.stderr


def test_fifty_thousand_events_of_one_meeting_move_nothing(undisturbed):
    flood = []
    for number in range(25_000):
        shown = {"user_id": str(number), "participant_uuid": f"{number:08X}", "registrant_id": f"r{number % 7}"}
        flood.append(in_envelope(json.dumps(joined(shown)).encode()))
        gone = joined(shown | {"leave_time": "2026-05-12T23:11:00Z", "leave_reason": "Client Close."})
        flood.append(in_envelope(json.dumps(gone | {"event": "meeting.participant_left"}).encode()))
    results, _ = judged([*RECORDED, *flood])
    assert results == undisturbed[0]


def test_flood_of_guests_in_the_same_room_makes_nobody_a_no_show(undisturbed):
    """Twenty thousand strangers: whoever was there has attended, and nobody missing is called absent."""
    place = {"id": "91200345678", "uuid": "/q5678+001//bJ0512213000w==", "start_time": "2026-05-12T21:30:00Z"}
    flood = [
        in_envelope(json.dumps(joined({"user_id": f"g{n}", "participant_uuid": f"G{n}"}, **place)).encode())
        for n in range(20_000)
    ]
    before = {r["participant_id"]: r for r in map(json.loads, undisturbed[0])}
    for result in map(json.loads, judged([*RECORDED, *flood])[0]):
        was = before[result["participant_id"]]
        if was["outcome"] == "missed":
            assert (result["outcome"], result["cause"]) == ("undetermined", "unknown")
        else:
            assert result["attended_minutes"] == was["attended_minutes"]
            assert result["outcome"] == was["outcome"]


def _without_lines(line: str) -> dict:
    result = json.loads(line)
    for finding in result["findings"]:
        finding.pop("events")
    return result
