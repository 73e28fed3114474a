"""Mutants that an earlier run told of, found again by module, kind of fault and changed lines, wherever they stand."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from cosmic_ray.work_item import MutationSpec

from tests.mutants.population import change

_TOLD = re.compile(r"^[A-Z]+ (?P<module>\S+\.py):\d+ (?P<kind>\w+)\n(?P<diff>(?:[-+].*\n?)+)", re.MULTILINE)


def again(mutants: Iterable[MutationSpec], told: str) -> list[MutationSpec]:
    """Those of the mutants that a run printed; one whose lines were changed since is named, and left out."""
    wanted = {(m["module"], m["kind"], m["diff"].strip()) for m in _TOLD.finditer(told)}
    places = {(module, kind) for module, kind, _ in wanted}
    found, here = [], set()
    for mutant in mutants:
        place = str(mutant.module_path), kind_of(mutant)
        if place in places and (key := (*place, _diff_of(mutant))) in wanted:
            found.append(mutant)
            here.add(key)
    for module, kind, diff in sorted(wanted - here):
        print(f"GONE {module} {kind}\n{diff}")
    return found


def kind_of(mutant: MutationSpec) -> str:
    """The kind of fault: cosmic-ray's operator."""
    return mutant.operator_name.rpartition("/")[2]


def difference(before: str, after: str) -> str:
    """The changed lines, with - and + before them."""
    changes = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in list(changes)[2:] if not line.startswith("@@"))


def _diff_of(mutant: MutationSpec) -> str:
    return difference(*change(mutant)).strip()
