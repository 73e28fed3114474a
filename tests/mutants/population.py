"""The mutants there are: every small fault that can be put into the core, less those that no test could notice."""

from __future__ import annotations

import ast
import pickle
import random
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from cosmic_ray.ast import get_ast
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec

from tests.mutants.deletion import add_ours

CORE = Path("plugin/core")
KEPT_BY = ("frozen", "gc", "slots", "maxsize")
"""What says how a class or a cache is kept in memory."""


def modules_of_core() -> list[Path]:
    """All of them, looked for in the current folder; their paths are relative to it."""
    return sorted(CORE.rglob("*.py"))


def population(modules: list[Path]) -> list[MutationSpec]:
    """All mutants of some modules, always in the same order; those in what makes no difference are left out."""
    add_ours()
    with tempfile.TemporaryDirectory() as folder:
        session = WorkDB(str(Path(folder) / "session.sqlite"), WorkDB.Mode.create)
        try:
            init(modules, session, {})
            found = [mutation for item in session.work_items for mutation in item.mutations]
        finally:
            session.close()
    indifferent = {module: list(_indifferent(module)) for module in modules}
    alive = [m for m in found if not any(a <= m.start_pos < b for a, b in indifferent[m.module_path])]
    return sorted(alive, key=lambda m: (str(m.module_path), m.start_pos, m.operator_name, m.occurrence))


def sample(mutants: Iterable[MutationSpec], share: float, seed: int) -> list[MutationSpec]:
    """A share (0 to 1) of the mutants by lot; with the same seed a larger share contains the smaller one."""
    drawn = list(mutants)
    random.Random(seed).shuffle(drawn)
    return drawn[: round(len(drawn) * share)]


def change(mutant: MutationSpec) -> tuple[str, str]:
    """The source of a module without and with a mutant; the same twice if it does not make another program."""
    before, tree = _parsed(mutant.module_path)
    operator = get_operator(mutant.operator_name)(**mutant.operator_args)
    visitor = MutationVisitor(mutant.occurrence, operator)
    after = visitor.walk(pickle.loads(tree)).get_code()
    return before, after if _is_another(before, after) else before


@cache
def _parsed(module: Path) -> tuple[str, bytes]:
    # To parse takes ten times as long as to copy what was parsed, and each mutant is made in a copy.
    source = module.read_text(encoding="utf-8")
    return source, pickle.dumps(get_ast(source))


def _is_another(before: str, after: str) -> bool:
    try:
        return ast.dump(ast.parse(before)) != ast.dump(ast.parse(after))
    except SyntaxError:
        return False


def _indifferent(module: Path) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations begin and end, which nothing of ours reads when it runs, and how something is kept in memory;
    as (line, column)."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        told = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        told += [keyword.value for keyword in getattr(node, "keywords", ()) if keyword.arg in KEPT_BY]
        for part in filter(None, told):
            yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)
