"""Tickets at a help desk that is not ours: our row says where it is, and follows what people do there.

The desk is asked in turn, a bounded number of tickets a round, those not asked about for longest first.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Row

from plugin.ports.helpdesk import BUILT_IN, TicketDraft, TicketState
from plugin.ports.outcome import Away, Permanent, RemoteTrouble, Temporary
from plugin.ports.queue import Claim, WorkKind
from plugin.ports.retry import backoff, trouble
from plugin.service import triage
from plugin.service.rejoin import Rejoin
from plugin.storage import audit, work
from plugin.storage import ticket as tickets
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

TICKETS = "tickets"
"""What there is to do."""
PLACE = "It is worked on at"
"""With this begins the sentence that says where a ticket is."""
AT_ONCE = 20
ROUND_SECONDS = 25.0
"""A round ends by then, well within the lease of its work."""
BETWEEN_ROUNDS = timedelta(minutes=1)
REFUSALS = 3
"""So many in one round are no matter of a single ticket."""
AFTER_REFUSAL = timedelta(minutes=10)
FOLLOWED = timedelta(days=7)
"""A ticket that was resolved longer ago is not asked about any more."""
HERE = {TicketState.OPEN: tickets.OPEN, TicketState.RESOLVED: tickets.RESOLVED, TicketState.GONE: tickets.RESOLVED}
DID = {
    TicketState.OPEN: "reopened-ticket",
    TicketState.RESOLVED: "resolved-ticket",
    TicketState.GONE: "resolved-deleted-ticket",
}


class DeskWatch:
    """Does the work of the kind `desk`."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin

    def begin(self) -> None:
        """Ask for the first round, when there is another desk; a round that somebody asked for already stands."""
        if self.rejoin.helpdesk.desk == BUILT_IN:
            return
        with self.rejoin.db.begin() as tx:
            if work.due_at(tx, WorkKind.DESK, TICKETS) is None:
                self.rejoin.queue.request(tx, WorkKind.DESK, TICKETS, self.rejoin.clock.now())

    def perform(self, claim: Claim) -> None:
        """One round: ask, outside any transaction, and write each answer by compare-and-set."""
        rejoin = self.rejoin
        if rejoin.helpdesk.desk == BUILT_IN:
            with rejoin.db.begin() as tx:
                work.finish(tx, claim)
            return
        try:
            changed = self._round()
        except Permanent as refusal:
            self._again(claim, str(refusal), AFTER_REFUSAL)
        except Temporary as later:
            self._again(claim, str(later), max(backoff(claim.attempts), later.retry_after or BETWEEN_ROUNDS))
        else:
            with rejoin.db.begin() as tx:
                work.finish(tx, claim, rejoin.clock.now() + BETWEEN_ROUNDS)
            if changed:
                log.info("desk-followed", desk=rejoin.helpdesk.desk, changed=changed)

    def _round(self) -> int:
        rejoin = self.rejoin
        began = time.monotonic()
        with rejoin.db.read() as tx:
            rows = tickets.elsewhere(tx, rejoin.helpdesk.desk, rejoin.clock.now() - FOLLOWED, AT_ONCE)
        changed = refused = 0
        for row in rows:
            if time.monotonic() - began > ROUND_SECONDS:
                break
            state, words = None, ()
            try:
                state = rejoin.helpdesk.state(row.reference)
                if state is TicketState.RESOLVED and row.state != tickets.ATTACHED:
                    words = rejoin.helpdesk.chosen(row.reference)
            except Away:
                raise
            except Exception as refusal:
                # One that was moved out of our sight, or at which the desk trips, must not keep us from the others; it
                # counts as asked, so that it is not the first again.
                refused += 1
                if refused >= REFUSALS:
                    raise
                because = str(refusal) if isinstance(refusal, RemoteTrouble) else trouble(refusal)
                log.warning("desk-refused", ticket=row.id, because=because)
            with rejoin.db.begin() as tx:
                now = rejoin.clock.now()
                if state is not None:
                    changed += follow(tx, row, state, rejoin.helpdesk.name, rejoin.helpdesk.desk, now)
                if words and (stands := tickets.load(tx, row.id)) is not None:
                    changed += triage.found_elsewhere(tx, rejoin, stands, words, rejoin.helpdesk.desk, now)
                tickets.asked(tx, row.id, now)
        return changed

    def _again(self, claim: Claim, error: str, wait: timedelta) -> None:
        log.warning("desk-not-asked", desk=self.rejoin.helpdesk.desk, because=error)
        now = self.rejoin.clock.now()
        with self.rejoin.db.begin() as tx:
            work.fail(tx, claim, error, now + wait, now)


def place(tx: Transaction, rejoin: Rejoin, draft: TicketDraft, reference: str, now: datetime) -> None:
    """Keep a row of our own for a ticket that was opened at another desk, so that staff see where it is."""
    desk = rejoin.helpdesk
    row, new = tickets.open_once(tx, draft, now)
    if new:
        tickets.place(tx, row.id, desk.desk, reference)
        where = f"{PLACE} {desk.name}, as {reference}."
        tickets.change(tx, row.id, row.version, now, seen=[*draft.seen, where])


def follow(tx: Transaction, row: Row, state: TicketState, name: str, actor: str, now: datetime) -> bool:
    """Write into our row how its ticket stands at its desk; False when that is known, or somebody was quicker."""
    ours = TicketState.RESOLVED if row.state in tickets.SETTLED else TicketState.OPEN
    if HERE[state] == HERE[ours]:
        return False
    values: dict = {"state": HERE[state]}
    if state is TicketState.OPEN:
        values |= {"assignee": None, "resolution": None, "code": None, "told_code": None}
    else:
        values |= {"resolution": f"{'Deleted' if state is TicketState.GONE else 'Resolved'} at {name}."}
    if not tickets.change(tx, row.id, row.version, now, **values):
        return False
    audit.record(tx, now, actor, DID[state], f"ticket/{row.id}")
    return True
