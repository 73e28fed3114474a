"""In which language somebody reads, and how their country writes days and times; for messages and pages alike.

The texts stand in a folder, one TOML file for each language; days and times are written by the Unicode locale data
(Babel).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_time

DEFAULT = "en"
SPACES = str.maketrans({"\u202f": " ", "\u00a0": " "})
"""Thin and fixed spaces of the locale data, which text messages would pay for with half their length."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one folder, in every language that there is a file of."""

    folder: Path

    def languages(self) -> tuple[str, ...]:
        """The languages there are texts in."""
        return _languages(self.folder)

    def of(self, language: str) -> Mapping[str, Any]:
        """Everything that is said in one language."""
        return _read(self.folder / f"{language}.toml")

    def read_by(self, tags: Iterable[str]) -> tuple[str, Locale]:
        """The language of the first of these BCP 47 tags that there are texts in, and how days and times are written
        for whoever reads it: as in the country of that tag, or the usual way of the language when it names none, or one
        that nobody knows. English, when there are texts in none of them."""
        tag = next((tag for tag in tags if _language(tag) in self.languages()), DEFAULT)
        language = _language(tag)
        usual = Locale.parse(self.of(language)["locale"])
        if "-" not in (tag := tag.replace("_", "-")):
            return language, usual
        try:
            theirs = Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            return language, usual
        return language, theirs if theirs.territory else usual

    def day(self, at: datetime, zone: ZoneInfo, language: str, locale: Locale) -> str:
        """`Tuesday, March 3`."""
        return format_datetime(at.astimezone(zone), self.of(language)["day"], locale=locale)


def clock(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """`10:00 AM`, by the customs of the country."""
    return format_time(at.astimezone(zone), "short", tzinfo=zone, locale=locale).translate(SPACES)


def _language(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].casefold()


@cache
def _languages(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


@cache
def _read(file: Path) -> Mapping[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
