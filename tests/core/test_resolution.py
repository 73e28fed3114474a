"""What people at another desk said of a ticket, read as one of our words or as none."""

from __future__ import annotations

import pytest

from plugin.core.resolution import Resolution, said


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), None),
        (("closed", "vip"), None),
        (("vip", "no_fault_found"), Resolution.NO_FAULT_FOUND),
        (("Was-Absence", "It was absence after all"), Resolution.WAS_ABSENCE),
        (("was-absence", "no-fault-found"), None),
    ],
)
def test_one_word_of_ours_is_understood_and_two_that_differ_are_not(words, found):
    assert said(words) is found
