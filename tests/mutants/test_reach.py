"""A mutant belongs to a statement, whichever of its lines it is on."""

import pytest

from tests.mutants.reach import lines_of_statement

SOURCE = """\
@decorated
def late(minutes):
    if (minutes > 2
            and known):
        return (1 +
                2)
    try:
        ask()
    except (KeyError,
            ValueError):
        pass
    match minutes:
        case 3 if (
            known
        ):
            return 4
    return [
        minute
        for minute in known
        if minute > 2
    ]
"""


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [(1, 1, 2), (2, 1, 2), (3, 3, 4), (4, 3, 4), (6, 5, 6), (10, 9, 10), (13, 13, 15), (14, 13, 15), (20, 17, 21)],
)
def test_all_lines_of_a_statement_and_none_of_its_body(line, first, last):
    assert lines_of_statement(SOURCE, line) == range(first, last + 1)
