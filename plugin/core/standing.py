"""How things stand with a session for the client who looks at it, in one word; and how an offer stands for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from plugin.core.assessment import Cause, Outcome


class Standing(StrEnum):
    """What the client's page is about."""

    BEFORE = "before"
    NOTICED = "noticed"
    """Not begun, and they told us that they will miss it."""
    RUNNING = "running"
    PENDING = "pending"
    """Over, and nothing can be said yet."""
    ATTENDED = "attended"
    PARTLY = "partly"
    """There for a part, with nothing wrong."""
    TECHNICAL = "technical"
    PROVIDER = "provider"
    ABSENCE = "absence"
    EXCUSED = "excused"
    UNDETERMINED = "undetermined"
    CALLED_OFF = "called-off"


OVER = frozenset(Standing) - {Standing.BEFORE, Standing.NOTICED, Standing.RUNNING, Standing.CALLED_OFF}
"""The session is over."""


def standing(
    starts_at: datetime, ends_at: datetime, booked: bool, outcome: str | None, cause: str | None, noticed: bool,
    now: datetime,
) -> Standing:  # fmt: skip
    """The word for a session of these times, by the verdict that stands (None: none yet)."""
    if not booked or outcome == Outcome.CANCELLED:
        return Standing.CALLED_OFF
    if now < starts_at:
        return Standing.NOTICED if noticed else Standing.BEFORE
    if now < ends_at:
        return Standing.RUNNING
    return said_of(outcome, cause)


def said_of(outcome: str | None, cause: str | None) -> Standing:
    """What a verdict says to the client; missing it is theirs only where absence is proven."""
    if outcome is None:
        return Standing.PENDING
    if outcome in (Outcome.ATTENDED, Outcome.EXCUSED):
        return Standing(outcome)
    if outcome == Outcome.CANCELLED:
        return Standing.CALLED_OFF
    if cause == Cause.ABSENCE:
        said = {Outcome.PARTIAL: Standing.PARTLY, Outcome.MISSED: Standing.ABSENCE}
        return said.get(Outcome(outcome), Standing.UNDETERMINED)
    return {Cause.TECHNICAL: Standing.TECHNICAL, Cause.PROVIDER: Standing.PROVIDER}.get(cause, Standing.UNDETERMINED)


def was_corrected(earlier: Iterable[tuple[str, str, bool]], outcome: str, cause: str) -> bool:
    """Whether a final verdict, given as (outcome, cause, final), said something else before."""
    return any(final and said_of(was, why) != said_of(outcome, cause) for was, why, final in earlier)


class Choice(StrEnum):
    """How an offer of another time stands for the client."""

    NONE = "none"
    PREPARED = "prepared"
    """Times are being looked for, or wait for a person to agree."""
    ASKED = "asked"
    """They asked for other times, which are being looked for."""
    OPEN = "open"
    GONE = "gone"
    """Every time that was offered is taken or past."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    SETTLED = "settled"
    """Withdrawn or declined: nothing will come of it."""


def choice(state: str | None, wish: object, expires_at: datetime | None, free: Sequence[bool], now: datetime) -> Choice:
    """How an offer in this state stands; `free` says of each of its times whether it can still be had."""
    if state is None:
        return Choice.NONE
    if state in ("accepted", "refused", "expired"):
        return Choice(state)
    if state in ("proposed", "approved"):
        return Choice.ASKED if wish else Choice.PREPARED
    if state != "sent":
        return Choice.SETTLED
    if expires_at is not None and now >= expires_at:
        return Choice.EXPIRED
    return Choice.OPEN if any(free) else Choice.GONE
