"""What the staff pages read: the day's appointments with their people and standing verdicts, and what hangs on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from plugin.core.appointment import Status
from plugin.storage.database import Transaction
from plugin.storage.encryption import Unopenable
from plugin.storage.tables import (
    action,
    appointment,
    assessment,
    audit,
    delivery,
    makeup,
    message,
    offer,
    participant,
    task,
    ticket,
    work,
)
from plugin.storage.tables import booking as booked

READ_AT_ONCE = 200
UNOPENABLE = "(cannot be opened)"
"""Shown in place of a name or a text whose key is gone, or that was tampered with."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict as stored: `result` in the words of the replay contract; `current` is the one that stands."""

    participant_id: str
    revision: int
    current: bool
    result: dict[str, Any]
    policy_version: str
    judged_at: datetime
    made_at: datetime
    """When it came in place of the one before; its minutes may have been renewed since."""
    trigger: str
    source: dict[str, Any] | None = None
    effects: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """One expected person; `name` is blank when it is not known, or not for whoever is looking."""

    participant_id: str
    role: str
    name: str
    timezone: str
    verdict: Verdict | None
    language: str = ""
    stands: bool = True
    """Whether their own place in the session was not cancelled."""


@dataclass(frozen=True, slots=True)
class Booking:
    """One appointment as the pages show it; `title` is blank for those who do not see names."""

    appointment_id: str
    kind: str
    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    status: str
    replaces: str | None
    people: tuple[Person, ...]

    def person(self, participant_id: str) -> Person | None:
        """The expected person with this code."""
        return next((person for person in self.people if person.participant_id == participant_id), None)

    def stands_for(self, person: Person) -> bool:
        """Whether the session is to be, and this person is still expected in it."""
        return self.status == Status.BOOKED and person.stands


def bookings_between(
    tx: Transaction, begin: datetime, end: datetime, names: bool, clinician_id: str | None = None
) -> list[Booking]:
    """The appointments that start in this time, the earliest first; with `clinician_id` only theirs."""
    query = select(appointment).where(appointment.c.starts_at >= begin, appointment.c.starts_at < end)
    if clinician_id is not None:
        query = query.where(appointment.c.appointment_id.in_(_of_clinician(clinician_id)))
    query = query.order_by(appointment.c.starts_at, appointment.c.appointment_id)
    return _bookings(tx, tx.execute(query).all(), names)


def booking(tx: Transaction, appointment_id: str, names: bool, clinician_id: str | None = None) -> Booking | None:
    """One appointment; None when there is none, or when it is not one of this clinician's."""
    query = select(appointment).where(appointment.c.appointment_id == appointment_id)
    if clinician_id is not None:
        query = query.where(appointment.c.appointment_id.in_(_of_clinician(clinician_id)))
    return next(iter(_bookings(tx, tx.execute(query).all(), names)), None)


def bookings(tx: Transaction, appointment_ids: Collection[str], names: bool) -> dict[str, Booking]:
    """Several appointments by their ids."""
    query = select(appointment).where(appointment.c.appointment_id.in_(list(appointment_ids)))
    return {found.appointment_id: found for found in _bookings(tx, tx.execute(query).all(), names)}


def verdict_history(tx: Transaction, appointment_id: str) -> list[Verdict]:
    """Every verdict ever given on the people of this appointment, the newest first."""
    query = select(assessment).where(assessment.c.appointment_id == appointment_id)
    return [_verdict(row) for row in tx.execute(query.order_by(assessment.c.id.desc()).limit(READ_AT_ONCE))]


def verdicts_of_person(tx: Transaction, participant_id: str) -> list[tuple[str, datetime, Verdict]]:
    """The standing verdicts on one person with appointment id and start, the latest appointment first."""
    query = (
        select(assessment, appointment.c.starts_at)
        .join(appointment, appointment.c.appointment_id == assessment.c.appointment_id)
        .where(assessment.c.participant_id == participant_id, assessment.c.current)
        .order_by(appointment.c.starts_at.desc())
        .limit(10)
    )
    return [(row.appointment_id, row.starts_at, _verdict(row)) for row in tx.execute(query)]


def earlier_verdicts(tx: Transaction, appointment_id: str, participant_id: str) -> list[Verdict]:
    """The verdicts on one person that do not stand any more, the oldest first."""
    mine = (assessment.c.appointment_id == appointment_id, assessment.c.participant_id == participant_id)
    query = select(assessment).where(*mine, assessment.c.current.is_(False)).order_by(assessment.c.revision)
    return [_verdict(row) for row in tx.execute(query.limit(READ_AT_ONCE))]


def newest_offer(tx: Transaction, appointment_id: str, participant_id: str) -> Any | None:
    """The newest offer to one person in place of this appointment, or None.

    One of seats in other groups counts from its approval on: before it, it may as well become make-up work.
    """
    agreed = ~offer.c.seat | offer.c.state.in_(("approved", "sent", "accepted"))
    mine = (offer.c.appointment_id == appointment_id, offer.c.participant_id == participant_id, agreed)
    return tx.execute(select(offer).where(*mine).order_by(offer.c.id.desc()).limit(1)).first()


def attended(tx: Transaction, begin: datetime, end: datetime) -> list[tuple[str, datetime, float, bool]]:
    """What clients attended of the sessions that start in this time: code, start, minutes, and whether it is final."""
    query = (
        select(assessment.c.participant_id, appointment.c.starts_at, assessment.c.result, assessment.c.final)
        .join(appointment, appointment.c.appointment_id == assessment.c.appointment_id)
        .join(
            participant,
            (participant.c.appointment_id == assessment.c.appointment_id)
            & (participant.c.participant_id == assessment.c.participant_id),
        )
        .where(appointment.c.starts_at >= begin, appointment.c.starts_at < end)
        .where(assessment.c.current, participant.c.role == "client")
    )
    return [(code, at, result["attended_minutes"], final) for code, at, result, final in tx.execute(query)]


def deliveries(tx: Transaction, numbers: Collection[int]) -> list[Any]:
    """These deliveries as they arrived: number, event, when it happened, when it came."""
    columns = delivery.c.id, delivery.c.event, delivery.c.at, delivery.c.received_at
    query = select(*columns).where(delivery.c.id.in_(sorted(numbers)[:READ_AT_ONCE]))
    return list(tx.execute(query.order_by(delivery.c.id)))


def related(tx: Transaction, appointment_id: str) -> tuple[list[Any], list[Any], list[Any]]:
    """The tickets and offers of this appointment, and the appointments that were made in its place."""
    tickets = tx.execute(select(ticket.c.id, ticket.c.state).where(ticket.c.appointment_id == appointment_id)).all()
    offers = tx.execute(select(offer.c.id, offer.c.state).where(offer.c.appointment_id == appointment_id)).all()
    joined = select(booked.c.appointment_id).where(booked.c.replaces == appointment_id, booked.c.state == "booked")
    replaced = select(appointment.c.appointment_id, appointment.c.starts_at).where(
        (appointment.c.replaces == appointment_id) | appointment.c.appointment_id.in_(joined)
    )
    return list(tickets), list(offers), list(tx.execute(replaced.order_by(appointment.c.starts_at)))


def waiting_for_people(tx: Transaction) -> dict[str, int]:
    """How much waits on each of the queues: open tickets, approvals, tasks by role, and what was given up."""
    count = func.count()
    waiting = ticket.c.state.in_(("open", "taken"))
    tickets = tx.execute(select(count).where(waiting).select_from(ticket)).scalar_one()
    proposed = (offer.c.state == "proposed") & ~offer.c.seat  # one of seats is counted as the make-up that it is about
    offers = tx.execute(select(count).where(proposed).select_from(offer)).scalar_one()
    held = (action.c.state == "held") & (action.c.kind == "makeup")
    makeups = tx.execute(select(count).where(held).select_from(action)).scalar_one()
    read = tx.execute(select(count).where(makeup.c.state == "handed-in").select_from(makeup)).scalar_one()
    dead = tx.execute(select(count).where(action.c.state == "dead").select_from(action)).scalar_one()
    dead += tx.execute(select(count).where(work.c.dead_at.is_not(None)).select_from(work)).scalar_one()
    rows = tx.execute(select(task.c.role, count).where(task.c.state == "open").group_by(task.c.role)).all()
    waiting = {"tickets": tickets, "approvals": offers + makeups, "makeups": read, "dead": dead}
    return waiting | {f"tasks-{role}": number for role, number in rows}


def audit_rows(tx: Transaction, limit: int, before: int | None = None) -> list[Any]:
    """Entries of the audit log, the newest first; with `before` those older than that entry."""
    query = select(audit) if before is None else select(audit).where(audit.c.id < before)
    return list(tx.execute(query.order_by(audit.c.id.desc()).limit(limit)))


def letters(tx: Transaction, limit: int = 100) -> list[Any]:
    """Messages in the local mailbox, the newest first; the sealed columns stay sealed."""
    columns = message.c.id, message.c.subject, message.c.sent_at, message.c.participant_id, message.c.appointment_id
    return list(tx.execute(select(*columns).order_by(message.c.id.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """One message of the local mailbox, opened; `invitation` is an iCalendar text or ""."""

    id: int
    appointment_id: str
    participant_id: str
    to: str
    subject: str
    body: str
    invitation: str
    sent_at: datetime


def letter(tx: Transaction, message_id: int) -> OpenLetter | None:
    """One message of the local mailbox with its sealed parts opened."""
    row = tx.execute(select(message).where(message.c.id == message_id)).first()
    if row is None:
        return None
    to, body, invitation = (
        _text(tx, f"message.{c}", row._mapping[c]) for c in ("to_sealed", "body_sealed", "invitation_sealed")
    )
    return OpenLetter(row.id, row.appointment_id, row.participant_id, to, row.subject, body, invitation, row.sent_at)


def _of_clinician(clinician_id: str):
    theirs = (participant.c.participant_id == clinician_id) & (participant.c.role == "clinician")
    return select(participant.c.appointment_id).where(theirs)


def _bookings(tx: Transaction, rows: list[Any], names: bool) -> list[Booking]:
    ids = [row.appointment_id for row in rows]
    if not ids:
        return []
    standing = assessment.c.appointment_id.in_(ids) & assessment.c.current
    verdicts = {(v.appointment_id, v.participant_id): v for v in tx.execute(select(assessment).where(standing))}
    people: dict[str, list[Person]] = {}
    expected = select(participant).where(participant.c.appointment_id.in_(ids))
    for row in tx.execute(expected.order_by(participant.c.position)):
        stood = verdicts.get((row.appointment_id, row.participant_id))
        name = _text(tx, "participant.name_sealed", row.name_sealed) if names else ""
        verdict = _verdict(stood) if stood else None
        stands = row.status == Status.BOOKED
        person = Person(row.participant_id, row.role, name, row.timezone, verdict, row.language, stands)
        people.setdefault(row.appointment_id, []).append(person)
    return [
        Booking(
            row.appointment_id,
            row.kind,
            _text(tx, "appointment.title_sealed", row.title_sealed) if names else "",
            row.starts_at,
            row.ends_at,
            row.timezone,
            row.status,
            row.replaces,
            tuple(people.get(row.appointment_id, ())),
        )
        for row in rows
    ]


def _text(tx: Transaction, place: str, sealed: bytes | None) -> str:
    """What is shown of it: one value that cannot be opened must not take the page of all the others away."""
    try:
        return tx.vault.open_text(place, sealed) if sealed else ""
    except Unopenable:
        return UNOPENABLE


def _verdict(row: Any) -> Verdict:
    return Verdict(
        row.participant_id,
        row.revision,
        row.current,
        row.result,
        row.policy_version,
        row.judged_at,
        row.made_at or row.judged_at,
        row.trigger,
        row.source,
        tuple(row.effects or ()),
    )
