"""What may follow from a verdict: the six kinds of action of the replay contract."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class ActionKind(StrEnum):
    """What is to be done."""

    TICKET = "ticket"
    RESCHEDULE = "reschedule"
    MAKEUP = "makeup"
    MESSAGE = "message"
    CHECKIN = "checkin"
    REVIEW = "review"


class Purpose(StrEnum):
    """Which message an action of kind `message` is."""

    NUDGE = "nudge"
    MISSED = "missed"
    REJOIN = "rejoin"


class Action(msgspec.Struct, frozen=True, gc=False):
    """One thing to do about one participant; `hold` means that a coordinator must approve it first.

    `incident` marks a ticket that stands for several people; `participants` names them by code then. `platform` is the
    delivery that told of an incident of the platform, which has one ticket for all the meetings it hit; `meeting` is
    the key of the one ticket of all the appointments that share a meeting. `back` says who of an incident has
    recovered, and since when; `appointments` are those that it spans, where all are told at once.
    `purpose` tells messages apart. `key` is what makes it the same action again: (appointment, participant, kind,
    purpose), so that a second judgement neither doubles it nor loses it.
    """

    kind: ActionKind
    appointment_id: str
    participant_id: str
    hold: bool
    because: str
    incident: bool = False
    participants: tuple[str, ...] = ()
    purpose: Purpose | None = None
    platform: int | None = None
    meeting: str = ""
    back: tuple[tuple[str, datetime], ...] = ()
    appointments: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The idempotency key: stable over every new judgement of the same appointment and person."""
        who = "incident" if self.incident else self.participant_id
        who = f"platform/{self.platform}" if self.platform is not None else who
        parts = [self.kind.value, self.appointment_id, who]
        if self.purpose:
            parts.append(self.purpose.value)
        return "/".join(parts)

    @property
    def shared(self) -> str:
        """The key of the ticket that several appointments share; "" when the ticket is this appointment's own."""
        if self.platform is not None:
            return f"platform-incident/{self.platform}"
        return self.meeting
