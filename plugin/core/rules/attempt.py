"""Rules about who tried to take part and could not: what shows that they tried."""

from __future__ import annotations

from datetime import datetime

from plugin.core.assessment import Cause, Confidence, Flag
from plugin.core.attempt import JOINING, clicks_in_vain, first_try, short_tries
from plugin.core.case import Case
from plugin.core.elsewhere import seen_elsewhere, since
from plugin.core.event import ARRIVING, Event, EventKind
from plugin.core.facet import Has
from plugin.core.heard import unheard_at
from plugin.core.interval import Spans, clip, length, union
from plugin.core.rules.rule import Answer, rule
from plugin.core.schedule import came_at
from plugin.core.wording import in_words

SETTLED = 5
"""Who stays so many times as long as a short connection lasts is in the session for good."""

MOST_REPORTS = 100
"""So many reports of one person are looked at; nobody has more trouble than that in one session."""


@rule("failed-tries", Has.CAME_AGAIN, "They did not try several times.", cause=Cause.TECHNICAL)
def failed_tries(case: Case) -> Answer:
    """The person tried several times and each connection broke off within moments."""
    limit, enough = case.room.thresholds.short_connection, case.room.thresholds.short_connections
    short = short_tries(case)
    if not short:
        return Answer(False, f"Fewer than {enough} of their connections were shorter than {in_words(limit)}.")
    # Before the first try it is a late arrival; once they were in for good, what came later is another story.
    (first, _), (last, _) = short[0], short[-1]
    in_for_good = [a for a, b in case.attendance.stays if b - a >= SETTLED * limit and a > last]
    spans = clip(case.lost, first, min(in_for_good, default=case.room.until))
    told = f"{len(short)} of their connections were shorter than {in_words(limit)}, the first at {case.at(first)}."
    bounds = [moment for connection in short for moment in connection]
    return Answer(True, told, case.told_at(bounds), spans, Confidence.MEDIUM)


@rule(
    "wrong-meeting",
    Has.LOST_TIME_AND_ELSEWHERE,
    "They were not seen in another meeting instead.",
    flag=Flag.WRONG_MEETING,
    cause=Cause.TECHNICAL,
)
def wrong_meeting(case: Case) -> Answer | None:
    """The person was seen in another meeting at that time, where nobody expects them."""
    seen = seen_elsewhere(case.room, case.person)
    first = case.first_present()
    instead = tuple([e for e in seen if (e.at < first if first else came_at(e) < case.room.until)])
    later = tuple([e for e in seen if first and e.at >= first and _went_there(case, e)])
    if not instead and not later:
        return None
    seen = instead or later
    sure = [event for event in seen if case.room.surroundings.sightings.surely(case.person, event)]
    came = any(event.kind in ARRIVING and event.at >= since(case.room) for event in sure) and bool(instead)
    told = f"They were seen in another meeting at {case.at((sure or seen)[0].at)}."
    if not sure:
        told = f"Somebody of their name was seen in another meeting at {case.at(seen[0].at)}."
    lost = _lost_to_a_try(case, min(came_at(event) for event in instead)) if instead else ()
    if later:
        lost = union([*lost, *[span for e in later for span in clip(case.lost, e.at, case.back_after(e.at))]])
        lost = lost if case.came else case.lost
    return Answer(
        True,
        told,
        tuple(sorted(event.delivery for event in (*instead, *later))),
        lost,
        Confidence.HIGH if came else Confidence.MEDIUM,
    )


def _went_there(case: Case, event: Event) -> bool:
    """Whether who had been in this meeting came into that of a session of others as they went from here, or afterwards:
    back by the wrong link, as far as anybody can tell."""
    room = case.room
    if event.kind not in ARRIVING or event.at >= room.appointment.ends_at - room.thresholds.arrive_grace:
        return False  # or it was nearly over, and they went on to what came next
    if not room.surroundings.schedule.is_on(event.meeting_id, event.at):
        return False
    return any(begin - JOINING <= event.at < end for begin, end in case.lost)


@rule(
    "tried-to-join",
    Has.TOLD,
    "They did not open their join link in vain.",
    flag=Flag.TRIED_TO_JOIN,
    cause=Cause.TECHNICAL,
)
def tried_to_join(case: Case) -> Answer | None:
    """The person opened their personal join link and did not arrive in the time that joining takes."""
    tried = clicks_in_vain(case)
    in_vain = [event for event in tried if not unheard_at(case.room, event.at)]
    if tried and not in_vain:
        told = f"They opened their join link at {case.at(tried[0].at)}, when nothing was heard from Zoom."
        return Answer(False, told)
    if not in_vain:
        return None
    left_before = (span for event in in_vain for span in case.gap_at(_left_before(case, event.at)))
    spans = union((*_lost_to_a_try(case, in_vain[0].at), *left_before))
    first, now = in_vain[0].at, case.room.horizon.now
    yet = "are not here yet" if now < first + JOINING else f"were not seen within {in_words(JOINING)}"
    told = f"They opened their join link at {case.at(first)} and {yet}."
    return Answer(True, told, tuple(e.delivery for e in in_vain), spans, Confidence.MEDIUM)


@rule("trouble-reported", Has.TOLD, "They reported no trouble.", flag=Flag.TROUBLE_REPORTED, cause=Cause.TECHNICAL)
def trouble_reported(case: Case) -> Answer | None:
    """The person told us that they had technical trouble."""
    reports = case.told_of(EventKind.TROUBLE_REPORTED)
    if not reports:
        return None
    told = f"They reported technical trouble at {case.at(reports[0].at)}."
    since_when = first_try(case) or case.room.appointment.starts_at
    moments = sorted({report.at for report in reports})[:MOST_REPORTS]
    spans = union([span for moment in moments for span in _trouble_around(case, moment, since_when)])
    return Answer(True, told, tuple(e.delivery for e in reports), spans, Confidence.MEDIUM)


def _lost_to_a_try(case: Case, tried_at: datetime) -> Spans:
    """The lost time that a try in vain explains.

    Who came later lost the time from the try on. Who never came tried in vain altogether, but for who first tried when
    most of it was over; that is asked when the session is over, for while it runs they need help.
    """
    if case.came or case.waiting:
        return clip(case.before_arrival() if case.came else case.lost, tried_at, case.room.until)
    since = clip(case.lost, tried_at, case.room.until)
    return since if case.room.over and 2 * length(since) < length(case.lost) else case.lost


def _trouble_around(case: Case, moment: datetime, first_try: datetime) -> Spans:
    """The lost time that a report explains.

    Who reports while they are away speaks of that absence: from when they first tried, if that was seen, until they
    were back. Who reports while they are there speaks of what was lost since they first showed, and of a leave within
    the grace after it; who does so afterwards, of all that was lost since they first showed; when nothing was, of why
    they came late.
    """
    start, until = case.room.appointment.starts_at, case.room.until
    first = first_try if first_try <= moment else start
    if moment > until:
        return case.after(first) or case.lost
    # Be it a moment before the start, if they were there when it began: a stay that was over by then is another story.
    if any(a <= moment <= b and b > start for a, b in case.attendance.present):
        soon = moment + case.room.thresholds.arrive_grace
        left = case.gaps(d for d in case.departures if moment <= d.at <= soon)
        return union((*clip(case.lost, first, moment), *left)) or clip(case.lost, start, moment)
    return clip(case.lost, first, case.back_after(max(moment, start)))


def _left_before(case: Case, moment: datetime) -> datetime:
    return max((d.at for d in case.departures if d.at <= moment), default=case.room.until)
