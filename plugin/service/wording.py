"""Messages in the words of the person who reads them: a text for each step, language and channel.

The texts stand in `messages/LANGUAGE.toml` beside this module; days and times are written by the Unicode locale data
(Babel), in the person's own zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from plugin.core.message import Channel, Step
from plugin.service.language import SPACES, Texts, clock

TEXTS = Texts(Path(__file__).with_name("messages"))
languages, texts = TEXTS.languages, TEXTS.of


@dataclass(frozen=True, slots=True)
class Wording:
    """A message as it is read: the subject (blank for a text message) and the words."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Reader:
    """How somebody reads: `language` is a BCP 47 tag such as `es` or `es-MX` (blank: English), `zone` an IANA name."""

    language: str = ""
    zone: str = "UTC"

    @property
    def known(self) -> str:
        """The language that they are written to in: theirs if there are texts in it, else English."""
        return TEXTS.read_by([self.language])[0]

    def day_and_time(self, at: datetime) -> str:
        """`Tuesday, March 3, 10:00 AM EST`, in their zone and by the customs of their country."""
        day = TEXTS.day(at, ZoneInfo(self.zone), self.known, self._locale())
        return f"{day}, {self.clock_time(at)}".translate(SPACES)

    def clock_time(self, at: datetime) -> str:
        """`10:00 AM EST`, or `10:00 AM UTC-3` in zones that have no name of their own."""
        zone = ZoneInfo(self.zone)
        return f"{clock(at, zone, self._locale())} {_zone_name(at.astimezone(zone))}"

    def list_of(self, times: Iterable[datetime]) -> str:
        """One time a line."""
        return "\n".join(f"- {self.day_and_time(at)}" for at in times)

    def _locale(self) -> Locale:
        return TEXTS.read_by([self.language])[1]


def write(step: Step, channel: Channel, reader: Reader, values: Mapping[str, Any], preferences: str = "") -> Wording:
    """The message of a step for this reader.

    `values` may hold `starts_at`, `times` (moments), `link` and `way_in`. A message that announces an appointment ends
    with where to say that they cannot come (`notice`), a mail to a client with the address of their `preferences`.
    """
    language = texts(reader.known)
    words = language[step.value]
    filled = {name: values.get(name, "") for name in ("link", "way_in")}
    if at := values.get("starts_at"):
        filled |= {"when": reader.day_and_time(at), "time": reader.clock_time(at)}
    filled["times"] = reader.list_of(values.get("times", ()))
    body = words[channel.value].strip().format(**filled)
    if notice := values.get("notice"):
        body += (" " if channel is Channel.SMS else "\n\n") + language["cannot"].format(notice=notice)
    if channel is Channel.SMS:
        return Wording("", body)
    if preferences:
        body += "\n\n" + language["less"].format(preferences=preferences)
    return Wording(words["subject"], f"{body}\n")


def fields(text: str) -> frozenset[str]:
    """What a text leaves open, by name."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def _zone_name(here: datetime) -> str:
    """`EST`, which is short in every language, or the distance from UTC."""
    name = here.tzname() or ""
    if name.isalpha():
        return name
    offset = here.utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "-" if offset < timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
