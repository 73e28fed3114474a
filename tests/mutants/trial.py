"""The trial of a mutant: the tests run against it in a copy of the tree, and one of them has to fail."""

from __future__ import annotations

import ast
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool, Queue
from pathlib import Path

from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec

from tests.mutants.population import CORE
from tests.mutants.told import difference

ENDLESS, MEMORY = 2, 3 << 30
"""So many times the computing that all tests take while nothing is broken, and a mutant is taken for endless, and so
for noticed; and bytes it may take."""
FATES = {0: "survived", 1: "killed", -signal.SIGXCPU: "timeout", -signal.SIGKILL: "timeout"}
"""What the exit status of the tests says; any other means that they could not begin."""
FIRST = ("test_contract_outcome", "test_scenarios", "test_weighing", "test_false_absences")
LAST = ("test_combinations",)
NOT_ASKED = ("test_properties",)
"""Stories invented anew each time: what only luck notices is not noticed, and a score has to come out the same."""
ASKED = "not (test_so_much_told_of_strangers and shipped)"
"""Thirty thousand strangers take a third of the time, and with other numbers a few say the same."""
NEAR = {
    "action": ("tests/service/test_acting.py",),
    "approval": ("tests/people/test_approving.py",),
    "blindness": ("tests/core/test_feed.py", "tests/service/test_feed.py"),
    "bounce": ("tests/people/test_bounce.py",),
    "difference": ("tests/service/test_whatif.py", "tests/cli/test_compare.py"),
    "makeup": ("tests/web/test_makeup.py",),
    "makeup_item": ("tests/core/test_makeup.py", "tests/web/test_makeup.py"),
    "narrative": ("tests/cli/test_explain.py",),
    "offer": ("tests/people/test_offering.py",),
    "override": ("tests/web/test_override.py",),
    "platform": ("tests/people/test_platform.py",),
    "policy": ("tests/config/test_policy.py",),
    "program_day": ("tests/stories/test_day_in_several_meetings.py", "tests/stories/test_session_before.py"),
    "resolution": ("tests/people/test_resolution.py",),
    "rule": ("tests/cli/test_rules.py",),
    "seat": ("tests/people/test_seats.py",),
    "sign": ("tests/stories/test_session_before.py", "tests/stories/test_other_signs.py"),
    "slot": ("tests/people/test_slot.py",),
    "surroundings": ("tests/people/test_platform.py",),
    "ticket": ("tests/people/test_ticketing.py",),
    "trouble": ("tests/web/test_answer.py",),
}
"""Tests that tell most of a module of the core, many of them outside tests/core and tests/stories; for its mutants they
run first, after the file that has the name of the module."""
NOTHING_COMPILED = "PYTHONDONTWRITEBYTECODE"
LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "*.db*")


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant: `fate` is killed, loading (killed before any test ran), timeout, survived, none."""

    mutant: MutationSpec
    fate: str
    diff: str


class Laboratory:
    """Copies of the tree, one for each worker, in which mutants are tried; the working tree is never touched."""

    def __init__(self, source: Path, folder: Path, python: Path, workers: int):
        self.python, self.copies = python, [folder / f"copy-{number}" for number in range(workers)]
        self.seconds = 0
        """How long the tests of a mutant may compute; `check` finds it out."""
        shutil.copytree(source, self.copies[0], ignore=LEFT_BEHIND)

    def check(self) -> None:
        """See that the tests pass while nothing is broken, and that they test the copy; SystemExit says if not."""
        first = self.copies[0]
        told = self._run(first, "-c", "import sys; sys.path.pop(0); import plugin.core; print(plugin.core.__file__)")
        if not Path(told.stdout.strip()).is_relative_to(first):
            raise SystemExit(f"The tests would not test the copy in {first} but {told.stdout.strip()}.")
        begun = _computed()
        tests = self._run(first, *_pytest(first, ""))
        self.seconds = ENDLESS * round(_computed() - begun)
        if tests.returncode:
            told = tests.stdout + tests.stderr
            raise SystemExit(f"The tests fail before anything is broken; mend them first.\n{told}")
        # What was compiled may stay, except of what is going to change.
        for compiled in list((first / CORE).rglob("__pycache__")):
            shutil.rmtree(compiled)
        for copy in self.copies[1:]:
            shutil.copytree(first, copy)

    def _run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        # What is compiled here saves every trial some time.
        environment = {name: value for name, value in os.environ.items() if name != NOTHING_COMPILED}
        # The commands that tests start as processes of their own have to be those of the copy, too.
        environment["PYTHONPATH"] = str(folder)
        command = [self.python, *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    def try_all(self, mutants: Iterable[MutationSpec]) -> Iterator[Verdict]:
        """The verdict on each mutant, as they come."""
        folders: Queue[Path] = Queue()
        for copy in self.copies:
            folders.put(copy)
        with Pool(len(self.copies), _enter, (folders,)) as pool:
            yield from pool.imap_unordered(_try, [(mutant, self.python, self.seconds) for mutant in mutants])


def _enter(folders: Queue[Path]) -> None:
    os.chdir(folders.get())


def _try(told: tuple[MutationSpec, Path, int]) -> Verdict:
    mutant, python, seconds = told
    operator = get_operator(mutant.operator_name)(**mutant.operator_args)
    with use_mutation(mutant.module_path, operator, mutant.occurrence) as (before, after):
        if not _is_another(before, after):
            return Verdict(mutant, "none", "")
        command = [python, *_pytest(Path(), mutant.module_path.stem)]
        # Compiled code is told apart by the second and the length of its source, which is too coarse for mutants.
        environment = os.environ | {NOTHING_COMPILED: "1", "PYTHONPATH": os.getcwd()}
        limit = partial(_limit, seconds)
        tests = subprocess.run(command, env=environment, capture_output=True, check=False, preexec_fn=limit)
    return Verdict(mutant, FATES.get(tests.returncode, "loading"), difference(before, after))


def _is_another(before: str, after: str | None) -> bool:
    """Whether a change is one: it made another program, and a program."""
    try:
        return after is not None and ast.dump(ast.parse(before)) != ast.dump(ast.parse(after))
    except SyntaxError:
        return False


def _computed() -> float:
    """How many seconds those processes computed that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _limit(seconds: int) -> None:
    """Computing time instead of time on the wall: on a busy machine a slow run is no mutant that never ends."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _pytest(root: Path, module: str) -> list[str]:
    """How Python is told to run the tests, the likeliest to notice first; it stops at the first that fails."""
    everywhere = sorted([*root.glob("tests/core/test_*.py"), *root.glob("tests/stories/test_*.py")])
    own = [str(path.relative_to(root)) for path in everywhere if path.stem == f"test_{module}"]
    ours = (*own, *NEAR.get(module, ())) if module else [name for names in NEAR.values() for name in names]
    places = {name: place for place, name in enumerate(FIRST)} | dict.fromkeys(LAST, 100)
    inside = sorted(everywhere, key=lambda path: places.get(path.stem, 50 if path.parent.name == "stories" else 10))
    files = dict.fromkeys([*ours, *(str(path.relative_to(root)) for path in inside if path.stem not in NOT_ASKED)])
    # The seed: what hypothesis makes up is the same in each run, so that a score can be had again.
    options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-seed=1", "-k", ASKED, "-m"]
    return ["-m", "pytest", *options, "not postgres", *files]
