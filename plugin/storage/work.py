"""Due work: one row per subject that somebody must look at, written with what it follows from.

The row is the truth. A claim is a compare-and-set on (id, generation, claimed_until): who loses it does nothing.
`now` is the program's time and decides what is due; `lease_now` is the machine's and decides how long a worker
may stay silent (`plugin/storage/worker.py`), since a demonstration may run the first one faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Insert,
    Row,
    Select,
    TextClause,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from plugin.ports.queue import ANYWHERE, Claim, Lane, Remote, WorkKind
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert_for
from plugin.storage.tables import delivery, work
from plugin.storage.worker import LEASE, PARAMETERS, Moments, lost, moments, parameters

# Judging fails only by a fault of ours or of the database; a remote may be away for hours.
# Watching the feed and the help desk, and pruning, are never given up: who stops looking is blind without knowing.
MAX_ATTEMPTS = {
    WorkKind.JUDGE: 8, WorkKind.ACT: 24, WorkKind.WATCH: 1_000_000, WorkKind.REPORT: 24, WorkKind.DESK: 1_000_000,
    WorkKind.OFFER: 24,
    WorkKind.PRUNE: 1_000_000,
    WorkKind.CALENDAR: 1_000_000,
}  # fmt: skip
_FREED = {"claimed_until": None, "attempts": 0, "last_error": None}
BEHIND = timedelta(seconds=30)
"""When a delivery has lain unread for so long, the reader is behind, and nothing is judged until it is not.

Of what lies unread nobody knows whom it would have shown, and what follows from a verdict is sent at once. What arrived
a moment ago does not keep a verdict waiting: it might as well have arrived a moment later.
"""
_OLDEST_UNREAD = select(delivery.c.received_at).where(delivery.c.state == "new").order_by(delivery.c.id).limit(1)
FEED_LOOK = "feed"
"""The subject of the work `watch` that looks at the feed every minute."""
UNWATCHED = timedelta(minutes=5)
"""When the look at the feed is overdue by so much, nobody worked for a time, and nothing is judged before that look.

It may find that we were blind, and a client whom nobody could see would be called absent until then, and written to.
"""
_look = work.alias("look")
_LOOK_DUE = select(_look.c.due_at).where(
    _look.c.kind == WorkKind.WATCH.value, _look.c.subject == FEED_LOOK, _look.c.dead_at.is_(None)
)
_THIS = work.c.id == bindparam("of")
_UNCHANGED = and_(_THIS, work.c.generation == bindparam("at_generation"))
_FORGET = delete(work).where(_UNCHANGED)
_FREE = update(work).where(_THIS).values(_FREED)
_LOOK_AGAIN = (
    update(work)
    .where(_THIS)
    .values(
        due_at=case((work.c.generation == bindparam("at_generation"), bindparam("again_at", type_=work.c.due_at.type)),
                    else_=work.c.due_at),
        **_FREED,
    )
)  # fmt: skip


def request(tx: Transaction, kind: WorkKind, subject: str, due_at: datetime, lane: Lane = ANYWHERE) -> None:
    """Ask for work: the earlier of two due times stands, and work that was given up comes alive again."""
    request_all(tx, kind, (subject,), due_at, lane)


def request_all(
    tx: Transaction, kind: WorkKind, subjects: Iterable[str], due_at: datetime, lane: Lane = ANYWHERE
) -> None:
    """The same for several subjects, in their order."""
    values = {
        "kind": kind.value, "due_at": due_at, "generation": 1, "attempts": 0,
        "remote": lane.remote.value, "program_id": lane.program_id, "rank": lane.rank,
    }  # fmt: skip
    if asked := [values | {"subject": subject} for subject in sorted(subjects)]:
        tx.execute(_ask(tx.is_postgresql), asked)


@cache
def _ask(on_postgresql: bool) -> Insert:
    """Asked for at every delivery and at every judgement, so it is written once."""
    new = insert_for(on_postgresql, work)
    was_dead = work.c.dead_at.is_not(None)
    return new.on_conflict_do_update(
        index_elements=[work.c.kind, work.c.subject],
        set_={
            "due_at": case(
                (or_(was_dead, new.excluded.due_at < work.c.due_at), new.excluded.due_at),
                else_=work.c.due_at,
            ),
            "generation": work.c.generation + 1,
            "attempts": case((was_dead, 0), else_=work.c.attempts),
            "dead_at": None,
        },
    )


def claim_due(
    tx: Transaction,
    kinds: Iterable[WorkKind],
    now: datetime,
    lease_now: datetime,
    limit: int = 20,
    subject: str | None = None,
    worker: str | None = None,
) -> list[Claim]:
    """Claim what is due and free (of one subject, or the longest due) for `worker`; what its worker lost is free.

    No judgement is claimed while the reader of the inbox is behind, or nobody has looked at the feed for long.
    """
    values = {
        "now": now, "behind": now - BEHIND, "unwatched": now - UNWATCHED,
        "until": lease_now + LEASE, "by": worker, "at_most": limit, "kinds": [kind.value for kind in kinds],
    } | parameters(lease_now)  # fmt: skip
    if subject is not None:
        values["of"] = subject
    rows = tx.execute(_claim(subject is not None), values).all()
    return sorted(map(claim_of, rows), key=lambda claim: (claim.due_at, claim.work_id))


@cache
def _claim(of_one: bool) -> ReturningUpdate:
    """Asked again and again by every worker, so it is written once."""
    moment = work.c.due_at.type
    now, behind, unwatched = (bindparam(name, type_=moment) for name in ("now", "behind", "unwatched"))
    up_to_date = and_(
        func.coalesce(_OLDEST_UNREAD.scalar_subquery(), now) > behind,
        func.coalesce(_LOOK_DUE.scalar_subquery(), now) > unwatched,
    )
    may_be = or_(work.c.kind != WorkKind.JUDGE.value, up_to_date)
    of_kinds = work.c.kind.in_(bindparam("kinds", expanding=True))
    free = and_(free_at(now, PARAMETERS), of_kinds, may_be)
    if of_one:
        free = and_(free, work.c.subject == bindparam("of"))
    chosen = select(work.c.id).where(free).order_by(work.c.due_at, work.c.id).limit(bindparam("at_most"))
    return (
        update(work)
        .where(work.c.id.in_(chosen.with_for_update(skip_locked=True)), free)
        .values(claimed_until=bindparam("until"), claimed_by=bindparam("by"), attempts=work.c.attempts + 1)
        .returning(work)
    )


def claim_of(row: Row) -> Claim:
    """The claim that a row says which was just claimed."""
    return Claim(
        row.id, WorkKind(row.kind), row.subject, row.generation, row.due_at, row.attempts, row.claimed_until,
        Remote(row.remote),
    )  # fmt: skip


def free_at(now: ColumnElement | datetime, lease: Moments) -> ColumnElement[bool]:
    """The condition of a row that is due, not given up, and held by nobody who will finish it."""
    return and_(work.c.dead_at.is_(None), work.c.due_at <= now, or_(work.c.claimed_until.is_(None), lost(lease)))


# Asked several times a second, and therefore written once.
_KINDS_DUE = (
    select(work.c.kind)
    .where(work.c.kind.in_(bindparam("kinds", expanding=True)), free_at(bindparam("now"), PARAMETERS))
    .distinct()
)


def finish(tx: Transaction, claim: Claim, next_due_at: datetime | None = None) -> bool:
    """The claimed work is done: forget it, or look again at `next_due_at`.

    Asked for again meanwhile, it stays due. False, and nothing is written, when another worker took it over.
    """
    if not holds(tx, claim):
        return False
    finish_held(tx, [(claim, next_due_at)])
    return True


def finish_held(tx: Transaction, done: Sequence[tuple[Claim, datetime | None]]) -> None:
    """The same for claims that are held for sure: this transaction asked (`held`)."""
    over = [{"of": claim.work_id, "at_generation": claim.generation} for claim, again_at in done if again_at is None]
    again = [
        {"of": claim.work_id, "at_generation": claim.generation, "again_at": again_at}
        for claim, again_at in done
        if again_at is not None
    ]
    if over:
        tx.execute(_FORGET, over)
        tx.execute(_FREE, [{"of": one["of"]} for one in over])  # what was asked for again stands, and is free
    if again:
        tx.execute(_LOOK_AGAIN, again)


def fail(
    tx: Transaction, claim: Claim, error: str, retry_at: datetime | None, now: datetime, counted: bool = True
) -> bool:
    """The claimed work did not succeed: again at `retry_at`, or given up for people to see when that is None.

    `error` says what kind of trouble it was and carries nothing personal. What was asked for again meanwhile is not
    given up. A try that is not `counted` was none of its own fault.
    """
    if not holds(tx, claim):
        return False
    values = {"claimed_until": None, "last_error": error}
    if not counted:
        values |= {"attempts": claim.attempts - 1}
    again = work.c.generation != claim.generation
    if retry_at is not None:
        values |= {"due_at": retry_at}
    else:
        values |= {
            "dead_at": case((again, None), else_=now),
            "attempts": case((again, 0), else_=work.c.attempts),
        }
    tx.execute(update(work).where(work.c.id == claim.work_id).values(values))
    return True


def holds(tx: Transaction, claim: Claim) -> bool:
    """Whether this worker still holds its claim; on PostgreSQL the row stays locked until the transaction ends."""
    return bool(held(tx, [claim]))


def held(tx: Transaction, claims: Iterable[Claim]) -> list[Claim]:
    """Those of these claims that this worker still holds; their rows stay locked in the order of their subjects."""
    mine = {claim.work_id: claim for claim in claims}
    until = dict(tx.execute(_claimed(tx.is_postgresql), {"ids": list(mine)}).all())
    return [claim for number, claim in mine.items() if until.get(number) == claim.claimed_until]


@cache
def _claimed(on_postgresql: bool) -> Select:
    these = select(work.c.id, work.c.claimed_until).where(work.c.id.in_(bindparam("ids", expanding=True)))
    return these.order_by(_in_order(on_postgresql)).with_for_update()


def _in_order(on_postgresql: bool) -> ColumnElement[str]:
    """Rows are locked in the order in which the reader asks for work, so that two never wait for each other."""
    return work.c.subject.collate("C") if on_postgresql else work.c.subject


def bury(tx: Transaction, now: datetime, lease_now: datetime) -> int:
    """Give up what took its worker down each time: a claim that was lost after the last attempt."""
    given_up = 0
    for kind, most in MAX_ATTEMPTS.items():
        given_up += tx.execute(
            update(work)
            .where(
                work.c.kind == kind.value,
                work.c.dead_at.is_(None),
                work.c.attempts >= most,
                lost(moments(lease_now)),
            )
            .values(dead_at=now, claimed_until=None, last_error="its worker died at it each time")
        ).rowcount
    return given_up


def lock_due(
    tx: Transaction, kinds: Iterable[WorkKind], now: datetime, lease_now: datetime, limit: int, that: TextClause
) -> list[tuple[WorkKind, str, Remote]]:
    """What is due and nobody holds or is just writing to, of rows of which `that` holds, the longest due first: kind,
    subject, and whom it goes to. The rows stay locked."""
    rows = tx.execute(
        select(work.c.kind, work.c.subject, work.c.remote)
        .where(work.c.kind.in_([kind.value for kind in kinds]), free_at(now, moments(lease_now)), that)
        .order_by(work.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(WorkKind(row.kind), row.subject, Remote(row.remote)) for row in rows]


def kinds_due(tx: Transaction, kinds: Iterable[WorkKind], now: datetime, lease_now: datetime) -> list[WorkKind]:
    """Of which of these kinds anything is due that nobody holds."""
    found = tx.execute(_KINDS_DUE, {"kinds": [kind.value for kind in kinds], "now": now, **parameters(lease_now)})
    return [WorkKind(name) for name in found.scalars()]


def due_at(tx: Transaction, kind: WorkKind, subject: str) -> datetime | None:
    """When this subject is due next; None when nothing is to be done, or it was given up."""
    return tx.execute(
        select(work.c.due_at).where(work.c.kind == kind.value, work.c.subject == subject, work.c.dead_at.is_(None))
    ).scalar()


def due_times(tx: Transaction, kind: WorkKind, subjects: Iterable[str]) -> list[tuple[str, datetime, Remote]]:
    """When each of these subjects is due next and whom it goes to, in order of their names.

    Their rows stay locked on PostgreSQL.
    """
    rows = tx.execute(
        select(work.c.subject, work.c.due_at, work.c.remote)
        .where(work.c.kind == kind.value, work.c.subject.in_(list(subjects)), work.c.dead_at.is_(None))
        .order_by(_in_order(tx.is_postgresql))
        .with_for_update()
    )
    return [(row.subject, row.due_at, Remote(row.remote)) for row in rows]


def dead(tx: Transaction) -> list:
    """What was given up: rows with kind, subject, attempts, last_error and dead_at, the newest first."""
    return list(tx.execute(select(work).where(work.c.dead_at.is_not(None)).order_by(work.c.dead_at.desc())))


def lock_dead(tx: Transaction, work_id: int) -> Row | None:
    """Work that was given up, locked; None when it is not (any more)."""
    query = select(work).where(work.c.id == work_id, work.c.dead_at.is_not(None))
    return tx.execute(query.with_for_update()).first()


def oldest_due(tx: Transaction, now: datetime) -> dict[str, datetime]:
    """Since when the longest due work of each kind waits."""
    rows = tx.execute(
        select(work.c.kind, func.min(work.c.due_at))
        .where(work.c.dead_at.is_(None), work.c.due_at <= now)
        .group_by(work.c.kind)
    )
    return {row[0]: row[1] for row in rows}


def backlog(tx: Transaction, now: datetime) -> dict[str, int]:
    """How much is due now, of each kind."""
    rows = tx.execute(
        select(work.c.kind, func.count()).where(work.c.dead_at.is_(None), work.c.due_at <= now).group_by(work.c.kind)
    )
    return {kind.value: 0 for kind in WorkKind} | {row[0]: row[1] for row in rows}
