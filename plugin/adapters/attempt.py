"""One try at claimed work, the same in every engine."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from plugin.ports.clock import Clock
from plugin.ports.queue import Claim, Perform
from plugin.ports.retry import backoff, trouble
from plugin.storage import work
from plugin.storage.database import Database

log = structlog.get_logger(__name__)


def attempt(db: Database, clock: Clock, perform: Perform, claims: Sequence[Claim]) -> None:
    """Perform what was claimed; whatever goes wrong is logged, tried again later, and given up in the end.

    When it goes wrong with several at once, each is tried by itself: one of them never takes the others along.
    """
    try:
        perform(claims)
    except Exception as error:
        said = trouble(error)
        if len(claims) > 1:
            log.warning("work-parted", kind=claims[0].kind.value, number=len(claims), error=said)
            for claim in claims:
                attempt(db, clock, perform, [claim])
            return
        [claim] = claims
        last = claim.attempts >= work.MAX_ATTEMPTS[claim.kind]
        now = clock.now()
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
