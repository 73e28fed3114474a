"""What goes out: chosen one at a time before each remote, the urgent first, then by turns among the programs.

The order: a lower rank before a higher one (a client's message while the session runs before anything else); within a
rank the program that was served longest ago; within a program what is due longest. So a program with a thousand
actions delays another one's only by one. The remote's row is the lock under which the next is chosen, so several
processes keep one order and one pace. A remote that is away is left alone for a while, and then tried with one action.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, bindparam, exists, func, not_, select, update

from plugin.ports.queue import Claim, Lane, Remote, WorkKind
from plugin.ports.retry import pause
from plugin.storage import work as rows
from plugin.storage import worker
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert, insert_once
from plugin.storage.tables import lane, remote, work

_DUE = and_(
    work.c.kind == WorkKind.ACT.value,
    work.c.remote == bindparam("name"),
    rows.free_at(bindparam("now"), worker.PARAMETERS),
)
_PAUSED = exists().where(remote.c.name == bindparam("name"), remote.c.paused_until > bindparam("now"))
_READY = select(and_(exists().where(_DUE), not_(_PAUSED)))
_RANK = select(work.c.rank).where(_DUE).order_by(work.c.rank).limit(1)
_OF_RANK = and_(_DUE, work.c.rank == bindparam("at_rank"))
_PROGRAM = (
    select(lane.c.program_id)
    .where(lane.c.remote == bindparam("name"), exists().where(_OF_RANK, work.c.program_id == lane.c.program_id))
    .order_by(lane.c.turn, lane.c.program_id)
    .limit(1)
)
_LONGEST_DUE = (
    select(work.c.id)
    .where(_OF_RANK, work.c.program_id == bindparam("of_program"))
    .order_by(work.c.due_at, work.c.id)
    .limit(1)
    .scalar_subquery()
)
_CLAIM = (
    update(work)
    .where(work.c.id == _LONGEST_DUE)
    .values(claimed_until=bindparam("until"), claimed_by=bindparam("by"), attempts=work.c.attempts + 1)
    .returning(work)
)
_LET_GO = (
    update(remote)
    .where(remote.c.name == bindparam("of"))
    .values(turn=bindparam("new_turn"), free_at=bindparam("free"), paused_until=bindparam("paused"))
)
_SERVED = (
    update(lane)
    .where(lane.c.remote == bindparam("of"), lane.c.program_id == bindparam("of_program"))
    .values(turn=bindparam("new_turn"))
)
_STATE = select(remote).where(remote.c.name == bindparam("name")).with_for_update()


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing may go out now; `wait` is how long until the pace allows it, in the machine's time."""

    wait: timedelta


def request(tx: Transaction, kind: WorkKind, subject: str, due_at: datetime, place: Lane) -> None:
    """Ask for work; an action gets its place in the line of its program before its remote."""
    rows.request(tx, kind, subject, due_at, place)
    if kind is WorkKind.ACT:
        once = insert_once(tx, lane, "remote", "program_id")
        tx.execute(once, {"remote": place.remote.value, "program_id": place.program_id})


def ready(tx: Transaction, name: Remote, now: datetime, lease_now: datetime) -> bool:
    """Whether anything is due for this remote and the remote is not left alone just now; a look, no promise."""
    return bool(tx.execute(_READY, {"name": name.value, "now": now, **worker.parameters(lease_now)}).scalar())


def claim_next(
    tx: Transaction, name: Remote, per_second: float, now: datetime, lease_now: datetime, who: str | None = None
) -> Claim | Later | None:
    """Claim for worker `who` the action that goes to this remote next; None when none is due, Later when it must rest.

    `per_second` is the pace it bears; 0 is no limit.
    """
    state = _locked(tx, name)
    if state.paused_until is not None and state.paused_until > now:
        return Later(state.paused_until - now)
    if state.free_at is not None and per_second and state.free_at > lease_now:
        return Later(state.free_at - lease_now)
    place = {"name": name.value, "now": now, **worker.parameters(lease_now)}
    place["at_rank"] = tx.execute(_RANK, place).scalar()
    place["of_program"] = tx.execute(_PROGRAM, place).scalar()
    row = tx.execute(_CLAIM, place | {"until": lease_now + rows.LEASE, "by": who}).first()
    if row is None:
        return None
    free_at = max(state.free_at or lease_now, lease_now) + timedelta(seconds=1 / per_second) if per_second else None
    # While it is away one action finds out whether it is back; the others wait for what that one finds.
    paused_until = now + pause(state.failures) if state.failures else None
    turn = {"new_turn": state.turn + 1}
    tx.execute(_LET_GO, turn | {"of": name.value, "free": free_at, "paused": paused_until})
    tx.execute(_SERVED, turn | {"of": name.value, "of_program": row.program_id})
    return rows.claim_of(row)


def reached(tx: Transaction, name: Remote) -> None:
    """The remote took something: whatever ailed it is over."""
    tx.execute(
        update(remote)
        .where(remote.c.name == name.value, remote.c.failures > 0)
        .values(failures=0, paused_until=None, away_since=None, error=None)
    )


def away(tx: Transaction, name: Remote, error: str, wish: timedelta | None, now: datetime) -> datetime:
    """The remote as a whole did not take anything: it is left alone until the moment returned, or as it wished."""
    state = _locked(tx, name)
    until = now + max(pause(state.failures + 1), wish or timedelta())
    tx.execute(
        update(remote)
        .where(remote.c.name == name.value)
        .values(failures=state.failures + 1, paused_until=until, away_since=state.away_since or now, error=error)
    )
    return until


def waiting(tx: Transaction, now: datetime) -> Sequence[Row]:
    """How much waits to go out to each remote: rows with remote, number, and since when the oldest is due."""
    return tx.execute(
        select(work.c.remote, func.count().label("number"), func.min(work.c.due_at).label("oldest_at"))
        .where(work.c.kind == WorkKind.ACT.value, work.c.dead_at.is_(None), work.c.due_at <= now)
        .group_by(work.c.remote)
        .order_by(work.c.remote)
    ).all()


def absent(tx: Transaction) -> Sequence[Row]:
    """The remotes that are away now: rows with name, failures in a row, away_since, paused_until and error."""
    return tx.execute(select(remote).where(remote.c.failures > 0).order_by(remote.c.name)).all()


def _locked(tx: Transaction, name: Remote) -> Row:
    state = tx.execute(_STATE, {"name": name.value}).first()
    if state is None:
        tx.execute(insert(tx, remote).values(name=name.value).on_conflict_do_nothing(index_elements=[remote.c.name]))
        state = tx.execute(_STATE, {"name": name.value}).one()
    return state
