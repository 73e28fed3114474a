"""From what is stored to what a ticket says: facts are gathered here, and composed in the core."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from plugin.core import ticket
from plugin.core.action import ActionKind
from plugin.core.appointment import Appointment, Role
from plugin.core.event import Event
from plugin.core.incident import Platform, shared
from plugin.core.platform import known
from plugin.core.trace import Trace, traces
from plugin.ports.helpdesk import TicketDraft
from plugin.service.memory import Memory
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import affected, delivery
from plugin.storage import appointment as appointments
from plugin.storage import assessment as verdicts
from plugin.storage import platform_incident as platform_incidents
from plugin.storage.database import Transaction

MOST_TOLD = 12
"""So many people of an incident are told one by one, and looked at for what they share; all are listed by code."""
TROUBLE = "rejoin.trouble_reported"


def ticket_key(action: Row) -> str:
    """The key of the ticket that an action is about: its own, or that of an incident that meetings share."""
    return action.details.get("shared") or action.key


def draft(rejoin: Rejoin, action: Row, now: datetime) -> TicketDraft | None:
    """What the ticket of this action says now; None when its appointment is gone from the roster."""
    with rejoin.db.read() as tx:
        key = ticket_key(action)
        members = _members(tx, action, key)
        first = appointments.load(tx, action.appointment_id)
        if first is None:
            return None
        codes = tuple(dict.fromkeys(code for _, code in members))
        people: list[ticket.Facts] = []
        clinicians: dict[str, Trace] = {}
        for appointment, theirs in _told(tx, members, first):
            seen = traces(appointment, _events(tx, appointment, now), rejoin.policy, now)
            people += _facts(tx, appointment, theirs, seen)
            clinicians |= {code: trace for code, trace in seen.items() if trace.role is Role.CLINICIAN}
        platform = _platform(tx, action, now)
    common = None
    if action.incident:
        window = rejoin.policy.of(first.kind).group_drop_window
        common = shared([facts.trace for facts in people], clinicians.values(), window, platform)
    said = ticket.compose(
        people,
        first.starts_at,
        first.ends_at,
        zone_of(first, codes),
        count=len(codes),
        common=common,
        running=now < first.ends_at,
    )
    return TicketDraft(
        key, action.appointment_id, codes, action.incident, said.summary, said.seen, said.suggestion, said.rule,
        said.symptom,
    )  # fmt: skip


def zone_of(appointment: Appointment, codes: Sequence[str]) -> ZoneInfo:
    """The zone in which a ticket tells times: that of its one person, else the program's."""
    own = ""
    if len(codes) == 1:
        own = next((p.timezone for p in appointment.participants if p.participant_id == codes[0]), "")
    return ZoneInfo(own or appointment.timezone)


def _members(tx: Transaction, action: Row, key: str) -> list[tuple[str, str]]:
    """Whom the ticket is about, each with an appointment: those of this action first, then the rest of the incident."""
    mine = [(action.appointment_id, code) for code in tuple(action.participants) or (action.participant_id,)]
    if not action.incident:
        return mine
    known = [(row.appointment_id, row.participant_id) for row in affected.of_ticket(tx, key)]
    return list(dict.fromkeys([*known, *mine]))


def _told(
    tx: Transaction, members: Sequence[tuple[str, str]], first: Appointment
) -> Iterable[tuple[Appointment, list[str]]]:
    """The appointments of those who are told one by one."""
    by_appointment: dict[str, list[str]] = {}
    for appointment_id, code in members[:MOST_TOLD]:
        by_appointment.setdefault(appointment_id, []).append(code)
    for appointment_id, codes in by_appointment.items():
        known = first if appointment_id == first.appointment_id else appointments.load(tx, appointment_id)
        if known is not None:
            yield known, codes


def _events(tx: Transaction, appointment: Appointment, now: datetime) -> list[Event]:
    return Memory().events(tx, delivery.of_appointment(tx, appointment, now))


def _facts(
    tx: Transaction, appointment: Appointment, codes: Sequence[str], seen: dict[str, Trace]
) -> list[ticket.Facts]:
    results = {code: row.result for code, row in verdicts.current(tx, appointment.appointment_id).items()}
    told = delivery.told(tx, appointment.appointment_id, TROUBLE)
    letters = [
        row
        for row in outbox.of_appointment(tx, appointment.appointment_id)
        if row.kind == ActionKind.MESSAGE and row.state == outbox.DONE and row.done_at
    ]
    found = []
    for code in codes:
        if code not in seen:
            continue
        result = results.get(code, {})
        hits = [f["rule"] for f in result.get("findings", ()) if f["hit"] and f["rule"] in ticket.FIRST_STEPS]
        found.append(
            ticket.Facts(
                seen[code],
                result.get("attended_minutes", 0.0),
                result.get("lost_minutes", 0.0),
                tuple(hits),
                tuple(payload for payload in told if payload.get("participant_id") == code),
                tuple((row.purpose, row.done_at) for row in letters if row.participant_id == code),
            )
        )
    return found


def _platform(tx: Transaction, action: Row, now: datetime) -> list[Platform]:
    """The incident of the platform that an action names, as it is known by now."""
    number = action.details.get("platform")
    first = Memory().events(tx, delivery.these(tx, [number])) if number is not None else []
    names = [event.instance for event in first if event.instance]
    told = {event.delivery: event for event in (*first, *Memory().events(tx, delivery.of_incidents(tx, names, now)))}
    parts = {name: platform_incidents.part_of(tx, name) for name in names}
    stands = known(told.values(), now)
    return [Platform(one.from_at, one.until_at, parts.get(told[one.told[0]].instance)) for one in stands]
