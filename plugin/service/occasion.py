"""What brought a judgement about, as the history tells it: for each person who or what it was, and from whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row

from plugin.core.action import ActionKind
from plugin.core.assessment import Flag
from plugin.core.event import EventKind
from plugin.core.program_day import BEFORE
from plugin.core.report import REPORTED
from plugin.core.rules.support import FOUND
from plugin.service.docket import Judgement
from plugin.storage import appointment as appointments
from plugin.storage import blindness, delivery
from plugin.storage.database import Transaction
from plugin.storage.sighting import Horizon

MOST_EVENTS_TOLD = 6
_VERDICT = ("outcome", "cause", "final")
Told = tuple[str, dict]
"""`deadline`, `delivery`, `report`, `answer`, `support`, `staff`, `policy`, `roster`, `feed` or `ladder`, and what
there is to say."""


@dataclass(frozen=True)
class Occasion:
    """What is new since an appointment was looked at last; nothing new means that it was time alone."""

    found: Judgement
    since: datetime | None
    fresh: Sequence[Row]
    """The deliveries that came in since then."""
    news: Sequence[Row]
    """These, and what had been received before that look and was read only after it."""

    @classmethod
    def of(cls, found: Judgement, standing: Mapping[str, Row]) -> Occasion:
        """What is new beside the verdicts that stand."""
        if not standing:
            return cls(found, None, found.rows, found.rows)
        looks = [(looked_at(row), Horizon.stored(row.seen) if row.seen else found.seen) for row in standing.values()]
        since, seen = max(looks, key=lambda look: (look[0], look[1].next))
        fresh = [row for row in found.rows if row.received_at > since]
        news = [row for row in found.rows if row.received_at > since or not seen.saw(row.read_in, found.seen)]
        return cls(found, since, fresh, news)

    def looked_since(self, moment: datetime) -> bool:
        """Whether anybody looked before, at this moment or after it."""
        return self.since is not None and self.since >= moment

    def told(self, tx: Transaction) -> Told:
        """What brought the judgement as a whole about."""
        return self._told(tx, self._decisions(), self.fresh) or ("deadline", {})

    def told_of(self, tx: Transaction, code: str, stands: Row | None, after: dict, policy_version: str) -> Told:
        """What brought another verdict on one person about: first what is their own, then what is everybody's; at last
        that a final one is judged by another policy. What is another person's alone is told of a final one only: before
        that it was the time that passed, and nobody is said to have told or done what another one did."""
        before = stands and stands.result
        decided, about = self._decisions(), self.found.about
        mine = [row for row in decided if row.participant_id == code]
        theirs = [row for row in self.news if row.id not in about or code in about[row.id]]
        anybodys = self.news if stands is not None and stands.final else theirs
        # What was decided about somebody else may change what follows for this person, but never the verdict.
        same = before is not None and all(before[word] == after[word] for word in _VERDICT)
        own = self._told(tx, mine, theirs) or self._told(tx, decided if same else (), anybodys)
        if own is None and stands is not None and stands.final and stands.policy_version != policy_version:
            own = "policy", {}
        return own or self._of_elsewhere(tx, before, after) or ("deadline", {})

    def _decisions(self) -> list[Row]:
        return [row for row in self.found.decisions if self.since is None or _changed_at(row) >= self.since]

    def _told(self, tx: Transaction, decided: Sequence[Row], fresh: Sequence[Row]) -> Told | None:
        for row in decided:
            return "staff", {"login": row.undone_by or row.set_by, "undone": row.undone_at is not None}
        if not fresh:
            return None
        looked = [row for row in fresh if row.kind in FOUND]
        if looked:
            return "support", delivery.told_by(tx, looked[-1].id)
        told = [row for row in fresh if (row.event or "").startswith("rejoin.")]
        answers = sorted({row.event for row in told if row.kind not in REPORTED and row.kind != EventKind.FLOOD_BEGAN})
        if answers:
            return "answer", {"events": answers}
        if any(row.kind == EventKind.REPORT_COMPLETED for row in fresh):
            return "report", {}
        late = max((row.received_at - row.at for row in fresh if row.at), default=timedelta())
        events = sorted({row.event for row in fresh if row.event})[:MOST_EVENTS_TOLD]
        return "delivery", {"events": events, "late_minutes": max(0, round(late.total_seconds() / 60))}

    def _of_elsewhere(self, tx: Transaction, before: dict | None, after: dict) -> Told | None:
        """What no delivery of this session told: that the roster was changed, that we were blind or no longer are, or
        what became of another session."""
        one = self.found.appointment
        if self.since is None:
            return None
        if appointments.changed_since(tx, one.appointment_id, self.since):
            return "roster", {}
        if before is None:
            return None
        if (Flag.FEED_GAP in before["flags"]) != (Flag.FEED_GAP in after["flags"]) and blindness.changed_between(
            tx, one.starts_at, one.ends_at, self.since, self.found.at
        ):
            return "feed", {}
        same = all(before[word] == after[word] for word in _VERDICT)
        if same and _checkins(before["actions"]) != _checkins(after["actions"]):
            return "ladder", {}
        if (before["findings"][0]["rule"] == BEFORE) != (after["findings"][0]["rule"] == BEFORE):
            return "ladder", {}
        # Time changes no final verdict: the roster of a session beside it does (plugin/service/roster_change.py).
        if before["final"] and appointments.any_changed_since(tx, self.since):
            return "roster", {"beside": True}
        return None


def written_look(found: Judgement) -> dict:
    """How far a look saw, and when it was, as it is stored beside a verdict; `looked_at` reads it."""
    return found.seen.written() | {"at": found.at.isoformat()}


def looked_at(row: Row) -> datetime:
    """When somebody looked last who wrote it beside this verdict: the verdict is older when they changed nothing, and
    of a later time when it was judged by a clock that was ahead."""
    at = (row.seen or {}).get("at")
    return datetime.fromisoformat(at) if at else row.judged_at


def _changed_at(decision: Row) -> datetime:
    return decision.undone_at or decision.set_at


def _checkins(actions: Iterable[dict]) -> list[str]:
    return [action["because"] for action in actions if action["kind"] == ActionKind.CHECKIN]
