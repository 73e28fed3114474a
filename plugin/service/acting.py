"""From the outbox to the world: each action is carried out at least once, under one idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Row

from plugin.ports.outcome import Away, Permanent, Temporary
from plugin.ports.queue import Claim, WorkKind
from plugin.ports.retry import LONGEST_OUTAGE, backoff, patience, trouble
from plugin.service import metrics, offering
from plugin.service.lane import dispatch
from plugin.service.refusal import Postponed, Skipped
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import outbound, work
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

Performer = Callable[[Rejoin, Row], str | None]
"""Carries out one action outside any transaction and returns the remote's reference; safe to repeat by its key."""


@dataclass(frozen=True)
class Actor:
    """Carries out queued actions with one performer for each kind."""

    rejoin: Rejoin
    performers: Mapping[str, Performer]

    def perform(self, claim: Claim) -> None:
        """Carry out the claimed action:

        1. Look whether it is still to be done: a verdict that changed has withdrawn it.
        2. Ask the remote, outside any transaction. A crash after this repeats it under the same key.
        3. Write what became of it: done; again later (the remote's own wish, or ever longer); put off or left out by
           our own rules, which is no failure; or dead, with the reason, for staff to see, when trying again cannot
           help or was tried too often. An offer that was left out or given up is a coordinator's again. When the remote
           as a whole is away, everything that goes to it waits, and the try does not count.
        """
        rejoin = self.rejoin
        with rejoin.db.read() as tx:
            row = outbox.load(tx, int(claim.subject))
        if row is None or row.state != outbox.QUEUED:
            with rejoin.db.begin() as tx:
                work.finish(tx, claim)
            return
        told = {"appointment": row.appointment_id, "deliveries": row.details.get("deliveries", [])}
        # Whatever is logged on the way, by an adapter too, says for which action and because of which deliveries.
        with structlog.contextvars.bound_contextvars(action=row.id, kind=row.kind, **told):
            self._carry_out(claim, row)

    def _carry_out(self, claim: Claim, row: Row) -> None:
        rejoin = self.rejoin
        try:
            reference = self.performers[row.kind](rejoin, row)
        except Postponed as later:
            with rejoin.db.begin() as tx:
                outbox.mark_queued(tx, row.id, str(later), rejoin.clock.now())
                work.finish(tx, claim, later.at)
            metrics.acted_total.labels(row.kind, "postponed").inc()
        except Skipped as reason:
            with rejoin.db.begin() as tx:
                self._leave(tx, row, outbox.SKIPPED, str(reason))
                work.finish(tx, claim)
            metrics.acted_total.labels(row.kind, "skipped").inc()
        except Permanent as refusal:
            self._give_up(claim, row, str(refusal))
        except Away as outage:
            self._wait(claim, row, str(outage), outage.retry_after)
        except Temporary as later:
            self._again(claim, row, str(later), later.retry_after)
        except Exception as fault:
            self._again(claim, row, trouble(fault), None)
        else:
            with rejoin.db.begin() as tx:
                # It was done, whatever the verdict did meanwhile: the fact wins. What withdrew it took it for not done,
                # so the verdict is looked at again, and people are told.
                now, done = rejoin.clock.now(), {"remote_ref": reference}
                as_asked = outbox.move(tx, row.id, (outbox.QUEUED,), outbox.DONE, now, note=None, **done)
                if not as_asked:
                    # In the order in which a judge locks them, so that the two never wait for each other.
                    rejoin.queue.request(tx, WorkKind.JUDGE, row.appointment_id, now)
                    outbox.move(tx, row.id, (outbox.WITHDRAWN,), outbox.DONE, now, note=None, **done)
                work.finish(tx, claim)
                outbound.reached(tx, claim.remote)
            metrics.acted_total.labels(row.kind, "done").inc()
            log.info("action-done", attempts=claim.attempts)

    def _again(self, claim: Claim, row: Row, error: str, wish: timedelta | None) -> None:
        if claim.attempts >= work.MAX_ATTEMPTS[WorkKind.ACT]:
            self._give_up(claim, row, error)
            return
        now = self.rejoin.clock.now()
        wait = max(backoff(claim.attempts), wish or timedelta())
        with self.rejoin.db.begin() as tx:
            work.fail(tx, claim, error, now + wait, now)
        metrics.acted_total.labels(row.kind, "again").inc()
        log.warning("action-postponed", attempts=claim.attempts, error=error)

    def _wait(self, claim: Claim, row: Row, error: str, wish: timedelta | None) -> None:
        now = self.rejoin.clock.now()
        waited = now - row.updated_at
        if waited >= LONGEST_OUTAGE:
            self._give_up(claim, row, error)
            return
        with self.rejoin.db.begin() as tx:
            until = outbound.away(tx, claim.remote, error, wish, now)
            work.fail(tx, claim, error, max(until, now + patience(waited)), now, counted=False)
        metrics.acted_total.labels(row.kind, "away").inc()
        log.warning("remote-away", remote=claim.remote.value, action=row.id, error=error)

    def _give_up(self, claim: Claim, row: Row, error: str) -> None:
        with self.rejoin.db.begin() as tx:
            self._leave(tx, row, outbox.DEAD, error)
            work.finish(tx, claim)
        metrics.acted_total.labels(row.kind, "dead").inc()
        log.error("action-dead", attempts=claim.attempts, error=error)

    def _leave(self, tx: Transaction, row: Row, state: str, why: str) -> None:
        """Write that an action is left out or given up; an offer that it was to bring goes back to the coordinator.

        The action goes first, as a judge locks them, so that the two never wait for each other.
        """
        now = self.rejoin.clock.now()
        if outbox.move(tx, row.id, (outbox.QUEUED,), state, now, note=why):
            offering.come_back(tx, self.rejoin, row, why, now)


def retry_dead(tx: Transaction, rejoin: Rejoin, action_id: int, now: datetime) -> bool:
    """Try an action again that was given up; False when it is not dead (any more)."""
    if not outbox.move(tx, action_id, (outbox.DEAD,), outbox.QUEUED, now, note=None):
        return False
    dispatch(tx, rejoin, outbox.load(tx, action_id), now)
    return True


def revive(tx: Transaction, rejoin: Rejoin, work_id: int, now: datetime) -> bool:
    """Have work done that was given up, a judgement say; False when it is not given up (any more)."""
    row = work.lock_dead(tx, work_id)
    if row is None:
        return False
    if row.kind == WorkKind.ACT:
        action = outbox.load(tx, int(row.subject))
        dispatch(tx, rejoin, action, now)
    else:
        rejoin.queue.request(tx, WorkKind(row.kind), row.subject, now)
    return True
