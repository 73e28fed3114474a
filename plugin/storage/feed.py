"""What receivers saw of the feed, and what was heard of the meetings that should have been heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, delete, func, or_, select, true

from plugin.core.event import EventKind
from plugin.core.feed import BlindCause, Expectation, Failures, FeedLimits, FeedSigns, Skew
from plugin.storage.database import Transaction
from plugin.storage.delivery import BODY
from plugin.storage.identity import identify
from plugin.storage.insertion import insert
from plugin.storage.tables import appointment, blind_interval, delivery, feed_sign

DELIVERY, FORGED, VALIDATED, REFUSED_VALIDATION, SKEW = "delivery", "forged", "validated", "refused-validation", "skew"
BACKFILL = "backfill"
EARLY = timedelta(hours=1)
"""People come to a meeting that much before it begins."""
BACK = timedelta(hours=24)
"""How far back scheduled meetings are looked at."""
REPEATED_AFTER = timedelta(minutes=4)
"""What arrives so late was repeated: Zoom does it first after five minutes, and is seldom late by more than two."""
KEPT = timedelta(days=60)
MOST_MEETINGS = 5000
# What Zoom itself delivered: no evidence of our own, nothing that was fetched afterwards.
_LIVE = and_(
    delivery.c.state.in_(("read", "ignored")),
    delivery.c.came_by.is_(None),
    or_(delivery.c.event.is_(None), delivery.c.event.not_like("rejoin.%")),
)


@dataclass(frozen=True, slots=True)
class Sign:
    """What one receiver saw of one kind, as it stands now; `ahead` only for skew."""

    kind: str
    times: int
    first_at: datetime
    last_at: datetime
    ahead: timedelta | None = None


def note(tx: Transaction, source: str, signs: Iterable[Sign]) -> None:
    """Renew the rows of one receiver."""
    for sign in signs:
        values = {
            "times": sign.times,
            "first_at": sign.first_at,
            "last_at": sign.last_at,
            "ahead_ms": None if sign.ahead is None else round(sign.ahead / timedelta(milliseconds=1)),
        }
        tx.execute(
            insert(tx, feed_sign)
            .values(source=source, kind=sign.kind, **values)
            .on_conflict_do_update(index_elements=[feed_sign.c.source, feed_sign.c.kind], set_=values)
        )


def forget_old(tx: Transaction, now: datetime) -> None:
    """Drop what receivers that are long gone saw."""
    tx.execute(delete(feed_sign).where(feed_sign.c.last_at < now - KEPT))


def signs(
    tx: Transaction,
    limits: FeedLimits,
    now: datetime,
    standing: Mapping[BlindCause, datetime],
    looked_at: datetime | None = None,
) -> FeedSigns:
    """The signs as they stand: rows of receivers, the inbox, and the roster of the last hours.

    `standing` are the intervals that are open; `looked_at` is when somebody looked last.
    """
    rows: dict[str, list[Row]] = {}
    for row in tx.execute(select(feed_sign).where(feed_sign.c.last_at <= now + BACK)):
        rows.setdefault(row.kind, []).append(row)
    validated_at = _newest(rows.get(VALIDATED))
    last_heard_at = _latest(_newest(rows.get(DELIVERY)), _last_live(tx))
    authentic_at = _latest(last_heard_at, validated_at)
    stopped_at, stopped = _stopped(tx, now)
    woke = away = None
    back_at = _first_live(tx, stopped_at + limits.settle, stopped) if stopped_at else None
    missed = _missed_stop(tx, stopped_at, back_at)
    before = looked_at - limits.check if looked_at else now  # it was due a while after the last look
    if looked_at and now - before >= limits.silence:
        again = _first_live(tx, looked_at)
        woke = (_last_live(tx, looked_at), again) if again else None
        away = (before, again) if (again or now) - before >= limits.silence else None
        missed |= _missed_failures(rows.get(FORGED), limits, looked_at)
    return FeedSigns(
        last_heard_at=last_heard_at,
        expected=_expected(tx, limits, now, _earliest(last_heard_at, woke[0] if woke else None, away and away[0])),
        forged=_in_a_row(rows.get(FORGED), authentic_at),
        refused_validations=_in_a_row(rows.get(REFUSED_VALIDATION), validated_at),
        validated_at=validated_at,
        skew=_skew(rows.get(SKEW), limits, now),
        deauthorized_at=stopped_at,
        heard_after_deauthorization_at=back_at,
        resumed_at=_resumed(tx, limits, standing, stopped),
        woke=woke,
        away=away,
        missed=missed,
    )


def _missed_stop(tx: Transaction, stopped_at: datetime | None, back_at: datetime | None) -> dict:
    """That the app was removed and is back, when it was so before anybody could see it."""
    if stopped_at is None or back_at is None:
        return {}
    # One that began earlier is known too: the app was removed again before it was back.
    lasted = or_(blind_interval.c.to_at.is_(None), blind_interval.c.to_at >= stopped_at)
    known = select(blind_interval.c.id).where(blind_interval.c.cause == BlindCause.DEAUTHORIZED.value, lasted)
    return {} if tx.execute(known.limit(1)).first() else {BlindCause.DEAUTHORIZED: (stopped_at, back_at)}


def _missed_failures(rows: Sequence[Row] | None, limits: FeedLimits, looked_at: datetime) -> dict:
    """The failures in a row that were over before anybody looked: a receiver keeps when the last ones were."""
    lately = [row for row in rows or () if row.last_at > looked_at]
    long = [(row.first_at, row.last_at) for row in lately if row.last_at - row.first_at >= limits.signature_span]
    return {BlindCause.SIGNATURE: (min(long)[0], max(last for _, last in long))} if long else {}


def _resumed(tx: Transaction, limits: FeedLimits, standing: Mapping[BlindCause, datetime], stopped: str) -> dict:
    found = {}
    for cause, begun in standing.items():
        gone = cause is BlindCause.DEAUTHORIZED
        if heard := _first_live(tx, begun + limits.settle, stopped) if gone else _first_live(tx, begun):
            found[cause] = heard
    return found


def _newest(rows: Sequence[Row] | None) -> datetime | None:
    return max((row.last_at for row in rows or ()), default=None)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((at for at in moments if at is not None), default=None)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((at for at in moments if at is not None), default=None)


def _in_a_row(rows: Sequence[Row] | None, good_at: datetime | None) -> Failures:
    """Failures that no receiver saw anything good after; each receiver counts from its own last good one."""
    since = [row for row in rows or () if row.times and (good_at is None or row.last_at > good_at)]
    if not since:
        return Failures()
    first = min(row.first_at for row in since)
    return Failures(
        sum(row.times for row in since),
        first if good_at is None else max(first, good_at),
        max(row.last_at for row in since),
    )


def _skew(rows: Sequence[Row] | None, limits: FeedLimits, now: datetime) -> Skew | None:
    """The worst of the receivers that measured lately, for each may run on a machine of its own."""
    lately = [row for row in rows or () if abs(now - row.last_at) <= limits.skew_window]
    enough = [row for row in lately if row.times >= limits.skew_deliveries] or lately
    if not enough:
        return None
    row = max(enough, key=lambda one: abs(one.ahead_ms))
    return Skew(timedelta(milliseconds=row.ahead_ms), row.times, row.first_at, row.last_at)


def _last_live(tx: Transaction, until: datetime | None = None) -> datetime | None:
    """When Zoom delivered something last; ids grow with arrival, so this looks from the end."""
    query = select(delivery.c.received_at).where(_LIVE).order_by(delivery.c.id.desc()).limit(1)
    return tx.execute(query if until is None else query.where(delivery.c.received_at <= until)).scalar()


def _first_live(tx: Transaction, after: datetime, account_id: str = "") -> datetime | None:
    """When Zoom delivered something of an account ("": any) first after a moment; a farewell of the app itself is no
    sign of life."""
    whose = func.coalesce(delivery.c.account_id, "").in_(("", account_id)) if account_id else true()
    # What it tells of is at most a day old: an index finds that, none finds the arrival.
    return tx.execute(
        select(func.min(delivery.c.received_at)).where(
            _LIVE,
            delivery.c.at > after - BACK,
            delivery.c.received_at > after,
            delivery.c.kind != EventKind.FEED_STOPPED.value,
            whose,
        )
    ).scalar()


def _stopped(tx: Transaction, now: datetime) -> tuple[datetime | None, str]:
    """When the app was removed last, and from which account ("" when that was not told)."""
    row = tx.execute(
        select(delivery.c.at, delivery.c.account_id)
        .where(_LIVE, delivery.c.at > now - KEPT, delivery.c.kind == EventKind.FEED_STOPPED.value)
        .order_by(delivery.c.at.desc())
        .limit(1)
    ).first()
    return (row.at, row.account_id or "") if row else (None, "")


def _expected(tx: Transaction, limits: FeedLimits, now: datetime, heard_at: datetime | None) -> tuple[Expectation, ...]:
    """The meetings of the last hours that should have begun, with when the first of them arrived."""
    since = now - BACK if heard_at is None else max(heard_at - EARLY * 4, now - BACK)
    sessions = tx.execute(
        select(appointment.c.meeting_id, appointment.c.starts_at, func.max(appointment.c.ends_at).label("ends_at"))
        .where(
            appointment.c.starts_at <= now - limits.silence,
            appointment.c.starts_at > since,
            appointment.c.status == "booked",
        )
        # A group may have an appointment for each of its members: one room that nobody opened proves nothing.
        .group_by(appointment.c.meeting_id, appointment.c.starts_at)
        .order_by(appointment.c.starts_at)
        .limit(MOST_MEETINGS)
    ).all()
    if not sessions:
        return ()
    arrivals: dict[str, list[Row]] = {}
    heard = select(delivery.c.meeting_id, delivery.c.at, delivery.c.received_at).where(
        _LIVE, delivery.c.at >= sessions[0].starts_at - EARLY, delivery.c.meeting_id != ""
    )
    for row in tx.execute(heard.order_by(delivery.c.at).limit(20_000)):
        arrivals.setdefault(row.meeting_id, []).append(row)
    return tuple(
        Expectation(
            one.starts_at,
            one.ends_at,
            min(
                (r.received_at for r in arrivals.get(one.meeting_id, ()) if r.at >= one.starts_at - EARLY),
                default=None,
            ),
        )
        for one in sessions
    )


def late_between(tx: Transaction, from_at: datetime, to_at: datetime) -> bool:
    """Whether Zoom's own repetitions brought something of this time after it.

    What happened just before its end, and arrived as usual, is no repetition.
    """
    of_then = delivery.c.at.between(from_at, to_at - REPEATED_AFTER)
    query = select(delivery.c.id).where(_LIVE, of_then, delivery.c.received_at >= to_at)
    return tx.execute(query.limit(1)).first() is not None


def store_found(tx: Transaction, found: Sequence[tuple[str | None, bytes]], now: datetime) -> int:
    """Put deliveries from Zoom's log into the inbox, each once by request id and by body; returns how many were new."""
    new = 0
    for request_id, body in found:
        row = tx.execute(
            insert(tx, delivery)
            .values(
                **identify(body, request_id)._asdict(),
                received_at=now,
                body_sealed=tx.vault.seal(BODY, body),
                state="new",
                came_by=BACKFILL,
            )
            .on_conflict_do_nothing()
            .returning(delivery.c.id)
        ).first()
        new += row is not None
    return new
