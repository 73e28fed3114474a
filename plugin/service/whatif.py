"""What-if over the stored past: the verdicts that stand beside those of another policy; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role
from plugin.core.difference import Difference, difference, is_final_no_show
from plugin.core.policy import Policy
from plugin.core.result import as_result
from plugin.service.docket import Docket, Judgement
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import assessment
from plugin.storage.database import Transaction


def differences(rejoin: Rejoin, policy: Policy, from_at: datetime, until_at: datetime) -> Iterator[Difference]:
    """Who, in appointments that overlap this time, would be judged otherwise now under this policy.

    Ordered by when the appointments begin, since a no-show more or less is another number for those after it. Judges
    from the stored deliveries, as the service does. A session that goes on is left out: its verdicts are as old as the
    last look at it, and time alone changes them.
    """
    ladder = _Ladder()
    docket = Docket(replace(rejoin, policy=policy), ladder.earlier_no_shows)
    now = rejoin.clock.now()
    with rejoin.db.read() as tx:
        concerned = appointments.ids_between(tx, from_at, until_at)
    for appointment_id in concerned:
        found = docket.look(appointment_id, now)
        if found is None or found.appointment.ends_at > now:
            continue
        with rejoin.db.read() as tx:
            standing = assessment.current(tx, appointment_id)
            was = assessment.earlier_no_shows(tx, [found.appointment], rejoin.policy.counts_since)[appointment_id]
        ladder.note(found, standing)
        for judged in sorted(found.assessments, key=lambda one: one.participant_id):
            code = judged.participant_id
            earlier = was.get(code, 0), found.earlier_no_shows.get(code, 0)
            if (stands := standing.get(code)) is not None:
                other = difference(stands.result, as_result(judged, found.actions), earlier)
                if other is not None:
                    yield other


class _Ladder:
    """The no-shows that stand, but for those that came or went with what another policy said so far."""

    def __init__(self) -> None:
        self._changed: dict[str, list[tuple[datetime, int]]] = {}

    def note(self, found: Judgement, standing: Mapping[str, Row]) -> None:
        """Keep whose no-show this appointment is and was not, or was and is not."""
        for one in found.assessments:
            stands = standing.get(one.participant_id)
            before = stands is not None and is_final_no_show(stands.result)
            change = (one.final and one.is_no_show) - before
            if change and one.role is Role.CLIENT:
                at = found.appointment.starts_at
                self._changed.setdefault(one.participant_id, []).append((at, change))

    def earlier_no_shows(
        self, tx: Transaction, together: Sequence[Appointment], since: Callable[[Appointment], datetime]
    ) -> dict[str, dict[str, int]]:
        """How many no-shows count before each of these, by appointment and code."""
        counts = assessment.earlier_no_shows(tx, together, since)
        for one in together:
            begin, mine = since(one), counts[one.appointment_id]
            for person in one.participants:
                code = person.participant_id
                for at, change in self._changed.get(code, ()):
                    if begin <= at < one.starts_at:
                        mine[code] = mine.get(code, 0) + change
        return counts
