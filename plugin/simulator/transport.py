"""How deliveries reach us: repeated, late, out of order, or not at all; what arrives is written in arrival order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from plugin.simulator import names
from plugin.simulator.rates import Rates
from plugin.simulator.weather import Spell, Weather
from plugin.simulator.zoom import Delivery

REPETITIONS = (304, 25 * 60 + 5, 85 * 60 + 6)
"""Seconds after the first try (captured: 304 s; documented: 5, 25 and 85 min); then Zoom gives up."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery that reached us, at milliseconds since 1970; the same request again has the same `request_id`."""

    at_ms: int
    request_id: str
    body: dict


def carry(rates: Rates, rng: Random, delivery: Delivery, weather: Weather) -> list[Arrival]:
    """When a delivery arrives: once, more than once, or never (an empty list)."""
    if rates.happens(rng, "transport.lost"):
        return []
    sent = delivery.sent_ms
    request_id = names.request_id(rng)
    if rates.happens(rng, "transport.slow"):
        sent += 1000 * rates.within(rng, "transport.slow_seconds")
    tries = [sent, *(delivery.sent_ms + 1000 * after for after in REPETITIONS)]
    chance, first = rng.random(), 0
    for refused, share in (
        (3, "transport.retried_thrice"), (2, "transport.retried_twice"), (1, "transport.retried"),
    ):  # fmt: skip
        if chance < rates[share]:
            first = refused
            break
        chance -= rates[share]
    reached = [at for at in tries[first:] if not _shut(at // 1000, weather)]
    if not reached:
        return []
    again = [reached[0] + 304_000] if rates.happens(rng, "transport.again") else []
    return [Arrival(at, request_id, delivery.body) for at in (reached[0], *again)]


def blind_for(begin: int, end: int, weather: Weather) -> int:
    """Seconds between two moments of which everything was lost for good: no repetition could bring it."""
    return sum(max(0, min(end, s.end) - max(begin, s.begin)) for s in map(_lost_part, weather.outages))


def _lost_part(outage: Spell) -> Spell:
    """What was sent so early in an outage that its last repetition failed, too."""
    return Spell(outage.begin, max(outage.begin, outage.end - REPETITIONS[-1]))


def _shut(moment: int, weather: Weather) -> bool:
    return any(spell.covers(moment) for spell in (*weather.outages, *weather.hiccups))


def in_order(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """As they arrived."""
    return sorted(arrivals, key=lambda a: (a.at_ms, a.request_id))
