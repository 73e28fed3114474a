"""Ctrl-C and SIGTERM, noticed where the demonstration waits.

An exception that is raised wherever the program happens to be can be lost: in what runs when an object goes, such as
the callback of a weak reference, Python prints and forgets it, and the demonstration would go on all the same.
"""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType


class Interruption:
    """Listens to both signals as long as the `with` lasts; whoever asks a second time is heard at once."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interruption:
        for number in (signal.SIGINT, signal.SIGTERM):
            # A shell that starts something in the background has it ignore Ctrl-C.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def pause(self, seconds: float) -> None:
        """Wait so long; raises KeyboardInterrupt when somebody has asked to stop."""
        if not self._asked:
            time.sleep(seconds)
        if self._asked:
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
