"""The roster as stored: appointments with the people expected in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Row, bindparam, case, delete, select

from plugin.core.appointment import Appointment, Kind, Participant, Role, Status
from plugin.core.interval import Span
from plugin.core.schedule import Expected
from plugin.storage.database import Transaction, portions
from plugin.storage.insertion import insert
from plugin.storage.tables import appointment as table
from plugin.storage.tables import participant

# An event of a meeting belongs to the appointments of that meeting number within this time around them.
REACH = timedelta(hours=24)
# Asked at every judgement: written once.
_ONE = select(table).where(table.c.appointment_id == bindparam("appointment_id"))
_THESE = (
    select(table)
    .where(table.c.appointment_id.in_(bindparam("ids", expanding=True)))
    .order_by(table.c.starts_at, table.c.appointment_id)
)
_PROGRAM = select(table.c.program_id).where(table.c.appointment_id == bindparam("appointment_id"))
_PEOPLE = (
    select(participant)
    .where(participant.c.appointment_id.in_(bindparam("ids", expanding=True)))
    .order_by(participant.c.position)
)

_EXPECTED = (
    select(
        table.c.appointment_id, table.c.meeting_id, table.c.starts_at, table.c.ends_at,
        participant.c.participant_id, participant.c.position,
    )
    .join(participant, participant.c.appointment_id == table.c.appointment_id)
    .where(
        table.c.meeting_id.in_(bindparam("ids", expanding=True)),
        table.c.starts_at.between(bindparam("earliest"), bindparam("until_at")),
        table.c.ends_at > bindparam("from_at"),
        table.c.status == Status.BOOKED.value,
        participant.c.status == Status.BOOKED.value,
    )
)  # fmt: skip
_CALLED_OFF = select(table.c.appointment_id, table.c.meeting_id).where(
    table.c.meeting_id.in_(bindparam("ids", expanding=True)),
    table.c.starts_at.between(bindparam("earliest"), bindparam("until_at")),
    table.c.ends_at > bindparam("from_at"),
    table.c.status == Status.CANCELLED.value,
)
_SESSIONS = (
    select(
        table.c.appointment_id, table.c.meeting_id, table.c.starts_at, table.c.ends_at,
        participant.c.participant_id, participant.c.role,
    )
    .join(participant, participant.c.appointment_id == table.c.appointment_id)
    .where(
        participant.c.participant_id.in_(bindparam("codes", expanding=True)),
        table.c.starts_at <= bindparam("until_at"),
        table.c.ends_at >= bindparam("from_at"),
    )
)  # fmt: skip


def put(
    tx: Transaction,
    appointment: Appointment,
    now: datetime,
    replaces: str | None = None,
    join_url: str | None = None,
) -> bool:
    """Write the appointment and exactly these people; False when it stood like this already.

    `replaces` (the appointment in whose place this one was made) and `join_url` stay as they were when not given.
    """
    if replaces is None and join_url is None and load(tx, appointment.appointment_id) == appointment:
        return False
    values = {
        "program_id": appointment.program_id,
        "kind": appointment.kind.value,
        "title_sealed": _sealed(tx, "appointment.title_sealed", appointment.title),
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "timezone": appointment.timezone,
        "status": appointment.status.value,
        "meeting_id": appointment.meeting_id,
        "host_id": appointment.host_id,
        "module": appointment.module,
        "capacity": appointment.capacity,
        "updated_at": now,
    }
    if replaces is not None:
        values["replaces"] = replaces
    if join_url is not None:
        values["join_url_sealed"] = _sealed(tx, "appointment.join_url_sealed", join_url)
    new = insert(tx, table).values(appointment_id=appointment.appointment_id, **values)
    # Moved beyond the time of which the deliveries are gone, it is to be judged like any other.
    reopened = case((table.c.pruned_at > new.excluded.ends_at, table.c.pruned_at), else_=None)
    tx.execute(
        new.on_conflict_do_update(index_elements=[table.c.appointment_id], set_=values | {"pruned_at": reopened})
    )
    tx.execute(delete(participant).where(participant.c.appointment_id == appointment.appointment_id))
    rows = [
        {
            "appointment_id": appointment.appointment_id,
            "participant_id": person.participant_id,
            "position": position,
            "role": person.role.value,
            "timezone": person.timezone,
            "name_sealed": _sealed(tx, "participant.name_sealed", person.name),
            "email_sealed": _sealed(tx, "participant.email_sealed", person.email),
            "phone_sealed": _sealed(tx, "participant.phone_sealed", person.phone),
            "join_url_sealed": _sealed(tx, "participant.join_url_sealed", person.join_url),
            "registrant_id": person.registrant_id,
            "customer_key": person.customer_key,
            "language": person.language,
            "channel": person.channel,
            "status": person.status.value,
        }
        for position, person in enumerate(appointment.participants)
    ]
    if rows:
        tx.execute(participant.insert(), rows)
    return True


def load(tx: Transaction, appointment_id: str) -> Appointment | None:
    """The appointment with this id, or None."""
    found = _read(tx, tx.execute(_ONE, {"appointment_id": appointment_id}).all())
    return found[0] if found else None


def lock(tx: Transaction, appointment_id: str) -> None:
    """Nobody else changes this appointment or its people until the transaction ends."""
    tx.execute(select(table.c.appointment_id).where(table.c.appointment_id == appointment_id).with_for_update())


def changed_since(tx: Transaction, appointment_id: str, moment: datetime) -> bool:
    """Whether the roster changed this appointment, or who is expected in it, after a moment."""
    changed = tx.execute(select(table.c.updated_at).where(table.c.appointment_id == appointment_id)).scalar()
    return changed is not None and changed > moment


def any_changed_since(tx: Transaction, moment: datetime) -> bool:
    """Whether the roster changed any appointment after a moment."""
    return tx.execute(select(table.c.appointment_id).where(table.c.updated_at > moment).limit(1)).first() is not None


def any_without_zone(tx: Transaction) -> bool:
    """Whether any appointment names no zone."""
    return tx.execute(select(table.c.appointment_id).where(table.c.timezone == "").limit(1)).first() is not None


def name_zones(tx: Transaction, zone: str) -> None:
    """Put the appointments that name no zone into this one; nothing else of them changes."""
    tx.execute(table.update().where(table.c.timezone == "").values(timezone=zone))


def program_of(tx: Transaction, appointment_id: str) -> str:
    """The program of this appointment; empty when it says none, or is none of ours."""
    return tx.execute(_PROGRAM, {"appointment_id": appointment_id}).scalar() or ""


def load_these(tx: Transaction, appointment_ids: list[str]) -> dict[str, Appointment]:
    """Those of these appointments that stand in the roster, by id."""
    found: dict[str, Appointment] = {}
    for ids in portions(appointment_ids):
        found |= {one.appointment_id: one for one in _read(tx, tx.execute(_THESE, {"ids": ids}).all())}
    return found


def between(tx: Transaction, from_at: datetime, until_at: datetime) -> list[Appointment]:
    """The appointments that start in [from_at, until_at), in order of their start."""
    return load_many(tx, select(table).where(table.c.starts_at >= from_at, table.c.starts_at < until_at))


def on_between(tx: Transaction, from_at: datetime, until_at: datetime) -> list[Appointment]:
    """The appointments that are on at any moment of this time, both ends included, in order of their start.

    One that began more than a day before it is not looked for.
    """
    starts = table.c.starts_at.between(from_at - REACH, until_at)
    return load_many(tx, select(table).where(starts, table.c.ends_at >= from_at))


def sessions_of(tx: Transaction, codes: Iterable[str], from_at: datetime, until_at: datetime) -> Sequence[Row]:
    """When and in which meeting these people have appointments in this time, both ends included, one row for each."""
    found: list[Row] = []
    for some in portions(sorted(set(codes))):
        found += tx.execute(_SESSIONS, {"codes": some, "from_at": from_at, "until_at": until_at})
    return found


def of_person(tx: Transaction, participant_id: str, from_at: datetime, until_at: datetime) -> list[Appointment]:
    """The appointments of one person that overlap this time, cancelled ones included, in order of their start."""
    mine = select(participant.c.appointment_id).where(participant.c.participant_id == participant_id)
    return load_many(
        tx,
        select(table).where(table.c.appointment_id.in_(mine), table.c.starts_at < until_at, table.c.ends_at > from_at),
    )


def booked_spans(tx: Transaction, codes: Iterable[str], from_at: datetime, until_at: datetime) -> list[Span]:
    """When one of these people has an appointment that stands and overlaps this time."""
    rows = tx.execute(
        select(table.c.starts_at, table.c.ends_at)
        .join(participant, participant.c.appointment_id == table.c.appointment_id)
        .where(
            participant.c.participant_id.in_(sorted(set(codes))),
            table.c.status == Status.BOOKED.value,
            participant.c.status == Status.BOOKED.value,
            table.c.starts_at < until_at,
            table.c.ends_at > from_at,
        )
    )
    return [(row.starts_at, row.ends_at) for row in rows]


def load_many(tx: Transaction, query) -> list[Appointment]:
    """The appointments that a query of the table finds, in order of their start."""
    return _read(tx, tx.execute(query.order_by(table.c.starts_at, table.c.appointment_id)).all())


def _read(tx: Transaction, rows: Sequence[Row]) -> list[Appointment]:
    people: dict[str, list[Participant]] = {row.appointment_id: [] for row in rows}
    for ids in portions(list(people)):
        for row in tx.execute(_PEOPLE, {"ids": ids}):
            people[row.appointment_id].append(_participant(tx, row))
    return [_appointment(tx, row, tuple(people[row.appointment_id])) for row in rows]


def concerned(tx: Transaction, meeting_ids: Iterable[str], earliest: datetime, latest: datetime) -> Sequence[Row]:
    """Which appointments events of these meetings in this time may belong to: rows of id, meeting and times."""
    found: list[Row] = []
    for ids in portions(sorted(set(meeting_ids))):
        found += tx.execute(
            select(table.c.appointment_id, table.c.meeting_id, table.c.starts_at, table.c.ends_at)
            .where(
                table.c.meeting_id.in_(ids),
                table.c.starts_at <= latest + REACH,
                table.c.ends_at >= earliest - REACH,
            )
            .order_by(table.c.starts_at, table.c.appointment_id)
        ).all()
    return found


def expected_in(
    tx: Transaction, meeting_ids: Iterable[str], from_at: datetime, until_at: datetime
) -> tuple[Expected, ...]:
    """Who is expected in these meetings, by code, in all appointments that stand and overlap this time, in order of
    their ids.

    One that began more than a day before it is not looked for.
    """
    values = {"from_at": from_at, "earliest": from_at - REACH, "until_at": until_at}
    found: list[Row] = []
    for ids in portions(sorted(set(meeting_ids))):
        found += tx.execute(_EXPECTED, values | {"ids": ids})
    found.sort(key=lambda row: (row.appointment_id, row.position))
    return tuple(
        Expected(*key, frozenset(row.participant_id for row in people), number)
        for (number, *key), people in groupby(found, lambda row: row[:4])
    )


def in_meetings(
    tx: Transaction, meeting_ids: Iterable[str], from_at: datetime, until_at: datetime
) -> list[Appointment]:
    """The appointments in these meetings that overlap this time, with their people, in order of their start.

    One that began more than a day before it is not looked for.
    """
    found: list[Appointment] = []
    for ids in portions(sorted(set(meeting_ids))):
        starts = table.c.starts_at.between(from_at - REACH, until_at)
        found += load_many(tx, select(table).where(table.c.meeting_id.in_(ids), starts, table.c.ends_at > from_at))
    return found


def called_off(tx: Transaction, meeting_ids: Iterable[str], from_at: datetime, until_at: datetime) -> Sequence[Row]:
    """The appointments in these meetings that were called off and would have overlapped this time: id and meeting.

    One that would have begun more than a day before it is not looked for.
    """
    values = {"from_at": from_at, "earliest": from_at - REACH, "until_at": until_at}
    found: list[Row] = []
    for ids in portions(sorted(set(meeting_ids))):
        found += tx.execute(_CALLED_OFF, values | {"ids": ids})
    return found


def ids_between(tx: Transaction, from_at: datetime, until_at: datetime) -> list[str]:
    """The ids of all appointments that overlap this time, in the order in which they begin."""
    overlap = select(table.c.appointment_id).where(table.c.starts_at < until_at, table.c.ends_at > from_at)
    return list(tx.execute(overlap.order_by(table.c.starts_at, table.c.appointment_id)).scalars())


def join_url(tx: Transaction, appointment_id: str, participant_id: str = "") -> str:
    """The link into the meeting: this person's own if there is one, else the meeting's; "" when neither is known."""
    mine = select(participant.c.join_url_sealed).where(
        participant.c.appointment_id == appointment_id, participant.c.participant_id == participant_id
    )
    if own := _opened(tx, "participant.join_url_sealed", tx.execute(mine).scalar()):
        return own
    sealed = tx.execute(select(table.c.join_url_sealed).where(table.c.appointment_id == appointment_id)).scalar()
    return _opened(tx, "appointment.join_url_sealed", sealed)


def _appointment(tx: Transaction, row: Row, participants: tuple[Participant, ...]) -> Appointment:
    return Appointment(
        appointment_id=row.appointment_id,
        kind=Kind(row.kind),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        meeting_id=row.meeting_id,
        participants=participants,
        program_id=row.program_id,
        title=_opened(tx, "appointment.title_sealed", row.title_sealed),
        timezone=row.timezone,
        status=Status(row.status),
        host_id=row.host_id,
        module=row.module,
        capacity=row.capacity,
    )


def _participant(tx: Transaction, row: Row) -> Participant:
    return Participant(
        participant_id=row.participant_id,
        role=Role(row.role),
        name=_opened(tx, "participant.name_sealed", row.name_sealed),
        email=_opened(tx, "participant.email_sealed", row.email_sealed),
        phone=_opened(tx, "participant.phone_sealed", row.phone_sealed),
        join_url=_opened(tx, "participant.join_url_sealed", row.join_url_sealed),
        registrant_id=row.registrant_id,
        customer_key=row.customer_key,
        timezone=row.timezone,
        language=row.language,
        channel=row.channel,
        status=Status(row.status),
    )


def _sealed(tx: Transaction, place: str, text: str) -> bytes | None:
    return tx.vault.seal(place, text) if text else None


def _opened(tx: Transaction, place: str, sealed: bytes | None) -> str:
    return tx.vault.open_text(place, sealed) if sealed else ""
