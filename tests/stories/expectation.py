"""What a story may expect of a result, each word with its check; a check says what is wrong, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def _same(key: str) -> Callable[[dict, Any], str]:
    def check(result: dict, wanted: Any) -> str:
        allowed = wanted if isinstance(wanted, set | tuple) else {wanted}
        return "" if result[key] in allowed else f"{key}: expected {wanted!r}, got {result[key]!r}"

    return check


def _about(key: str) -> Callable[[dict, float], str]:
    def check(result: dict, wanted: float) -> str:
        return "" if abs(result[key] - wanted) <= 0.1001 else f"{key}: expected about {wanted}, got {result[key]}"

    return check


def _holds(key: str, wanted_in: bool, of: Callable[[Any], Any] = lambda item: item) -> Callable[[dict, set], str]:
    def check(result: dict, wanted: set) -> str:
        there = {of(item) for item in result[key]}
        wrong = wanted - there if wanted_in else wanted & there
        return f"{key}: {'missing' if wanted_in else 'unwanted'} {sorted(wrong)} in {sorted(there)}" if wrong else ""

    return check


def _exactly(key: str, of: Callable[[Any], Any] = lambda item: item) -> Callable[[dict, set], str]:
    def check(result: dict, wanted: set) -> str:
        there = {of(item) for item in result[key]}
        return "" if there == set(wanted) else f"{key}: expected exactly {sorted(wanted)}, got {sorted(there)}"

    return check


def _no_show(result: dict, wanted: bool) -> str:
    is_one = result["outcome"] == "missed" and result["cause"] == "absence"
    return "" if is_one is wanted else f"no-show: expected {wanted}, got {result['outcome']}/{result['cause']}"


CHECKS: dict[str, Callable[[dict, Any], str]] = {
    "outcome": _same("outcome"),
    "cause": _same("cause"),
    "confidence": _same("confidence"),
    "final": _same("final"),
    "arrived": _same("arrived_at"),
    "joined": _same("joined_at"),
    "left": _same("left_at"),
    "held": _about("held_minutes"),
    "attended": _about("attended_minutes"),
    "waited": _about("waited_minutes"),
    "lost": _about("lost_minutes"),
    "flags": _holds("flags", True),
    "without": _holds("flags", False),
    "only_flags": _exactly("flags"),
    "actions": _holds("actions", True, lambda action: action["kind"]),
    "no_actions": _holds("actions", False, lambda action: action["kind"]),
    "only_actions": _exactly("actions", lambda action: action["kind"]),
    "no_show": _no_show,
}


def telling(result: dict, deliveries: list[str]) -> str:
    """A result in full, and the numbered deliveries that it was judged from."""
    head = {k: v for k, v in result.items() if k not in ("findings", "intervals", "actions")}
    told = [json.dumps(head, indent=1)]
    told += [f"  {i['state']} {i['from']} – {i['to']} {'(inferred)' * i['inferred']}" for i in result["intervals"]]
    told += [f"  {'HIT ' if f['hit'] else 'miss'} {f['rule']}: {f['because']} {f['events'] or ''}"
             for f in result["findings"]]  # fmt: skip
    told += [f"  → {a}" for a in result["actions"]]
    told += [f"  {number:3} {delivery}" for number, delivery in enumerate(deliveries, 1)]
    return "\n".join(told)
