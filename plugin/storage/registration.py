"""Registrations: for which meetings people registered at Zoom, and whose a registrant id is."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select, text

from plugin.core.sighting import only_one
from plugin.storage.database import Transaction, portions
from plugin.storage.tables import appointment as table
from plugin.storage.tables import participant

# As text: that an index has only those who registered is seen by both databases in this very condition.
_DID_REGISTER = text("registrant_id <> ''")
_REGISTRATIONS = (
    select(participant.c.participant_id, table.c.meeting_id, participant.c.registrant_id)
    .join(participant, participant.c.appointment_id == table.c.appointment_id)
    .where(participant.c.participant_id.in_(bindparam("codes", expanding=True)), _DID_REGISTER)
)
_REGISTERED = (
    select(table.c.meeting_id, participant.c.registrant_id, participant.c.participant_id)
    .join(participant, participant.c.appointment_id == table.c.appointment_id)
    .where(participant.c.registrant_id.in_(bindparam("ids", expanding=True)), _DID_REGISTER)
)


def registrations(tx: Transaction, codes: Iterable[str]) -> dict[str, set[tuple[str, str]]]:
    """For which meetings these people registered, whenever those are: meeting number and registrant id, by code."""
    found: dict[str, set[tuple[str, str]]] = {}
    for some in portions(sorted(set(codes))):
        for code, meeting_id, registrant_id in tx.execute(_REGISTRATIONS, {"codes": some}):
            found.setdefault(code, set()).add((meeting_id, registrant_id))
    return found


def registered(tx: Transaction, seen: Iterable[tuple[str, str]]) -> dict[tuple[str, str], frozenset[str]]:
    """Whose registrant ids these are that were shown in these meetings, whenever those are: codes by meeting number
    and id. One under which nobody registered there is the one person's who has it in any other meeting."""
    there: dict[tuple[str, str], set[str]] = {}
    anywhere: dict[str, set[str]] = {}
    wanted = set(seen)
    for ids in portions(sorted({registrant_id for _, registrant_id in wanted})):
        for meeting_id, registrant_id, code in tx.execute(_REGISTERED, {"ids": ids}):
            there.setdefault((meeting_id, registrant_id), set()).add(code)
            anywhere.setdefault(registrant_id, set()).add(code)
    return {one: frozenset(there.get(one) or only_one(anywhere.get(one[1], ()))) for one in wanted}
