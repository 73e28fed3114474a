"""What the people of an incident share: evidence of each in, the shared facts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from plugin.core.appointment import Role
from plugin.core.event import Device, Network
from plugin.core.platform import Part
from plugin.core.trace import Trace


class Platform(msgspec.Struct, frozen=True):
    """An incident of the platform that was known: from when, until when if it is over, and of what if that was told."""

    from_at: datetime
    until_at: datetime | None = None
    part: Part | None = None


class Common(msgspec.Struct, frozen=True):
    """One word that several share: `of` those of whom it is known, `have` have it."""

    word: Device | Network
    have: int
    of: int

    @property
    def all_of(self) -> bool:
        """Whether everybody of whom it is known has it, and there are several."""
        return self.have == self.of > 1


class Shared(msgspec.Struct, frozen=True):
    """What was found to be common, and what was looked at and is not.

    `first_at` and `last_at` are the first and the last of the drops that belong together, `dropped` how many people
    dropped then; `clinician_at` is when the clinician dropped among or before them; `clinicians` are the codes of the
    clinicians whose sessions were hit.
    """

    people: int
    dropped: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    device: Common | None = None
    network: Common | None = None
    clinicians: tuple[str, ...] = ()
    clinician_at: datetime | None = None
    platform: Platform | None = None


def shared(
    affected: Iterable[Trace],
    clinicians: Iterable[Trace],
    window: timedelta,
    incidents: Iterable[Platform] = (),
) -> Shared:
    """What those affected share; `clinicians` held their sessions, and may be among those affected.

    Drops within `window` of each other belong together; the largest such group counts, the earliest of equal ones.
    Devices and networks that nobody told of are not guessed: they count neither way.
    """
    affected, clinicians = tuple(affected), tuple(clinicians)
    together = _together([(d.at, t.participant_id) for t in affected for d in t.drops], window)
    moments = [at for at, _ in together]
    people = {who for _, who in together}
    first, last = (min(moments), max(moments)) if len(people) > 1 else (None, None)
    dropped = [d.at for t in clinicians for d in t.drops]
    near = [at for at in dropped if last is None or at <= last + window]
    return Shared(
        people=len(affected),
        dropped=len(people) if first else 0,
        first_at=first,
        last_at=last,
        device=_common([t.device for t in affected if t.role is not Role.CLINICIAN]),
        network=_common([t.network for t in affected if t.role is not Role.CLINICIAN]),
        clinicians=tuple(sorted({t.participant_id for t in clinicians})),
        clinician_at=max(near, default=None),
        platform=_during(incidents, moments or dropped),
    )


def _together(drops: Sequence[tuple[datetime, str]], window: timedelta) -> list[tuple[datetime, str]]:
    """The drops of the window in which most people dropped."""
    drops = sorted(drops)
    groups = [[d for d in drops if begin <= d[0] <= begin + window] for begin, _ in drops]
    return max(groups, key=lambda group: len({who for _, who in group}), default=[])


def _common(words: Sequence[Device | Network | None]) -> Common | None:
    known = Counter(word for word in words if word is not None)
    if not known:
        return None
    word, have = min(known.items(), key=lambda item: (-item[1], item[0]))
    return Common(word, have, known.total())


def _during(incidents: Iterable[Platform], moments: Sequence[datetime]) -> Platform | None:
    """The incident of the platform that was on at one of the moments, or else the first one known."""
    known = sorted(incidents, key=lambda i: i.from_at)
    on = [i for i in known if any(i.from_at <= at and (i.until_at is None or at <= i.until_at) for at in moments)]
    return next(iter((*on, *known)), None)
