"""The client's pages in the words of the person who reads them.

The texts stand in `phrases/LANGUAGE.toml` beside this module; days and times are written by the Unicode locale data
(Babel) in the person's own zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location

from plugin.service.language import Texts, clock

TEXTS = Texts(Path(__file__).with_name("phrases"))
languages, texts = TEXTS.languages, TEXTS.of


@dataclass(frozen=True, slots=True)
class Phrases:
    """Everything that is said to one reader: called with the key of a text (`told.absence`) it gives the text."""

    language: str
    locale: Locale
    zone: ZoneInfo

    def __call__(self, key: str, **values: Any) -> str:
        """The text of this key with its names filled in; KeyError when there is none."""
        text = self._found(key)
        return text.format(**values) if values else text

    def list(self, key: str) -> list[str]:
        """The texts of a key that has several."""
        return self._found(key)

    def day(self, at: datetime) -> str:
        """`Monday, November 23`."""
        return TEXTS.day(at, self.zone, self.language, self.locale)

    def time(self, at: datetime) -> str:
        """`9:05 AM`, by the customs of the reader's country."""
        return clock(at, self.zone, self.locale)

    def zone_at(self, at: datetime) -> str:
        """The zone as people name it, with what it is called on that day: `New York time (EST)`."""
        if self.zone.key in ("UTC", "Etc/UTC"):
            return "UTC"
        city = get_timezone_location(self.zone, self.locale, return_city=True).rsplit("/", 1)[-1]
        short = at.astimezone(self.zone).tzname() or ""
        name = short if short.isalpha() else f"UTC{at.astimezone(self.zone):%z}"
        return f"{self('zone', city=city)} ({name})"

    def moment(self, at: datetime) -> str:
        """`Monday, November 23, 9:05 AM, New York time (EST)`."""
        return f"{self.day(at)}, {self.time(at)}, {self.zone_at(at)}"

    def weekday(self, number: int) -> str:
        """The name of a weekday; 0 is Monday."""
        name = self.locale.days["stand-alone"]["wide"][number]
        return name[:1].upper() + name[1:]

    def size(self, octets: int) -> str:
        """A file's size: `2 MB`, `40 kB`."""
        if octets >= 1_000_000:
            return f"{octets / 1_000_000:.3g} MB"
        return f"{max(1, round(octets / 1000))} kB"

    def _found(self, key: str) -> Any:
        found: Any = texts(self.language)
        for part in key.split("."):
            found = found[part]
        return found


def phrases(language: str, zone: ZoneInfo, accepted: Iterable[str] = ()) -> Phrases:
    """The texts for a reader of this language (a BCP 47 tag).

    A blank or unknown one falls back to what the browser accepts (tags, the best first), and at last to English.
    """
    return Phrases(*TEXTS.read_by((language, *accepted)), zone)
