"""Blind times, from what receivers saw to the verdicts: nobody is absent in one, and afterwards all is judged again."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy.exc
import structlog
from sqlalchemy import select

from plugin.composition import working
from plugin.core.feed import BlindCause, BlindInterval
from plugin.ports.delivery_log import LoggedDelivery
from plugin.ports.outcome import Permanent, Temporary
from plugin.ports.queue import WorkKind
from plugin.service import alarm
from plugin.service.metrics import StateOfTheHouse
from plugin.service.watching import FEED, Watch, ask_for_recovery, look
from plugin.storage import blindness, board, feed, work
from plugin.storage.feed import Sign
from plugin.storage.tables import blind_interval, delivery, feed_sign
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

TEN = NINE + timedelta(hours=1)
SECOND = "82000000002"
THIRD = "83000000003"


def m(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


class Logbook:
    """Zoom's log as a remote would tell it: what stands in `entries`, or the trouble that is set."""

    def __init__(self, *entries: LoggedDelivery):
        self.entries = entries
        self.trouble: Exception | None = None
        self.asked: list[tuple] = []

    def failed(self, from_at, to_at):
        self.asked.append((from_at, to_at))
        if self.trouble:
            raise self.trouble
        yield from self.entries


class Watched(Clinic):
    """A clinic whose feed is looked at: each minute, as the worker does."""

    def __init__(self, rejoin, *roster):
        super().__init__(rejoin, *(roster or (appointment(), appointment("A2", meeting_id=SECOND))))
        self.watch = Watch(rejoin)
        self.watch.begin()

    def look(self, at) -> None:
        """It is this moment, and somebody looked until now: what is due of the watch is done, then what is to be
        judged."""
        with self.rejoin.db.begin() as tx:
            feed_is_due = (work.work.c.kind == WorkKind.WATCH.value, work.work.c.subject == FEED)
            tx.execute(work.work.update().where(*feed_is_due, work.work.c.due_at < at).values(due_at=at))
        self.wake(at)

    def wake(self, at) -> None:
        """The same, and nobody looked since the last time."""
        self.clock.set(at)
        self.read()
        for _ in range(50):
            with self.rejoin.db.begin() as tx:
                claims = work.claim_due(tx, (WorkKind.WATCH,), at, at)
            if not claims:
                break
            for claim in claims:
                self.watch.perform(claim)
        self.work()

    def work(self) -> int:
        """Judge as if somebody had looked all along: nobody is judged before (`test_unwatched`). When they look next
        stays what it was."""
        feed = (work.work.c.kind == WorkKind.WATCH.value) & (work.work.c.subject == FEED)
        with self.rejoin.db.begin() as tx:
            due_at = tx.execute(select(work.work.c.due_at).where(feed)).scalar()
            tx.execute(work.work.update().where(feed).values(due_at=self.clock.now()))
        done = super().work()
        with self.rejoin.db.begin() as tx:
            tx.execute(work.work.update().where(feed).values(due_at=due_at))
        return done

    def intervals(self) -> list:
        with self.rejoin.db.read() as tx:
            return list(tx.execute(select(blind_interval).order_by(blind_interval.c.id)))

    def sees(self, *signs: Sign, source: str = "receiver-1") -> None:
        """A receiver writes what it saw."""
        with self.rejoin.db.begin() as tx:
            feed.note(tx, source, signs)

    def letters(self) -> list[tuple[str, str]]:
        with self.rejoin.db.read() as tx:
            found = [board.letter(tx, row.id) for row in board.letters(tx)]
        return [(one.subject, one.body) for one in reversed(found)]


def settings(rejoin, **others):
    return replace(rejoin, settings=rejoin.settings.model_copy(update=others))


def held(clinic: Clinic, meeting: str, begin=NINE, instance: str = "u2==") -> tuple:
    return (
        joined(DORA, begin, meeting=meeting, instance=instance),
        left(DORA, begin + m(60), meeting=meeting, instance=instance),
        ended(begin + m(60), meeting, instance),
    )


def half_heard(rejoin) -> Watched:
    """Dora opens the room at nine; then nothing is heard, neither there nor in the two sessions that begin at ten."""
    later = {"starts_at": TEN, "ends_at": TEN + m(60)}
    clinic = Watched(
        rejoin, appointment(), appointment("A2", meeting_id=SECOND, **later),
        appointment("A3", meeting_id=THIRD, **later),
    )  # fmt: skip
    clinic.clock.set(NINE + m(1))
    clinic.receive(joined(DORA, NINE))
    clinic.look(NINE + m(2))
    return clinic


# The feed is silent


def test_silence_after_the_clinician_came_makes_nobody_absent(rejoin):
    clinic = half_heard(rejoin)
    clinic.look(NINE + m(40))
    assert clinic.verdict()["outcome"] == "missed", "as far as anybody can know by then"
    clinic.look(TEN + m(9))
    assert not clinic.intervals()
    clinic.look(TEN + m(10))
    (blind,) = clinic.intervals()
    assert (blind.cause, blind.from_at, blind.to_at) == ("silence", NINE + m(1), None)
    told = clinic.verdict()
    assert (told["outcome"], told["cause"], told["flags"]) == ("undetermined", "unknown", ["feed-gap"])
    assert "missed" in [row.outcome for row in clinic.history()], "and the history keeps what was said before"
    assert set(clinic.actions(person=ALICE).values()) == {"withdrawn"}, "what was not sent yet is not sent"


def test_group_that_nobody_opened_is_one_silent_meeting_however_many_appointments_it_has(rejoin):
    later = {"starts_at": TEN, "ends_at": TEN + m(60), "meeting_id": SECOND}
    clinic = Watched(rejoin, appointment(), *[appointment(f"A{n}", **later) for n in range(2, 6)])
    clinic.clock.set(NINE + m(1))
    clinic.receive(joined(DORA, NINE))
    clinic.look(NINE + m(2))
    clinic.look(TEN + m(10))
    assert not clinic.intervals()


def test_clinician_who_may_have_come_unseen_is_not_blamed(rejoin):
    """Alice came, the feed went blind for the rest of the hour, and nobody else was ever seen."""
    verdicts = []
    for blind in (False, True):
        clinic = Watched(rejoin, appointment())
        if blind:
            with rejoin.db.begin() as tx:
                gap = BlindInterval(BlindCause.SIGNATURE, NINE + m(1), TEN, "told")
                blindness.open_interval(tx, gap, NINE)
        clinic.clock.set(NINE)
        clinic.receive(joined(ALICE, NINE))
        clinic.clock.set(TEN)
        for body in (left(ALICE, TEN), ended(TEN)):
            clinic.receive(body)
        clinic.look(NINE + m(200))
        with rejoin.db.begin() as tx:
            rejoin.queue.request(tx, WorkKind.JUDGE, "A1", clinic.clock.now())
        clinic.work()
        verdicts.append(clinic.verdict()["outcome"])
    assert verdicts == ["not-held", "undetermined"]


def test_after_the_recovery_it_is_judged_again_with_what_came_late(rejoin):
    clinic = half_heard(rejoin)
    clinic.look(TEN + m(10))
    clinic.clock.set(TEN + m(20))
    for body in (joined(ALICE, NINE + m(3)), left(ALICE, TEN), left(DORA, TEN), ended(TEN)):
        clinic.receive(body)
    clinic.look(TEN + m(21))
    (blind,) = clinic.intervals()
    assert (blind.from_at, blind.to_at) == (NINE + m(1), TEN + m(20))
    assert clinic.verdict()["outcome"] == "attended", "who was seen there was there, blind or not"


def test_who_did_not_come_is_absent_only_when_zooms_repetitions_are_over(rejoin):
    clinic = half_heard(rejoin)
    clinic.look(TEN + m(10))
    clinic.clock.set(TEN + m(20))
    # The other two are heard of as well, or that would be the next silence.
    for body in (left(DORA, TEN), ended(TEN), ended(TEN + m(19), SECOND, "u2=="), ended(TEN + m(19), THIRD, "u3==")):
        clinic.receive(body)
    clinic.look(TEN + m(21))
    assert clinic.verdict()["outcome"] == "undetermined"
    clinic.look(TEN + m(79))
    assert clinic.verdict()["outcome"] == "undetermined"
    clinic.look(TEN + m(80))
    assert clinic.intervals()[0].healed_at == TEN + m(80)
    told = clinic.verdict()
    assert (told["outcome"], told["cause"]) == ("missed", "absence")


def test_longer_silence_than_zoom_repeats_is_never_healed_by_itself(rejoin):
    clinic = half_heard(rejoin)
    for at in (TEN + m(10), TEN + m(60)):
        clinic.look(at)
    clinic.clock.set(TEN + m(90))
    for body in (left(DORA, TEN), ended(TEN)):
        clinic.receive(body)
    clinic.look(TEN + m(91))
    clinic.look(TEN + m(500))
    (blind,) = clinic.intervals()
    assert blind.healed_at is None
    assert clinic.verdict()["outcome"] == "undetermined"
    assert clinic.verdict()["final"]


def test_repetitions_that_fell_into_the_next_silence_heal_nothing(rejoin):
    """Dora's deliveries come with a repetition; of Alice's nobody knows, for soon after that nothing is heard again."""
    later = {"starts_at": NINE + m(40), "ends_at": NINE + m(100)}
    clinic = Watched(
        rejoin, appointment(ends_at=NINE + m(20)), appointment("A2", meeting_id=SECOND),
        appointment("A3", meeting_id=THIRD, **later), appointment("A4", meeting_id="84000000004", **later),
    )  # fmt: skip
    clinic.look(NINE + m(10))
    clinic.clock.set(NINE + m(30))
    for body in (joined(DORA, NINE + m(5)), left(DORA, NINE + m(20)), ended(NINE + m(20))):
        clinic.receive(body)
    for minutes in range(31, 111):
        clinic.look(NINE + m(minutes))
    assert [(row.from_at, row.to_at) for row in clinic.intervals()] == [(NINE, NINE + m(30)), (NINE + m(30), None)]
    told = clinic.verdict()
    assert (told["outcome"], told["flags"], told["final"]) == ("undetermined", ["feed-gap"], True)


def test_hour_after_the_recovery_counts_as_always(rejoin):
    clinic = half_heard(rejoin)
    clinic.look(TEN + m(10))
    later = TEN + m(120)
    clinic.put(appointment("A4", meeting_id="84000000004", starts_at=later, ends_at=later + m(60)))
    clinic.clock.set(later)
    clinic.receive(joined(DORA, later, meeting="84000000004", instance="u4=="))
    clinic.look(later + m(1))
    clinic.clock.set(later + m(60))
    for body in held(clinic, "84000000004", later, "u4=="):
        clinic.receive(body)
    clinic.go_to(later + m(200))
    assert clinic.verdict(number="A4")["outcome"] == "missed"


def test_blind_time_shorter_than_a_presence_changes_no_verdict(rejoin):
    """Nobody could have come and gone unseen for a minute in fifty-nine seconds."""
    outcomes = []
    for number, seconds in enumerate((59, 60, 61)):
        meeting = f"8900000000{number}"
        clinic = Watched(rejoin, appointment(f"B{number}", meeting_id=meeting))
        clinic.clock.set(NINE)
        with rejoin.db.begin() as tx:
            tx.execute(blind_interval.delete())
            gap = BlindInterval(BlindCause.SIGNATURE, NINE - m(5), NINE + timedelta(seconds=seconds), "told")
            blindness.open_interval(tx, gap, NINE)
        clinic.clock.set(TEN)
        for body in held(clinic, meeting, instance=f"v{number}=="):
            clinic.receive(body)
        clinic.go_to(NINE + m(200))
        outcomes.append(clinic.verdict(number=f"B{number}")["outcome"])
        clinic.clock.set(NINE)
    assert outcomes == ["missed", "undetermined", "undetermined"]


def test_service_that_was_down_notices_what_it_did_not_hear(rejoin):
    clinic = Watched(rejoin)
    clinic.clock.set(NINE - m(30))
    clinic.receive(joined(DORA, NINE - m(30), meeting="85000000005", instance="u5=="))
    clinic.look(NINE - m(29))
    # Nobody runs until a quarter past ten; Zoom's repetition is there before the first look.
    clinic.clock.set(TEN + m(14))
    clinic.receive(joined(DORA, NINE))
    clinic.wake(TEN + m(15))
    (blind,) = clinic.intervals()
    assert (blind.cause, blind.from_at, blind.to_at) == ("silence", NINE, TEN + m(14))


def one_session_begins(rejoin) -> Watched:
    """Dora opens the only session there is; a minute later somebody looks for the last time."""
    clinic = Watched(rejoin, appointment())
    clinic.look(NINE - m(1))
    clinic.clock.set(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.look(NINE + m(1))
    return clinic


def dora_goes(clinic: Watched, at) -> None:
    clinic.clock.set(at)
    for body in (left(DORA, TEN), ended(TEN)):
        clinic.receive(body)
    clinic.look(at + m(1))


def test_only_session_of_a_time_in_which_the_service_did_not_run_makes_nobody_absent(rejoin):
    """Whoever came and went meanwhile, and was told of for the last time before we were back, is lost for good."""
    clinic = one_session_begins(rejoin)
    clinic.wake(TEN + m(40))
    (blind,) = clinic.intervals()
    assert (blind.cause, blind.from_at, blind.to_at) == ("silence", NINE + m(1), None)
    dora_goes(clinic, TEN + m(41))
    clinic.go_to(TEN + m(200))
    assert clinic.intervals()[0].to_at == TEN + m(41)
    assert (clinic.verdict()["outcome"], clinic.verdict()["final"]) == ("undetermined", True)


def test_nine_minutes_in_which_nobody_looked_are_no_blind_time_and_neither_are_ten_without_a_session(rejoin):
    clinic = one_session_begins(rejoin)
    clinic.wake(NINE + m(10))
    dora_goes(clinic, TEN)
    clinic.look(TEN + m(1))
    clinic.wake(TEN + m(60))
    assert clinic.intervals() == []


def test_ten_minutes_in_which_nobody_looked_are_a_blind_time_and_a_moment_less_is_none(rejoin):
    clinic = one_session_begins(rejoin)
    with rejoin.db.begin() as tx:
        last_look = NINE + m(1)
        assert look(tx, rejoin, last_look + m(10) - timedelta(seconds=1), last_look + m(1)) == []
    clinic.wake(last_look + m(10))
    assert [i.from_at for i in clinic.intervals()] == [last_look]


@pytest.mark.both
def test_receiver_that_went_on_while_nobody_looked_heard_everything(rejoin):
    clinic = one_session_begins(rejoin)
    for minute in range(9, 60, 9):
        clinic.clock.set(NINE + m(minute))
        clinic.receive(joined(DORA, NINE + m(minute), f"d{minute}"))
    clinic.wake(TEN)
    assert clinic.intervals() == []


def test_signatures_that_failed_while_nobody_looked_are_a_blind_time_afterwards(rejoin):
    """The worker was down and the receiver was not: a good delivery has ended the failures before anybody saw them."""
    clinic = one_session_begins(rejoin)
    clinic.sees(Sign(feed.FORGED, 0, NINE + m(8), NINE + m(50)), Sign(feed.DELIVERY, 1, NINE, NINE + m(55)))
    for minute in (5, 52):
        clinic.clock.set(NINE + m(minute))
        clinic.receive(joined(DORA, NINE + m(minute), f"d{minute}"))
    clinic.wake(TEN)
    assert ("signature", NINE + m(8), NINE + m(50)) in [(i.cause, i.from_at, i.to_at) for i in clinic.intervals()]
    dora_goes(clinic, TEN)
    clinic.go_to(TEN + m(200))
    assert clinic.verdict()["outcome"] == "undetermined"


@pytest.mark.both
def test_app_that_was_removed_and_is_back_before_anybody_looks_leaves_its_blind_time(rejoin):
    clinic = one_session_begins(rejoin)
    gone = {"account_id": "account-1", "deauthorization_time": "2026-11-23T15:10:00Z"}
    clinic.clock.set(NINE + m(10))
    clinic.receive({"event": "app_deauthorized", "event_ts": 1, "payload": gone})
    clinic.clock.set(NINE + m(18))
    clinic.receive(joined(DORA, NINE + m(18), "again"))
    for _ in range(2):
        clinic.look(NINE + m(19))
        assert [(i.cause, i.from_at, i.to_at) for i in clinic.intervals()] == [
            ("deauthorized", NINE + m(10), NINE + m(18))
        ]


def test_app_that_was_removed_twice_before_it_is_back_is_one_blind_time(rejoin):
    clinic = one_session_begins(rejoin)
    for minute in (10, 15):
        gone = {"account_id": "account-1", "deauthorization_time": f"2026-11-23T15:{minute}:00Z"}
        clinic.clock.set(NINE + m(minute))
        clinic.receive({"event": "app_deauthorized", "event_ts": 1, "payload": gone})
        clinic.look(NINE + m(minute + 1))
    clinic.clock.set(NINE + m(18))
    clinic.receive(joined(DORA, NINE + m(18), "again"))
    for minute in (19, 20):
        clinic.look(NINE + m(minute))
        assert [(i.from_at, i.to_at) for i in clinic.intervals()] == [(NINE + m(10), NINE + m(18))]


def test_delivery_that_ends_a_silence_is_no_repetition_that_heals_it(rejoin):
    """A subscription that was switched off and on again brings nothing back, however short that was."""
    clinic = half_heard(rejoin)
    clinic.look(TEN + m(10))
    clinic.clock.set(TEN + m(20))
    clinic.receive(joined(DORA, TEN + m(19), "later", meeting=SECOND, instance="u2=="))
    clinic.look(TEN + m(21))
    assert clinic.intervals()[0].to_at == TEN + m(20)
    clinic.look(TEN + m(200))
    assert clinic.intervals()[0].healed_at is None
    assert clinic.verdict()["outcome"] == "undetermined"


@pytest.mark.both
def test_what_is_told_four_minutes_late_was_repeated_and_a_moment_sooner_it_was_not(rejoin):
    clinic = Watched(rejoin, appointment())
    clinic.clock.set(TEN)
    found = []
    for late in (m(4) - timedelta(seconds=1), m(4)):
        clinic.receive(joined(DORA, TEN - late, f"late by {late}"))
        clinic.read()
        with rejoin.db.read() as tx:
            found.append(feed.late_between(tx, NINE, TEN))
    assert found == [False, True]


def test_own_evidence_and_fetched_deliveries_are_no_sign_of_life(rejoin):
    clinic = Watched(rejoin)
    clinic.clock.set(NINE + m(8))
    click = {"event": "rejoin.join_clicked", "event_ts": int((NINE + m(8)).timestamp() * 1000)}
    clinic.receive(click | {"payload": {"appointment_id": "A1", "participant_id": "C-ALICE"}})
    with rejoin.db.begin() as tx:
        feed.store_found(tx, [("r-1", json.dumps(joined(DORA, NINE)).encode())], NINE + m(8))
    clinic.look(NINE + m(10))
    assert [row.cause for row in clinic.intervals()] == ["silence"]


# What receivers see


def bad_signatures(times: int, first, last) -> Sign:
    return Sign(feed.FORGED, times, first, last)


def test_signatures_that_fail_in_a_row_are_a_blind_time_until_a_good_one(rejoin):
    clinic = Watched(rejoin, appointment())
    clinic.clock.set(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.look(NINE + m(1))
    clinic.sees(bad_signatures(4, NINE + m(5), NINE + m(12)))
    clinic.look(NINE + m(12))
    assert not clinic.intervals()
    clinic.sees(bad_signatures(5, NINE + m(5), NINE + m(13)))
    clinic.look(NINE + m(20))
    (blind,) = clinic.intervals()
    assert (blind.cause, blind.from_at) == ("signature", NINE + m(5))
    assert clinic.verdict()["outcome"] == "undetermined"
    clinic.clock.set(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.look(TEN + m(1))
    assert clinic.intervals()[0].to_at == TEN
    clinic.receive(joined(DORA, NINE + m(30), connection="late"))
    clinic.look(TEN + m(180))
    assert clinic.intervals()[0].healed_at is None, "Zoom never repeats what was answered with 401"


def test_failures_of_two_receivers_are_one_row_and_a_good_one_of_either_ends_it(rejoin):
    clinic = Watched(rejoin, appointment())
    clinic.sees(bad_signatures(3, NINE, NINE + m(6)), source="a")
    clinic.sees(bad_signatures(2, NINE + m(1), NINE + m(7)), source="b")
    clinic.look(NINE + m(8))
    assert [row.from_at for row in clinic.intervals()] == [NINE]
    clinic.sees(Sign(feed.VALIDATED, 1, NINE + m(9), NINE + m(9)), source="b")
    clinic.look(NINE + m(10))
    assert [row.to_at for row in clinic.intervals()] == [NINE + m(9)]
    clinic.look(NINE + m(20))
    assert len(clinic.intervals()) == 1, "what failed before the good one is not counted again"


def test_clock_that_runs_away_is_a_blind_time_until_it_is_right_again(rejoin):
    clinic = Watched(rejoin, appointment())
    skew = Sign(feed.SKEW, 3, NINE, NINE + m(2), timedelta(seconds=121))
    clinic.sees(skew)
    clinic.look(NINE + m(3))
    assert [(row.cause, row.from_at) for row in clinic.intervals()] == [("clock", NINE)]
    clinic.sees(replace(skew, last_at=NINE + m(9), ahead=timedelta(milliseconds=80)))
    clinic.look(NINE + m(10))
    assert clinic.intervals()[0].to_at == NINE + m(9)


def test_skew_of_long_ago_is_not_held_against_the_clock(rejoin):
    clinic = Watched(rejoin, appointment())
    clinic.sees(Sign(feed.SKEW, 30, NINE - m(40), NINE - m(30), timedelta(seconds=900)))
    clinic.look(NINE)
    assert not clinic.intervals()


@pytest.mark.parametrize("late", [0, 20])
def test_app_that_was_removed_is_a_blind_time_until_it_is_heard_again(rejoin, late):
    """Its farewell may be late as everything; it is no sign of life itself."""
    clinic = Watched(rejoin, appointment())
    clinic.clock.set(NINE)
    clinic.receive(joined(DORA, NINE))
    gone = {"event": "app_deauthorized", "event_ts": int((NINE + m(5)).timestamp() * 1000)}
    clinic.clock.set(NINE + m(5 + late))
    clinic.receive(gone | {"payload": {"account_id": "account-1", "deauthorization_time": "2026-11-23T15:05:00Z"}})
    clinic.look(NINE + m(6 + late))
    assert [(row.cause, row.from_at, row.to_at) for row in clinic.intervals()] == [("deauthorized", NINE + m(5), None)]
    clinic.clock.set(NINE + m(30))
    clinic.receive(joined(DORA, NINE + m(30), connection="again"))
    clinic.look(NINE + m(31))
    assert clinic.intervals()[0].to_at == NINE + m(30)
    clinic.go_to(NINE + m(200))
    assert clinic.verdict()["outcome"] != "missed"
    clinic.look(NINE + m(201))
    assert len(clinic.intervals()) == 1


def test_validations_that_fail_six_times_are_a_blind_time(rejoin):
    clinic = Watched(rejoin, appointment())
    clinic.sees(Sign(feed.REFUSED_VALIDATION, 6, NINE - timedelta(days=18), NINE))
    clinic.look(NINE + m(1))
    assert [row.cause for row in clinic.intervals()] == ["validation"]
    clinic.sees(Sign(feed.REFUSED_VALIDATION, 0, NINE, NINE), Sign(feed.VALIDATED, 1, NINE + m(2), NINE + m(2)))
    clinic.look(NINE + m(3))
    assert clinic.intervals()[0].to_at == NINE + m(2)


# Kept once


def test_database_refuses_a_second_open_one_of_the_same_cause(rejoin):
    gap = BlindInterval(BlindCause.SILENCE, NINE, None, "told")
    with rejoin.db.begin() as tx:
        assert blindness.open_interval(tx, gap, NINE) is not None
        assert blindness.open_interval(tx, gap, NINE) is None
        assert blindness.open_interval(tx, replace(gap, cause=BlindCause.CLOCK), NINE) is not None
        assert blindness.open_interval(tx, replace(gap, to_at=NINE + m(1)), NINE) is not None, (
            "one that is over is history"
        )
    values = {"cause": "silence", "from_at": NINE, "why": "told", "opened_at": NINE}
    with pytest.raises(sqlalchemy.exc.IntegrityError), rejoin.db.begin() as tx:
        tx.execute(blind_interval.insert().values(**values))


def test_starting_again_leaves_one_watch_and_what_receivers_saw_long_ago_goes(rejoin):
    clinic = Watched(rejoin)
    clinic.sees(Sign(feed.DELIVERY, 1, NINE - timedelta(days=61), NINE - timedelta(days=61)))
    Watch(rejoin).begin()
    clinic.look(NINE)
    with rejoin.db.read() as tx:
        rows = tx.execute(select(work.work.c.subject, work.work.c.due_at).where(work.work.c.kind == "watch")).all()
        assert tx.execute(select(feed_sign)).all() == []
    assert rows == [(FEED, NINE + m(1))]


# Who is told


def test_one_letter_when_it_begins_and_one_when_it_ends_and_nothing_personal(rejoin):
    clinic = half_heard(settings(rejoin, alarm_to="operator@example.org"))
    with structlog.testing.capture_logs() as said:
        for after in (10, 11, 12):
            clinic.look(TEN + m(after))
        clinic.clock.set(TEN + m(20))
        clinic.receive(left(DORA, TEN))
        for after in (21, 22, 23):
            clinic.look(TEN + m(after))
    mine = [(subject, body) for subject, body in clinic.letters() if "Rejoin" in subject]
    assert [subject for subject, _ in mine] == [
        "Rejoin is blind: nothing heard from Zoom", "Rejoin sees again: nothing heard from Zoom",
    ]  # fmt: skip
    assert "2026-11-23 15:01 UTC" in mine[0][1]
    assert [line["event"] for line in said if line["event"].startswith("feed-blind")] == [
        "feed-blind-opened", "feed-blind-closed",
    ]  # fmt: skip
    for secret in ("Alice", "Dora", "Grief", "81000000001", "C-ALICE"):
        assert secret not in str(mine)
        assert secret not in str([line for line in said if line["event"].startswith("feed")])


def test_without_an_address_nobody_is_written_to(rejoin):
    clinic = half_heard(rejoin)
    clinic.look(TEN + m(10))
    assert not [subject for subject, _ in clinic.letters() if "blind" in subject]


def test_letter_that_could_not_be_sent_is_tried_again_and_then_given_up_as_old(rejoin):
    class Away:
        tried = 0

        def send(self, letter):
            self.tried += 1
            raise Temporary("the mail server cannot be reached")

    away = Away()
    clinic = half_heard(replace(settings(rejoin, alarm_to="operator@example.org"), mailer=away))
    clinic.look(TEN + m(10))
    clinic.look(TEN + m(30))
    assert away.tried == 2
    clinic.look(TEN + m(10) + alarm.STALE + m(1))
    clinic.look(TEN + m(10) + alarm.STALE + m(60))
    with rejoin.db.read() as tx:
        subjects = tx.execute(select(work.work.c.subject).where(work.work.c.subject.like("alarm/%"))).all()
    assert subjects == []


@pytest.mark.both
def test_figures_say_which_cause_is_blind_now(rejoin):
    clinic = half_heard(rejoin)
    clinic.look(TEN + m(10))
    (family,) = [one for one in StateOfTheHouse(rejoin).collect() if one.name == "rejoin_feed_blind"]
    assert {s.labels["cause"]: s.value for s in family.samples} == {
        "silence": 1, "signature": 0, "clock": 0, "validation": 0, "deauthorized": 0,
    }  # fmt: skip


# Out of Zoom's own log


def logged(number: int, body: dict) -> LoggedDelivery:
    return LoggedDelivery(f"request-{number}", json.dumps(body).encode())


def recovered(rejoin, *entries: LoggedDelivery) -> tuple[Watched, Logbook]:
    """The secret was wrong from five past nine until ten; Zoom never repeats what was answered with 401."""
    book = Logbook(*entries)
    clinic = Watched(replace(rejoin, delivery_log=book), appointment())
    clinic.clock.set(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.sees(bad_signatures(5, NINE + m(5), NINE + m(13)))
    clinic.look(NINE + m(20))
    clinic.clock.set(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    return clinic, book


def test_what_zoom_could_not_deliver_is_fetched_when_it_recovers_and_judged(rejoin):
    came = [logged(1, joined(ALICE, NINE + m(6))), logged(2, left(ALICE, NINE + m(58)))]
    clinic, book = recovered(rejoin, *came, came[0])
    clinic.look(TEN + m(1))
    clinic.look(TEN + m(2))
    assert book.asked == [(NINE + m(5), TEN + m(1))]
    (blind,) = clinic.intervals()
    assert blind.healed_at is not None
    assert blind.recovery == "Zoom's log had 3 failed deliveries; 2 of them were new to us."
    assert clinic.verdict()["outcome"] == "attended"
    with rejoin.db.read() as tx:
        assert len(tx.execute(select(delivery.c.id).where(delivery.c.came_by == "backfill")).all()) == 2


def test_who_is_not_in_zooms_log_either_is_absent(rejoin):
    clinic, _ = recovered(rejoin, logged(1, joined(DORA, NINE + m(30), connection="second")))
    clinic.look(TEN + m(1))
    clinic.look(TEN + m(2))
    assert clinic.intervals()[0].healed_at is not None
    assert (clinic.verdict()["outcome"], clinic.verdict()["cause"]) == ("missed", "absence")


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([], "None of them tells of this time"),
        ([LoggedDelivery("request-9", b"")], "1 had no body any more"),
        ([logged(1, joined(DORA, NINE - m(300)))], "None of them tells of this time"),
        ([LoggedDelivery("request-9", b'{"event":"endpoint.url_validation","payload":{}}')], "None of them tells"),
    ],
)
def test_log_that_cannot_prove_what_happened_heals_nothing(rejoin_on_sqlite, entries, told):
    clinic, _ = recovered(rejoin_on_sqlite, *entries)
    clinic.look(TEN + m(1))
    clinic.look(TEN + m(2))
    (blind,) = clinic.intervals()
    assert blind.healed_at is None
    assert told in blind.recovery
    assert clinic.verdict()["outcome"] == "undetermined"
    assert not [row for row in clinic.rows() if row.event == "endpoint.url_validation" or row.state == "failed"]


def test_log_that_is_away_is_asked_again_and_one_that_refuses_is_told(rejoin_on_sqlite):
    clinic, book = recovered(rejoin_on_sqlite, logged(1, joined(ALICE, NINE + m(6))))
    book.trouble = Temporary("Zoom answered 503")
    clinic.look(TEN + m(1))
    assert clinic.intervals()[0].recovery is None
    book.trouble = None
    clinic.look(TEN + m(30))
    assert clinic.intervals()[0].healed_at is not None

    with rejoin_on_sqlite.db.begin() as tx:
        gap = BlindInterval(BlindCause.SILENCE, TEN + m(31), TEN + m(50), "told")
        number = blindness.open_interval(tx, gap, TEN + m(50))
    book.trouble = Permanent("Zoom answered 400: the app may lack a scope, see `rejoin check`")
    clinic.clock.set(TEN + m(51))
    assert ask_for_recovery(clinic.rejoin, NINE, TEN + m(51)) == 1
    clinic.look(TEN + m(52))
    with rejoin_on_sqlite.db.read() as tx:
        assert "the app may lack a scope" in blindness.load(tx, number).recovery


@pytest.mark.both
def test_verdict_can_be_made_again_as_it_was_known_then(rejoin):
    """What healed since does not change what was known at the time."""
    clinic, _ = recovered(rejoin, logged(1, joined(ALICE, NINE + m(6))))
    clinic.look(TEN + m(1))
    clinic.look(TEN + m(5))
    with rejoin.db.read() as tx:
        assert blindness.blind_between(tx, NINE, TEN, NINE + m(19)) == []
        assert blindness.blind_between(tx, NINE, TEN, NINE + m(30)) == [(NINE + m(5), None)]
        assert blindness.blind_between(tx, NINE, TEN, TEN + m(5)) == []


def test_running_service_looks_by_itself(rejoin):
    """On SQLite a thread of the process does it, on PostgreSQL a worker of procrastinate."""
    clinic = Clinic(rejoin, appointment(), appointment("A2", meeting_id=SECOND))
    clinic.clock.set(NINE + m(10))
    work_of_the_process = working(rejoin)
    work_of_the_process.start()
    try:
        give_up_at = time.monotonic() + 20
        blind = []
        while not blind and time.monotonic() < give_up_at:
            time.sleep(0.05)
            with rejoin.db.read() as tx:
                blind = blindness.standing(tx)
    finally:
        work_of_the_process.stop()
    assert [row.cause for row in blind] == ["silence"]
