"""From what was received to the verdict that stands and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Row

from plugin.core.assessment import Outcome
from plugin.core.deadline import next_look
from plugin.core.override import RULE as DECIDED
from plugin.core.result import as_result
from plugin.ports.queue import Claim
from plugin.service import ladder, metrics, reporting, tasks
from plugin.service.docket import Docket, Judgement, Sitting
from plugin.service.following import MOST_DELIVERIES_TOLD, follow, undone_by
from plugin.service.occasion import Occasion, written_look
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import assessment as verdicts
from plugin.storage import policy as policies
from plugin.storage import work
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

MANY = 1_000
"""More deliveries than any usual session has."""
REST = timedelta(milliseconds=1)
"""For each of its deliveries a session with so many rests between two looks, which take a tenth of that or less, so
that one meeting never keeps the worker from all the others."""
_WORDS = ("outcome", "cause", "flags", "confidence", "final")


class Judge:
    """Judges appointments from the stored rows; remembers only what it has read from them."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin
        self._docket = Docket(rejoin)
        self._resting: dict[str, datetime] = {}

    def perform(self, claims: Sequence[Claim]) -> None:
        """Judge the claimed appointments, as many in a sitting as can be judged together, in steps that can be lost:

        1. Look: appointments, deliveries and surroundings in one consistent view; nobody is kept waiting.
        2. Judge and decide: pure.
        3. Write in one transaction: changed verdicts, actions that came or went, the next look. What arrived since
           step 1 has asked for this work again, so the claim stays due and the look is repeated.
        """
        waiting = {claim.subject: claim for claim in self._rested(claims)}
        while waiting:
            sitting = self._docket.sit(list(waiting), self.rejoin.clock.now())
            self._write(sitting, [claim for subject, claim in waiting.items() if subject not in sitting.left])
            waiting = {subject: claim for subject, claim in waiting.items() if subject in sitting.left}

    def _rested(self, claims: Sequence[Claim]) -> list[Claim]:
        """Those that may be looked at; the others are looked at once they rested."""
        now = self.rejoin.clock.now()
        self._resting = {subject: until for subject, until in self._resting.items() if until > now}
        early = [claim for claim in claims if claim.subject in self._resting]
        if early:
            with self.rejoin.db.begin() as tx:
                held = work.held(tx, early)
                work.finish_held(tx, [(claim, self._resting[claim.subject]) for claim in held])
        return [claim for claim in claims if claim.subject not in self._resting]

    def _write(self, sitting: Sitting, claims: Sequence[Claim]) -> None:
        rejoin = self.rejoin
        for number, judged in sitting.found.items():
            if len(judged.rows) > MANY:
                self._resting[number] = judged.at + REST * len(judged.rows)
        with rejoin.db.begin() as tx:
            held = work.held(tx, claims)
            found = {claim.subject: sitting.found.get(claim.subject) for claim in held}
            triggers = write(tx, rejoin, [one for one in found.values() if one is not None])
            work.finish_held(tx, [(claim, _next_look(rejoin, found[claim.subject])) for claim in held])
        now = rejoin.clock.now()
        for claim in held:
            if trigger := triggers.get(claim.subject):
                metrics.judged_total.labels(trigger).inc()
                if trigger == "deadline":
                    metrics.verdict_delay.observe((now - claim.due_at).total_seconds())


def _next_look(rejoin: Rejoin, found: Judgement | None) -> datetime | None:
    if found is None:
        return None
    due_at = next_look(found.appointment, found.assessments, rejoin.policy, found.at, found.final_at)
    return min([at for at in (due_at, found.again_at) if at is not None], default=None)


def write(tx: Transaction, rejoin: Rejoin, judgements: Sequence[Judgement]) -> dict[str, str]:
    """Write what changed and return what brought each about, by appointment.

    `deadline`, `delivery`, `report`, `answer`, `support`, `staff` …
    """
    if not judgements:
        return {}
    ids = [found.appointment.appointment_id for found in judgements]
    standing, newest = verdicts.current_of(tx, ids), verdicts.revisions_of(tx, ids)
    actions = outbox.of_appointments(tx, ids)
    changes, triggers = verdicts.Changes(), {}
    for number, found in zip(ids, judgements, strict=True):
        before = len(changes.revisions)
        occasion = Occasion.of(found, standing[number])
        trigger, _ = occasion.told(tx)
        effects = follow(tx, rejoin, found, occasion.fresh, actions[number])
        _revise(tx, rejoin, found, standing[number], newest[number], effects, occasion, changes)
        ladder.note_change(tx, rejoin, found, standing[number])
        changed = len(changes.revisions) > before
        # Deliveries that change nothing are no reason to ask; a report itself is one of them.
        if changed or not occasion.news or not occasion.looked_since(found.appointment.ends_at):
            reporting.ask_later(tx, rejoin, found.appointment, found.assessments, found.at)
        log.info(
            "appointment-judged", appointment=number, trigger=trigger, verdicts=len(changes.revisions) - before,
            deliveries=[row.id for row in occasion.fresh][-MOST_DELIVERIES_TOLD:],
        )  # fmt: skip
        triggers[number] = trigger
    if changes.revisions or changes.renewed:
        policies.keep(tx, rejoin.policy, judgements[0].at)
    changes.write(tx)
    return triggers


def _revise(
    tx: Transaction,
    rejoin: Rejoin,
    found: Judgement,
    standing: dict[str, Row],
    newest: Mapping[str, int],
    effects: Mapping[str, list[dict]],
    occasion: Occasion,
    changes: verdicts.Changes,
) -> None:
    """Note what changes among the verdicts of one appointment."""
    not_begun = found.at < found.appointment.starts_at
    gone, seen = dict(standing), written_look(found)
    before = len(changes.revisions) + len(changes.renewed)
    for assessment in found.assessments:
        code = assessment.participant_id
        stands = gone.pop(code, None)
        if stands is None and not_begun and assessment.outcome is Outcome.UNDETERMINED:
            continue  # it has not begun, so there is nothing to say yet
        result = as_result(assessment, found.actions)
        if stands is not None and stands.result == result:
            continue
        # While it runs final is only what staff decided, and the minutes beside it go on growing.
        open_still = stands is not None and (not stands.final or found.at < found.appointment.ends_at)
        if open_still and _words(stands.result) == _words(result):
            changes.renumber(stands.id, result, rejoin.policy.version, found.at, seen)
            continue
        if stands is not None:
            changes.retire(stands.id)
            decided = assessment.findings[0].rule == DECIDED  # whoever decides has looked
            tasks.say_anew(tx, result, again=not decided and _told(stands.result) != _told(result))
        version = rejoin.policy.version
        mine = undone_by(effects.get(code, ()), stands)
        trigger, source = occasion.told_of(tx, code, stands, result, version)
        number = 1 + newest.get(code, 0)
        changes.revise(assessment, result, number, version, found.at, seen, trigger, source, mine)
    for stands in gone.values():
        changes.retire(stands.id)
    still = next((row for code, row in standing.items() if code not in gone), None)
    if still is not None and before == len(changes.revisions) + len(changes.renewed):
        changes.look(still.id, seen)


def _told(result: dict) -> tuple:
    """What a person who looked at a verdict was told: its words and its reason."""
    return _words(result), result["findings"][0]["because"]


def _words(result: dict) -> tuple:
    """What a person would call another verdict; minutes that grow while a session runs are not."""
    follows = [(a["kind"], a["hold"], a.get("purpose"), a.get("participants")) for a in result["actions"]]
    return tuple(result[word] for word in _WORDS), follows, [(f["rule"], f["hit"]) for f in result["findings"]]
