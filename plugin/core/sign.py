"""What speaks against an absence though nobody saw the person come: who is not surely away is not absent."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.core.appointment import Participant, Role
from plugin.core.assessment import Cause, Confidence, Flag, Outcome
from plugin.core.attempt import JOINING
from plugin.core.case import Case
from plugin.core.elsewhere import at_another_of_theirs, strangers_elsewhere, tries_by_other_links
from plugin.core.event import GOING, INSIDE, SHOWING, Event, EventKind, numbers_of
from plugin.core.identity import MatchedBy, Roll, phone_digits, plain_email
from plugin.core.interval import Span, clip, length, within
from plugin.core.room import Room
from plugin.core.session_before import kept_before
from plugin.core.sighting import TRIES
from plugin.core.timeline import HOURS_EARLY
from plugin.core.verdict import Verdict, unknown
from plugin.core.wording import in_words, sentence

_PASSING = frozenset({EventKind.JOINED, EventKind.LEFT})


def sign_of(case: Case) -> Verdict | None:
    """The verdict about somebody who was not seen and of whom there is a sign all the same; None when there is none."""
    room, person = case.room, case.person
    if room.timeline.deleted is not None:
        return deleted(room.timeline.deleted)
    if theirs := at_another_of_theirs(room, person):
        was = f"came to that one at {case.at(theirs.at)}"
        if theirs.kind in GOING:
            was = f"were there until {case.at(theirs.at)}"
        because = f"They have another session in another meeting, and {was}."
        return unknown("sign-of-the-person", because, events=(theirs.delivery,))
    if told := room.beside.by_the_account.get(person.participant_id):
        because = "Somebody came by the account of the host, and nothing says which of the clinicians it was."
        return unknown("sign-of-the-person", because, events=told)
    if kept := kept_before(case):
        because, told = kept
        return unknown("sign-of-the-person", sentence(f"{because}, and they were not seen"), events=told)
    if came := _at_another_hour(case):
        because = f"They came into this meeting at {case.at(came.at)}, when this session was not on."
        return unknown("sign-of-the-person", because, events=(came.delivery,))
    if tried := _still_trying(case):
        because = sentence(f"they {_in_words(case, tried[0], 'were')}")
        return unknown("sign-of-the-person", because, events=[event.delivery for event in tried])
    if shown := room.beside.by_a_link.get(person.participant_id):
        # The link says whose it is; who comes by it when its owner is there already is somebody else.
        because = "Somebody came by the link of one who was there already, and showed this person's name or address."
        return unknown("sign-of-the-person", because, events=shown)
    if named := room.beside.by_a_name.get(person.participant_id):
        because = "Somebody who was there showed this person's name beside another one."
        return unknown("sign-of-the-person", because, events=named)
    if told := noticed(case):
        because = "Zoom told something of them in this meeting, and not that they came."
        return unknown("sign-of-the-person", because, events=numbers_of(told))
    if unregistered := _unregistered(case):
        because = "Their registration for the meeting was cancelled or denied at Zoom, so their link opened nothing."
        return unknown("unregistered", because, events=[event.delivery for event in unregistered])
    if room.timeline.moved is not None:
        because = f"At {case.at(room.timeline.moved.at)} this session was moved to another time at Zoom."
        return unknown("moved", because, events=(room.timeline.moved.delivery,))
    # Who waits for a host that is here is in the wrong meeting, as an old link leads to; who is in may belong there.
    if waited := [event for event in strangers_elsewhere(room) if event.kind is not EventKind.JOINED]:
        because = f"Somebody unidentified waited for the same host in another meeting, from {case.at(waited[0].at)}."
        told = [event.delivery for event in waited]
        return unknown("unidentified-guest", because, Flag.UNIDENTIFIED_GUEST, events=told)
    return None


def _still_trying(case: Case) -> list[Event]:
    """What they did behind the link of another session, and were not in this meeting for longer than it takes to go."""
    tried, there = tries_by_other_links(case.room, case.person), case.attendance
    if not tried:
        return []
    times = (*there.present, *there.waiting, *_in_other_runs(case))
    last = max([end for begin, end in times if begin <= case.room.until], default=None)
    return [event for event in tried if last is None or last <= event.at + JOINING]


def tried_by_other_links(case: Case) -> tuple[str, tuple[int, ...]] | None:
    """What they did behind the link of another session while they were not in this one, in words that stand within a
    sentence, and the deliveries that tell of it; None when nothing."""
    there = case.attendance.present
    tried = [event for event in tries_by_other_links(case.room, case.person) if not within(there, event.at)]
    return (f"they had {_in_words(case, tried[0], 'been')}", numbers_of(tried)) if tried else None


def _in_words(case: Case, tried: Event, were: str) -> str:
    if tried.kind not in TRIES:
        return f"{were} seen in another meeting at {case.at(tried.at)}"
    what = "told of trouble behind" if tried.kind is EventKind.TROUBLE_REPORTED else "opened"
    return f"{what} their link of another session at {case.at(tried.at)}"


def _in_other_runs(case: Case) -> Iterator[Span]:
    """When they came or went in those runs of this meeting in which the sessions before it were."""
    session, timeline = case.room.appointment, case.room.timeline
    roll = Roll(session, case.room.surroundings.at_the_same_time(session), timeline.registered)
    for event in timeline.strays:
        before = event.kind in _PASSING and event.at < session.starts_at
        if before and roll.recognise((event,)).person == case.person:
            yield event.at, event.at


def _at_another_hour(case: Case) -> Event | None:
    """What shows that they came at another hour, as who takes another zone's time for theirs or mixes up the hours.

    A run in which a clinician was as well is a session of its own, and nobody knows for whom, unless it was so soon
    after this one that it may have been for who came too late; when the roster knows it and does not expect them there,
    they were there by mistake.
    """
    room, met = case.room, set()
    # The run that became theirs may serve for other sessions, too, hours before and after.
    mine = [e for e in case.attendance.told if e.kind in SHOWING and (_by_mistake(room, e) or _hours_early(room, e))]
    if not mine and not room.timeline.strays:
        return None
    roll = Roll(room.appointment, (), room.timeline.registered)
    for event in room.timeline.strays:
        match = roll.recognise((event,))
        if match.by is MatchedBy.ZOOM_USER or (match.person and match.person.role is Role.CLINICIAN):
            met.add(event.instance)
        elif match.person == case.person:
            mine.append(event)
    mine = [event for event in mine if not _for_another_of_theirs(case, event)]
    return next((e for e in mine if e.instance not in met or _by_mistake(room, e) or _soon_after(room, e)), None)


def _hours_early(room: Room, event: Event) -> bool:
    """Whether it was hours before this session, when no clinician was there, as before a waiting room that is not open
    yet."""
    return room.appointment.starts_at - HOURS_EARLY <= event.at < room.opens and not room.led_at(event.at)


def _soon_after(room: Room, event: Event) -> bool:
    """Whether it was so soon after this session that who came, and met a clinician, may have come for it, too late."""
    over = room.appointment.ends_at
    return over < event.at <= over + room.thresholds.early_window


def _by_mistake(room: Room, event: Event) -> bool:
    """Whether it was hours off this session, in another one that the roster knows."""
    begin, end = room.appointment.starts_at - HOURS_EARLY, room.appointment.ends_at + room.thresholds.final_after
    return begin <= event.at <= end and room.surroundings.schedule.another_is_on(room.appointment, event.at)


def noticed(case: Case) -> list[Event]:
    """What told something else of them, but for what was told where they are known to have been: in another session of
    theirs in this meeting."""
    told = case.room.timeline.noticed.get(case.person.participant_id)
    if not told:
        return []
    there, timeline = case.attendance, case.room.timeline
    roll = Roll(case.room.appointment, (), timeline.registered)
    runs = {e.instance for e in timeline.strays if e.instance and roll.recognise((e,)).person == case.person}
    return [event for event in told if event.instance not in runs and not there.accounts_for(event)]


def _unregistered(case: Case) -> list[Event]:
    """What told that their registration was cancelled or denied; one under another id than theirs is an old one."""
    told = case.room.timeline.unregistered.get(case.person.participant_id, ())
    mine = case.person.registrant_id
    return [event for event in told if not mine or event.registrant_id in ("", mine)]


def _for_another_of_theirs(case: Case, event: Event) -> bool:
    """Whether they have another session in the meeting at about that time: they came early to it, or stayed on."""
    session, code = case.room.appointment, case.person.participant_id
    theirs = case.room.surroundings.schedule.of_person(code, event)
    return any(one.starts_at != session.starts_at for one in theirs)


def perhaps_beside_somebody(room: Room, person: Participant) -> bool:
    """Whether somebody who was present has, or showed, the e-mail, telephone or name of this person, who was not: two
    may sit before one device, or one come by another's link."""
    if person.participant_id in room.beside.perhaps:
        return True
    mine = {plain_email(person.email), phone_digits(person.phone)} - {""}
    if not mine:
        return False
    here = [(other, room.attendances[other.participant_id]) for other in room.appointment.participants]
    start, until = room.appointment.starts_at, room.until
    return any(
        not mine.isdisjoint((plain_email(other.email), phone_digits(other.phone)))
        for other, there in (*here, *room.known_beside)
        if clip(there.present, start, until)
    )


def unheard(case: Case) -> Verdict:
    """The verdict about somebody who opened their link when nothing was heard."""
    because = "They opened their link when nothing was heard from Zoom, so they may have come unseen."
    clicks = [event.delivery for event in case.told_of(EventKind.JOIN_CLICKED)]
    return unknown("feed-gap", because, Flag.FEED_GAP, events=clicks)


def sign_in_words(case: Case) -> str:
    """What was seen of somebody who was not in the session, for people."""
    session, told = case.room.appointment, case.told_here()
    times = case.mine((*case.attendance.present, *case.attendance.waiting))
    if times and all(end <= session.starts_at for _, end in times):
        gone = case.at(max(end for _, end in times))
        back = "did not come back" if case.room.over else "are not back"
        last = [one for one in case.attendance.departures if case.is_mine(one.at, one.at)][-1:]
        if last and last[0].put_back:
            return f"The host sent them back to wait at {case.at(last[0].at)}; they waited until {gone}, and {back}."
        return f"They were there before the start, until {gone}, and {back}."
    if times and all(begin >= session.ends_at for begin, _ in times):
        return f"They came when it was over, at {case.at(min(begin for begin, _ in times))}."
    opened = [event.at for event in case.told_of(EventKind.JOIN_CLICKED) if event.at > case.room.until]
    if opened and not times:
        return f"They opened their link when it was over, at {case.at(opened[0])}."
    if case.waiting and case.was_admitted() and not case.present:
        inside = "were never seen inside" if case.room.over else "are not seen inside yet"
        return f"They waited {in_words(length(case.waiting))}, were let in, and {inside}."
    if case.present:
        return f"They were there for {in_words(length(case.present))} only, too short to tell what happened."
    if told and all(event.kind is EventKind.CAME_BEFORE_HOST for event in told):
        return f"They came in before the host, at {case.at(told[0].at)}, and nothing more was delivered of it."
    if told and all(event.kind in INSIDE for event in told):
        return f"They were in the meeting at {case.at(told[0].at)}, and nothing more was delivered of it."
    return "There was a sign of them, too short to tell what happened."


def deleted(event: Event) -> Verdict:
    """The verdict for who did not come to a session whose meeting was deleted, though a clinician was there."""
    because = "Its meeting was deleted before the start, so nobody had to come, though a clinician was there."
    return Verdict(Outcome.CANCELLED, Cause.NONE, Confidence.MEDIUM, "cancelled", because, (), (event.delivery,))
