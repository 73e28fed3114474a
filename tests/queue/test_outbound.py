"""What goes out: the urgent first, then by turns among the programs, at a remote's pace, and not while it is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.ports.queue import Claim, Lane, Remote, WorkKind
from plugin.ports.retry import LONGEST_PAUSE
from plugin.storage import clock_step, outbound, work
from plugin.storage.outbound import Later

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
DESK = Remote.HELPDESK


def put(database, subject: str, program: str, rank: int = 1, at: datetime = NOW, remote: Remote = DESK) -> None:
    with database.begin() as tx:
        outbound.request(tx, WorkKind.ACT, subject, at, Lane(remote, program, rank))


def take(database, at: datetime = NOW, per_second: float = 0, remote: Remote = DESK) -> Claim | Later | None:
    with database.begin() as tx:
        return outbound.claim_next(tx, remote, per_second, at, at)


def done(database, claim: Claim) -> None:
    with database.begin() as tx:
        work.finish(tx, claim)
        outbound.reached(tx, claim.remote)


def order(database) -> list[str]:
    taken = []
    while isinstance(claim := take(database), Claim):
        taken.append(claim.subject)
        done(database, claim)
    return taken


def test_one_action_of_a_small_program_goes_out_second_behind_a_hundred_of_a_large_one(database):
    for number in range(100):
        put(database, f"large-{number:03}", "P-LARGE")
    put(database, "small", "P-SMALL", at=NOW)
    assert order(database).index("small") <= 1


def test_message_that_helps_only_now_goes_before_everything_of_every_program(database):
    for number in range(5):
        put(database, f"ticket-{number}", "P1", rank=1)
    put(database, "note", "P2", rank=2)
    put(database, "way-back", "P3", rank=0)
    taken = order(database)
    assert taken[0] == "way-back"
    assert taken[-1] == "note"


def test_within_a_program_what_is_due_longest_goes_first(database):
    for minutes in (3, 9, 6):
        put(database, f"due-{minutes}", "P1", at=NOW - timedelta(minutes=minutes))
    assert order(database) == ["due-9", "due-6", "due-3"]


def test_what_is_not_due_yet_stays(database):
    put(database, "later", "P1", at=NOW + timedelta(milliseconds=1))
    assert take(database) is None
    assert take(database, NOW + timedelta(milliseconds=1)).subject == "later"


def test_one_remote_never_waits_for_another(database):
    put(database, "ticket", "P1")
    put(database, "letter", "P1", remote=Remote.CORRESPONDENCE)
    assert take(database, remote=Remote.CORRESPONDENCE).subject == "letter"


@pytest.mark.parametrize(("after_ms", "goes"), [(0, False), (99, False), (100, True), (101, True)])
def test_pace_lets_the_next_one_go_when_its_time_has_come(database, after_ms, goes):
    put(database, "first", "P1")
    put(database, "second", "P1")
    assert isinstance(take(database, per_second=10), Claim)
    found = take(database, NOW + timedelta(milliseconds=after_ms), per_second=10)
    assert isinstance(found, Claim) is goes
    if not goes:
        assert found == Later(timedelta(milliseconds=100 - after_ms))


def test_remote_that_is_away_is_tried_with_one_action_while_the_others_wait(database):
    for subject in ("first", "second", "third"):
        put(database, subject, "P1")
    claim = take(database)
    with database.begin() as tx:
        until = outbound.away(tx, DESK, "the help desk answered 503", None, NOW)
        work.fail(tx, claim, "the help desk answered 503", until, NOW, counted=False)
    assert isinstance(take(database, until - timedelta(milliseconds=1)), Later)
    probe = take(database, until)
    assert probe.subject == "second", "not the same one over and over"
    assert isinstance(take(database, until), Later), "what the probe finds is waited for"
    done(database, probe)
    assert [take(database, until).subject for _ in range(2)] == ["third", "first"]


def test_remote_that_says_how_long_is_left_alone_for_so_long(database):
    put(database, "first", "P1")
    with database.begin() as tx:
        until = outbound.away(tx, DESK, "the help desk answered 429", timedelta(minutes=3), NOW)
    assert until == NOW + timedelta(minutes=3)
    with database.read() as tx:
        assert not outbound.ready(tx, DESK, until - timedelta(seconds=1), NOW)
        assert outbound.ready(tx, DESK, until, NOW)
        assert [(row.name, row.away_since, row.error) for row in outbound.absent(tx)] == [
            ("helpdesk", NOW, "the help desk answered 429")
        ]


def test_remote_that_stays_away_is_tried_at_least_once_a_minute(database):
    until = NOW
    for _ in range(20):
        with database.begin() as tx:
            until = outbound.away(tx, DESK, "it does not answer", None, NOW)
    assert NOW < until <= NOW + LONGEST_PAUSE


def test_what_waits_is_told_with_the_age_of_the_oldest(database):
    put(database, "first", "P1", at=NOW - timedelta(minutes=7))
    put(database, "second", "P2")
    with database.read() as tx:
        assert [tuple(row) for row in outbound.waiting(tx, NOW)] == [("helpdesk", 2, NOW - timedelta(minutes=7))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(0, 2)), min_size=1, max_size=25))
def test_nobody_of_the_same_urgency_waits_for_two_of_another_program(database, asked):
    for number, (program, rank) in enumerate(asked):
        put(database, f"{number}-{program}-{rank}", program, rank)
    taken = [tuple(subject.split("-")) for subject in order(database)]
    assert len(taken) == len(asked), "each goes out once"
    assert [int(rank) for _, _, rank in taken] == sorted(rank for _, rank in asked)
    for at, (_, program, rank) in enumerate(taken):
        if at + 1 < len(taken) and taken[at + 1][1:] == (program, rank):
            others = {other for _, other, its in taken[at + 1 :] if its == rank and other != program}
            assert not others, f"{program} goes twice in a row although {others} wait"


def test_after_the_clock_was_put_back_an_hour_no_remote_rests_until_the_hour_is_over(database):
    put(database, "1", "P1")
    wrong = NOW + timedelta(hours=1)
    done(database, take(database, at=wrong, per_second=10))
    with database.begin() as tx:
        outbound.away(tx, Remote.MEETINGS, "it answered 503", None, wrong)
    put(database, "2", "P1")
    put(database, "3", "P1", remote=Remote.MEETINGS)
    assert isinstance(take(database, per_second=10), Later)
    assert isinstance(take(database, remote=Remote.MEETINGS), Later)
    with database.begin() as tx:
        clock_step.mend(tx, NOW, wrong)
    assert take(database, per_second=10).subject == "2"
    assert take(database, remote=Remote.MEETINGS).subject == "3"
