"""Verdicts as stored: the newest revision of each person stands, the others are its history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, bindparam, func, select, update

from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment, Cause, Outcome
from plugin.storage.database import Transaction
from plugin.storage.tables import appointment, participant
from plugin.storage.tables import assessment as table

# Asked at every judgement: written once.
_THESE = table.c.appointment_id.in_(bindparam("ids", expanding=True))
_CURRENT = select(table).where(table.c.current, _THESE)
_REVISIONS = (
    select(table.c.appointment_id, table.c.participant_id, func.max(table.c.revision))
    .where(_THESE)
    .group_by(table.c.appointment_id, table.c.participant_id)
)
_NO_SHOWS = (
    select(table.c.participant_id, appointment.c.starts_at)
    .join(appointment, appointment.c.appointment_id == table.c.appointment_id)
    .join(
        participant,
        (participant.c.appointment_id == table.c.appointment_id)
        & (participant.c.participant_id == table.c.participant_id),
    )
    .where(
        table.c.current,
        table.c.final,
        table.c.outcome == Outcome.MISSED.value,
        table.c.cause == Cause.ABSENCE.value,
        participant.c.role == Role.CLIENT.value,
        table.c.participant_id.in_(bindparam("codes", expanding=True)),
        appointment.c.starts_at >= bindparam("since"),
        appointment.c.starts_at < bindparam("before"),
    )
)
_REPLACE = update(table).where(table.c.id == bindparam("replaced")).values(current=False)
_RENUMBER = (
    update(table)
    .where(table.c.id == bindparam("renewed"))
    .values(
        result=bindparam("with_result"),
        policy_version=bindparam("by_policy"),
        judged_at=bindparam("at"),
        seen=bindparam("having_seen"),
    )
)
_LOOKED = update(table).where(table.c.id == bindparam("of_verdict")).values(seen=bindparam("having_seen"))


def current(tx: Transaction, appointment_id: str) -> dict[str, Row]:
    """The verdicts that stand on one appointment, by participant."""
    return current_of(tx, [appointment_id])[appointment_id]


def current_of(tx: Transaction, appointment_ids: Iterable[str]) -> dict[str, dict[str, Row]]:
    """The same of several, by id."""
    found: dict[str, dict[str, Row]] = {one: {} for one in appointment_ids}
    for row in tx.execute(_CURRENT, {"ids": list(found)}):
        found[row.appointment_id][row.participant_id] = row
    return found


def history(tx: Transaction, appointment_id: str, participant_id: str) -> Sequence[Row]:
    """Every verdict on one person of one appointment, the newest first."""
    return tx.execute(
        select(table)
        .where(table.c.appointment_id == appointment_id, table.c.participant_id == participant_id)
        .order_by(table.c.revision.desc())
    ).all()


def revisions_of(tx: Transaction, appointment_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """The newest revision of each person of several appointments, of those no longer expected too."""
    found: dict[str, dict[str, int]] = {one: {} for one in appointment_ids}
    for appointment_id, participant_id, revision in tx.execute(_REVISIONS, {"ids": list(found)}):
        found[appointment_id][participant_id] = revision
    return found


def first_told(tx: Transaction, appointment_id: str) -> dict[str, datetime]:
    """When the first verdict on each person of an appointment was made, of those no longer expected too."""
    first = func.min(func.coalesce(table.c.made_at, table.c.judged_at), type_=table.c.made_at.type).label("at")
    mine = select(table.c.participant_id, first).where(table.c.appointment_id == appointment_id)
    return {row.participant_id: row.at for row in tx.execute(mine.group_by(table.c.participant_id))}


@dataclass
class Changes:
    """What a judgement changes among the verdicts, written at once with `write`."""

    revisions: list[dict] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)
    renewed: list[dict] = field(default_factory=list)
    looked: list[dict] = field(default_factory=list)

    def revise(
        self,
        verdict: Assessment,
        result: dict,
        revision: int,
        policy_version: str,
        judged_at: datetime,
        seen: dict,
        trigger: str,
        source: dict,
        effects: list,
    ) -> None:
        """A new revision; `seen` says how far the look saw what was read, `source` who or what brought it about,
        `effects` what was withdrawn by it and what had been done already."""
        self.revisions.append(
            {
                "appointment_id": verdict.appointment_id,
                "participant_id": verdict.participant_id,
                "revision": revision,
                "current": True,
                "outcome": verdict.outcome.value,
                "cause": verdict.cause.value,
                "confidence": verdict.confidence.value,
                "final": verdict.final,
                "flags": [flag.value for flag in verdict.flags],
                "result": result,
                "policy_version": policy_version,
                "judged_at": judged_at,
                "made_at": judged_at,
                "seen": seen,
                "trigger": trigger,
                "source": source,
                "effects": effects,
            }
        )

    def retire(self, assessment_id: int) -> None:
        """This verdict is history: another one stands in its place, or the person is no longer expected."""
        self.replaced.append(assessment_id)

    def renumber(self, assessment_id: int, result: dict, policy_version: str, judged_at: datetime, seen: dict) -> None:
        """Renew the minutes of a provisional verdict whose words did not change: no new revision for each minute."""
        renewed = {"renewed": assessment_id, "with_result": result, "by_policy": policy_version, "at": judged_at}
        self.renewed.append(renewed | {"having_seen": seen})

    def look(self, assessment_id: int, seen: dict) -> None:
        """Somebody looked and nothing changed: how far they saw, written beside a verdict that stays as it is."""
        self.looked.append({"of_verdict": assessment_id, "having_seen": seen})

    def write(self, tx: Transaction) -> None:
        """Write all of it.

        Another judge who wrote the same revision first makes the database refuse this one (IntegrityError): the
        transaction is lost, and the work is done again on what stands now.
        """
        if self.replaced:
            tx.execute(_REPLACE, [{"replaced": number} for number in self.replaced])
        if self.renewed:
            tx.execute(_RENUMBER, self.renewed)
        if self.looked:
            tx.execute(_LOOKED, self.looked)
        if self.revisions:
            tx.execute(table.insert(), self.revisions)


def earlier_no_shows(
    tx: Transaction, appointments: Sequence[Appointment], since: Callable[[Appointment], datetime]
) -> dict[str, dict[str, int]]:
    """How many appointments that started before each of these, and not before `since` of it, its people missed by
    absence, finally, as clients: by appointment and code; who missed none is not in it."""
    codes = {one.appointment_id: {person.participant_id for person in one.participants} for one in appointments}
    found: dict[str, dict[str, int]] = {one: {} for one in codes}
    if not appointments:
        return found
    begin = {one.appointment_id: since(one) for one in appointments}
    asked = {
        "codes": sorted(set().union(*codes.values())),
        "since": min(begin.values()),
        "before": max(one.starts_at for one in appointments),
    }
    for code, missed_at in tx.execute(_NO_SHOWS, asked):
        for one in appointments:
            if begin[one.appointment_id] <= missed_at < one.starts_at and code in codes[one.appointment_id]:
                counts = found[one.appointment_id]
                counts[code] = counts.get(code, 0) + 1
    return found


def outcomes(tx: Transaction, from_at: datetime, until_at: datetime) -> Sequence[Row]:
    """How many verdicts stand, of each outcome and cause, on appointments that began in [from_at, until_at)."""
    begun = select(appointment.c.appointment_id).where(
        appointment.c.starts_at >= from_at, appointment.c.starts_at < until_at
    )
    return tx.execute(
        select(table.c.outcome, table.c.cause, func.count().label("number"))
        .where(table.c.current, table.c.appointment_id.in_(begun))
        .group_by(table.c.outcome, table.c.cause)
    ).all()
