"""Rules about how the session went for a person: gone for no reason we can read, late, never let in, early,
interrupted, what they told us."""

from __future__ import annotations

from datetime import datetime

from plugin.core.arrival import came_unheard
from plugin.core.assessment import Cause, Confidence, Flag
from plugin.core.attempt import short_tries
from plugin.core.case import Case
from plugin.core.departure import Departure
from plugin.core.event import NOT_CHOSEN, EventKind
from plugin.core.facet import Has
from plugin.core.rules.rule import Answer, deliveries_of, rule
from plugin.core.wording import in_words, sentence

_WAITED_AGAIN = "They came back and waited to be let in."


@rule(
    "reason-not-understood",
    Has.UNEXPLAINED,
    "They were not away after an end whose reason we cannot read.",
    cause=Cause.TECHNICAL,
)
def reason_not_understood(case: Case) -> Answer | None:
    """A connection ended for a reason that we cannot read, so it is not held against the person."""
    odd = [d for d in case.departures if d.unexplained and case.gap_at(d.at)]
    if not odd:
        return None
    spans = case.gaps(odd)
    return Answer(
        True,
        f"A connection ended at {case.at(odd[0].at)} without a known reason.",
        deliveries_of(odd),
        spans,
        Confidence.LOW,
    )


@rule("late", Has.ARRIVED_LATE, "They were not seen arriving late.", flag=Flag.LATE)
def late(case: Case) -> Answer:
    """The person arrived after the scheduled start and the grace; waiting counts as arriving."""
    arrived = case.arrived_at  # too late, or `Has.ARRIVED_LATE` would not be there
    if any(piece.inferred_start and piece.begin == arrived for piece in case.attendance.pieces):
        return Answer(False, "Their arrival was not delivered; they may have been there before.")
    if before := came_unheard(case):
        return Answer(False, sentence(before))
    return Answer(
        True,
        f"They arrived at {case.at(arrived)}, {in_words(arrived - case.room.appointment.starts_at)} after the start.",
        case.told_at([arrived]),
    )


@rule(
    "never-admitted",
    Has.WAITED,
    "They were let in, or did not wait.",
    flag=Flag.NEVER_ADMITTED,
    cause=Cause.PROVIDER,
)
def never_admitted(case: Case) -> Answer | None:
    """The person waited and was never let in."""
    if case.was_inside() or case.was_admitted():
        return None
    waited = case.mine(case.attendance.waiting)
    if not waited:
        return None
    if case.waiting_now():
        return Answer(False, "They are waiting now.")
    if waited[0][0] > case.room.appointment.ends_at:
        return Answer(False, "They came to wait when it was over.")
    yet, since = "were never seen inside" if case.room.over else "are not seen inside yet", case.at(waited[0][0])
    gone = bool(case.room.held) and waited[0][0] >= case.room.held[-1][1]
    return Answer(
        True,
        f"They waited from {since}{', when the clinician had gone,' if gone else ''} and {yet}.",
        case.told_at(moment for wait in waited for moment in wait),
        case.lost,  # they came and were never let in: what nothing broke is not theirs
        Confidence.MEDIUM,  # how sure it is that somebody kept them waiting, `kept-waiting` says
    )


@rule("left-early", Has.WENT, "They did not leave early by themselves.", flag=Flag.LEFT_EARLY)
def left_early(case: Case) -> Answer | None:
    """The person left by themselves before the end of the held time and did not come back."""
    held_end = case.room.held[-1][1] if case.room.held else None
    gone = _last_departure(case, held_end)
    if gone is None or gone.put_back or gone.reason in NOT_CHOSEN or gone.drop or gone.near_end:
        return None
    if held_end is None:
        return Answer(False, "Nobody held the session, so nobody left it early.")
    going_on = not case.room.over and held_end == case.room.until
    if case.waits_again(gone):
        return Answer(False, _WAITED_AGAIN)
    if any(gone.at == end for _, end in short_tries(case)):
        return Answer(False, "Their connections broke off within moments.")
    left = f"They left at {case.at(gone.at)}"
    if gone.at >= held_end - case.room.thresholds.arrive_grace:
        if going_on:
            return Answer(False, f"{left}; it is too early to say whether for good.")
        return Answer(False, "They stayed until the end, within the grace.")
    end = "the end" if case.room.over else "the clinician left"
    when = " and are not back." if going_on else f", {in_words(held_end - gone.at)} before {end}."
    return Answer(True, left + when, gone.events)


@rule(
    "interrupted",
    Has.BROKE_OFF | Has.CAME_STRAIGHT_BACK,
    "They did not drop out and come back.",
    flag=Flag.INTERRUPTED,
)
def interrupted(case: Case) -> Answer | None:
    """The person dropped out and came back, be it only to wait to be let in."""
    back = [(d, at) for d in case.drops() if (at := case.back_in_time(d) or case.waits_again(d)) is not None]
    if not back:
        return None
    first = case.at(back[0][0].at)
    told = f"They dropped out at {first} and came back"
    if len(back) > 1:
        told = f"They dropped out and came back {len(back)} times, first at {first}"
    told += (
        "."
        if case.back_in_time(back[-1][0])
        else ", the last time only to wait."
        if len(back) > 1
        else ", only to wait."
    )
    events = {*deliveries_of([d for d, _ in back]), *case.told_at(at for _, at in back)}
    return Answer(True, told, tuple(sorted(events)))


@rule("dropped", Has.BROKE_OFF, "They did not drop out for good.", flag=Flag.DROPPED)
def dropped(case: Case) -> Answer | None:
    """The person dropped out and did not come back."""
    gone = _last_departure(case)
    if gone is None or not gone.abnormal:
        return None
    if not case.room.over and case.room.horizon.now - gone.at < case.room.thresholds.drop_grace:
        return Answer(False, f"They dropped out at {case.at(gone.at)}; it is too early to say whether for good.")
    if case.waits_again(gone):
        return Answer(False, _WAITED_AGAIN)
    # A clinician takes the held time along: what was left then is what was scheduled.
    session = case.room.appointment
    leading = case.person in session.leaders() and gone.at < session.ends_at
    if not case.gap_at(gone.at) and not leading:
        return Answer(False, "Nothing of the session was left when they dropped out.")
    yet = "are not back"
    if case.room.over:
        yet = "did not come back before it was over" if gone.back_at else "did not come back"
    return Answer(True, f"They dropped out at {case.at(gone.at)} and {yet}.", gone.events)


@rule("notice-given", Has.TOLD, "No notice was given before the start.", flag=Flag.NOTICE_GIVEN)
def notice_given(case: Case) -> Answer | None:
    """The person told us before the start that they would miss the session."""
    told = case.told_of(EventKind.NOTICE_GIVEN)
    notices = [e for e in told if e.at < case.room.appointment.starts_at]
    if told and not notices:
        return Answer(False, f"Notice was given at {case.at(told[0].at)}, when it had begun.")
    if not notices:
        return None
    return Answer(
        True, f"Notice was given at {case.at(notices[0].at)}, before the start.", tuple(e.delivery for e in notices)
    )


@rule("presence-claimed", Has.TOLD, "They did not tell us that they were there.")
def presence_claimed(case: Case) -> Answer | None:
    """The person told us that they were there."""
    claims = case.told_of(EventKind.PRESENCE_CLAIMED)
    if not claims:
        return None
    return Answer(
        True, f"They told us at {case.at(claims[0].at)} that they were there.", tuple(e.delivery for e in claims)
    )


def _last_departure(case: Case, held_end: datetime | None = None) -> Departure | None:
    """Their last one, when they did not come back before the session was over, or the clinician had gone for good."""
    over = case.room.appointment.ends_at if held_end is None else held_end
    # There is one, or nothing of `Has` that tells of departures would be there.
    last = ([gone for gone in case.departures if gone.at < over] or case.departures)[-1]
    return last if last.back_at is None or last.back_at >= over else None
