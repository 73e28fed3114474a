"""What befalls the whole account: incidents of the platform, and times in which we could not be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from plugin.simulator.rates import Rates

BUSY = 12 * 3600
"""Incidents are of interest in the twelve hours of a day in which there are sessions."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which something is not as it should be; `known` when somebody entered it."""

    begin: int
    end: int
    known: bool = True

    def covers(self, moment: int) -> bool:
        """Whether a moment lies in it."""
        return self.begin <= moment < self.end


@dataclass(frozen=True, slots=True)
class Weather:
    """Incidents of the platform; outages in which deliveries are lost; hiccups that Zoom's repetitions heal."""

    incidents: tuple[Spell, ...] = ()
    outages: tuple[Spell, ...] = ()
    hiccups: tuple[Spell, ...] = ()


def forecast(rates: Rates, seed: int, mornings: Iterable[int]) -> Weather:
    """The weather of some days, each given by the moment of its first session; the same for the same seed.

    How often a thing happens is its rate times the days, so that a few weeks without any outage are no mere luck.
    """
    mornings = sorted(mornings)
    incidents, outages, hiccups = [], [], []
    for happens, minutes, spells in (
        ("together.incidents_a_day", "together.incident_minutes", incidents),
        ("transport.outages_a_day", "transport.outage_minutes", outages),
        ("transport.hiccups_a_day", "transport.hiccup_minutes", hiccups),
    ):
        rng = Random(f"{seed}/weather/{happens}")
        often = min(len(mornings), int(rates[happens] * len(mornings) + rng.random()))
        for morning in sorted(rng.sample(mornings, often)):
            known = spells is not incidents or rates.happens(rng, "together.incident_known")
            begin = morning + rng.randrange(BUSY)
            spells.append(Spell(begin, begin + rates.within(rng, minutes, 60), known))
    return Weather(tuple(incidents), tuple(outages), tuple(hiccups))
