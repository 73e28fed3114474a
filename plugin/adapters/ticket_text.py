"""How a draft reads at a help desk that is not ours, and the code by which it is found again there."""

from __future__ import annotations

import hashlib

from plugin.ports.helpdesk import TicketDraft


def code_of(key: str) -> str:
    """The idempotency key as a word that any search understands and that tells nothing: `rejoin-` and 16 digits."""
    return f"rejoin-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def body_of(draft: TicketDraft) -> str:
    """The ticket in plain text: the first step, then what was seen; people by their codes."""
    seen = "\n".join(f"- {sentence}" for sentence in draft.seen)
    return (
        f"First step: {draft.suggestion}\n\n"
        f"What was seen:\n{seen}\n\n"
        f"Appointment {draft.appointment_id}; affected: {', '.join(draft.participants)}.\n"
        "Opened by Rejoin, which names people by their codes only. Please keep it so."
    )
