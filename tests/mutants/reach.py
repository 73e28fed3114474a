"""Which tests reach which line of the core: only those can notice a mutant on it."""

from __future__ import annotations

import ast
import functools
import gc
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest

ALONE = ("core", "stories", "hostile")
LOADING = ""
"""What coverage.py calls the context of lines that run before the first test."""


@dataclass(frozen=True)
class Reach:
    """The tests that reach each line of each file, as bits, and how long each computed while that was found out."""

    tests: dict[str, dict[int, int]]
    loading: dict[str, frozenset[int]]
    """Lines that run while the tests are imported and collected."""
    seconds: tuple[float, ...]

    def of(self, file: str, lines: Iterable[int]) -> list[int] | None:
        """The numbers of the tests that reach one of the lines; None if those are run before any test is."""
        lines = set(lines)
        if lines & self.loading.get(file, frozenset()):
            return None
        of_file, bits = self.tests.get(file, {}), 0
        for line in lines:
            bits |= of_file.get(line, 0)
        return numbers(bits)


def numbers(bits: int) -> list[int]:
    """Which bits are set."""
    return [number for number in range(bits.bit_length()) if bits >> number & 1]


def run_alone(items: list[pytest.Item], number: int, caches: list[functools._lru_cache_wrapper]) -> None:
    """Run a test as if it were the only one.

    What one test left in a cache would hide from the next where it comes from, and so would a fixture for several.
    Those of the service and its database, which know nothing of the core, would take too long to be made each time.
    """
    for cache in caches:
        cache.cache_clear()
    after = None if items[number].path.parent.name in ALONE else (*items[number + 1 :], None)[0]
    items[number].config.hook.pytest_runtest_protocol(item=items[number], nextitem=after)


def measure(items: list[pytest.Item], measured: coverage.Coverage, caches: list[functools._lru_cache_wrapper]) -> Reach:
    """Run each test by itself, and see where it comes; `measured` runs since before the imports."""
    seconds = []
    for number in range(len(items)):
        begun = time.process_time()
        measured.switch_context(str(number))
        run_alone(items, number, caches)
        seconds.append(time.process_time() - begun)
    measured.stop()
    told = measured.get_data()
    tests: dict[str, dict[int, int]] = {}
    loading = {}
    for file in told.measured_files():
        of_file: dict[int, int] = defaultdict(int)
        contexts = told.contexts_by_lineno(file)
        for line, names in contexts.items():
            for name in names:
                if name != LOADING:
                    of_file[line] |= 1 << int(name)
        tests[file] = dict(of_file)
        loading[file] = frozenset(line for line, names in contexts.items() if LOADING in names)
    return Reach(tests, loading, tuple(seconds))


def lines_of_statement(source: str, line: int) -> range:
    """The lines of the statement on a line; of one with a body those before it.

    All of them, since Python may say of a line within a statement that it was never there: `b` in `a and b`.
    """
    spans = [span for node in ast.walk(ast.parse(source)) if (span := _span(node)) and line in span]
    return min(spans, key=len, default=range(line, line + 1))


def lines_that_matter(before: str, after: str, line: int) -> range:
    """Where a test has to come to notice a mutant; if a whole `if` is gone, to what it would have done."""
    for node in ast.walk(ast.parse(before)):
        if isinstance(node, ast.If) and node.lineno == line and not node.orelse:
            named = any(isinstance(part, ast.NamedExpr) for part in ast.walk(node.test))
            if not named and after.splitlines()[line - 1].strip() == "pass":
                return lines_of_statement(before, node.body[0].lineno)
    return lines_of_statement(before, line)


def _span(node: ast.AST) -> range | None:
    if isinstance(node, ast.match_case):
        return range(node.pattern.lineno, max(node.pattern.lineno + 1, node.body[0].lineno))
    if not isinstance(node, (ast.stmt, ast.ExceptHandler)):
        return None
    begin = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    body = getattr(node, "body", None)
    return range(begin, max(node.lineno + 1, body[0].lineno) if body else node.end_lineno + 1)


def our_caches() -> list[functools._lru_cache_wrapper]:
    """Those of what is loaded from the current folder; some libraries do not live without theirs."""
    everything = [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]
    return [cache for cache in everything if Path(str(cache.__module__).partition(".")[0]).is_dir()]
