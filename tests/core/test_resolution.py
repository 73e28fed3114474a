"""What people at another desk said of a ticket, read as one of our words or as none."""

from __future__ import annotations

import pytest

from plugin.core.resolution import HitRate, Resolution, hit_rates, said


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


def test_rate_of_a_rule_is_the_share_of_its_tickets_that_were_confirmed():
    counted = [("b", "no-fault-found", 3), ("a", "confirmed-technical", 1), ("a", "was-absence", 3)]
    assert hit_rates(counted) == (HitRate("a", 4, 1), HitRate("b", 3, 0))
    assert [rate.share for rate in hit_rates(counted)] == [0.25, 0]
