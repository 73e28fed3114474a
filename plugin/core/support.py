"""Which tickets tech support gets about one appointment: one for each person, or one incident for what they share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from plugin.core.action import Action, ActionKind
from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment, Cause, Flag, Outcome, Presence
from plugin.core.live import Out, is_there

SEVERAL = 3
"""So many people with trouble in one meeting are one incident (the replay contract)."""
NOBODY_OUT = Out(())
_TECHNICAL = Cause.TECHNICAL


def tickets(
    appointment: Appointment,
    assessments: Sequence[Assessment],
    out: Out,
    now: datetime,
    already: Collection[str] = (),
    meeting: str = "",
    beside: Sequence[Assessment] = (),
    out_beside: Out = NOBODY_OUT,
) -> list[Action]:
    """A ticket for each who needs help now, or one incident for all whom one cause hit.

    `already` are the people of the incident that stands for this meeting, if there is one: it stays theirs, so that one
    trouble has one conversation. Where other appointments share the meeting, `meeting` is the key of the ticket of them
    all, and their people are `beside`: what befell its clinician or several of all these is one incident.
    """
    running = out.there_since is not None and now >= appointment.starts_at
    troubled = _troubled(assessments, out, running)
    hurt = [a for a in troubled if a in out.away]
    if not hurt:
        return []
    alone = _without_a_session(assessments)
    alone += [] if out.there_since is None else _left_alone(assessments, out.cut_off, out.there_since)
    together = [a for a in assessments if Flag.GROUP_DROP in a.flags]
    hit = {a.participant_id: a for a in (*troubled, *alone)}
    # Who dropped out with others belongs to the incident, also after coming back in time to have attended.
    hit |= {a.participant_id: a for a in together} if len(together) >= SEVERAL else {}
    platform = _platform(hurt)
    others = _troubled(beside, out_beside, running)
    still_hurt = [*hurt, *[a for a in others if a in out_beside.away]]
    known = already if any(a.participant_id in already for a in still_hurt) else ()
    of_clinician = any(a.role is Role.CLINICIAN and _dropped(a) for a in hurt) and len(hit) > 1
    common = bool(meeting) and any(a.role is Role.CLINICIAN or Flag.GROUP_DROP in a.flags for a in hurt)
    if platform is None and len(hit) + len(others) < SEVERAL and not (of_clinician or known or common):
        return [_ticket(a, a in out.cut_off) for a in hurt]
    hit |= {a.participant_id: a for a in assessments if a.participant_id in known}
    codes = tuple(sorted(hit))
    still = {a.participant_id for a in (*hurt, *alone)}
    return [
        Action(
            ActionKind.TICKET,
            appointment.appointment_id,
            min(a.participant_id for a in hurt),
            False,
            _because(codes, platform, _of_the_clinicians(troubled, of_clinician), bool(meeting)),
            incident=True,
            participants=codes,
            platform=platform,
            meeting=meeting if platform is None else "",
            back=tuple((code, _back_at(hit[code], assessments, now)) for code in codes if code not in still),
        )
    ]


def _troubled(assessments: Iterable[Assessment], out: Out, running: bool) -> list[Assessment]:
    """Who of these has trouble that support can do something about, or asks for help."""
    return [
        a
        for a in assessments
        if (a.cause is _TECHNICAL and _needs_support(a)) or a in out.cut_off or (running and _calls_for_help(a))
    ]


def shared_key(appointment: Appointment, others: Iterable[Appointment]) -> str:
    """The key of the ticket of an incident that befalls one appointment and `others` that share its meeting and its
    time, after the first of them; "" when there are none."""
    theirs = [one.appointment_id for one in others]
    return f"meeting-incident/{min(appointment.appointment_id, *theirs)}" if theirs else ""


def may_be_shared(actions: Iterable[Action]) -> bool:
    """Whether somebody has a ticket of their own, which would be one for several if others of the meeting had trouble
    as well; who those are is looked at only then."""
    return any(action.kind is ActionKind.TICKET and not action.incident for action in actions)


def spanning(shared: Sequence[Action]) -> Action:
    """The one ticket of an incident over all the appointments it hit, told at the first of them."""
    codes = tuple(sorted({code for action in shared for code in action.participants}))
    hit = tuple(dict.fromkeys(action.appointment_id for action in shared))
    because = _because(codes, shared[0].platform)
    return msgspec.structs.replace(shared[0], participants=codes, appointments=hit, because=because)


def _ticket(assessment: Assessment, cut_off: bool) -> Action:
    code, found = assessment.participant_id, assessment.findings
    # Of who is cut off right now the share of the session says nothing: how they went does.
    went = [f.because for f in found if cut_off and f.hit and f.rule in ("dropped", "interrupted")]
    if assessment.cause is not Cause.TECHNICAL:  # too early to say anything else of who calls for help
        went += [f.because for f in found if f.hit and f.rule == "trouble-reported"]
    because = next(iter([*went, *[finding.because for finding in found[:1]]]), "")
    return Action(ActionKind.TICKET, assessment.appointment_id, code, False, because, participants=(code,))


def _because(codes: tuple[str, ...], platform: int | None, of_clinicians: str = "", sharing: bool = False) -> str:
    people = f"{len(codes)} people" if len(codes) > 1 else "One person"
    if platform is not None:
        return f"{people} had trouble during an incident of the platform."
    if of_clinicians:
        return f"{of_clinicians}; {len(codes)} people are affected."
    if sharing and len(codes) < SEVERAL:
        return f"{people} had technical trouble in a meeting that other appointments share."
    return f"{people} had technical trouble in one meeting."


def _of_the_clinicians(troubled: Sequence[Assessment], cut_off: bool) -> str:
    """What happened to the clinicians, when the trouble was theirs and others only suffered from it."""
    if cut_off and len(troubled) < SEVERAL:
        return "The clinician was cut off"
    return "A clinician had technical trouble" if all(a.role is Role.CLINICIAN for a in troubled) else ""


def _calls_for_help(assessment: Assessment) -> bool:
    """Whether somebody told us of trouble and never got in: they need help now, whatever can be said of them yet."""
    return Flag.TROUBLE_REPORTED in assessment.flags and assessment.joined_at is None


def _needs_support(assessment: Assessment) -> bool:
    """Whether somebody whose trouble is technical needs help."""
    if assessment.outcome is Outcome.NOT_HELD:  # the trouble was the clinician's
        return assessment.role is Role.CLINICIAN
    return True


def _dropped(assessment: Assessment) -> bool:
    return Flag.DROPPED in assessment.flags or Flag.INTERRUPTED in assessment.flags


def _without_a_session(assessments: Iterable[Assessment]) -> list[Assessment]:
    """Who had no session because of a technical trouble, be it theirs or not."""
    return [a for a in assessments if a.outcome is Outcome.NOT_HELD and a.cause is Cause.TECHNICAL]


def _left_alone(
    assessments: Iterable[Assessment], cut_off: Collection[Assessment], there_since: datetime
) -> list[Assessment]:
    """Who sits in a session whose only clinician was cut off."""
    there = [a for a in assessments if a not in cut_off and is_there(a, there_since)]
    gone = any(a.role is Role.CLINICIAN for a in cut_off)
    held = any(a.role is Role.CLINICIAN for a in there)
    return there if gone and not held else []


def _platform(hurt: Iterable[Assessment]) -> int | None:
    """The delivery that first told of the incident of the platform that hit one of them."""
    told = [
        min(finding.events)
        for a in hurt
        if Flag.PLATFORM_INCIDENT in a.flags
        for finding in a.findings
        if finding.rule == "platform-incident" and finding.hit and finding.events
    ]
    return min(told, default=None)


def _back_at(assessment: Assessment, assessments: Iterable[Assessment], now: datetime) -> datetime:
    """Since when somebody of an incident has been well again: their own return, or that of the clinician."""
    returns = [at for at in [_returned(assessment)] if at]
    returns = returns or [at for a in assessments if a.role is Role.CLINICIAN for at in [_returned(a)] if at]
    return max(returns, default=now)


def _returned(assessment: Assessment) -> datetime | None:
    present = [s for s in assessment.stretches if s.state is Presence.PRESENT]
    return present[-1].from_at if len(present) > 1 else None
