"""From what was received to the verdict that stands and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Row

from plugin.core.action import Action, ActionKind
from plugin.core.appointment import Appointment
from plugin.core.assessment import Assessment, Outcome
from plugin.core.deadline import next_look
from plugin.core.decision import decide
from plugin.core.event import EventKind
from plugin.core.judgement import judge
from plugin.core.override import overruled
from plugin.core.report import REPORTED
from plugin.core.result import as_result
from plugin.core.rules.support import FOUND
from plugin.ports.queue import Claim
from plugin.service import correction, incidents, makeups, messaging, metrics, offering, reporting
from plugin.service.lane import dispatch
from plugin.service.memory import Memory
from plugin.service.neighbourhood import Neighbourhood
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import assessment as verdicts
from plugin.storage import delivery, retention, work
from plugin.storage import override as overrides
from plugin.storage import policy as policies
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

# Kinds that follow from a verdict and go when it goes; a booking or an invitation follows from a person's answer.
FOLLOW = frozenset(kind.value for kind in ActionKind)
MOST_EVENTS_TOLD = 6
MOST_DELIVERIES_TOLD = 20
_WORDS = ("outcome", "cause", "flags", "confidence", "final")


@dataclass(frozen=True)
class Judgement:
    """What one look at an appointment found, before anything is written."""

    appointment: Appointment
    assessments: tuple[Assessment, ...]
    actions: tuple[Action, ...]
    rows: Sequence[Row]
    decisions: Sequence[Row]
    at: datetime


class Judge:
    """Judges appointments from the stored rows; remembers only what it has read from them."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin
        self._memory = Memory()
        self._neighbourhood = Neighbourhood(self._memory)

    def perform(self, claim: Claim) -> None:
        """Judge the claimed appointment, in steps that can each be lost:

        1. Look: appointment, deliveries and surroundings in one consistent view; nobody is kept waiting.
        2. Judge and decide: pure.
        3. Write in one transaction: changed verdicts, actions that came or went, the next look. What arrived since
           step 1 has asked for this work again, so the claim stays due and the look is repeated.
        """
        rejoin = self.rejoin
        found = self.look(claim.subject, rejoin.clock.now())
        trigger = ""
        with rejoin.db.begin() as tx:
            if not work.holds(tx, claim):
                return
            if found is None:
                work.finish(tx, claim)
                return
            trigger = write(tx, rejoin, found)
            if trigger == "deadline":
                reporting.ask_later(tx, rejoin, found.appointment, found.assessments, found.at)
            work.finish(tx, claim, next_look(found.appointment, found.assessments, rejoin.policy, found.at))
        metrics.judged_total.labels(trigger).inc()
        if trigger == "deadline":
            metrics.verdict_delay.observe((rejoin.clock.now() - claim.due_at).total_seconds())

    def look(self, appointment_id: str, now: datetime) -> Judgement | None:
        """Judge from the stored rows what had arrived by `now`, writing nothing.

        None when there is no such appointment, or its deliveries were pruned: its verdicts stand for good.
        """
        rejoin = self.rejoin
        with rejoin.db.read() as tx:
            appointment = appointments.load(tx, appointment_id)
            if appointment is None or retention.pruned_at(tx, appointment_id):
                return None
            numbers = rejoin.policy.of(appointment.kind)
            rows = delivery.of_appointment(tx, appointment, now)
            events = self._memory.events(tx, rows)
            surroundings = self._neighbourhood.around(tx, appointment, numbers, now)
            told = surroundings.words_of_incidents(appointment.starts_at, appointment.ends_at)
            rows = [*rows, *delivery.these(tx, [event.delivery for event in told])]
            codes = [person.participant_id for person in appointment.participants]
            earlier = verdicts.earlier_no_shows(tx, codes, appointment.starts_at)
            decisions = overrides.of_appointment(tx, appointment_id)
            joint = incidents.people(outbox.of_appointment(tx, appointment_id))
        assessments = judge(appointment, events, surroundings, rejoin.policy, now)
        if decisions:
            assessments = overruled(assessments, overrides.standing_of(decisions, now))
        actions = decide(appointment, assessments, rejoin.policy, now, earlier, joint)
        return Judgement(appointment, assessments, actions, rows, decisions, now)


def write(tx: Transaction, rejoin: Rejoin, found: Judgement) -> str:
    """Write what changed and return what brought it about.

    `deadline`, `delivery`, `report`, `answer`, `support` or `staff`.
    """
    standing = verdicts.current(tx, found.appointment.appointment_id)
    fresh = _fresh(found, standing)
    trigger, source = _trigger(tx, found, standing, fresh)
    effects = _follow(tx, rejoin, found, fresh)
    newest = verdicts.revisions(tx, found.appointment.appointment_id)
    before = found.at < found.appointment.starts_at
    kept, revised = False, 0
    for assessment in found.assessments:
        stands = standing.pop(assessment.participant_id, None)
        if stands is None and before and assessment.outcome is Outcome.UNDETERMINED:
            continue  # it has not begun, so there is nothing to say yet
        result = as_result(assessment, found.actions)
        if stands is not None and stands.result == result:
            continue
        if stands is not None and not stands.final and _words(stands.result) == _words(result):
            verdicts.renumber(tx, stands.id, result, found.at)
            continue
        revision = 1 + newest.get(assessment.participant_id, 0)
        if not kept:
            policies.keep(tx, rejoin.policy, found.at)
            kept = True
        mine = _told(effects.get(assessment.participant_id, ()), stands)
        revised += 1
        verdicts.append(tx, assessment, result, revision, rejoin.policy.version, found.at, trigger, source, mine)
    for gone in standing.values():
        verdicts.retire(tx, gone.id)
    log.info(
        "appointment-judged", appointment=found.appointment.appointment_id, trigger=trigger, verdicts=revised,
        deliveries=[row.id for row in fresh][-MOST_DELIVERIES_TOLD:],
    )  # fmt: skip
    return trigger


def _follow(tx: Transaction, rejoin: Rejoin, found: Judgement, fresh: Sequence[Row]) -> dict[str, list[dict]]:
    """Bring the outbox in line with the decision: new actions come in, what was not done yet goes when its reason did.

    A new one keeps the deliveries that it follows from, so that a log can be followed. What a person decided and what
    was done already stays; only an incident that grew is told again, under its key.
    Returns for each person what was withdrawn, and what had been done before its reason went.
    """
    effects: dict[str, list[dict]] = {}
    running = found.at < found.appointment.ends_at
    known = {row.key: row for row in outbox.of_appointment(tx, found.appointment.appointment_id) if row.kind in FOLLOW}
    for action in found.actions:
        row = known.pop(action.key, None)
        if row is None:
            row = outbox.add(tx, action, found.at, incidents.details(action) | _source(found, action, fresh))
            _begin(tx, rejoin, row, found.at)
            if row is not None and action.incident:
                incidents.follow(tx, rejoin, found.appointment, action, row, found.at)
            continue
        told = {"because": action.because, "participants": list(action.participants)}
        grew = action.incident and not set(action.participants) <= set(row.participants)
        if row.state == outbox.WITHDRAWN or (row.state == outbox.DONE and grew):
            state = outbox.HELD if action.hold else outbox.QUEUED
            outbox.move(tx, row.id, (row.state,), state, found.at, note=None, **told)
            _begin(tx, rejoin, outbox.load(tx, row.id), found.at)
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


def _begin(tx: Transaction, rejoin: Rejoin, row: Row | None, now: datetime) -> None:
    """Find times for a person's offer, and have done at once what waits for nobody."""
    if row is None:
        return
    if row.kind in (ActionKind.RESCHEDULE, ActionKind.MAKEUP):
        offering.propose(tx, rejoin, row, now)
    if row.state == outbox.QUEUED:
        dispatch(tx, rejoin, row, now)


def _told(effects: Iterable[dict], stands: Row | None) -> list[dict]:
    """Of the effects those that belong to the verdict that is replaced: what went before it was told then."""
    before = {(a["kind"], a.get("purpose")) for a in stands.result["actions"]} if stands else set()
    return [one for one in effects if (one["kind"], one["purpose"]) in before]


def _words(result: dict) -> tuple:
    """What a person would call another verdict; minutes that grow while a session runs are not."""
    follows = [(a["kind"], a["hold"], a.get("purpose"), a.get("participants")) for a in result["actions"]]
    return tuple(result[word] for word in _WORDS), follows, [(f["rule"], f["hit"]) for f in result["findings"]]


def _fresh(found: Judgement, standing: dict[str, Row]) -> list[Row]:
    """The deliveries that came in since the verdicts that stand were written."""
    since = max((row.judged_at for row in standing.values()), default=None)
    return [row for row in found.rows if since is None or row.received_at > since]


def _trigger(tx: Transaction, found: Judgement, standing: dict[str, Row], fresh: list[Row]) -> tuple[str, dict]:
    """What brought this judgement about, and from whom; nothing fresh means that it was time alone."""
    since = max((row.judged_at for row in standing.values()), default=None)
    for row in found.decisions:
        changed = row.undone_at or row.set_at
        if since is None or changed >= since:
            return "staff", {"login": row.undone_by or row.set_by, "undone": row.undone_at is not None}
    if not fresh:
        return "deadline", {}
    looked = [row for row in fresh if row.kind in FOUND]
    if looked:
        return "support", delivery.told_by(tx, looked[-1].id)
    told = [row for row in fresh if (row.event or "").startswith("rejoin.")]
    answers = sorted({row.event for row in told if row.kind not in REPORTED})
    if answers:
        return "answer", {"events": answers}
    if any(row.kind == EventKind.REPORT_COMPLETED for row in fresh):
        return "report", {}
    late = max((row.received_at - row.at for row in fresh if row.at), default=timedelta())
    events = sorted({row.event for row in fresh if row.event})[:MOST_EVENTS_TOLD]
    return "delivery", {"events": events, "late_minutes": max(0, round(late.total_seconds() / 60))}
