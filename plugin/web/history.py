"""The history of the verdicts as people read it: when, who or what, before and after, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.core.resolution import WORDS, Resolution
from plugin.storage.board import Verdict
from plugin.web.words import action_in_words, verdict_in_words

ANSWERS = {
    "rejoin.join_clicked": "the personal link was opened",
    "rejoin.trouble_reported": "the person reported trouble",
    "rejoin.presence_claimed": "the person says they were there",
    "rejoin.notice_given": "notice was given",
    "rejoin.platform_incident": "an incident at Zoom was entered",
}
LATE_MINUTES = 5
"""A delivery that comes later than this after what it tells of is called late."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history; `reason` is what decided it, where that is not what decided the one before."""

    at: datetime
    participant_id: str
    before: str
    after: str
    reason: str
    because: str
    effects: tuple[str, ...]
    stands: bool
    policy_version: str


def changes(verdicts: Sequence[Verdict]) -> list[Change]:
    """Every verdict beside the one that it replaced; `verdicts` come with the newest first, and so do the changes."""
    found, before, reasons = [], {}, {}
    for verdict in reversed(verdicts):
        code, decided = verdict.participant_id, verdict.result["findings"][0]["because"]
        told = verdict_in_words(verdict.result) + ("" if verdict.result["final"] else " (provisional)")
        found.append(
            Change(
                verdict.made_at,
                code,
                before.get(code, ""),
                told,
                decided if decided != reasons.get(code) else "",
                because(verdict.trigger, verdict.source or {}),
                tuple(_effects(verdict.effects)),
                verdict.current,
                verdict.policy_version,
            )
        )
        before[code], reasons[code] = told, decided
    return sorted(found, key=lambda change: change.at, reverse=True)


def because(trigger: str, source: dict) -> str:
    """Who or what brought a verdict about."""
    if trigger == "staff":
        did = "took a decision back" if source.get("undone") else "decided it"
        return f"{source.get('login', 'a member of staff')} {did}"
    if trigger == "support":
        who, number = source.get("login") or "tech support", source.get("ticket", "")
        found = next((WORDS[code] for code in Resolution if code == source.get("code")), "looked into it")
        return f"{who}{f' at ticket {number}' if number else ''}: {found[:1].lower()}{found[1:]}"
    if trigger == "answer":
        told = [ANSWERS.get(name, "the person answered") for name in source.get("events", ())]
        return ", ".join(dict.fromkeys(told)) or "the person answered"
    if trigger == "delivery":
        late = source.get("late_minutes", 0)
        return f"a delivery came {late} min late" if late >= LATE_MINUTES else "something new was delivered"
    if trigger == "report":
        return "Zoom's own report of the meeting was read"
    if trigger == "roster":
        return "the roster of a session beside it was changed" if source.get("beside") else "the roster was changed"
    if trigger == "policy":
        return "the policy was changed"
    if trigger == "feed":
        return "it became known when nothing could be heard from Zoom"
    if trigger == "ladder":
        return "the verdict on an earlier session of theirs changed"
    return "a deadline passed"


def _effects(effects: Iterable[dict]) -> Iterable[str]:
    for one in effects:
        what = action_in_words(one["kind"], one.get("purpose"))
        if one["became"] == "withdrawn":
            yield f"Withdrawn before it was done: {what}"
        elif one["became"] == "done":
            yield f"Had been done already: {what}"
