"""What follows from a verdict, kept in line with it: actions come, go, and are told again when they grow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row

from plugin.core.action import Action, ActionKind
from plugin.service import correction, incidents, makeups, messaging, offering
from plugin.service.docket import Judgement
from plugin.service.lane import dispatch
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage.database import Transaction

# Kinds that follow from a verdict and go when it goes; a booking or an invitation follows from a person's answer.
FOLLOW = frozenset(kind.value for kind in ActionKind)
MOST_DELIVERIES_TOLD = 20


def follow(
    tx: Transaction, rejoin: Rejoin, found: Judgement, fresh: Sequence[Row], standing: Iterable[Row]
) -> dict[str, list[dict]]:
    """Bring the outbox in line with the decision: new actions come in, what was not done yet goes when its reason did.

    A new one keeps the deliveries that it follows from, so that a log can be followed. What a person decided and what
    was done already stays; only an incident that grew is told again, under its key.
    `standing` are the actions of the appointment as they stand.
    Returns for each person what was withdrawn, and what had been done before its reason went.
    """
    effects: dict[str, list[dict]] = {}
    running = found.at < found.appointment.ends_at
    known = {row.key: row for row in standing if row.kind in FOLLOW}
    for action in found.actions:
        row = known.pop(action.key, None)
        if row is None:
            row = outbox.add(tx, action, found.at, incidents.details(action) | _source(found, action, fresh))
            _begin(tx, rejoin, found, row)
            if row is not None and action.incident:
                incidents.follow(tx, rejoin, found.appointment, action, row, found.at)
            continue
        told = {"because": action.because, "participants": list(action.participants)}
        grew = action.incident and not set(action.participants) <= set(row.participants)
        if row.state == outbox.WITHDRAWN or (row.state == outbox.DONE and grew):
            state = outbox.HELD if action.hold else outbox.QUEUED
            outbox.move(tx, row.id, (row.state,), state, found.at, note=None, **told)
            _begin(tx, rejoin, found, outbox.load(tx, row.id))
        elif row.state == outbox.DONE:
            correction.reason_came_back(tx, rejoin, row, running, found.at)
        elif row.state in (outbox.HELD, outbox.QUEUED) and any(getattr(row, name) != told[name] for name in told):
            outbox.move(tx, row.id, (row.state,), row.state, found.at, **told)
        if action.incident:
            incidents.follow(tx, rejoin, found.appointment, action, row, found.at)
    for row in known.values():
        gone = "What was received since changed the verdict."
        if row.incident:
            incidents.everybody_left(tx, row, found.at)
        undone = (outbox.HELD, outbox.QUEUED, outbox.DEAD)
        if outbox.move(tx, row.id, undone, outbox.WITHDRAWN, found.at, note=gone):
            offering.withdraw(tx, rejoin, row, found.at)
            messaging.withdraw(tx, row, found.at)
            makeups.withdraw(tx, row.key, found.at)
            became = outbox.WITHDRAWN
        else:
            correction.reason_went(tx, rejoin, row, found.actions, found.assessments, running, found.at)
            became = row.state
        if row.state != outbox.WITHDRAWN:
            for code in row.participants or (row.participant_id,):
                effects.setdefault(code, []).append({"kind": row.kind, "purpose": row.purpose, "became": became})
    return effects


def _source(found: Judgement, action: Action, fresh: Sequence[Row]) -> dict[str, list[int]]:
    """The deliveries that came in just before; at a deadline, when there are none, those that the findings rest on."""
    people = action.participants or (action.participant_id,)
    mine = [one for one in found.assessments if one.participant_id in people]
    rested_on = sorted({number for one in mine for finding in one.findings if finding.hit for number in finding.events})
    return {"deliveries": ([row.id for row in fresh] or rested_on)[-MOST_DELIVERIES_TOLD:]}


def _begin(tx: Transaction, rejoin: Rejoin, found: Judgement, row: Row | None) -> None:
    """Find times for a person's offer, and have done at once what waits for nobody."""
    if row is None:
        return
    if row.kind in (ActionKind.RESCHEDULE, ActionKind.MAKEUP):
        offering.propose(tx, rejoin, row, found.at)
    if row.state == outbox.QUEUED:
        dispatch(tx, rejoin, row, found.at, found.appointment.program_id)


def undone_by(effects: Iterable[dict], stands: Row | None) -> list[dict]:
    """Of the effects those that belong to the verdict that is replaced: what went before it was told then."""
    before = {(a["kind"], a.get("purpose")) for a in stands.result["actions"]} if stands else set()
    return [one for one in effects if (one["kind"], one["purpose"]) in before]
