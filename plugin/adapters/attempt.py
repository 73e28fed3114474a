"""One try at claimed work, the same in every engine."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from plugin.ports.clock import Clock
from plugin.ports.queue import Claim
from plugin.ports.retry import backoff, trouble
from plugin.storage import work
from plugin.storage.database import Database

log = structlog.get_logger(__name__)


def attempt(db: Database, clock: Clock, perform: Callable[[Claim], None], claim: Claim) -> None:
    """Perform one claim; whatever goes wrong is logged, tried again later, and given up in the end."""
    try:
        perform(claim)
    except Exception as error:
        last = claim.attempts >= work.MAX_ATTEMPTS[claim.kind]
        now = clock.now()
        said = trouble(error)
        log.error(
            "work-failed",
            kind=claim.kind.value,
            subject=claim.subject,
            attempts=claim.attempts,
            error=said,
            given_up=last,
        )
        with db.begin() as tx:
            work.fail(tx, claim, said, None if last else now + backoff(claim.attempts), now)
