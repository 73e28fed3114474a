"""`python -m tests.mutants.loaded FILES`: the tests loaded once; each mutant is put into a fork, and they are asked.

A question and an answer are a line of JSON each. With `--afresh` a mutant stands in the file already, for what cannot
be put into what is loaded: all tests of the files are asked, once.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import coverage
import pytest

from tests.mutants.fork import AFRESH, notice, told_by_a_fork
from tests.mutants.graft import Stock
from tests.mutants.reach import Reach, lines_that_matter, measure, our_caches

SECONDS, TIMES, UNKNOWN = 5, 3, 60
"""A mutant is taken for endless when one test computes longer than so many seconds and so many times what it takes
without one; or than so many when that is not known."""
ASKED = "not (test_so_much_told_of_strangers and shipped) and not test_flood_of and not test_fifty_thousand"
"""Thirty thousand strangers take a third of the time, and with other numbers a few say the same. Other floods tell only
that nothing gives way under them."""
# The seed: what hypothesis makes up is the same in each run, so that a score can be had again.
OPTIONS = ["-q", "-s", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-seed=1", "-k", ASKED, "-m", "not postgres"]
UNREACHED = "unreached"


@dataclass(frozen=True)
class Mutant:
    """The source of a file, without and with a small fault on a line."""

    file: str
    line: int
    before: str
    after: str


@dataclass
class Loaded:
    """A pytest plugin that answers instead of running the tests one after another."""

    questions: IO[str] | None
    answers: IO[str]
    measured: coverage.Coverage | None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer until nobody asks any more."""
        try:
            return self._loop(session)
        except Exception:
            traceback.print_exc()  # pytest would tell it where nobody reads
            raise

    def _loop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            return True
        # What a test that failed has found is not to be tried first on the next mutant.
        from hypothesis import settings  # not before pytest, which has something to do with it first

        settings.register_profile("kept nowhere", settings.default, database=None)
        settings.load_profile("kept nowhere")
        # Only what the tests start themselves could write down a mutant as compiled.
        os.environ["PYTHONDONTWRITEBYTECODE"], sys.dont_write_bytecode = "1", True
        if self.questions is None:
            fate, by = notice(session, range(len(session.items)), lambda number: UNKNOWN)
            self._answer(fate=fate, by=session.items[by].nodeid if by is not None else "")
            return True
        gc.unfreeze()  # what is frozen cannot be looked through
        stock, caches = Stock(), our_caches()
        gc.freeze()
        failed: list[str] = []
        session.config.pluginmanager.register(_Failed(failed))
        reach, failed = told_by_a_fork(lambda: (measure(session.items, self.measured, caches), failed))
        self.measured.stop()
        self._answer(tests=len(session.items), failed=failed, seconds=round(sum(reach.seconds)))
        self._answer_all(session, stock, reach)
        return True

    def _answer_all(self, session: pytest.Session, stock: Stock, reach: Reach) -> None:
        recent: dict[str, list[int]] = {}
        for line in self.questions:
            question = json.loads(line)
            near, mutant = question.pop("near"), Mutant(**question)
            tests = reach.of(mutant.file, lines_that_matter(mutant.before, mutant.after, mutant.line))
            if not tests:
                self._answer(fate=AFRESH if tests is None else UNREACHED, by="")
                continue
            known = recent.setdefault(mutant.file, [])
            order = _order(tests, known, reach.seconds, session.items, near)
            fate, by = notice(
                session, order, lambda number: SECONDS + TIMES * reach.seconds[number], partial(_put, stock, mutant)
            )
            self._answer(fate=fate, by=session.items[by].nodeid if by is not None else "")
            if by is not None:
                known[:] = [by, *(number for number in known if number != by)][:12]

    def _answer(self, **told: object) -> None:
        print(json.dumps(told), file=self.answers, flush=True)


@dataclass(eq=False)  # pytest keeps its plugins in sets
class _Failed:
    """The names of those tests that failed."""

    names: list[str]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)


def _put(stock: Stock, mutant: Mutant) -> bool:
    return stock.graft(mutant.file, mutant.before, mutant.after)


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
        resource.setrlimit(resource.RLIMIT_CPU, (UNKNOWN, resource.RLIM_INFINITY))
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
