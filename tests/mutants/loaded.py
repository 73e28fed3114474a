"""`python -m tests.mutants.loaded FILES`: the tests loaded once; each mutant is put into a fork, and they are asked.

A question and an answer are a line of JSON each. With `--afresh` a mutant stands in the file already, for what cannot
be put into what is loaded: all tests of the files are asked, once.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import pickle
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import coverage
import pytest

from tests.mutants.graft import Stock
from tests.mutants.reach import Reach, lines_of_statement, measure, our_caches

SECONDS, TIMES, AFRESH, MEMORY = 5, 3, 60, 3 << 30
"""A mutant is taken for endless when one test computes longer than so many seconds and so many times what it takes
without one; or than so many when that is not known. And the bytes it may take."""
ASKED = "not (test_so_much_told_of_strangers and shipped)"
"""Thirty thousand strangers take a third of the time, and with other numbers a few say the same."""
# The seed: what hypothesis makes up is the same in each run, so that a score can be had again.
OPTIONS = ["-q", "-s", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-seed=1", "-k", ASKED, "-m", "not postgres"]
SURVIVED, KILLED, TIMEOUT, UNREACHED, AFRESH_ONLY = "survived", "killed", "timeout", "unreached", "afresh"
_NOT_PUT = 3


@dataclass
class Loaded:
    """A pytest plugin that answers instead of running the tests one after another."""

    questions: IO[str] | None
    answers: IO[str]
    measured: coverage.Coverage | None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer until nobody asks any more."""
        if session.testsfailed:
            return True
        # What a test that failed has found is not to be tried first on the next mutant.
        from hypothesis import settings  # not before pytest, which has something to do with it first

        settings.register_profile("kept nowhere", settings.default, database=None)
        settings.load_profile("kept nowhere")
        # Only what the tests start themselves could write down a mutant as compiled.
        os.environ["PYTHONDONTWRITEBYTECODE"], sys.dont_write_bytecode = "1", True
        if self.questions is None:
            fate, by = notice(session, range(len(session.items)), lambda number: AFRESH)
            self._answer(fate=fate, by=session.items[by].nodeid if by is not None else "")
            return True
        gc.unfreeze()  # what is frozen cannot be looked through
        stock, caches = Stock(), our_caches()
        gc.freeze()
        reach, failed = self._reach(session, caches)
        self._answer(tests=len(session.items), failed=failed, seconds=round(sum(reach.seconds)))
        recent: dict[str, list[int]] = {}
        for line in self.questions:
            question = json.loads(line)
            file = str(Path(question["file"]).resolve())
            lines = lines_of_statement(question["before"], question["line"])
            tests = reach.of(file, lines)
            if not tests:
                self._answer(fate=AFRESH_ONLY if tests is None else UNREACHED, by="")
                continue
            put = lambda: stock.graft(file, question["before"], question["after"])  # noqa: B023,E731
            known = recent.setdefault(file, [])
            order = _order(tests, known, reach.seconds, session.items, question["near"])
            fate, by = notice(session, order, lambda number: SECONDS + TIMES * reach.seconds[number], put)
            self._answer(fate=fate, by=session.items[by].nodeid if by is not None else "", tests=len(tests))
            if by is not None:
                known[:] = [by, *(number for number in known if number != by)][:12]
        return True

    def _reach(self, session: pytest.Session, caches: list[functools._lru_cache_wrapper]) -> tuple[Reach, list[str]]:
        """What the tests reach, found out in a fork, since what they leave behind is not to stay."""
        with tempfile.TemporaryFile() as told:
            if child := os.fork():
                os.waitpid(child, 0)
                self.measured.stop()
                told.seek(0)
                return pickle.load(told)
            failed: list[str] = []
            session.config.pluginmanager.register(_Failed(failed))
            pickle.dump((measure(session.items, self.measured, caches), failed), told)
            told.flush()
            os._exit(0)

    def _answer(self, **told: object) -> None:
        print(json.dumps(told), file=self.answers, flush=True)


@dataclass
class _Failed:
    """The names of those tests that failed."""

    names: list[str]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)


def notice(
    session: pytest.Session,
    order: Sequence[int],
    seconds: Callable[[int], float],
    put: Callable[[], bool] = lambda: True,
) -> tuple[str, int | None]:
    """What becomes of a mutant, and the test that notices it.

    That one has to notice it by itself as well: what fails only after others may fail without any mutant.
    """
    asked = list(order)
    while True:
        fate, place = _in_a_fork(session, asked, seconds, put)
        if fate in (SURVIVED, AFRESH_ONLY):
            return fate, None
        alone, _ = (fate, 0) if not place else _in_a_fork(session, [asked[place]], seconds, put)
        if alone != SURVIVED:
            return alone, asked[place]
        asked = asked[place + 1 :]


def _in_a_fork(
    session: pytest.Session, asked: Sequence[int], seconds: Callable[[int], float], put: Callable[[], bool]
) -> tuple[str, int]:
    """The first of the tests to fail on a mutant that is put into a fork of this process."""
    told, tell = os.pipe()
    if not (child := os.fork()):
        status = _NOT_PUT
        try:
            status = _run(session, asked, seconds, put, tell)
        finally:
            os._exit(status)
    os.close(tell)
    with os.fdopen(told) as lines:
        place = len(lines.read().split()) - 1
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return TIMEOUT, place
    return {0: SURVIVED, _NOT_PUT: AFRESH_ONLY}.get(status, KILLED), place


def _run(
    session: pytest.Session,
    asked: Sequence[int],
    seconds: Callable[[int], float],
    put: Callable[[], bool],
    tell: int,
) -> int:
    """The exit status: 0 if all tests pass, 1 at the first that does not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not put():
        return _NOT_PUT
    for place, number in enumerate(asked):
        os.write(tell, b"%d\n" % number)
        # Computing time instead of time on the wall: on a busy machine a slow run is no mutant that never ends.
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime + seconds(number)) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        item, after = session.items[number], asked[place + 1 : place + 2]
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=session.items[after[0]] if after else None)
        except BaseException:
            return 1  # a mutant that ends pytest itself is noticed
        if session.testsfailed:
            return 1
    return 0


def _order(
    tests: list[int], recent: list[int], seconds: Sequence[float], items: list[pytest.Item], near: list[str]
) -> list[int]:
    """Those first that noticed the last ones, then the nearest, then what is quick."""
    places = {number: place for place, number in enumerate(recent)}
    known = {str(Path(name).resolve()) for name in near}
    return sorted(tests, key=lambda n: (places.get(n, len(places)), str(items[n].path) not in known, seconds[n]))


def main() -> None:
    """Load the tests and answer."""
    afresh, files = sys.argv[1] == "--afresh", [name for name in sys.argv[1:] if name != "--afresh"]
    # Tests may write to the output and read from the input: they get others.
    answers, questions = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    if afresh:
        resource.setrlimit(resource.RLIMIT_CPU, (AFRESH, resource.RLIM_INFINITY))
        options, loaded = ["-W", "ignore::SyntaxWarning"], Loaded(None, answers, None)
    else:
        # Since before anything of the core is imported.
        core = f"{Path('plugin/core').resolve()}/*"
        measured = coverage.Coverage(data_file=None, include=[core], config_file=False, messages=False)
        measured.start()
        options, loaded = [], Loaded(questions, answers, measured)
    sys.exit(pytest.main([*OPTIONS, *options, *files], plugins=[loaded]))


if __name__ == "__main__":
    main()
