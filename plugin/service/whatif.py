"""What-if over the stored past: the verdicts that stand beside those of another policy; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from plugin.core.difference import Difference, difference
from plugin.core.policy import Policy
from plugin.core.result import as_result
from plugin.service.docket import Docket
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import assessment


def differences(rejoin: Rejoin, policy: Policy, from_at: datetime, until_at: datetime) -> Iterator[Difference]:
    """Who, in appointments that begin between two moments, would be judged otherwise now under this policy.

    Ordered by appointment and participant. Judges from the stored deliveries, as the service does. A session that goes
    on is left out: its verdicts are as old as the last look at it, and time alone changes them.
    """
    docket = Docket(replace(rejoin, policy=policy))
    now = rejoin.clock.now()
    with rejoin.db.read() as tx:
        concerned = sorted(appointments.ids_between(tx, from_at, until_at))
    for appointment_id in concerned:
        with rejoin.db.read() as tx:
            standing = assessment.current(tx, appointment_id)
        found = docket.look(appointment_id, now)
        over = found is not None and found.appointment.ends_at <= now
        for judged in sorted(found.assessments if over else (), key=lambda one: one.participant_id):
            stands = standing.get(judged.participant_id)
            if stands is not None and (other := difference(stands.result, as_result(judged, found.actions))):
                yield other
