"""Rules about technical faults: what broke, for one or for several, or for everybody."""

from __future__ import annotations

from plugin.core.assessment import Cause, Confidence, Flag
from plugin.core.case import Case
from plugin.core.event import LeaveReason
from plugin.core.facet import Has
from plugin.core.interval import clip, union
from plugin.core.rules.rule import Answer, deliveries_of, rule
from plugin.core.wording import in_words


@rule(
    "platform-incident",
    Has.INCIDENT,
    "No incident of the platform is known for that time.",
    flag=Flag.PLATFORM_INCIDENT,
    cause=Cause.TECHNICAL,
)
def platform_incident(case: Case) -> Answer:
    """The video platform had an incident during the session."""
    kept_out, incidents = case.room.kept_out(), case.room.incidents()
    spans: list = []
    events = []
    for incident in incidents:
        until = incident.until_at or case.room.until
        events += incident.told
        spans += clip(case.lost, incident.from_at, until)
        # Who was kept out and came does not come the moment it is over. What was lost before it began, or by who never
        # came after it was over, it does not explain.
        if incident in kept_out and case.first_present():
            spans += clip(case.before_arrival(), incident.from_at, until + case.room.thresholds.incident_grace)
        spans += case.gaps(left for left in case.departures if incident.from_at <= left.at <= until)
    begin, until = incidents[0].from_at, incidents[0].until_at
    time = f"from {case.at(begin)} until {case.at(until)}" if until else f"that began at {case.at(begin)}"
    told = f"An incident of the platform {time} {'overlapped' if case.room.over else 'overlaps'} the session."
    return Answer(True, told, tuple(sorted(set(events))), union(spans), Confidence.MEDIUM)


@rule("group-drop", Has.GROUP_DROP, "They were not part of a common drop.", flag=Flag.GROUP_DROP, cause=Cause.TECHNICAL)
def group_drop(case: Case) -> Answer | None:
    """Several people dropped out of the meeting at about the same moment."""
    window, code = case.room.thresholds.group_drop_window, case.person.participant_id
    theirs = [drop for drop in case.room.group_drops if code in drop.people]
    hit = [(drop, left) for drop in theirs for left in case.departures if abs(left.at - drop.at) <= window]
    if not hit:
        return None
    first = hit[0][0]
    told = f"{len(first.people)} people dropped within {in_words(window)} of {case.at(first.at)}."
    events = {number for together, _ in hit for number in together.events}
    gone = [left for _, left in hit]
    return Answer(True, told, tuple(sorted({*events, *deliveries_of(gone)})), case.gaps(gone))


@rule("connection-broke", Has.BROKE_OFF, "They were not away because a connection broke.", cause=Cause.TECHNICAL)
def connection_broke(case: Case) -> Answer:
    """The person's connection broke."""
    broke = [d for d in case.departures if d.abnormal]
    first = broke[0]
    # Who is not heard to arrive in another room may have been there all the same, and who was cut off from another
    # session of theirs, before this one, may not have meant to come.
    before = case.cut_off_before()
    of_this = [d for d in broke if d != before]
    sure = any(d.cut_off or (case.back_in_time(d) and d.reason is not LeaveReason.ROOM_SWITCH) for d in of_this)
    why = "after a warning of their network" if first.reason is LeaveReason.PLAIN else "abnormally"
    back, returns = "did not come back" if case.room.over else "are not back", [case.back_in_time(d) for d in broke]
    if back_at := returns[0]:
        told = case.told_at([back_at])
        back = f"were back at {case.at(back_at)}" if told else "came back, it was not delivered when"
    elif waits_at := case.waits_again(first):
        back = f"waited to be let in again from {case.at(waits_at)}"
        returns.append(waits_at)
    ended = f"A connection ended {why} at {case.at(first.at)}"
    if first.reason is LeaveReason.ROOM_SWITCH and not first.shaky:
        ended = f"They went to another room of the meeting at {case.at(first.at)} and were not seen there"
    if first == before:
        ended += f", {case.where_before(first)}"
    return Answer(
        True,
        f"{ended}, and they {back}.",
        tuple(sorted({*deliveries_of(broke), *case.told_at(returns)})),
        case.gaps(broke),
        Confidence.HIGH if sure else Confidence.MEDIUM,
    )


@rule("quick-return", Has.CAME_STRAIGHT_BACK, "They did not leave and come straight back.", cause=Cause.TECHNICAL)
def quick_return(case: Case) -> Answer:
    """The person left and came straight back under a new connection."""
    quick = [d for d in case.drops() if not d.abnormal]
    spans = case.gaps(quick)
    gone, back = quick[0].at, quick[0].back_at
    events = tuple(sorted({*deliveries_of(quick), *case.told_at(d.back_at for d in quick)}))
    told = f"They were gone for {in_words(back - gone)} at {case.at(gone)}."
    return Answer(True, told, events, spans, Confidence.MEDIUM)
