"""A program day whose sessions have meetings of their own, live: what of the one before is told of the next, and what
is told of it later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from plugin.core.appointment import Role
from plugin.core.assessment import Cause, Outcome
from plugin.service import override
from plugin.service.docket import Docket
from plugin.service.occasion import looked_at
from plugin.storage import assessment as verdicts
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TEN, ELEVEN = NINE + HOUR, NINE + 2 * HOUR
THERE = {"meeting": "81000000002", "instance": "u2=="}


def day(rejoin, leaves: str = "cut off", begins: datetime = TEN) -> Clinic:
    """Alice is cut off from her session at nine, or stays, or nobody hears how she went, and she does not come to that
    at ten, in another meeting."""
    clinic = Clinic(
        rejoin, appointment(), appointment("A2", starts_at=begins, ends_at=ELEVEN, meeting_id=THERE["meeting"])
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


LAST = {"meeting": "81000000003", "instance": "u3=="}


def test_what_is_told_later_of_the_session_between_settles_the_one_before(rejoin):
    """Cut off from the first, she was in the second, as we hear only when the third is judged for good."""
    clinic = day(rejoin)
    clinic.put(appointment("A3", starts_at=ELEVEN + 20 * MINUTE, ends_at=ELEVEN + HOUR, meeting_id=LAST["meeting"]))
    clinic.receive(joined(DORA, ELEVEN, "d-3", **LAST))
    clinic.go_to(ELEVEN + HOUR)
    clinic.receive(left(DORA, ELEVEN + HOUR, "d-3", **LAST))
    clinic.receive(ended(ELEVEN + HOUR, **LAST))
    clinic.go_to(ELEVEN + 3 * HOUR)
    assert words(clinic, "A3") == ("undetermined", "unknown", "session-before")
    clinic.receive(joined(ALICE, TEN, "a-2", **THERE))
    clinic.receive(left(ALICE, ELEVEN, "a-2", **THERE))
    clinic.work()
    assert words(clinic, "A2")[0] == "attended"
    assert words(clinic, "A3") == ("missed", "absence", "missed")


def test_what_is_told_later_of_a_session_that_staff_decided_judges_the_next_one_again(rejoin):
    clinic = day(rejoin, "unheard", TEN + 20 * MINUTE)
    clinic.go_to(ELEVEN + 2 * HOUR)
    assert words(clinic)[0] == "missed"
    with rejoin.db.begin() as tx:
        decided = (Outcome.ATTENDED, Cause.NONE, "She was there.", "cora")
        override.decide(tx, rejoin, "A1", ALICE.participant_id, *decided, clinic.clock.now())
    clinic.work()
    clinic.receive(left(ALICE, NINE + 30 * MINUTE, reason="removed by host"))
    clinic.work()
    assert words(clinic, "A1")[0] == "attended"
    assert words(clinic) == ("undetermined", "unknown", "session-before")


def test_what_cut_a_relative_off_from_the_family_session_of_another_one_tells_nothing_of_their_own(rejoin):
    """As in a replay, which counts for a client what they were expected to as one."""
    clinic = day(rejoin)
    relative = msgspec.structs.replace(ALICE, role=Role.FAMILY)
    clinic.put(appointment(participants=(relative, DORA)))
    clinic.go_to(ELEVEN + 2 * HOUR)
    assert words(clinic) == ("missed", "absence", "missed")


def test_sessions_of_another_day_are_not_judged_again_for_what_was_told_of_this_one(rejoin):
    clinic = day(rejoin, "unheard", TEN + 20 * MINUTE)
    clinic.receive(joined(ALICE, TEN + 50 * MINUTE, "a-2", **THERE))
    clinic.receive(left(ALICE, ELEVEN, "a-2", **THERE))
    clinic.put(appointment("A9", starts_at=NINE + 24 * HOUR, ends_at=TEN + 24 * HOUR, meeting_id=LAST["meeting"]))
    clinic.go_to(NINE + 48 * HOUR)
    before = last_look(clinic, "A9"), last_look(clinic, "A2")
    clinic.clock.set(NINE + 49 * HOUR)
    clinic.receive(left(ALICE, NINE + 50 * MINUTE, reason="Network connection error"))
    clinic.work()
    assert last_look(clinic, "A9") == before[0]
    assert last_look(clinic, "A2") > before[1]


def last_look(clinic: Clinic, number: str) -> datetime:
    with clinic.rejoin.db.read() as tx:
        return looked_at(verdicts.current(tx, number)[ALICE.participant_id])


def test_who_took_the_wrong_link_is_heard_of_however_short_the_time_is_in_which_people_come_early(rejoin):
    """As in a replay, which hears everything."""
    soon = {"early_window": 5 * MINUTE, "no_show_after": 5 * MINUTE}
    kinds = {kind: replace(numbers, **soon) for kind, numbers in rejoin.policy.thresholds.items()}
    short = replace(rejoin, policy=replace(rejoin.policy, thresholds=kinds))
    clinic = Clinic(
        short,
        appointment(ends_at=NINE + 40 * MINUTE),
        appointment("A2", starts_at=NINE + 45 * MINUTE, ends_at=ELEVEN, meeting_id=THERE["meeting"]),
    )
    clinic.go_to(NINE - 12 * MINUTE)
    clinic.receive(joined(ALICE, NINE - 12 * MINUTE, "w", **THERE))
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(NINE + 40 * MINUTE)
    clinic.receive(left(DORA, NINE + 40 * MINUTE))
    clinic.receive(ended(NINE + 40 * MINUTE))
    clinic.go_to(TEN + 2 * HOUR)
    assert words(clinic, "A1") == ("undetermined", "unknown", "sign-of-the-person")
