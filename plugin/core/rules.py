"""The rules: each one looks at a case and says what it found. The first line of a rule's docstring is what staff read.

A rule that hits may explain lost time (`explains`) and so lay it to somebody's or something's door. The table RULES is
read from top to bottom: a minute belongs to the first rule that explains it; what no rule explains is absence.
To add a rule: write it here, put it into the table, add its stories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.assessment import Cause, Confidence, Flag
from plugin.core.case import Case, in_words
from plugin.core.event import EventKind, LeaveReason
from plugin.core.identity import MatchedBy
from plugin.core.interval import Spans, clip, intersect, length, union


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule found: whether it hit, why in a sentence, the deliveries, and the lost time it explains."""

    hit: bool
    because: str
    events: tuple[int, ...] = ()
    explains: Spans = ()
    strength: Confidence = Confidence.HIGH


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule with the flag it sets and the cause of the time it explains."""

    name: str
    ask: Callable[[Case], Answer]
    flag: Flag | None = None
    cause: Cause | None = None

    @property
    def sentence(self) -> str:
        """What staff read: the first line of the rule's docstring."""
        return (self.ask.__doc__ or "").strip().splitlines()[0]


def removed_by_host(case: Case) -> Answer:
    """The host removed the person from the meeting."""
    removed = [d for d in case.departures if d.reason is LeaveReason.REMOVED]
    if not removed:
        return Answer(False, "Nobody removed them.")
    spans = union(s for d in removed for s in case.gap_at(d.at))
    return Answer(True, f"They were removed at {case.at(removed[0].at)}.", removed[0].events, spans)


def kept_waiting(case: Case) -> Answer:
    """The person waited to be let in while the session was held."""
    waits = case.waiting
    if not waits:
        return Answer(False, "They did not wait to be let in.")
    last_wait = waits[-1][1]
    spans = list(intersect(case.lost, waits))
    if not case.attendance.present:
        spans += case.lost  # they came and were never let in: nothing of it is theirs
        told = f"They waited from {case.at(waits[0][0])} and were never let in."
    else:
        told = f"They waited {in_words(length(waits))} to be let in, last until {case.at(last_wait)}."
    spans += [s for d in case.departures if d.put_back for s in case.gap_at(d.at)]
    return Answer(True, told, case.attendance.events, union(spans))


def never_admitted(case: Case) -> Answer:
    """The person waited and was never let in."""
    if not case.attendance.waiting or case.attendance.present:
        return Answer(False, "They were let in, or did not wait.")
    if case.attendance.waiting_now:
        return Answer(False, "They are waiting now.")
    return Answer(
        True,
        f"They waited from {case.at(case.attendance.waiting[0][0])} and were never seen inside.",
        case.attendance.events,
    )


def meeting_ended_for_them(case: Case) -> Answer:
    """The host ended the meeting, or nobody held it, when the person left."""
    over = (LeaveReason.MEETING_OVER, LeaveReason.TIME_LIMIT)
    ended = [d for d in case.departures if (d.near_end or d.reason in over) and case.gap_at(d.at)]
    alone = [
        d
        for d in case.departures
        if not d.abnormal and not d.put_back and d not in ended and not _held_at(case, d.at) and case.gap_at(d.at)
    ]
    if not ended and not alone:
        return Answer(False, "The meeting was not ended under them.")
    spans = union(s for d in (*ended, *alone) for s in case.gap_at(d.at))
    first = min((*ended, *alone), key=lambda d: d.at)
    what = "the meeting ended" if first in ended else "no clinician was there"
    return Answer(
        True,
        f"They left at {case.at(first.at)}, when {what}; it went on later.",
        first.events,
        spans,
        Confidence.MEDIUM,
    )


def group_drop(case: Case) -> Answer:
    """Several people dropped out of the meeting at about the same moment."""
    mine = [(at, who) for at, who in case.room.group_drops if case.person.participant_id in who]
    if not mine:
        return Answer(False, "They were not part of a common drop.")
    at, who = mine[0]
    window = case.room.thresholds.group_drop_window
    hit = [d for d in case.departures if abs(d.at - at) <= window]
    spans = union(s for d in hit for s in case.gap_at(d.at))
    return Answer(True, f"{len(who)} people dropped within {in_words(window)} of {case.at(at)}.", _events(hit), spans)


def connection_broke(case: Case) -> Answer:
    """The person's connection broke while the session was held."""
    broke = [d for d in case.departures if d.abnormal]
    if not broke:
        return Answer(False, "None of their connections broke.")
    first = broke[0]
    sure = any(d.reason is LeaveReason.CONNECTION_LOST or d.shaky or d.back_at for d in broke)
    why = "after a warning of their network" if first.shaky and first.reason is LeaveReason.PLAIN else "abnormally"
    back = f"and was back at {case.at(first.back_at)}" if first.back_at else "and did not come back"
    spans = union(s for d in broke for s in case.gap_at(d.at))
    return Answer(
        True, f"A connection ended {why} at {case.at(first.at)} {back}.", _events(broke), spans,
        Confidence.HIGH if sure else Confidence.MEDIUM,
    )  # fmt: skip


def quick_return(case: Case) -> Answer:
    """The person left and came straight back under a new connection."""
    quick = [d for d in case.drops if not d.abnormal]
    if not quick:
        return Answer(False, "They did not leave and come straight back.")
    spans = union(s for d in quick for s in case.gap_at(d.at))
    gap = in_words(quick[0].back_at - quick[0].at) if quick[0].back_at else ""
    return Answer(
        True, f"They were gone for {gap} at {case.at(quick[0].at)}.", _events(quick), spans, Confidence.MEDIUM
    )


def failed_tries(case: Case) -> Answer:
    """The person tried several times and each connection broke off within moments."""
    limit, enough = case.room.thresholds.short_connection, case.room.thresholds.short_connections
    opens = case.room.appointment.starts_at - case.room.thresholds.early_window
    short = [(a, b) for a, b in case.attendance.stays if b - a < limit and opens <= a <= case.room.until]
    short = [s for s in short if not case.attendance.open_now or s[1] < case.room.horizon.now]
    if len(short) < enough:
        return Answer(False, f"Fewer than {enough} of their connections were shorter than {in_words(limit)}.")
    spans = (*case.before_arrival(), *case.after(short[0][1]))
    told = (
        f"{len(short)} of their connections were shorter than {in_words(limit)}, the first at {case.at(short[0][0])}."
    )
    return Answer(True, told, case.attendance.events, union(spans), Confidence.MEDIUM)


def platform_incident(case: Case) -> Answer:
    """The video platform had an incident during the session."""
    start, end = case.room.appointment.starts_at, case.room.until
    spans: list = []
    events = []
    for incident in case.room.surroundings.incidents:
        until = incident.ended_at or end
        if incident.received_at > case.room.horizon.now or incident.at >= end or until <= start:
            continue
        events.append(incident.delivery)
        spans += clip(case.lost, max(incident.at, start), min(until, end))
        # An incident while people arrive also explains why somebody gave up and did not arrive later.
        if incident.at <= start + case.room.thresholds.no_show_after:
            spans += case.before_arrival()
        for left in case.departures:
            if incident.at <= left.at <= until:
                spans += case.gap_at(left.at)
    if not events:
        return Answer(False, "No incident of the platform is known for that time.")
    return Answer(
        True, "An incident of the platform overlapped the session.", tuple(events), union(spans), Confidence.MEDIUM
    )


def wrong_meeting(case: Case) -> Answer:
    """The person was seen in another meeting of the roster at that time."""
    start, end = case.room.appointment.starts_at, case.room.until
    opens = start - case.room.thresholds.no_show_after
    seen = case.room.surroundings.sightings(case.person, case.room.appointment.meeting_id, opens, end)
    seen = tuple(e for e in seen if e.received_at <= case.room.horizon.now)
    if not seen or case.came:
        return Answer(False, "They were not seen in another meeting of the roster instead.")
    by_key = any(e.customer_key or e.email or e.phone for e in seen)
    return Answer(
        True, f"They joined another meeting of the roster at {case.at(seen[0].at)}.", tuple(e.delivery for e in seen),
        case.lost, Confidence.HIGH if by_key else Confidence.MEDIUM,
    )  # fmt: skip


def tried_to_join(case: Case) -> Answer:
    """The person opened their personal join link and did not arrive."""
    opens = case.room.appointment.starts_at - case.room.thresholds.early_window
    clicks = [e for e in case.told(EventKind.JOIN_CLICKED) if opens <= e.at <= case.room.until]
    in_vain = [e for e in clicks if not _arrived_after(case, e.at)]
    if not in_vain:
        return Answer(False, "They did not open their join link in vain.")
    # Who never came tried in vain altogether; who came later lost the time from the try on.
    since = in_vain[0].at if case.came else case.room.appointment.starts_at
    spans = clip(case.before_arrival(), since, case.room.until)
    spans = union((*spans, *(s for e in in_vain for s in case.gap_at(_left_before(case, e.at)))))
    told = f"They opened their join link at {case.at(in_vain[0].at)} and did not arrive."
    return Answer(True, told, tuple(e.delivery for e in in_vain), spans, Confidence.MEDIUM)


def trouble_reported(case: Case) -> Answer:
    """The person told us that they had technical trouble."""
    reports = case.told(EventKind.TROUBLE_REPORTED)
    if not reports:
        return Answer(False, "They reported no trouble.")
    told = f"They reported technical trouble at {case.at(reports[0].at)}."
    return Answer(True, told, tuple(e.delivery for e in reports), case.lost, Confidence.MEDIUM)


def reason_not_understood(case: Case) -> Answer:
    """A connection ended for a reason that we cannot read, so it is not held against the person."""
    odd = [d for d in case.departures if d.reason is LeaveReason.UNKNOWN and not d.near_end and case.gap_at(d.at)]
    if not odd:
        return Answer(False, "Every end of a connection came with a reason that we know.")
    spans = union(s for d in odd for s in case.gap_at(d.at))
    return Answer(
        True, f"A connection ended at {case.at(odd[0].at)} without a known reason.", _events(odd), spans, Confidence.LOW
    )


def late(case: Case) -> Answer:
    """The person arrived after the scheduled start and the grace; waiting counts as arriving."""
    limit = case.room.appointment.starts_at + case.room.thresholds.arrive_grace
    arrived = case.arrived_at
    if arrived is None or arrived <= limit:
        return Answer(False, "They arrived in time." if arrived else "They were not seen arriving.")
    return Answer(
        True,
        f"They arrived at {case.at(arrived)}, {in_words(arrived - case.room.appointment.starts_at)} after the start.",
        case.attendance.events[:3],
    )


def left_early(case: Case) -> Answer:
    """The person left by themselves before the end of the held time and did not come back."""
    gone = _last_departure(case)
    if gone is None or gone.put_back or gone.reason is LeaveReason.REMOVED or gone in case.drops or gone.near_end:
        return Answer(False, "They did not leave early by themselves.")
    held_end = case.room.held[-1][1] if case.room.held else None
    if held_end is None or gone.at >= held_end - case.room.thresholds.arrive_grace:
        return Answer(False, "They stayed until the end, within the grace.")
    return Answer(True, f"They left at {case.at(gone.at)}, {in_words(held_end - gone.at)} before the end.", gone.events)


def interrupted(case: Case) -> Answer:
    """The person dropped out and came back."""
    back = [d for d in case.drops if d.back_at is not None]
    if not back:
        return Answer(False, "They did not drop out and come back.")
    return Answer(
        True, f"They dropped out at {case.at(back[0].at)} and came back, {len(back)} time(s) in all.", _events(back)
    )


def dropped(case: Case) -> Answer:
    """The person dropped out and did not come back."""
    gone = _last_departure(case)
    if gone is None or not gone.abnormal:
        return Answer(False, "They did not drop out for good.")
    if not case.room.over and case.room.horizon.now - gone.at < case.room.thresholds.drop_grace:
        return Answer(False, f"They dropped out at {case.at(gone.at)}; it is too early to say whether for good.")
    if not case.gap_at(gone.at):
        return Answer(False, "Nothing of the session was left when they dropped out.")
    return Answer(True, f"They dropped out at {case.at(gone.at)} and did not come back.", gone.events)


def host_dropped(case: Case) -> Answer:
    """A clinician's connection broke during the session."""
    drops = case.room.host_drops
    if not drops:
        return Answer(False, "No clinician dropped out.")
    return Answer(True, f"A clinician dropped out at {case.at(drops[0].at)}.", drops[0].events)


def notice_given(case: Case) -> Answer:
    """The person told us before the start that they would miss the session."""
    notices = [e for e in case.told(EventKind.NOTICE_GIVEN) if e.at < case.room.appointment.starts_at]
    if not notices:
        return Answer(False, "No notice was given before the start.")
    return Answer(
        True, f"Notice was given at {case.at(notices[0].at)}, before the start.", tuple(e.delivery for e in notices)
    )


def presence_claimed(case: Case) -> Answer:
    """The person told us that they were there."""
    claims = case.told(EventKind.PRESENCE_CLAIMED)
    if not claims:
        return Answer(False, "They did not tell us that they were there.")
    return Answer(
        True, f"They told us at {case.at(claims[0].at)} that they were there.", tuple(e.delivery for e in claims)
    )


def matched_by_name(case: Case) -> Answer:
    """Only the display name says who this was."""
    if case.attendance.matched_by is not MatchedBy.NAME:
        return Answer(
            False, "They were recognised by more than a name." if case.attendance.signs else "They were not seen."
        )
    return Answer(True, "Only the name they showed in the meeting says that it was them.", case.attendance.events[:3])


def joined_by_phone(case: Case) -> Answer:
    """The person took part by telephone."""
    if not case.attendance.by_phone:
        return Answer(False, "They did not join by telephone.")
    return Answer(True, "They joined by telephone.", case.attendance.events[:3])


def ambiguous_name(case: Case) -> Answer:
    """Somebody in the meeting shows a name that several expected people have."""
    shared = [g for g in case.room.guests if case.person.participant_id in g.candidates]
    if not shared:
        return Answer(False, "Nobody shows a name that they share with somebody else.")
    return Answer(
        True, "Somebody showed a name that they share with another expected person.", shared[0].attendance.events
    )


def unidentified_guest(case: Case) -> Answer:
    """Somebody whom nobody could identify was in the room, and may have been this person."""
    guests = [g for g in case.room.guests if _long_enough(case, g.attendance)]
    if not guests or case.came:
        return Answer(False, "No unidentified guest could have been them.")
    return Answer(
        True, f"{len(guests)} unidentified guest(s) were in the room for a minute or more.", guests[0].attendance.events
    )


def inferred_start(case: Case) -> Answer:
    """The beginning of the person's presence was not delivered and had to be inferred."""
    guessed = [p for p in case.attendance.pieces if p.inferred_start and _matters(case, p.begin, p.end)]
    if not guessed:
        return Answer(False, "Every beginning of their presence was delivered.")
    return Answer(True, f"A leave at {case.at(guessed[0].end)} came without its join.", case.attendance.events)


def inferred_end(case: Case) -> Answer:
    """The end of the person's presence was not delivered and had to be inferred."""
    guessed = [p for p in case.attendance.pieces if p.inferred_end and _matters(case, p.begin, p.end)]
    if not guessed:
        return Answer(False, "Every end of their presence was delivered.")
    return Answer(
        True,
        f"A join at {case.at(guessed[0].begin)} came without its leave; it ends with the meeting.",
        case.attendance.events,
    )


RULES: tuple[Rule, ...] = (
    Rule("removed-by-host", removed_by_host, Flag.REMOVED_BY_HOST, Cause.PROVIDER),
    Rule("kept-waiting", kept_waiting, Flag.WAITED, Cause.PROVIDER),
    Rule("never-admitted", never_admitted, Flag.NEVER_ADMITTED),
    Rule("meeting-ended-for-them", meeting_ended_for_them, None, Cause.PROVIDER),
    Rule("platform-incident", platform_incident, Flag.PLATFORM_INCIDENT, Cause.TECHNICAL),
    Rule("group-drop", group_drop, Flag.GROUP_DROP, Cause.TECHNICAL),
    Rule("connection-broke", connection_broke, None, Cause.TECHNICAL),
    Rule("quick-return", quick_return, None, Cause.TECHNICAL),
    Rule("failed-tries", failed_tries, None, Cause.TECHNICAL),
    Rule("wrong-meeting", wrong_meeting, Flag.WRONG_MEETING, Cause.TECHNICAL),
    Rule("tried-to-join", tried_to_join, Flag.TRIED_TO_JOIN, Cause.TECHNICAL),
    Rule("trouble-reported", trouble_reported, Flag.TROUBLE_REPORTED, Cause.TECHNICAL),
    Rule("reason-not-understood", reason_not_understood, None, Cause.TECHNICAL),
    Rule("late", late, Flag.LATE),
    Rule("left-early", left_early, Flag.LEFT_EARLY),
    Rule("interrupted", interrupted, Flag.INTERRUPTED),
    Rule("dropped", dropped, Flag.DROPPED),
    Rule("host-dropped", host_dropped, Flag.HOST_DROPPED),
    Rule("notice-given", notice_given, Flag.NOTICE_GIVEN),
    Rule("presence-claimed", presence_claimed),
    Rule("matched-by-name", matched_by_name, Flag.MATCHED_BY_NAME),
    Rule("joined-by-phone", joined_by_phone, Flag.JOINED_BY_PHONE),
    Rule("ambiguous-name", ambiguous_name, Flag.AMBIGUOUS_NAME),
    Rule("unidentified-guest", unidentified_guest, Flag.UNIDENTIFIED_GUEST),
    Rule("inferred-start", inferred_start, Flag.INFERRED_START),
    Rule("inferred-end", inferred_end, Flag.INFERRED_END),
)


def _events(departures) -> tuple[int, ...]:
    return tuple(sorted({number for d in departures for number in d.events}))


def _held_at(case: Case, moment: datetime) -> bool:
    return any(a <= moment <= b for a, b in case.room.held)


def _last_departure(case: Case):
    last = case.departures[-1] if case.departures else None
    return last if last is not None and last.back_at is None else None


def _arrived_after(case: Case, moment: datetime) -> bool:
    """Whether the person showed within two minutes of a moment, which is how long joining may take."""
    spans = (*case.attendance.present, *case.attendance.waiting)
    soon = moment + timedelta(minutes=2)
    return any(a <= soon and b >= moment for a, b in spans) or any(moment <= at <= soon for at in case.attendance.signs)


def _left_before(case: Case, moment: datetime) -> datetime:
    return max((d.at for d in case.attendance.departures if d.at <= moment), default=case.room.until)


def _long_enough(case: Case, guest) -> bool:
    start, end = case.room.appointment.starts_at, case.room.until
    return length(clip(union((*guest.present, *guest.waiting)), start, end)) >= case.room.thresholds.guest_presence


def _matters(case: Case, begin: datetime, end: datetime) -> bool:
    start, until = case.room.appointment.starts_at, case.room.until
    return begin < until and end > start
