"""Watching the feed: signs are looked at every minute, and what a blind time touches is judged again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Row

from plugin.core.blindness import BlindSpan, blind_intervals, healed_by_retries, warnings
from plugin.core.feed import BlindCause, FeedSigns
from plugin.core.subscription import unsubscribed
from plugin.ports.outcome import Permanent, Temporary
from plugin.ports.queue import Claim, WorkKind
from plugin.ports.retry import backoff
from plugin.service import alarm, incidents, ladder
from plugin.service.backfill import Recovered, backfill
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import blindness, feed, subscription, work
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

FEED, ALARM, RECOVERY = work.FEED_LOOK, "alarm", "recovery"
"""What there is to do: look at the feed; `alarm/ID/CHANGE`; `recovery/ID`."""
HEALING = timedelta(days=1)
REJUDGED = timedelta(days=14)
"""Sessions further back than this are not judged again by themselves: Zoom's log reaches back seven days."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """The feed as it stands, for people: signs, open intervals, what will be trouble soon and what is not told."""

    signs: FeedSigns
    standing: tuple[Row, ...]
    warnings: tuple[str, ...]


class Watch:
    """Does the work of the kind `watch`."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin

    def begin(self) -> None:
        """Ask for the first look; when somebody has asked already, nothing changes but the time."""
        with self.rejoin.db.begin() as tx:
            if work.due_at(tx, WorkKind.WATCH, FEED) is None:
                self.rejoin.queue.request(tx, WorkKind.WATCH, FEED, self.rejoin.clock.now())

    def perform(self, claim: Claim) -> None:
        """Do what was claimed: one look at the feed, one letter, one recovery, or who else is to be judged."""
        what, *rest = claim.subject.split("/")
        if what == FEED:
            self._look(claim)
        elif what in (ladder.LADDER, ladder.DAY):
            ladder.climb(self.rejoin, claim)
        elif what == incidents.ROOM:
            incidents.gather(self.rejoin, claim)
        else:
            self._follow(claim, what, rest)

    def _look(self, claim: Claim) -> None:
        """One look, in one transaction:

        1. Signs as receivers, inbox and roster have them.
        2. Intervals open or close; the database refuses a second open one of the same cause.
        3. Every session that overlaps is asked to be judged; letters and recovery are asked for as work of their own.
        4. The next look is due. When the transaction fails nothing of this stands and the look is repeated.
        """
        rejoin = self.rejoin
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            if not work.holds(tx, claim):
                return
            changed = look(tx, rejoin, now, claim.due_at)
            work.finish(tx, claim, now + rejoin.policy.feed.check)
        for row, change in changed:
            alarm.log_change(row, change)
        if changed:
            rejoin.queue.wake()

    def _follow(self, claim: Claim, what: str, rest: list[str]) -> None:
        rejoin = self.rejoin
        with rejoin.db.read() as tx:
            row = blindness.load(tx, int(rest[0]))
        try:
            if row is not None and what == ALARM:
                alarm.write_to_operator(rejoin, row, rest[1])
            elif row is not None and what == RECOVERY:
                self._recover(row)
        except Permanent as refusal:
            log.error("feed-work-refused", work=what, interval=int(rest[0]), because=str(refusal))
            with rejoin.db.begin() as tx:
                if what == RECOVERY:
                    blindness.tell_recovery(tx, int(rest[0]), f"Zoom's log could not be read: {refusal}.")
                work.finish(tx, claim)
        except Temporary as later:
            now = rejoin.clock.now()
            wait = max(backoff(claim.attempts), later.retry_after or timedelta())
            with rejoin.db.begin() as tx:
                work.fail(tx, claim, str(later), now + wait, now)
        else:
            with rejoin.db.begin() as tx:
                work.finish(tx, claim)

    def _recover(self, row: Row) -> None:
        rejoin = self.rejoin
        if rejoin.delivery_log is None or row.to_at is None:
            return
        recovered = backfill(rejoin, rejoin.delivery_log, row.from_at, row.to_at)
        with rejoin.db.begin() as tx:
            blindness.tell_recovery(tx, row.id, in_words(recovered))
            if recovered.complete:
                heal(tx, rejoin, row, rejoin.clock.now())
        log.info("feed-recovered", interval=row.id, logged=recovered.logged, new=recovered.new, lost=recovered.lost)


def look(tx: Transaction, rejoin: Rejoin, now: datetime, looked_at: datetime | None = None) -> list[tuple[Row, str]]:
    """Open and close intervals by the signs as they stand; returns what changed, each as a row and the change."""
    limits = rejoin.policy.feed
    open_rows = {BlindCause(row.cause): row for row in blindness.standing(tx)}
    standing = {cause: row.from_at for cause, row in open_rows.items()}
    signs = feed.signs(tx, limits, now, standing, looked_at)
    changed: list[tuple[Row, str]] = []
    for interval in blind_intervals(signs, limits, now, standing):
        row = open_rows.get(interval.cause)
        if row is None:
            number = blindness.open_interval(tx, interval, now)
            if number is None:
                continue
            row = blindness.load(tx, number)
            changed.append((row, alarm.OPENED))
        elif interval.to_at is not None and blindness.close_interval(tx, row.id, interval.to_at, now):
            row = blindness.load(tx, row.id)
        else:
            continue
        if row.closed_at is not None:
            changed.append((row, alarm.CLOSED))
    for row, change in changed:
        judge_again(tx, rejoin, row, now)
        if rejoin.settings.alarm_to:
            rejoin.queue.request(tx, WorkKind.WATCH, f"{ALARM}/{row.id}/{change}", now)
        if change == alarm.CLOSED and rejoin.delivery_log is not None:
            rejoin.queue.request(tx, WorkKind.WATCH, f"{RECOVERY}/{row.id}", now)
    _heal_by_retries(tx, rejoin, now)
    feed.forget_old(tx, now)
    return changed


def state(tx: Transaction, rejoin: Rejoin, now: datetime) -> FeedState:
    """How the feed stands, for a page or a check; changes nothing."""
    limits = rejoin.policy.feed
    standing = tuple(blindness.standing(tx))
    signs = feed.signs(tx, limits, now, {BlindCause(row.cause): row.from_at for row in standing})
    return FeedState(signs, standing, warnings(signs, limits, now) + unsubscribed(subscription.unheard(tx, now)))


def judge_again(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> int:
    """Ask for a judgement of every session that overlaps an interval and has begun; returns how many."""
    until = min(row.to_at or now, now)
    # In one order everywhere: two that ask for the same work must not wait for each other.
    concerned = sorted(appointments.ids_between(tx, max(row.from_at, now - REJUDGED), until))
    rejoin.queue.request_all(tx, WorkKind.JUDGE, concerned, now)
    log.info("feed-judged-again", interval=row.id, appointments=len(concerned))
    return len(concerned)


def heal(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    """What was missed is known: the interval counts no more, and what it touched is judged again."""
    if blindness.heal(tx, row.id, now):
        judge_again(tx, rejoin, row, now)


def _heal_by_retries(tx: Transaction, rejoin: Rejoin, now: datetime) -> None:
    # What was refused for its signature is never repeated by Zoom; what got no answer is.
    silent = [row for row in blindness.unhealed_between(tx, now - HEALING, now) if row.cause == BlindCause.SILENCE]
    since = blindness.begun_since(tx, silent[0].from_at) if silent else ()
    for row in silent:
        others = [_span(other) for other in since if other.id != row.id]
        late = feed.late_between(tx, row.from_at, row.to_at)
        if healed_by_retries(_span(row), others, late, rejoin.policy.feed, now):
            heal(tx, rejoin, row, now)


def _span(row: Row) -> BlindSpan:
    return BlindCause(row.cause), row.from_at, row.to_at


def in_words(recovered: Recovered) -> str:
    """What a look into Zoom's log brought, in a sentence."""
    told = f"Zoom's log had {recovered.logged} failed deliveries; {recovered.new} of them were new to us."
    if recovered.lost:
        told += f" {recovered.lost} had no body any more, so something may still be missing."
    elif not recovered.within:
        told += " None of them tells of this time, so Zoom may not have tried: something may still be missing."
    elif not recovered.whole:
        told += " The log does not reach back to the beginning, so something may still be missing."
    return told


def ask_for_recovery(rejoin: Rejoin, from_at: datetime, until_at: datetime) -> int:
    """Have each closed blind time of this span looked up in Zoom's log on its own; returns how many there are."""
    with rejoin.db.begin() as tx:
        rows = blindness.unhealed_between(tx, from_at, until_at)
        for row in rows:
            rejoin.queue.request(tx, WorkKind.WATCH, f"{RECOVERY}/{row.id}", rejoin.clock.now())
    return len(rows)
