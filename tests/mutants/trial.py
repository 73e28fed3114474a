"""The trial of a mutant: it is put into a copy of the tree, and one of the tests that reach it has to fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.work_item import MutationSpec

from tests.mutants.population import CORE, change
from tests.mutants.told import difference

FIRST = ("test_contract_outcome", "test_scenarios", "test_weighing", "test_false_absences")
NOT_ASKED = ("test_properties",)
"""Stories invented anew each time: what only luck notices is not noticed, and a score has to come out the same."""
HOSTILE = ("tests/hostile/test_one_field.py", "tests/hostile/test_recording.py")
"""Those with broken deliveries that are quick and the same each time."""
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
"""Tests that tell most of a module of the core, some of them outside tests/core and tests/stories; for its mutants they
run first, after the file that has the name of the module."""
LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "*.db*")


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant: `fate` is killed, loading (killed before any test ran), timeout, survived, unreached
    (no test comes there), none (it is no mutant)."""

    mutant: MutationSpec
    fate: str
    diff: str
    by: str = ""
    """The test that noticed it."""


class Laboratory:
    """A copy of the tree in which mutants are tried, and the tests loaded in it; the working tree is never touched."""

    def __init__(self, source: Path, folder: Path, python: Path, modules: Sequence[str]):
        self.python, self.folder = python, folder / "copy"
        shutil.copytree(source, self.folder, ignore=LEFT_BEHIND)
        os.chdir(self.folder)
        inside = [*Path().glob("tests/core/test_*.py"), *Path().glob("tests/stories/test_*.py"), *map(Path, HOSTILE)]
        files = {str(path): None for path in sorted(inside) if path.stem not in NOT_ASKED}
        self.files = list(files | dict.fromkeys(name for module in modules for name in NEAR.get(module, ())))
        self._lately: list[str] = []
        """Files of tests that noticed something, the last one first."""
        self._loaded: subprocess.Popen[str] | None = None

    def check(self) -> str:
        """Load the tests, and see that they test the copy and pass while nothing is broken; SystemExit says if not."""
        command = [self.python, "-c", "import sys; sys.path.pop(0); import plugin.core; print(plugin.core.__file__)"]
        told = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if not Path(told.stdout.strip()).is_relative_to(self.folder):
            raise SystemExit(f"The tests would not test the copy in {self.folder} but {told.stdout.strip()}.")
        self._loaded = self._start(self.files)
        first = self._loaded.stdout.readline()
        if not first:
            raise SystemExit(f"The tests cannot be loaded; {self.python} -m pytest says why.")
        told = json.loads(first)
        if told["failed"]:
            raise SystemExit("\n".join(["The tests fail before anything is broken; mend them first.", *told["failed"]]))
        # What was compiled may stay, except of what is going to change.
        for compiled in list((self.folder / CORE).rglob("__pycache__")):
            shutil.rmtree(compiled)
        return f"{told['tests']} tests, {told['seconds']} s."

    def close(self) -> None:
        """Let the tests go."""
        if self._loaded:
            self._loaded.communicate()

    def try_one(self, mutant: MutationSpec) -> Verdict:
        """The verdict on a mutant."""
        before, after = change(mutant)
        if before == after:
            return Verdict(mutant, "none", "")
        stem = mutant.module_path.stem
        near = [f for f in self.files if Path(f).stem == f"test_{stem}" or f in NEAR.get(stem, ())]
        # For processes that the tests start, and for what has to be loaded.
        mutant.module_path.write_text(after, encoding="utf-8")
        try:
            place = {"file": str(mutant.module_path.resolve()), "line": mutant.start_pos[0]}
            told = self._ask(place | {"before": before, "after": after, "near": near})
            if told["fate"] == "afresh":
                told = self._afresh(near)
        finally:
            mutant.module_path.write_text(before, encoding="utf-8")
        if told["by"]:
            file = told["by"].partition("::")[0]
            self._lately = [file, *(name for name in self._lately if name != file)][:4]
        return Verdict(mutant, told["fate"], difference(before, after), told["by"])

    def _ask(self, question: object) -> dict[str, Any]:
        print(json.dumps(question), file=self._loaded.stdin, flush=True)
        return json.loads(self._loaded.stdout.readline())

    def _afresh(self, near: list[str]) -> dict[str, str]:
        """What becomes of a mutant that has to be loaded: a few files first, which is quicker."""
        likely = dict.fromkeys([*near, *self._lately, *(f for f in self.files if Path(f).stem in FIRST)])
        for files in (list(likely), [name for name in self.files if name not in likely]):
            with self._start(["--afresh", *files]) as tests:
                told = json.loads(tests.communicate()[0] or '{"fate": "loading", "by": ""}')
            if told["fate"] != "survived":
                break
        return told

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        command, pipe = [self.python, "-m", "tests.mutants.loaded", *arguments], subprocess.PIPE
        environment = self._environment()
        if "--afresh" in arguments:
            # Compiled code is told apart by the second and the length of its source, which is too coarse for mutants.
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

    def _environment(self) -> dict[str, str]:
        # The commands that tests start as processes of their own have to be those of the copy, too.
        environment = os.environ | {"PYTHONPATH": str(self.folder)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return environment
