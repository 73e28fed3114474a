"""The results of a replay as JSON lines, judged by as many processes as there are cores."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO, NamedTuple

from plugin.cli.part import processes, shared
from plugin.replay import Replay

PART = 50
"""Appointments in a part: some ten milliseconds of work and up to a few megabytes of results."""
WORTH_SHARING = 20 * PART
LARGE = "/var/tmp"
"""Where large files stand for a while, if TMPDIR names no other place: `/tmp` may be memory."""


def write_results(replay: Replay, out: BinaryIO) -> None:
    """Write the results as JSON lines, in the same order whoever judged them.

    One process does it alone when the replay is small. A large one is judged in order of time, or whoever is missing
    would have the sessions before judged for it and again at their own turn; until the last is judged its results stand
    in a temporary file. Raises OSError, with the name of the place, when there is no room for it.
    """
    count = len(replay.appointments)
    if count < WORTH_SHARING or processes() == 1:
        for number in range(count):
            lines = bytearray()
            replay.write(number, lines)
            out.write(lines)
    else:
        out.flush()  # or each process that is forked would write what is kept back once more
        with tempfile.TemporaryFile(dir=_folder()) as file:
            spool = _Spool(file, replay)
            order = replay.in_order_of_time()
            parts = [order[begin : begin + PART] for begin in range(0, count, PART)]
            stands = {number: place for places in shared(spool.fill, parts) for number, place in places}
            for number in range(count):
                out.write(os.pread(file.fileno(), stands[number].length, stands[number].begin))
    out.flush()


class _Place(NamedTuple):
    """Where in the file the results of an appointment stand, in bytes."""

    begin: int
    length: int


class _Spool:
    """A file into which several processes put results, each at a place of its own."""

    def __init__(self, file: BinaryIO, replay: Replay):
        self._file, self._replay = file, replay
        self._end = multiprocessing.get_context("fork").Value("q", 0)

    def fill(self, numbers: Iterable[int]) -> Sequence[tuple[int, _Place]]:
        """Judge these appointments and put their results into the file; returns where each stands."""
        lines, bounds = bytearray(), []
        for number in numbers:
            begin = len(lines)
            self._replay.write(number, lines)
            bounds.append((number, begin, len(lines) - begin))
        with self._end.get_lock():
            mine = self._end.value
            self._end.value += len(lines)
        written = 0
        try:
            while written < len(lines):
                written += os.pwrite(self._file.fileno(), memoryview(lines)[written:], mine + written)
        except OSError as error:
            where = f"the temporary folder {_folder()} (TMPDIR names another one)"
            raise OSError(error.errno, error.strerror, where) from error
        return [(number, _Place(mine + begin, length)) for number, begin, length in bounds]


def _folder() -> str:
    return LARGE if "TMPDIR" not in os.environ and os.access(LARGE, os.W_OK) else tempfile.gettempdir()
