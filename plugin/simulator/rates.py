"""The rates of the simulated world: read from a file, checked against the shipped one, and asked for by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from random import Random

SHIPPED = Path(__file__).with_name("rates.toml")
_NO_SHARE = {"minutes", "drops_per_hour"}
"""Tables whose numbers are no shares."""
_COUNTS = {"people.caseload", "people.appointments_a_day"}


class RatesProblem(ValueError):
    """A file of rates that cannot be used; the message names the rate and says what to do."""


class Rates:
    """Every rate by its dotted name; `text` is the file that says them, to be kept beside what was made with them."""

    def __init__(self, tables: Mapping[str, Mapping[str, float | list[float]]], text: str):
        self._tables = tables
        self.text = text

    def __getitem__(self, name: str) -> float:
        """A single number."""
        table, _, key = name.partition(".")
        return self._tables[table][key]

    def names(self) -> tuple[str, ...]:
        """Every rate's dotted name, in the order of the file."""
        return tuple(f"{table}.{key}" for table, rates in self._tables.items() for key in rates)

    def happens(self, rng: Random, name: str) -> bool:
        """Whether something with this share happens this time."""
        return rng.random() < self[name]

    def within(self, rng: Random, name: str, unit: int = 1) -> int:
        """A whole number of seconds out of a span; `unit` is the seconds in one of the span's units."""
        low, high = self[name]
        return round(rng.uniform(low, high) * unit)

    def fraction(self, rng: Random, name: str) -> float:
        """A fraction out of a span."""
        return rng.uniform(*self[name])

    def choose(self, rng: Random, table: str) -> str:
        """One name of a table of weights."""
        weights = self._tables[table]
        return rng.choices(list(weights), list(weights.values()))[0]


def read_rates(path: Path | None = None) -> Rates:
    """The shipped rates, with those of `path` in their place where it says others; raises RatesProblem."""
    text = SHIPPED.read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    if path is None:
        return Rates(tables, text)
    try:
        own = path.read_text(encoding="utf-8")
        other = tomllib.loads(own)
    except OSError as error:
        raise RatesProblem(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RatesProblem(f"{path}: it is no TOML ({error})") from None
    for table, rates in other.items():
        if table not in tables or not isinstance(rates, dict):
            raise RatesProblem(f"{path}: there is no table [{table}]; the tables are {', '.join(tables)}")
        for key, value in rates.items():
            _check(path, table, key, value, tables)
            tables[table][key] = value
    return Rates(tables, _written(tables))


def _check(path: Path, table: str, key: str, value: object, tables: Mapping[str, Mapping]) -> None:
    name = f"{table}.{key}"
    if key not in tables[table]:
        raise RatesProblem(f"{path}: there is no rate {name}; the file that ships with the simulator names them all")
    shipped = tables[table][key]
    numbers = value if isinstance(value, list) else [value]
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        raise RatesProblem(f"{path}: {name} is no number")
    if isinstance(shipped, list) != isinstance(value, list) or (isinstance(value, list) and len(value) != 2):
        raise RatesProblem(f"{path}: {name} must be {'a span [a, b]' if isinstance(shipped, list) else 'one number'}")
    if isinstance(value, list) and value[0] > value[1]:
        raise RatesProblem(f"{path}: the span {name} begins behind its end")
    if isinstance(value, list):
        return
    share = table not in _NO_SHARE and "_per_" not in key and name not in _COUNTS
    if share and not 0 <= value <= 1:
        raise RatesProblem(f"{path}: {name} must lie between 0 and 1")
    if value < 0:
        raise RatesProblem(f"{path}: {name} must not be below 0")


def _written(tables: Mapping[str, Mapping]) -> str:
    parts = []
    for table, rates in tables.items():
        parts.append("\n".join([f"[{table}]", *(f"{key} = {value}" for key, value in rates.items())]))
    return "\n\n".join(parts) + "\n"
