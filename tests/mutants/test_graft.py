"""A mutant put into what is loaded behaves as if it had been loaded; where that cannot be promised, nothing is done."""

import sys
from types import ModuleType

import pytest

from tests.mutants.graft import Stock

BEFORE = """
from functools import lru_cache

LIMIT = 5


@lru_cache
def kept(x):
    return x + 1


def late(minutes, by=2):
    return [minute for minute in minutes if minute > by]


def asks(by):
    def ask(x):
        return x > by
    return ask


class Clock:
    at = 3

    @property
    def later(self):
        return self.at + 1


over_three = asks(3)
pair = (lambda x: x + 1, lambda x: x + 2)
"""


@pytest.fixture
def module(monkeypatch):
    module = ModuleType("clinic_of_the_test")
    exec(compile(BEFORE, "/clinic.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


@pytest.mark.parametrize(
    ("what", "instead", "seen", "before", "after"),
    [
        pytest.param("x + 1\n", "x - 1\n", lambda m: m.kept(7), 8, 6, id="behind a cache"),
        pytest.param("minute > by", "minute >= by", lambda m: m.late([1, 2, 3]), [3], [2, 3], id="in a comprehension"),
        pytest.param("x > by", "x < by", lambda m: m.over_three(2), False, True, id="in a function made already"),
        pytest.param("x > by", "x < by", lambda m: m.asks(3)(2), False, True, id="in a function to be made"),
        pytest.param("self.at + 1", "self.at + 2", lambda m: m.Clock().later, 4, 5, id="in a property"),
    ],
)
def test_functions_get_the_code_of_the_mutant(module, what, instead, seen, before, after):
    stock = Stock()
    assert seen(module) == before
    getattr(module.kept, "cache_clear")()  # noqa: B009
    assert stock.graft("/clinic.py", BEFORE, BEFORE.replace(what, instead))
    assert seen(module) == after


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        pytest.param("LIMIT = 5", "LIMIT = 6", id="a number of the module"),
        pytest.param("by=2", "by=3", id="a default"),
        pytest.param("@lru_cache\n", "\n", id="a decorator"),
        pytest.param("at = 3", "at = 4", id="what a class has"),
        pytest.param("lambda x: x + 1", "lambda x: x - 1", id="one of two on a line"),
        pytest.param("return x > by", "return x > 1", id="a function that would need another cell"),
        pytest.param("LIMIT = 5", "LIMIT = 5 ", id="nothing"),
    ],
)
def test_what_runs_while_a_module_is_loaded_is_not_put_in(module, what, instead):
    codes = [function.__code__ for function in (module.late, module.asks, module.over_three, *module.pair)]
    assert not Stock().graft("/clinic.py", BEFORE, BEFORE.replace(what, instead))
    assert codes == [function.__code__ for function in (module.late, module.asks, module.over_three, *module.pair)]


def test_a_function_that_is_not_loaded_is_not_found():
    assert not Stock().graft("/elsewhere.py", "def f():\n    return 1\n", "def f():\n    return 2\n")
