"""A large replay is shared by several processes; nobody can tell from the results."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from config.policy import load_policy
from plugin.cli import part
from plugin.recording import read_recording
from plugin.replay import Replay
from plugin.roster import read_roster

CLINIC = Path(__file__).parents[1] / "stories" / "recordings"


@pytest.fixture
def replay():
    """A recorded group, and a hundred appointments at which nothing was heard."""
    rows = (CLINIC / "chicago-group.csv").read_text("utf-8-sig").splitlines()
    more = [row.replace(",G1,", f",G1-{n},") for n in range(100) for row in rows[1:]]
    appointments = read_roster("\n".join([*rows, *more]).encode()).appointments
    lines = (CLINIC / "chicago-group.jsonl").read_bytes().splitlines()
    return Replay(appointments, read_recording(lines, appointments), load_policy())


def test_parts_of_several_processes_are_the_whole_in_its_order(replay, monkeypatch):
    alone = b"".join(msgspec.json.encode(result) + b"\n" for result in replay.results())
    monkeypatch.setattr(part, "PART", 7)
    assert b"".join(part.in_parts(replay)) == alone
    monkeypatch.setattr(part, "WORTH_SHARING", 0)
    monkeypatch.setattr(part.os, "sched_getaffinity", lambda pid: {0, 1, 2})
    assert b"".join(part.in_parts(replay)) == alone
    assert alone.count(b"\n") > 100


def test_trouble_in_a_part_is_not_swallowed(replay, monkeypatch):
    monkeypatch.setattr(part, "WORTH_SHARING", 0)
    monkeypatch.setattr(Replay, "results", lambda self, part: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(part.in_parts(replay))
