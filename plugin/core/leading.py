"""Leading a session: what became of the clinicians of a room, seen and unseen, and how sure it is."""

from __future__ import annotations

from plugin.core.appointment import Role
from plugin.core.attendance import Attendance
from plugin.core.departure import Departure
from plugin.core.event import INSIDE, Event, EventKind, LeaveReason
from plugin.core.interval import NO_TIME, Spans, clip, intersect, union
from plugin.core.room import Room
from plugin.core.visit import SWITCH

WENT_ON_UNSEEN = "a clinician dropped out and was not seen again"
_CAME_IN = INSIDE | {EventKind.CAME_BEFORE_HOST}
_BY_A_HOST = frozenset({EventKind.ADMITTED, EventKind.PUT_BACK})
_FOR_A_HOST = frozenset({LeaveReason.REMOVED, LeaveReason.MEETING_OVER})


def cut_off_alone(room: Room) -> bool:
    """Whether a clinician's connection broke long before the end and the meeting ended with it, and none came back:
    whoever is cut off alone in a meeting ends it."""
    return any([gone.cut_off for gone in _gone_alone(room)])


def app_lost_alone(room: Room) -> bool:
    """Whether a clinician's app was closed or lost then: so goes who is cut off, and so goes who has waited enough."""
    return any([gone.reason is LeaveReason.CLIENT_CLOSED for gone in _gone_alone(room)])


def _gone_alone(room: Room) -> list[Departure]:
    """With what clinicians went for good, long before the end, and the meeting ended."""
    start, enough = room.appointment.starts_at, room.appointment.ends_at - room.thresholds.arrive_grace
    last = [one.departures[-1] for one in room.clinicians if one.departures]
    return [gone for gone in last if gone.near_end and gone.back_at is None and start <= gone.at < enough]


def went_on_unseen(room: Room) -> bool:
    """Whether whoever held the session last was cut off long before its end and not seen again, so that nobody
    knows how it went on; a clinician who stays on holds it without them."""
    enough = room.appointment.ends_at - room.thresholds.arrive_grace
    return cut_off_alone(room) or any(room.held[-1][1] <= drop.at < enough for drop in room.host_drops)


def clinicians_came_unseen(room: Room) -> list[Event]:
    """What says that clinicians came in, when their presence from then on was not delivered."""
    came = [(one, e) for one in room.clinicians for e in one.told if e.kind in _CAME_IN]
    in_time = [(one, e) for one, e in came if room.opens <= e.at <= room.until]
    return [e for one, e in in_time if not any(a <= room.until and b >= e.at for a, b in one.present)]


def clinician_seen(room: Room) -> bool:
    """Whether anything shows that a clinician came to this session, be it too early."""
    return any(one.was_seen(room.free_since, room.until) for one in room.clinicians)


def clinicians_in_trouble(room: Room) -> list[Event]:
    """What clinicians told us of trouble, and when they opened their link and did not show any more."""
    found = []
    for person in room.appointment.leaders():
        signs = room.attendances[person.participant_id].signs
        for event in [e for e in room.timeline.evidence if e.participant_id == person.participant_id]:
            in_vain = room.opens <= event.at <= room.until and not any(event.at <= at <= room.until for at in signs)
            if event.kind is EventKind.TROUBLE_REPORTED or (event.kind is EventKind.JOIN_CLICKED and in_vain):
                found.append(event)
    return found


def clinician_came_before(room: Room) -> bool:
    """Whether a clinician of the roster was seen for this session, the last time before it began."""
    expected = room.appointment.leaders()
    seen = [(p, [at for at in room.attendances[p.participant_id].signs if at <= room.until]) for p in expected]
    last = [(p, signs[-1]) for p, signs in seen if signs]
    start, of_another = room.appointment.starts_at, room.surroundings.schedule.of_another
    return any(room.opens <= at < start and not of_another(p, room.appointment, at) for p, at in last)


def met_before(room: Room) -> tuple[Spans, list[int]]:
    """When a clinician and somebody for whom the session is held were in the meeting together before it began, and had
    come to no other session; and the deliveries that told of them until it began."""
    expected = [p for role in (Role.CLIENT, Role.FAMILY) for p in room.appointment.of_role(role)]
    come = [room.attendances[person.participant_id] for person in expected]
    led, there = [union([span for one in those for span in one.present]) for those in (room.clinicians, come)]
    start = room.appointment.starts_at
    told = [event.delivery for one in (*room.clinicians, *come) for event in one.told if event.at <= start]
    return clip(intersect(led, there), max(room.opens, room.free_since), start), told


def clinician_noticed(room: Room) -> list[int]:
    """The deliveries that told something of a clinician of whom nothing else was delivered in this session."""
    people = [p.participant_id for p in room.appointment.leaders()]
    told = [(room.attendances[code], event) for code in people for event in room.timeline.noticed.get(code, ())]
    unseen = [(there, event) for there, event in told if not there.was_seen(room.free_since, room.until)]
    return [event.delivery for there, event in unseen if not there.accounts_for(event)]


def by_the_hosts_account(room: Room) -> list[Event]:
    """What shows the host's account in this session, and is of a client or of somebody's family by their own link."""
    mine = [(person, room.attendances[person.participant_id]) for person in room.appointment.participants]
    come = [one for person, one in (*mine, *room.known_beside) if person.role in (Role.CLIENT, Role.FAMILY)]
    there = [one for one in come if clip(one.present, room.appointment.starts_at, room.until)]
    host = room.appointment.host_id
    return [e for one in there for e in one.told if e.zoom_user_id and e.zoom_user_id == (host or e.host_id)]


def of_a_host_unseen(room: Room) -> list[Event]:
    """What only a host can have done, letting somebody in, sending them out or ending the meeting (which they can
    from elsewhere), when neither a clinician nor anybody of the staff was seen there."""
    staff = [room.attendances[p.participant_id] for p in room.appointment.of_role(Role.STAFF)]
    tolerance, start = room.thresholds.end_tolerance, room.appointment.starts_at
    seen = [(a - tolerance, b + tolerance) for one in (*room.clinicians, *staff) for a, b in one.present]
    told = [event for one in room.everybody() for event in one.told]
    done = [event for event in told if event.kind in _BY_A_HOST or event.reason in _FOR_A_HOST]
    done += [event for one in room.everybody() for event in _let_in(one)]
    late = room.until + room.thresholds.arrive_grace  # many a session is ended some minutes after its time
    in_time = [e for e in done if start <= e.at <= (late if e.reason is LeaveReason.MEETING_OVER else room.until)]
    return [e for e in in_time if not any(a <= e.at <= b for a, b in seen)]


def _let_in(one: Attendance) -> list[Event]:
    """The joins by which somebody went from the waiting room straight into the meeting; who waited for the host to
    open it needed nobody's word."""
    begins = {event.at for event in one.told if event.kind is EventKind.WAITING_BEGAN}
    ends = [end for begin, end in one.waiting if begin in begins]
    joins = [event for event in one.told if event.kind is EventKind.JOINED]
    return [event for event in joins if any(NO_TIME <= event.at - end <= SWITCH for end in ends)]


def why_held_unsure(room: Room) -> str:
    """Why `held_sure` is not so, in words."""
    if room.held_by_another:
        if any(there is one for _, there in room.known_beside for one in room.clinicians):
            return "for most of it a clinician of another appointment in this room was there, and not their own"
        return "the clinician of another session was there by the account of the host, and may have stayed on"
    if room.held_by_bots:
        return "only a note-taking bot came by the clinician's link"
    start, until = room.appointment.starts_at, room.until
    if not any(one.surely_known(start, until) for one in room.clinicians if one.present):
        return "the clinician was recognised by a name alone"
    return "the clinician's arrival was not delivered"
