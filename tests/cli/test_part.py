"""A large replay is shared by several processes; nobody can tell from the results."""

from __future__ import annotations

import errno
from pathlib import Path

import msgspec
import pytest

from config.policy import load_policy
from plugin.cli import part, result_file
from plugin.core.appointment import Kind
from plugin.recording import Recording, read_recording
from plugin.replay import Replay
from plugin.roster import read_roster

CLINIC = Path(__file__).parents[1] / "stories" / "recordings"
LINES = (CLINIC / "chicago-group.jsonl").read_bytes().splitlines()
GROUP = load_policy().of(Kind.GROUP)


@pytest.fixture
def three_cores(monkeypatch):
    monkeypatch.setattr(part.os, "sched_getaffinity", lambda pid: {0, 1, 2})


@pytest.fixture
def replay():
    """A recorded group, and a hundred appointments at which nothing was heard."""
    rows = (CLINIC / "chicago-group.csv").read_text("utf-8-sig").splitlines()
    more = [row.replace(",G1,", f",G1-{n},") for n in range(100) for row in rows[1:]]
    appointments = read_roster("\n".join([*rows, *more]).encode()).appointments
    return Replay(appointments, read_recording(LINES, appointments), load_policy())


def written(replay: Replay, file: Path) -> bytes:
    with file.open("wb") as out:
        out.write(b"first\n")
        result_file.write_results(replay, out)
    return file.read_bytes().removeprefix(b"first\n")


def test_parts_of_several_processes_are_the_whole_in_its_order(replay, monkeypatch, tmp_path, three_cores):
    whole = b"".join(msgspec.json.encode(result) + b"\n" for result in replay.results())
    monkeypatch.setattr(result_file, "PART", 7)
    assert written(replay, tmp_path / "alone") == whole
    monkeypatch.setattr(result_file, "WORTH_SHARING", 0)
    assert written(replay, tmp_path / "together") == whole
    assert whole.count(b"\n") > 100


def test_trouble_in_a_part_is_not_swallowed(replay, monkeypatch, tmp_path, three_cores):
    write = Replay.write

    def fails_in_the_third_part(self, number, lines):
        if number == 2 * result_file.PART:
            return 1 / 0
        return write(self, number, lines)

    monkeypatch.setattr(result_file, "PART", 7)
    monkeypatch.setattr(result_file, "WORTH_SHARING", 0)
    monkeypatch.setattr(Replay, "write", fails_in_the_third_part)
    with pytest.raises(ZeroDivisionError):
        written(replay, tmp_path / "results")
    assert (tmp_path / "results").read_bytes() == b"first\n", "half of the results would be taken for the whole"


def test_temporary_folder_without_room_is_named(replay, monkeypatch, tmp_path, three_cores):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(result_file, "WORTH_SHARING", 0)
    monkeypatch.setattr(result_file.os, "pwrite", full)
    with pytest.raises(OSError, match=r"No space left on device.*the temporary folder .*TMPDIR names another one"):
        written(replay, tmp_path / "results")


@pytest.mark.parametrize("size", [1, 700, 1 << 22])
def test_blocks_of_several_processes_are_the_recording(replay, monkeypatch, three_cores, size):
    """Whatever the size of a block: the same problems in the same lines, the same events under the same numbers."""
    monkeypatch.setattr("plugin.recording.BLOCK", size)
    text = b"\xef\xbb\xbf" + b"\n".join([LINES[0], b"", b"no event", *LINES[1:], b"[]"])
    appointments = replay.appointments
    recording = Recording(text, appointments)
    blocks = list(recording.blocks())
    assert len(blocks) > 1 or size > len(text)
    for block in part.shared(recording.look_through, blocks):
        recording.take(block)
    group = next(one for one in appointments if one.appointment_id == "G1")
    whole = read_recording([LINES[0], b"", b"no event", *LINES[1:], b"[]"], appointments)
    assert [problem.line for problem in whole.problems if problem.what == "it is not a JSON object"][:1] == [3]
    assert recording.problems == whole.problems
    assert list(recording.of(group, GROUP)) == list(whole.of(group, GROUP)) != []
    assert recording.last == whole.last
