"""Which tests see a mutant: those for which its statement ever gives something else than without it.

Of what runs in the core only the value matters. A condition that is as true with the mutant as without it, each time a
test comes there, lets that test go on as before; it need not be asked. One run of the tests finds out for all mutants:
beside each expression its mutants are asked as well. Where that cannot be done, whoever comes to the line is asked.
"""

from __future__ import annotations

import ast
import builtins
import signal
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper
from types import CodeType, FrameType

import pytest

from tests.mutants.graft import Stock
from tests.mutants.reach import Reach, numbers, run_alone

SECONDS = 2
"""So long all askings of a mutant beside the expression may take; it is given up then, and seen by all who come."""
SLOTS: dict[type[ast.AST], str] = {
    ast.If: "test",
    ast.While: "test",
    ast.Assign: "value",
    ast.AnnAssign: "value",
    ast.AugAssign: "value",
    ast.Return: "value",
    ast.For: "iter",
    ast.Yield: "value",
}
TRUTH = (ast.If, ast.While)
"""Where nothing counts but whether it is true."""
TWICE = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
CHANGING = (
    *("append", "add", "pop", "popleft", "remove", "discard", "clear", "update", "setdefault"),
    *("extend", "insert", "sort", "reverse"),
)
"""What cannot be done twice without a difference."""
_NAME = "__ask_beside__"


@dataclass
class Beside:
    """What one module's mutants say beside its expressions."""

    source: str
    mutants: dict[int, str]
    slots: dict[tuple[int, int, str], dict[int, ast.expr]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        tree = ast.parse(self.source)
        for number, code in self.mutants.items():
            found = _difference(tree, ast.parse(code))
            if found and not _has_effects(found[1]) and not _has_effects(getattr(found[0], SLOTS[type(found[0])])):
                node = found[0]
                self.slots[node.lineno, node.col_offset, type(node).__name__][number] = found[1]

    def code(self, file: str) -> CodeType:
        """The module with its mutants beside each expression."""
        tree = ast.parse(self.source)
        for node in ast.walk(tree):
            beside = self.slots.get((getattr(node, "lineno", 0), getattr(node, "col_offset", 0), type(node).__name__))
            if beside:
                name = SLOTS[type(node)]
                given = [ast.Constant(tuple(beside)), ast.Constant(isinstance(node, TRUTH)), getattr(node, name)]
                lambdas = [ast.Lambda(_NO_ARGUMENTS, expression) for expression in beside.values()]
                call = ast.Call(ast.Name(_NAME, ast.Load()), [*given, *lambdas], [])
                setattr(node, name, ast.copy_location(call, getattr(node, name)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mutant may compare by `is`, which Python thinks odd
            return compile(ast.fix_missing_locations(tree), file, "exec")


_NO_ARGUMENTS = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


class Sight:
    """Who sees what, while the tests run: `test` is the number of the one that runs."""

    def __init__(self, caches: Sequence[_lru_cache_wrapper]):
        self.test, self.given_up = 0, set()
        self.seen: dict[int, int] = defaultdict(int)
        self._last: dict[int, int] = defaultdict(lambda: -1)
        self._spent: dict[int, float] = defaultdict(float)
        self._caches, self._asking = caches, False
        setattr(builtins, _NAME, self._ask)
        signal.signal(signal.SIGPROF, _too_long)

    def _ask(self, numbers: tuple[int, ...], truth: bool, value: object, *beside: Callable[[], object]) -> object:
        if self._asking:
            return value
        last, test, done = self._last, self.test, self.given_up
        left = [place for place, number in enumerate(numbers) if last[number] != test and number not in done]
        if left:
            self._asking = True
            for place in left:
                self._ask_one(numbers[place], truth, value, beside[place])
            # What a mutant has left there would keep the core from coming where it comes without any.
            for cache in self._caches:
                cache.cache_clear()
            self._asking = False
        return value

    def _ask_one(self, number: int, truth: bool, value: object, beside: Callable[[], object]) -> None:
        begun = time.perf_counter()
        try:
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            other = beside()
            same = bool(value) == bool(other) if truth else alike(value, other)
        except BaseException:
            same = False
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        self._spent[number] += time.perf_counter() - begun
        if self._spent[number] > SECONDS:
            self.given_up.add(number)
        if not same:
            self._last[number] = self.test
            self.seen[number] |= 1 << self.test


def look(
    items: list[pytest.Item], stock: Stock, mutants: dict[str, Beside], reach: Reach, caches: list[_lru_cache_wrapper]
) -> dict[int, int]:
    """The tests that see each mutant, as bits; one of which that cannot be said is left out.

    A test that fails with mutants beside it was disturbed by them: it is taken to see them all.
    """
    sight, known, tests = Sight(caches), set(), set()
    for file, beside in mutants.items():
        if beside.slots and stock.graft(file, beside.source, beside.code(file)):
            known.update(number for slot in beside.slots.values() for number in slot)
            tests.update(numbers(reach.anywhere(file)))
    disturbed = 0
    for test in sorted(tests):
        failed, sight.test = items[test].session.testsfailed, test
        run_alone(items, test, caches)
        if items[test].session.testsfailed > failed:
            disturbed |= 1 << test
    return {number: sight.seen[number] | disturbed for number in known - sight.given_up}


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def alike(one: object, other: object) -> bool:
    """Whether nobody could tell one from the other."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other) and (not isinstance(one, (int, float, str)) or repr(one) == repr(other))


def _difference(one: ast.AST, other: ast.AST) -> tuple[ast.AST, ast.expr] | None:
    """Where the value of a single statement in a function differs, and the other value; None if more does."""
    inside = False
    while type(one) is type(other):
        inside = inside or isinstance(one, ast.FunctionDef)
        names = [name for name in one._fields if _dump(getattr(one, name)) != _dump(getattr(other, name))]
        if len(names) != 1:
            return None
        a, b = getattr(one, names[0]), getattr(other, names[0])
        if inside and SLOTS.get(type(one)) == names[0] and isinstance(a, ast.expr) and isinstance(b, ast.expr):
            return one, b
        if isinstance(a, list):
            pairs = [pair for pair in zip(a, b, strict=False) if _dump(pair[0]) != _dump(pair[1])]
            if len(a) != len(b) or len(pairs) != 1:
                return None
            one, other = pairs[0]
        elif isinstance(one, ast.Expr):
            one, other = a, b
        else:
            return None
    return None


def _dump(thing: object) -> object:
    if isinstance(thing, list):
        return [_dump(one) for one in thing]
    return ast.dump(thing) if isinstance(thing, ast.AST) else thing


def _has_effects(expression: ast.AST) -> bool:
    return any(
        isinstance(node, TWICE)
        or (isinstance(node, ast.Attribute) and node.attr in CHANGING)
        or (isinstance(node, ast.Name) and node.id in ("next", "super", "iter"))
        for node in ast.walk(expression)
    )
