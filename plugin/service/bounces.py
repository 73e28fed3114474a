"""Letters that came back: the report is read, the letter found by its Message-ID, and the address marked."""

from __future__ import annotations

from datetime import datetime

import structlog

from plugin.core.bounce import Failed, NoReport, Problem, read_report
from plugin.core.message import Channel
from plugin.service import feedback
from plugin.service.rejoin import Rejoin
from plugin.storage import bounce as counted
from plugin.storage import contact as contacts
from plugin.storage import dispatch as dispatches
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

BOUNCED, REFUSED, DELAYED = "bounced", "refused", "delayed"
"""What became of a letter: its address does not work; it was refused for another reason; it is still tried."""
KINDS = (BOUNCED, REFUSED, DELAYED, *(problem.value for problem in Problem))
"""All that a message can be."""


def take(rejoin: Rejoin, raw: bytes | None) -> str:
    """Take in one message from the mailbox that bounces go to (None: it could not be read); returns what it was.

    Either BOUNCED, REFUSED or DELAYED, or the `Problem` for which it is refused. It is counted by that word; besides,
    the same one twice changes nothing.
    """
    try:
        if raw is None:
            raise NoReport(Problem.UNREADABLE)
        report = read_report(raw)
        with rejoin.db.begin() as tx:
            became = _take(tx, rejoin, report.message_id, report.failed, rejoin.clock.now())
            counted.count(tx, became)
    except NoReport as refusal:
        log.warning("bounce-refused", problem=refusal.problem.value)
        with rejoin.db.begin() as tx:
            counted.count(tx, refusal.problem.value)
        return refusal.problem.value
    log.info("bounce-taken", became=became)
    rejoin.queue.wake()
    return became


def _take(tx: Transaction, rejoin: Rejoin, message_id: str, failed: tuple[Failed, ...], now: datetime) -> str:
    row = dispatches.by_reference(tx, message_id)
    if row is None or row.channel != Channel.EMAIL:
        raise NoReport(Problem.FOREIGN_LETTER)
    mine = [one for one in failed if any(_is(tx, row.address, address) for address in one.addresses)]
    if not mine:
        raise NoReport(Problem.FOREIGN_ADDRESS)
    one = max(mine, key=lambda found: found.for_good)
    if not one.for_good:
        return DELAYED
    feedback.could_not_be_delivered(tx, rejoin, row, message_id, one.status, one.address_is_wrong, now)
    return BOUNCED if one.address_is_wrong else REFUSED


def _is(tx: Transaction, mark: str, address: str) -> bool:
    return mark in contacts.marks_of(tx, Channel.EMAIL, address)
