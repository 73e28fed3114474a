"""A program day whose sessions have meetings of their own, live: what of the one before is told of the next, and what
is told of it later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.service.docket import Docket
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TEN, ELEVEN = NINE + HOUR, NINE + 2 * HOUR
THERE = {"meeting": "81000000002", "instance": "u2=="}


def day(rejoin, leaves: str = "cut off") -> Clinic:
    """Alice is cut off from her session at nine, or stays, or nobody hears how she went, and she does not come to that
    at ten, in another meeting."""
    clinic = Clinic(
        rejoin, appointment(), appointment("A2", starts_at=TEN, ends_at=ELEVEN, meeting_id=THERE["meeting"])
    )
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(ALICE, NINE))
    clinic.go_to(NINE + 30 * MINUTE)
    if leaves == "cut off":
        clinic.receive(left(ALICE, NINE + 30 * MINUTE, reason="Network connection error"))
    clinic.go_to(TEN)
    if leaves == "at the end":
        clinic.receive(left(ALICE, TEN))
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.receive(joined(DORA, TEN, "d-2", **THERE))
    clinic.go_to(ELEVEN)
    clinic.receive(left(DORA, ELEVEN, "d-2", **THERE))
    clinic.receive(ended(ELEVEN, **THERE))
    return clinic


def comes_back(clinic: Clinic) -> None:
    """What Zoom could not deliver in time: she was back in the session at nine within minutes, and stayed."""
    clinic.receive(joined(ALICE, NINE + 32 * MINUTE, "back"))
    clinic.receive(left(ALICE, TEN, "back"))
    clinic.work()


def words(clinic: Clinic, number: str = "A2") -> tuple:
    verdict = clinic.verdict(ALICE, number)
    return verdict["outcome"], verdict["cause"], verdict["findings"][0]["rule"]


def test_who_was_cut_off_from_the_session_before_in_another_meeting_is_no_no_show(rejoin):
    clinic = day(rejoin)
    clinic.go_to(ELEVEN + 2 * HOUR)
    assert words(clinic) == ("undetermined", "unknown", "session-before")
    assert {kind for kind, state in clinic.actions("A2").items() if state != "withdrawn"} == {"review"}


def test_who_stayed_in_the_session_before_is_absent(rejoin):
    clinic = day(rejoin, "at the end")
    clinic.go_to(ELEVEN + 2 * HOUR)
    assert words(clinic) == ("missed", "absence", "missed")


def test_what_is_told_later_of_the_session_before_judges_the_next_one_again(rejoin):
    clinic = day(rejoin)
    clinic.go_to(ELEVEN + HOUR)
    comes_back(clinic)
    assert words(clinic) == ("missed", "absence", "missed")
    newest = clinic.history(ALICE, "A2")[0]
    assert (newest.trigger, newest.source) == ("ladder", {})
    clinic.go_to(ELEVEN + 3 * HOUR)
    assert "review" not in {kind for kind, state in clinic.actions("A2").items() if state == "queued"}


def test_drop_that_is_told_later_takes_the_no_show_back(rejoin):
    clinic = day(rejoin, "unheard")
    clinic.go_to(ELEVEN + HOUR)
    assert words(clinic)[0] == "missed"
    clinic.receive(left(ALICE, NINE + 30 * MINUTE, reason="Network connection error"))
    clinic.work()
    assert words(clinic) == ("undetermined", "unknown", "session-before")


def test_verdict_is_the_same_when_it_is_computed_again(rejoin):
    clinic = day(rejoin)
    clinic.go_to(ELEVEN + 2 * HOUR)
    again = Docket(rejoin).look("A2", clinic.clock.now())
    assert again.assessments[0].findings[0].rule == "session-before"
    told = clinic.verdict(ALICE, "A2")["findings"][0]["events"]
    assert {row.id for row in again.rows} >= set(told)


@pytest.mark.parametrize("late", [False, True], ids=["in time", "when all is final"])
def test_who_came_into_the_meeting_of_the_next_session_long_before_it_is_no_no_show_of_this_one(rejoin, late):
    clinic = Clinic(
        rejoin, appointment(), appointment("A2", starts_at=TEN, ends_at=ELEVEN, meeting_id=THERE["meeting"])
    )
    came = joined(ALICE, NINE + 2 * MINUTE, "w", **THERE)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(NINE + 2 * MINUTE)
    if not late:
        clinic.receive(came)
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + 2 * HOUR)
    if late:
        assert words(clinic, "A1")[0] == "missed"
        clinic.receive(came)
        clinic.work()
    assert words(clinic, "A1") == ("undetermined", "unknown", "sign-of-the-person")


@pytest.mark.parametrize("until", [5, 40])
def test_who_stayed_in_the_meeting_of_the_session_before_is_no_no_show_of_this_one(rejoin, until):
    clinic = day(rejoin, "unheard")
    clinic.go_to(ELEVEN + 2 * HOUR)
    assert words(clinic)[0] == "missed"
    clinic.receive(joined(DORA, TEN, "again"))
    clinic.receive(left(DORA, TEN + until * MINUTE, "again"))
    clinic.receive(left(ALICE, TEN + until * MINUTE))
    clinic.work()
    assert words(clinic)[0] == ("undetermined" if until == 40 else "missed")
