"""`python -m tests.mutants`: draw mutants of the core by lot, try each, and tell which no test noticed."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from cosmic_ray.work_item import MutationSpec

from tests.mutants.population import population, sample
from tests.mutants.told import again, kind_of
from tests.mutants.trial import Laboratory, Verdict

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Try a share of the mutants, all on some lines, or those of an earlier run, and tell what survives."""
    wanted = _arguments()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        laboratory = Laboratory(ROOT, Path(folder).resolve(), wanted.python.absolute(), wanted.workers)
        os.chdir(laboratory.copies[0])
        everyone = population()
        drawn = _drawn(wanted, everyone)
        print(f"{len(everyone)} mutants, {len(drawn)} drawn. First the tests without any.", flush=True)
        laboratory.check()
        begun, verdicts = time.monotonic(), []
        for verdict in laboratory.try_all(drawn):
            verdicts.append(verdict)
            if verdict.fate in ("survived", "none"):
                _tell(verdict)
            if len(verdicts) % 50 == 0:
                print(f"... {len(verdicts)} of {len(drawn)} in {time.monotonic() - begun:.0f} s", flush=True)
    _sum_up(verdicts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--share", type=float, default=0.1, help="how many of the mutants, 0 to 1")
    parser.add_argument("--seed", type=int, default=1, help="of the lot; the same seed draws the same mutants")
    parser.add_argument("--at", action="append", help="instead of a lot: a module or a line, plugin/core/case.py:82")
    parser.add_argument("--again", type=Path, help="instead of a lot: those that an earlier run printed")
    parser.add_argument("--workers", type=int, default=2, help="how many are tried at the same time")
    parser.add_argument("--python", type=Path, default=ROOT / ".venv/bin/python", help="the Python of the tests")
    return parser.parse_args()


def _drawn(wanted: argparse.Namespace, everyone: list[MutationSpec]) -> list[MutationSpec]:
    if wanted.again:
        return again(everyone, wanted.again.read_text(encoding="utf-8"))
    return _on(wanted.at, everyone) if wanted.at else sample(everyone, wanted.share, wanted.seed)


def _on(places: list[str], mutants: list[MutationSpec]) -> list[MutationSpec]:
    return [m for m in mutants if {str(m.module_path), f"{m.module_path}:{m.start_pos[0]}"} & set(places)]


def _tell(verdict: Verdict) -> None:
    mutant = verdict.mutant
    print(f"{verdict.fate.upper()} {mutant.module_path}:{mutant.start_pos[0]} {kind_of(mutant)}", flush=True)
    print(verdict.diff, flush=True)


def _sum_up(verdicts: list[Verdict]) -> None:
    fates = Counter(verdict.fate for verdict in verdicts)
    tried = len(verdicts) - fates["none"]
    noticed = tried - fates["survived"]
    print(f"\ntried     {tried}")
    print(f"killed    {fates['killed'] + fates['loading']} ({fates['loading']} of them could not even be loaded)")
    print(f"timeouts  {fates['timeout']}")
    print(f"survived  {fates['survived']}")
    print(f"score     {noticed / tried:.1%}" if tried else "score     none: nothing was tried")


if __name__ == "__main__":
    main()
