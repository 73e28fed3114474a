"""What-if: where two verdicts on the same facts part, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import msgspec

from plugin.core.action import ActionKind
from plugin.core.assessment import Cause, Outcome
from plugin.core.policy import Policy, Thresholds

MINUTES = ("held_minutes", "attended_minutes", "waited_minutes", "lost_minutes")
VERDICT = ("outcome", "cause", "confidence", "flags", "final", *MINUTES)


class Difference(msgspec.Struct, frozen=True):
    """One participant whose verdict, or what follows from it, is another under the new policy.

    `before` and `after` are results of the replay contract; `why` are the sentences that differ.
    """

    appointment_id: str
    participant_id: str
    change: str
    why: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]


def difference(before: dict[str, Any], after: dict[str, Any], earlier: tuple[int, int] = (0, 0)) -> Difference | None:
    """How two results on the same person differ in verdict, minutes or actions; None when they do not.

    `earlier` is how many no-shows of theirs count before this appointment, under each policy: a check-in hangs on it.
    """
    moved = tuple(_why_checked_in(before, after, earlier))
    if _essence(before) == _essence(after) and not moved:
        return None
    change = f"{_in_words(before)} → {_in_words(after)}"
    if _in_words(before) == _in_words(after):
        what = [name for name in VERDICT if before[name] != after[name]] or ["actions"]
        change += f" ({', '.join(what)})"
    why = *_why(before, after), *moved, *_follows(before, after)
    return Difference(after["appointment_id"], after["participant_id"], change, why, before, after)


def thresholds_that_differ(old: Policy, new: Policy) -> list[tuple[str, str, str, str]]:
    """The numbers that differ between two policies: kind of session, name, old, new."""
    found = []
    for kind, before in old.thresholds.items():
        after = new.thresholds[kind]
        for one in fields(Thresholds):
            was, is_now = getattr(before, one.name), getattr(after, one.name)
            if was != is_now:
                found.append((kind.value, one.name, str(was), str(is_now)))
    for name in ("silence", "silence_meetings"):  # of the feed the numbers by which a recording is called silent
        was, is_now = getattr(old.feed, name), getattr(new.feed, name)
        if was != is_now:
            found.append(("all", name, str(was), str(is_now)))
    if old.ignored_names != new.ignored_names:
        found.append(("all", "ignored_names", ", ".join(old.ignored_names), ", ".join(new.ignored_names)))
    return found


def _essence(result: dict[str, Any]) -> tuple:
    return tuple(result[name] for name in VERDICT), [_action(action) for action in result["actions"]]


def _action(action: dict[str, Any]) -> tuple:
    return action["kind"], action["hold"], action.get("purpose"), action.get("incident", False)


def _in_words(result: dict[str, Any]) -> str:
    return f"{result['outcome']}/{result['cause']}"


def _why(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """The reason that decided, if it is another; each rule that hits under one policy only; the minutes."""
    was, is_now = before["findings"], after["findings"]
    if was[0]["because"] != is_now[0]["because"]:
        yield f"{was[0]['because']} → {is_now[0]['because']}"
    now = {finding["rule"]: finding for finding in is_now[1:]}
    for finding in was[1:]:
        # Beside a decision by staff stands what would have decided instead: which that is may be another, as just told.
        other = now.get(finding["rule"])
        if other is not None and finding["hit"] is not other["hit"]:
            yield f"{finding['rule']}: {finding['because']} → {other['because']}"
    for name in MINUTES:
        if before[name] != after[name]:
            yield f"{name}: {before[name]} → {after[name]}"


def _why_checked_in(before: dict[str, Any], after: dict[str, Any], earlier: tuple[int, int]) -> Iterator[str]:
    """The number of a no-show that has a check-in, if it is another because of those before it."""
    was, would_be = earlier
    asked = any(action["kind"] == ActionKind.CHECKIN for action in (*before["actions"], *after["actions"]))
    if asked and was != would_be and is_final_no_show(before) and is_final_no_show(after):
        yield f"{ActionKind.CHECKIN}: this would be no-show number {would_be + 1} instead of {was + 1}"


def is_final_no_show(result: dict[str, Any]) -> bool:
    """Whether a result counts on the absence ladder."""
    return result["final"] and result["outcome"] == Outcome.MISSED and result["cause"] == Cause.ABSENCE


def _follows(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What follows under one policy only."""
    gone = {_action(a) for a in before["actions"]} - {_action(a) for a in after["actions"]}
    come = {_action(a) for a in after["actions"]} - {_action(a) for a in before["actions"]}
    for sign, actions in (("no longer", gone), ("now", come)):
        for kind in sorted(action[0] for action in actions):
            yield f"{sign} follows: {kind}"
