"""An offer of another time, step by step: which state follows from which, and when somebody must look again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.slot import Slot


class OfferState(StrEnum):
    """How an offer stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class OfferStep(StrEnum):
    """What can happen to an offer; the table below says what it leads to, and that nothing else can happen."""

    CHANGE = "change"
    APPROVE = "approve"
    DECLINE = "decline"
    SEND = "send"
    COME_BACK = "come-back"
    PICK = "pick"
    REFUSE = "refuse"
    ASK = "ask"
    RUN_OUT = "run-out"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take-back"
    PROPOSE = "propose"
    RENEW = "renew"


_S, _D = OfferState, OfferStep
TRANSITIONS: dict[tuple[OfferState, OfferStep], OfferState] = {
    (_S.PROPOSED, _D.CHANGE): _S.PROPOSED,
    (_S.PROPOSED, _D.ASK): _S.PROPOSED,
    (_S.PROPOSED, _D.APPROVE): _S.APPROVED,
    (_S.PROPOSED, _D.DECLINE): _S.DECLINED,
    (_S.PROPOSED, _D.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _D.SEND): _S.SENT,
    (_S.APPROVED, _D.RUN_OUT): _S.PROPOSED,
    (_S.APPROVED, _D.COME_BACK): _S.PROPOSED,
    (_S.APPROVED, _D.WITHDRAW): _S.WITHDRAWN,
    (_S.SENT, _D.PICK): _S.ACCEPTED,
    (_S.SENT, _D.REFUSE): _S.REFUSED,
    (_S.SENT, _D.ASK): _S.PROPOSED,
    (_S.SENT, _D.RUN_OUT): _S.PROPOSED,
    (_S.SENT, _D.EXPIRE): _S.EXPIRED,
    (_S.SENT, _D.WITHDRAW): _S.WITHDRAWN,
    (_S.SENT, _D.TAKE_BACK): _S.WITHDRAWN,
    (_S.DECLINED, _D.RENEW): _S.PROPOSED,
    (_S.REFUSED, _D.RENEW): _S.PROPOSED,
    (_S.EXPIRED, _D.RENEW): _S.PROPOSED,
    (_S.WITHDRAWN, _D.PROPOSE): _S.PROPOSED,
}
HOLDS = frozenset({_S.PROPOSED, _S.APPROVED, _S.SENT, _S.ACCEPTED})
"""In these states an offer may keep times for its client; leaving them gives every time back."""


def next_state(state: str, step: OfferStep) -> OfferState | None:
    """The state that a step leads to; None when it cannot happen in this state."""
    return TRANSITIONS.get((OfferState(state), step))


def next_offer_look(
    state: str, expires_at: datetime | None, slots: Iterable[Slot], now: datetime, round_: timedelta
) -> datetime | None:
    """When an offer must be looked at again; None when nothing can come of it by itself.

    A sent one when it expires and when its last time begins; both a sent and a proposed one every `round_`, since
    somebody else may get its times, or times may become free for it.
    """
    if state not in (OfferState.PROPOSED, OfferState.SENT):
        return None
    moments = [now + round_]
    if state == OfferState.SENT:
        moments += [at for at in (expires_at, max((slot.starts_at for slot in slots), default=None)) if at]
    return min(at for at in moments if at > now)
