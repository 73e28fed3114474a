"""`python -m tests.mutants`: draw mutants of the core by lot, try each, and tell which no test noticed."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from cosmic_ray.work_item import MutationSpec

from tests.mutants.population import modules_of_core, population, sample
from tests.mutants.told import again, kind_of
from tests.mutants.trial import Laboratory, Verdict

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Try a share of the mutants, all on some lines, or those of an earlier run, and tell what survives."""
    wanted = _arguments()
    os.chdir(ROOT)
    drawn = _drawn(wanted)
    print(f"{len(drawn)} mutants drawn. First the tests without any.", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        modules = sorted({mutant.module_path.stem for mutant in drawn})
        laboratory = Laboratory(ROOT, Path(folder).resolve(), wanted.python.absolute(), modules)
        verdicts: list[Verdict] = []
        try:
            print(laboratory.check(), flush=True)
            _try_all(laboratory, drawn, verdicts)
        except KeyboardInterrupt:
            print("Broken off: the row of the last module is not whole.")
        finally:
            laboratory.close()
            os.chdir(ROOT)
    _sum_up(verdicts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--share", type=float, default=0.1, help="how many of the mutants, 0 to 1")
    parser.add_argument("--seed", type=int, default=1, help="of the lot; the same seed draws the same mutants")
    parser.add_argument("--at", action="append", help="instead of a lot: a module or a line, plugin/core/case.py:82")
    parser.add_argument("--again", type=Path, help="instead of a lot: those that an earlier run printed")
    parser.add_argument("--python", type=Path, default=ROOT / ".venv/bin/python", help="the Python of the tests")
    return parser.parse_args()


def _drawn(wanted: argparse.Namespace) -> list[MutationSpec]:
    if wanted.again:
        return again(population(modules_of_core()), wanted.again.read_text(encoding="utf-8"))
    if not wanted.at:
        return sample(population(modules_of_core()), wanted.share, wanted.seed)
    mutants = population(sorted({Path(place.partition(":")[0]) for place in wanted.at}))
    return [m for m in mutants if {str(m.module_path), f"{m.module_path}:{m.start_pos[0]}"} & set(wanted.at)]


def _try_all(laboratory: Laboratory, drawn: list[MutationSpec], verdicts: list[Verdict]) -> None:
    begun = time.monotonic()
    for mutant in drawn:
        verdict = laboratory.try_one(mutant)
        verdicts.append(verdict)
        if verdict.fate in ("survived", "unreached"):
            print(f"{verdict.fate.upper()} {mutant.module_path}:{mutant.start_pos[0]} {kind_of(mutant)}", flush=True)
            print(verdict.diff, flush=True)
        if len(verdicts) % 50 == 0:
            print(f"... {len(verdicts)} of {len(drawn)} in {time.monotonic() - begun:.0f} s", flush=True)


def _sum_up(verdicts: list[Verdict]) -> None:
    """A row for each module, as docs/mutation.md has them."""
    fates: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        if verdict.fate != "none":
            fates[str(verdict.mutant.module_path)][verdict.fate] += 1
    everything = sum(fates.values(), Counter())
    print("\n| module | tried | noticed | of these endless | survived | of these not reached | score |")
    print("|---|---|---|---|---|---|---|")
    for module, of_module in (*sorted(fates.items()), ("together", everything)):
        tried, survived = of_module.total(), of_module["survived"] + of_module["unreached"]
        score = f"{1 - survived / tried:.1%}" if tried else "none: nothing was tried"
        row = module, tried, tried - survived, of_module["timeout"], survived, of_module["unreached"], score
        print("|", " | ".join(map(str, row)), "|")


if __name__ == "__main__":
    main()
