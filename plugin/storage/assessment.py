"""Verdicts as stored: the newest revision of each person stands, the others are its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, bindparam, func, select, update

from plugin.core.assessment import Assessment, Cause, Outcome
from plugin.storage.database import Transaction
from plugin.storage.tables import appointment
from plugin.storage.tables import assessment as table

# Asked at every judgement: written once.
_CURRENT = select(table).where(table.c.current, table.c.appointment_id == bindparam("id"))
_REVISIONS = (
    select(table.c.participant_id, func.max(table.c.revision))
    .where(table.c.appointment_id == bindparam("id"))
    .group_by(table.c.participant_id)
)
_NO_SHOWS = (
    select(table.c.participant_id, func.count())
    .join(appointment, appointment.c.appointment_id == table.c.appointment_id)
    .where(
        table.c.current,
        table.c.final,
        table.c.outcome == Outcome.MISSED.value,
        table.c.cause == Cause.ABSENCE.value,
        table.c.participant_id.in_(bindparam("ids", expanding=True)),
        appointment.c.starts_at < bindparam("before"),
    )
    .group_by(table.c.participant_id)
)


def current(tx: Transaction, appointment_id: str) -> dict[str, Row]:
    """The verdicts that stand on one appointment, by participant."""
    rows = tx.execute(_CURRENT, {"id": appointment_id})
    return {row.participant_id: row for row in rows}


def history(tx: Transaction, appointment_id: str, participant_id: str) -> Sequence[Row]:
    """Every verdict on one person of one appointment, the newest first."""
    return tx.execute(
        select(table)
        .where(table.c.appointment_id == appointment_id, table.c.participant_id == participant_id)
        .order_by(table.c.revision.desc())
    ).all()


def revisions(tx: Transaction, appointment_id: str) -> dict[str, int]:
    """The newest revision of each person of one appointment, of those no longer expected too."""
    return dict(tx.execute(_REVISIONS, {"id": appointment_id}).all())


def append(
    tx: Transaction,
    verdict: Assessment,
    result: dict,
    revision: int,
    policy_version: str,
    judged_at: datetime,
    trigger: str,
    source: dict,
    effects: list,
) -> None:
    """Write a verdict that replaces revision `revision - 1`.

    `source` says who or what brought it about, `effects` what was withdrawn by it and what had been done already.

    Another judge who wrote the same revision first makes the database refuse this one (IntegrityError): the
    transaction is lost, and the work is done again on what stands now.
    """
    if revision > 1:
        tx.execute(
            update(table)
            .where(
                table.c.current,
                table.c.appointment_id == verdict.appointment_id,
                table.c.participant_id == verdict.participant_id,
            )
            .values(current=False)
        )
    tx.execute(
        table.insert(),
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
            "trigger": trigger,
            "source": source,
            "effects": effects,
        },
    )


def renumber(tx: Transaction, assessment_id: int, result: dict, judged_at: datetime) -> None:
    """Renew the minutes of a provisional verdict whose words did not change: no new revision for each minute."""
    tx.execute(update(table).where(table.c.id == assessment_id).values(result=result, judged_at=judged_at))


def retire(tx: Transaction, assessment_id: int) -> None:
    """The person is no longer expected: the verdict is history."""
    tx.execute(update(table).where(table.c.id == assessment_id).values(current=False))


def earlier_no_shows(tx: Transaction, participant_ids: Sequence[str], before: datetime) -> dict[str, int]:
    """How many appointments that started before this moment each person missed by absence, finally."""
    rows = tx.execute(_NO_SHOWS, {"ids": list(participant_ids), "before": before})
    return dict.fromkeys(participant_ids, 0) | dict(rows.all())


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
