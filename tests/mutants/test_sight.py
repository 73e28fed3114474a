"""A mutant is asked beside what it changes, where to ask it changes nothing itself."""

import pytest

from tests.mutants.sight import Beside, alike

FUNCTION = "def f(a, b):\n    {}\n"


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ("return a and b", "return a or b", True),
        ("if a > 1: return b", "if a >= 1: return b", True),
        ("c = [x for x in a if x]", "c = [x for x in a if not x]", True),
        ("yield a + 1", "yield a - 1", True),
        ("for x in a: print(x)", "for x in []: print(x)", True),
        pytest.param("return a.pop() > 1", "return a.pop() > 2", False, id="it would be taken twice"),
        pytest.param("return next(a) > 1", "return next(a) > 2", False, id="it would go on twice"),
        pytest.param("if (c := a) and b: return c", "if (c := a) or b: return c", False, id="another would be named"),
        pytest.param("b.append(a + 1)", "b.append(a + 2)", False, id="no value is asked for"),
        pytest.param("return a", "pass", False, id="another statement"),
    ],
)
def test_beside_what_it_is_asked(before, after, asked):
    assert bool(Beside(FUNCTION.format(before), {7: FUNCTION.format(after)}).slots) is asked


def test_what_runs_while_a_module_is_loaded_is_in_no_function():
    assert not Beside("LIMIT = 5\n", {7: "LIMIT = 6\n"}).slots


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (1, 1.0), ((1, 0), (1, False)), ([1], (1,)), ("a", "b"), (0.0, -0.0)]
)
def test_who_looks_closely_tells_them_apart(one, other):
    assert not alike(one, other)
    assert alike(one, one)
