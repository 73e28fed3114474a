"""Whether the feed can be trusted: signs in, blind intervals out. Nothing here knows where the signs come from.

A blind interval is a time in which Zoom may have told us something that we did not hear. In it silence proves nothing,
so nobody is called absent for it; see `plugin.core.heard`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from plugin.core.feed import BlindCause, BlindInterval, Expectation, FeedLimits, FeedSigns

LONGEST_SESSION = timedelta(hours=4)
"""How long before a silence a session that is still on may have begun."""
BlindSpan = tuple[BlindCause, datetime, datetime | None]
"""A blind time: its cause, from when to when, None while it goes on."""


def blind_intervals(
    signs: FeedSigns, limits: FeedLimits, now: datetime, standing: Mapping[BlindCause, datetime] | None = None
) -> tuple[BlindInterval, ...]:
    """The intervals that are open or end at this moment, at most one open for each cause.

    `standing` are those that were open already, by the moment they began: they go on until a sign ends them.
    """
    standing = standing or {}
    found = []
    for cause, look in _LOOKS.items():
        if cause not in standing:
            if opened := look(signs, limits, now):
                found.append(opened)
        else:
            begun = standing[cause]
            ended = _ended(cause, signs, limits, begun)
            found.append(BlindInterval(cause, begun, max(ended, begun) if ended else None, ""))
    missed = _missed_while_away(signs, limits) or _nobody_listened(signs, now)
    if missed and BlindCause.SILENCE not in standing and not any(i.cause is BlindCause.SILENCE for i in found):
        found.append(missed)
    for cause, (begun, ended) in signs.missed.items():
        if cause not in standing and not any(i.cause is cause for i in found):
            found.append(BlindInterval(cause, begun, ended, _SEEN_AFTERWARDS[cause]))
    return tuple(found)


def silences(
    heard: Sequence[float], meetings: Sequence[datetime],
    look: Callable[[datetime, datetime, datetime], Iterable[Expectation]], limits: FeedLimits, now: datetime,
) -> tuple[tuple[datetime, datetime], ...]:  # fmt: skip
    """Where a recording is silent though meetings should have been heard, as a watch would have noticed at the time.

    `heard` are the sorted moments at which anything happened, in seconds since 1970, and `meetings` the sorted starts
    of all that was scheduled; `look` tells of those that begin between two moments, and what was heard of those that
    go on beyond a third one: of the others it does not matter. Zoom's repetitions tell of what happened when it could
    not be delivered, so a time that they brought back is no silence.
    """
    found = []
    for begin, end in _pauses(heard, limits.silence.total_seconds(), now):
        first, last = (bisect_left(meetings, moment) for moment in (begin - LONGEST_SESSION, end))
        if last - first >= limits.silence_meetings:
            silent = _silent_until(look(begin - LONGEST_SESSION, end, begin), begin, limits, end, end)
            if silent is not None:
                found.append((silent.from_at, end))
    return tuple(found)


def _pauses(heard: Sequence[float], least: float, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From when to when nothing happened for so many seconds, after it was heard at all."""
    place = 0
    while place < len(heard):
        after = bisect_left(heard, heard[place] + least)  # what lies within reach needs not be looked at one by one
        if after > place + 1:
            place = after - 1
            continue
        begin = datetime.fromtimestamp(heard[place], UTC)
        end = datetime.fromtimestamp(heard[after], UTC) if after < len(heard) else now
        if end - begin >= timedelta(seconds=least):
            yield begin, end
        place = after


def warnings(signs: FeedSigns, limits: FeedLimits, now: datetime) -> tuple[str, ...]:
    """What is not blindness yet but will be when nobody does anything, in sentences."""
    told = []
    if signs.refused_validations.times >= limits.validations_warn:
        told.append(
            f"Zoom's validation of our address failed {signs.refused_validations.times} times in a row; "
            f"after {limits.validations_failed} Zoom stops sending."
        )
    if signs.validated_at is not None and now - signs.validated_at > limits.validation_due:
        told.append("Zoom has not validated our address for longer than it should: is the subscription still active?")
    return tuple(told)


def healed_by_retries(
    blind: BlindSpan, others: Iterable[BlindSpan], late: bool, limits: FeedLimits, now: datetime
) -> bool:
    """Whether Zoom's own repetitions have brought what was missed in an interval of silence.

    Zoom repeats what it could not deliver for a while (`retry_reach`), the last time after `retry_gap`. So a shorter
    interval is whole again when repetitions did come (`late`) and no more are due. When one of the `others` begins
    while they still are, repetitions may have been missed in it as well: the two are one interval. With one that goes
    on, or in which deliveries were refused, it is never whole, since Zoom repeats nothing that was refused.
    """
    _, begun, ended = blind
    for cause, begins, ends in sorted(others, key=lambda one: one[1]):
        if ended is not None and begun <= begins <= ended + limits.retry_gap:
            ended = None if cause is not BlindCause.SILENCE or ends is None else max(ended, ends)
    return late and ended is not None and ended - begun <= limits.retry_reach and now >= ended + limits.retry_gap


def _silence(signs: FeedSigns, limits: FeedLimits, now: datetime) -> BlindInterval | None:
    return _silent_until(signs.expected, signs.last_heard_at, limits, now, None)


def _missed_while_away(signs: FeedSigns, limits: FeedLimits) -> BlindInterval | None:
    if signs.woke is None:
        return None
    heard_before, heard_again = signs.woke
    return _silent_until(signs.expected, heard_before, limits, heard_again, heard_again)


def _nobody_listened(signs: FeedSigns, now: datetime) -> BlindInterval | None:
    """The time in which the service itself did not run, if any session was on.

    To be silent takes several sessions of which nothing is heard; to hear nothing when nobody listens, none.
    """
    if signs.away is None:
        return None
    begun, ended = signs.away
    if not any(one.starts_at < (ended or now) and one.ends_at > begun for one in signs.expected):
        return None
    why = "Nobody looked at the feed, and nothing arrived: the service was not running."
    return BlindInterval(BlindCause.SILENCE, begun, ended, why)


def _silent_until(
    expected: Iterable[Expectation], heard_at: datetime | None, limits: FeedLimits, at: datetime, to_at: datetime | None
) -> BlindInterval | None:
    """The silence before `at`: nothing at all for long enough, though enough scheduled meetings had begun."""
    if heard_at is not None and at - heard_at < limits.silence:
        return None
    meetings = sorted(expected, key=lambda one: one.starts_at)
    silent = [
        one
        for one in meetings
        if one.starts_at + limits.silence <= at
        and (heard_at is None or one.ends_at > heard_at)
        and (one.heard_at is None or one.heard_at >= at)
    ]
    if len(silent) < limits.silence_meetings:
        return None
    # Sessions that follow one another closely are one busy time: the silence began when it was last heard of.
    begun = silent[0].starts_at
    for one in reversed([one for one in meetings if one.starts_at <= begun]):
        if one.ends_at + limits.silence >= begun:
            begun = min(begun, one.starts_at)
    begun = begun if heard_at is None else max(begun, heard_at)
    why = f"Nothing at all was heard from Zoom, though {len(silent)} scheduled meetings should have begun."
    return BlindInterval(BlindCause.SILENCE, begun, to_at, why)


def _signature(signs: FeedSigns, limits: FeedLimits, now: datetime) -> BlindInterval | None:
    row = signs.forged
    if row.times < limits.signature_failures or row.first_at is None or row.last_at is None:
        return None
    if row.last_at - row.first_at < limits.signature_span:
        return None
    why = f"{row.times} deliveries in a row had no valid signature: is REJOIN_ZOOM_WEBHOOK_SECRETS the app's?"
    return BlindInterval(BlindCause.SIGNATURE, row.first_at, None, why)


def _clock(signs: FeedSigns, limits: FeedLimits, now: datetime) -> BlindInterval | None:
    skew = signs.skew
    if skew is None or skew.deliveries < limits.skew_deliveries or abs(skew.ahead) <= limits.skew:
        return None
    seconds = int(abs(skew.ahead).total_seconds())
    side = "ahead of" if skew.ahead > timedelta() else "behind"
    why = f"Our clock is {seconds} s {side} Zoom's: synchronise the clock of this machine."
    return BlindInterval(BlindCause.CLOCK, skew.first_at, None, why)


def _validation(signs: FeedSigns, limits: FeedLimits, now: datetime) -> BlindInterval | None:
    row = signs.refused_validations
    if row.times < limits.validations_failed or row.last_at is None:
        return None
    if signs.last_heard_at is not None and signs.last_heard_at > row.last_at:
        return None
    why = f"Zoom's validation of our address failed {row.times} times in a row, so Zoom has stopped sending."
    return BlindInterval(BlindCause.VALIDATION, row.last_at, None, why)


def _deauthorized(signs: FeedSigns, limits: FeedLimits, now: datetime) -> BlindInterval | None:
    if signs.deauthorized_at is None or signs.heard_after_deauthorization_at is not None:
        return None
    why = "The Zoom app was removed from the account: nothing is sent until it is added again."
    return BlindInterval(BlindCause.DEAUTHORIZED, signs.deauthorized_at, None, why)


def _ended(cause: BlindCause, signs: FeedSigns, limits: FeedLimits, begun: datetime) -> datetime | None:
    """When an interval that stood open ended, None while it goes on."""
    if cause is BlindCause.CLOCK:
        skew = signs.skew
        good = skew is not None and abs(skew.ahead) <= limits.skew and skew.deliveries >= limits.skew_deliveries
        return skew.last_at if skew is not None and good else None
    ends = [signs.resumed_at.get(cause)]
    if cause in (BlindCause.VALIDATION, BlindCause.SIGNATURE) and signs.validated_at and signs.validated_at > begun:
        ends.append(signs.validated_at)
    return min((end for end in ends if end is not None), default=None)


_SEEN_AFTERWARDS = {
    BlindCause.SIGNATURE: "Deliveries had no valid signature for a time, and nobody looked at the feed meanwhile.",
    BlindCause.DEAUTHORIZED: "The Zoom app was removed from the account, and added again.",
}
_LOOKS = {
    BlindCause.SILENCE: _silence,
    BlindCause.SIGNATURE: _signature,
    BlindCause.CLOCK: _clock,
    BlindCause.VALIDATION: _validation,
    BlindCause.DEAUTHORIZED: _deauthorized,
}
