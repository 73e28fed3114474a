"""The results of a replay as JSON lines, written by as many processes as there are cores."""

from __future__ import annotations

import io
from functools import partial
from typing import BinaryIO

from plugin.cli.part import Turns, processes, shared
from plugin.replay import Replay

PART = 50
"""Appointments in a part: some ten milliseconds of work and up to a few megabytes of results."""
WORTH_SHARING = 20 * PART


def write_results(replay: Replay, out: BinaryIO) -> None:
    """Write the results as JSON lines, in the same order whoever judged them.

    One process does it alone when the replay is small, or when `out` is no file that processes can share.
    """
    count = len(replay.appointments)
    parts = [slice(begin, begin + PART) for begin in range(0, count, PART)]
    if count < WORTH_SHARING or processes() == 1 or not _is_file(out):
        for part in parts:
            out.write(_lines(replay, part))
        out.flush()
        return
    out.flush()
    for _ in shared(partial(_write, replay, Turns(), out), enumerate(parts)):
        pass


def _write(replay: Replay, turns: Turns, out: BinaryIO, numbered: tuple[int, slice]) -> None:
    number, part = numbered
    with turns.part(number) as wait:
        lines = _lines(replay, part)
        wait()
        out.write(lines)
        out.flush()


def _lines(replay: Replay, part: slice) -> bytearray:
    lines = bytearray()
    replay.write(part, lines)
    return lines


def _is_file(out: BinaryIO) -> bool:
    try:
        return out.fileno() >= 0
    except (AttributeError, io.UnsupportedOperation):
        return False
