"""Rules about the program's doing: not let in, removed, the meeting ended under them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plugin.core.assessment import Cause, Confidence, Flag
from plugin.core.attempt import JOINING, clicks_in_vain, short_tries
from plugin.core.case import Case
from plugin.core.departure import Departure
from plugin.core.event import EventKind, LeaveReason
from plugin.core.facet import Has
from plugin.core.heard import unheard_at
from plugin.core.interval import Spans, intersect, length, union, within
from plugin.core.rules.rule import Answer, deliveries_of, rule
from plugin.core.visit import SWITCH
from plugin.core.waiting import GOING_IN
from plugin.core.wording import in_words

_REMOVED = LeaveReason.REMOVED
_ZOOM_SAYS = {
    LeaveReason.MEETING_OVER: "the host ended the meeting",
    LeaveReason.TIME_LIMIT: "the time limit of the meeting was reached",
    LeaveReason.NO_HOST: "the host of the meeting did not join",
}
"""Why somebody had to go though the meeting went on, as far as Zoom tells."""


@rule("removed-by-host", Has.REMOVED, "Nobody removed them.", flag=Flag.REMOVED_BY_HOST, cause=Cause.PROVIDER)
def removed_by_host(case: Case) -> Answer | None:
    """The host removed the person from the meeting or its waiting room."""
    if removed := [d for d in case.departures if d.reason is _REMOVED]:
        first, times = case.at(removed[0].at), len(removed)
        told = f"They were removed {times} times, first at {first}." if times > 1 else f"They were removed at {first}."
        return Answer(True, told, deliveries_of(removed), case.gaps(removed))
    if refused := [event for event in case.attendance.refused if case.is_mine(event.at, event.at)]:
        told = f"They were removed from the waiting room at {case.at(refused[0].at)}."
        return Answer(True, told, tuple([event.delivery for event in refused]))
    return None


@rule(
    "kept-waiting",
    Has.WAITED,
    "They did not wait to be let in during the session.",
    flag=Flag.WAITED,
    cause=Cause.PROVIDER,
)
def kept_waiting(case: Case) -> Answer | None:
    """The person waited to be let in during the scheduled time."""
    waits = case.waiting
    if not waits:
        return None
    last_wait, inside = waits[-1][0], case.mine(case.attendance.inside)
    spans, given_up = list(intersect(case.lost, waits)), ()
    if not inside and not case.was_admitted():
        spans += case.after(waits[0][0])
    elif inside and inside[-1][1] <= last_wait:
        spans += case.after(last_wait)  # they came back and were not let in again
    elif inside:
        given_up = _given_up(case)
    spans += given_up
    spans += case.gaps(d for d in case.departures if d.put_back)
    bounds = [moment for wait in case.mine(case.attendance.waiting) for moment in wait]
    # Who waits for moments, or gives up and comes once more, was perhaps not kept out by anybody; who was let in, or
    # waited until the host came, and was not seen inside, or goes long after they were sent back, was perhaps there.
    unseen = not inside and (case.was_admitted() or _waited_until_the_host_came(case))
    long_enough = length(waits) >= case.room.thresholds.min_presence
    sure = long_enough and not (given_up or unseen or _left_later(case))
    return Answer(
        True,
        _wait_in_words(case),
        case.told_at(bounds),
        union(spans),
        Confidence.HIGH if sure else Confidence.MEDIUM,
    )


def _waited_until_the_host_came(case: Case) -> bool:
    """Whether the last that was told of them is that they waited for the host no more, just as the meeting began."""
    told = case.told_here()
    if not told or told[-1].kind is not EventKind.STOPPED_WAITING_FOR_HOST:
        return False
    return any(begin - SWITCH <= told[-1].at <= begin + GOING_IN for begin, _ in case.room.horizon.runs)


def _left_later(case: Case) -> bool:
    """Whether it was told that they left the meeting long after the host had sent them back, and nothing of their
    return."""
    sent_back = [d for d in case.departures if d.put_back]
    left = [event.at for event in case.attendance.told if event.kind is EventKind.LEFT] if sent_back else ()
    return any(d.at + JOINING < at < (d.back_at or case.room.horizon.now) for d in sent_back for at in left)


def _given_up(case: Case) -> Spans:
    """The time that was lost to those who waited for as long as a presence, or several times, were not let in, and came
    once more."""
    limits = case.room.thresholds
    let_in = [event.at for event in case.attendance.told if event.kind is EventKind.ADMITTED]
    let_in += [begin for begin, _ in case.attendance.inside]
    in_vain = [wait for wait in case.waiting if not any(wait[0] <= at <= wait[1] + JOINING for at in let_in)]
    if len(in_vain) < limits.short_connections and length(in_vain) < limits.min_presence:
        return ()
    return union([span for _, end in in_vain for span in case.gap_at(end)])


def _wait_in_words(case: Case) -> str:
    waited, over = in_words(length(case.waiting)), case.room.over
    if case.waiting_now():
        return f"They have waited {waited} of the session and are not let in yet."
    if not case.was_inside():
        if _waited_until_the_host_came(case):
            return f"They waited {waited} of the session until the host came, and were not seen inside."
        if not case.was_admitted():
            return f"They waited {waited} of the session and were {'never' if over else 'not'} let in."
        inside = "were never seen inside" if over else "are not seen inside yet"
        return f"They waited {waited}, were let in, and {inside}."
    begin, until = case.waiting[-1]
    end = "the end" if any(a <= begin and b > until for a, b in case.attendance.waiting) else case.at(until)
    again = ", and were not let in again" if case.mine(case.attendance.inside)[-1][1] <= begin else ""
    sent = next((f"; the host had sent them back at {case.at(d.at)}" for d in case.departures if d.put_back), "")
    return f"They waited {waited} to be let in, last until {end}{again}{sent}."


@rule("waited-unseen", Has.TOLD, "They did not wait unseen for a late clinician.", cause=Cause.PROVIDER)
def waited_unseen(case: Case) -> Answer | None:
    """The person opened their link before the late clinician was there, says they were there, and was not seen."""
    room = case.room
    claims, clicks = case.told_of(EventKind.PRESENCE_CLAIMED), clicks_in_vain(case)
    late = room.held_sure and room.held and room.held[0][0] > room.late_after
    waited = [event for event in clicks if late and event.at < room.held[0][0] and not unheard_at(room, event.at)]
    if not claims or not waited or case.arrived_at is not None:
        return None
    # Zoom tells nothing of who waits for the host in a browser.
    return Answer(
        True,
        f"They opened their link at {case.at(waited[0].at)} and say that they were there; the clinician came "
        f"{in_words(room.held[0][0] - room.appointment.starts_at)} after the start.",
        tuple(event.delivery for event in (*waited, *claims)),
        case.lost,
        Confidence.MEDIUM,
    )


@rule(
    "host-dropped",
    Has.HOST_DROPPED,
    "No clinician dropped out during the session.",
    flag=Flag.HOST_DROPPED,
    cause=Cause.TECHNICAL,
)
def host_dropped(case: Case) -> Answer | None:
    """A clinician dropped out during the session."""
    # A drop from before the start is one of the session for those only who went because of it.
    spans, before = case.gaps(_went_meanwhile(case, case.room.host_drops)), case.room.host_drops_before()
    more = case.gaps(_went_meanwhile(case, before))
    drops = (*before, *case.room.host_drops) if more else case.room.host_drops
    if not drops:
        return None
    first, back = drops[0], ()
    told = f"A clinician dropped out at {case.at(first.at)}"
    if len(drops) > 1:
        told += f", the first of {len(drops)} times"
    elif back_at := case.back_in_time(first):
        told += f", and was back by {case.at(back_at)}"
        back = [event.delivery for one in case.room.clinicians for event in one.told if event.at == back_at]
    else:
        told += f", and {'did not come back' if case.room.over else 'is not back'}"
    events = tuple(sorted({*deliveries_of(drops), *back}))
    return Answer(True, f"{told}.", events, union((*spans, *more)), Confidence.MEDIUM)


def _went_meanwhile(case: Case, drops: Iterable[Departure]) -> list[Departure]:
    """Who went while the clinician was cut off did not leave the session: it had stopped, unless another one went on
    with it for so long that who went later chose to."""
    soon = case.room.thresholds.arrive_grace
    away = [(h.at, h.at + soon, h.back_at or case.room.until) for h in drops]
    return [
        d
        for d in case.departures
        if any(gone <= d.at <= back and (d.at <= early or not _held_at(case, d.at)) for gone, early, back in away)
    ]


@rule("meeting-ended-for-them", Has.WENT_TOO_SOON, "The meeting was not ended under them.", cause=Cause.PROVIDER)
def meeting_ended_for_them(case: Case) -> Answer | None:
    """The host ended the meeting or sent them out before the start, or nobody held it, when the person left."""
    tries, tolerance = _ends_of_failed_tries(case), case.room.thresholds.end_tolerance
    # So little is lost where it ended for everybody.
    lost = [d for d in case.departures if d.at not in tries and length(case.gap_at(d.at)) > tolerance]
    gone = [(departure, why) for departure in lost if (why := _why_they_had_to_go(case, departure))]
    if not gone:
        return None
    shown = {n for went, _ in gone for n in (case.told_at([went.at]) if went.put_back else went.events)}
    spans = case.gaps([departure for departure, _ in gone])
    return Answer(True, gone[0][1], tuple(sorted(shown)) or case.attendance.events, spans, Confidence.MEDIUM)


def _why_they_had_to_go(case: Case, gone: Departure) -> str:
    """What ended somebody's presence that was the program's doing, for people; "" when nothing was."""
    start = case.room.appointment.starts_at
    if gone.put_back:  # a wait that is in the session is told as such
        before = ", before the start" if gone.at < start else ""
        return "" if case.waiting else f"The host sent them back to wait at {case.at(gone.at)}{before}."
    left = f"They left at {case.at(gone.at)}"
    if gone.near_end:
        return "" if _ended_for_another(case, gone) else f"{left}, when the meeting ended; it went on later."
    if gone.reason in _ZOOM_SAYS:
        return f"{left}; Zoom says that {_ZOOM_SAYS[gone.reason]}, but it went on."
    if gone.abnormal or gone.at < start or _held_at(case, gone.at):
        return ""
    return f"{left}, when no clinician was there; it went on later."


def _ended_for_another(case: Case, gone: Departure) -> bool:
    """Whether the meeting ended for the session before, which was theirs and in its overtime, and they had come to that
    one and never came to this one: that they were made to go says too little then."""
    if case.back_in_time(gone) is not None:
        return False
    session = case.room.appointment
    came = [begin for begin, end in case.attendance.inside if end == gone.at]
    schedule = case.room.surroundings.schedule
    over = schedule.has_just_ended(case.person.participant_id, session, gone.at)
    return over and all(begin < session.starts_at for begin in came)


def _ends_of_failed_tries(case: Case) -> frozenset[datetime]:
    """When tries broke off: a meeting with nobody else in it ends with them, and nobody ended it under them."""
    return frozenset(end for _, end in short_tries(case))


def _held_at(case: Case, moment: datetime) -> bool:
    return within(case.room.held, moment)
