"""Asking Zoom who was there: what was never delivered is read from its report once the session is over.

A report confirms a verdict before the time of late deliveries is over, and it is the way out when deliveries are lost
for good. It is asked for only where somebody seems to have missed something, and never while a client waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import structlog

from plugin.core.appointment import Appointment
from plugin.core.assessment import Assessment, Flag, Outcome
from plugin.ports.outcome import Permanent, Temporary
from plugin.ports.queue import Claim, WorkKind
from plugin.ports.report import MeetingRun, Participation
from plugin.service import metrics
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import delivery, work
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

CLEAR = frozenset({Outcome.ATTENDED, Outcome.CANCELLED})
HALF_DELIVERED = frozenset({Flag.INFERRED_START, Flag.INFERRED_END})
REPORTED = "reported"
"""The rule that says that a report is here already."""


def ask_later(
    tx: Transaction, rejoin: Rejoin, appointment: Appointment, assessments: Iterable[Assessment], now: datetime
) -> None:
    """Ask for the report once the session is over, when somebody seems to have missed some of it or was half seen."""
    limits, assessments = rejoin.policy.report, tuple(assessments)
    if rejoin.reports is None or not limits.ask or now < appointment.ends_at:
        return
    here = any(f.rule == REPORTED and f.hit for a in assessments for f in a.findings)
    if not here and any(a.outcome not in CLEAR or HALF_DELIVERED & {*a.flags} for a in assessments):
        due_at = max(now, appointment.ends_at + limits.after)
        rejoin.queue.request(tx, WorkKind.REPORT, appointment.appointment_id, due_at)


class Reporter:
    """Does the work of the kind `report`."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin

    def perform(self, claim: Claim) -> None:
        """Ask for the reports of one appointment's meeting, then store them, in steps that can each be lost:

        1. Ask Zoom, outside any transaction; what is not ready or not whole is asked again, a bounded number of times.
        2. Store every row of every run and the word that it is complete, in one transaction; a repetition is stored
           once. The reader takes it from the inbox like any delivery.
        """
        rejoin, limits = self.rejoin, self.rejoin.policy.report
        with rejoin.db.read() as tx:
            appointment = appointments.load(tx, claim.subject)
        runs: tuple[MeetingRun, ...] = ()
        try:
            if appointment is not None and rejoin.reports is not None:
                opens = appointment.starts_at - rejoin.policy.of(appointment.kind).early_window
                runs = rejoin.reports.runs(appointment.meeting_id, opens, appointment.ends_at)
        except Temporary as later:
            if claim.attempts < limits.tries:
                now = rejoin.clock.now()
                with rejoin.db.begin() as tx:
                    work.fail(tx, claim, str(later), now + max(limits.retry, later.retry_after or limits.retry), now)
                metrics.reports_total.labels("later").inc()
                return
            self._gave_up(appointment, "not-ready")
        except Permanent as refusal:
            log.warning("report-refused", why=str(refusal))
            self._gave_up(appointment, "refused")
        with rejoin.db.begin() as tx:
            if not work.holds(tx, claim):
                return
            new = store(tx, runs, rejoin.clock.now())
            work.finish(tx, claim)
        if runs:
            metrics.reports_total.labels("whole").inc()
        if new:
            rejoin.queue.wake()

    def _gave_up(self, appointment: Appointment | None, result: str) -> None:
        metrics.reports_total.labels(result).inc()
        log.info("report-not-read", appointment=appointment and appointment.appointment_id, result=result)


def store(tx: Transaction, runs: tuple[MeetingRun, ...], now: datetime) -> int:
    """Put reports into the inbox, a row each; returns how many of them were not there yet."""
    stored = [delivery.store(tx, json.dumps(body).encode(), now) for run in runs for body in _bodies(run)]
    return sum(number is not None for number in stored)


def _bodies(run: MeetingRun) -> Iterator[dict]:
    meeting = {"id": run.meeting_id, "uuid": run.uuid, "start_time": _zulu(run.started_at)}
    for row in run.participations:
        event = "rejoin.wait_reported" if row.waiting else "rejoin.presence_reported"
        yield {"event": event, "payload": {"object": meeting | {"participant": _participant(row)}}}
    over = {"end_time": _zulu(run.ended_at)}
    yield {"event": "rejoin.report_completed", "payload": {"object": meeting | over}}


def _participant(row: Participation) -> dict:
    told = {
        "user_id": row.connection,
        "registrant_id": row.registrant_id,
        "participant_user_id": row.zoom_user_id,
        "email": row.email,
        "user_name": row.name,
        "join_time": _zulu(row.came_at),
    }
    return told | ({"leave_time": _zulu(row.went_at)} if row.went_at else {})


def _zulu(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
