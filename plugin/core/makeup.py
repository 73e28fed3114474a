"""Work in place of a session: what can happen to an assignment, and what may be handed in with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class MakeupState(StrEnum):
    """How an assignment stands; before it there is only the action, which waits for a coordinator."""

    ASSIGNED = "assigned"
    HANDED_IN = "handed-in"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class MakeupStep(StrEnum):
    """What can happen to an assignment."""

    HAND_IN = "hand-in"
    ACCEPT = "accept"
    RETURN = "return"
    WITHDRAW = "withdraw"
    RESTORE = "restore"


_S, _D = MakeupState, MakeupStep
TRANSITIONS: dict[tuple[MakeupState, MakeupStep], MakeupState] = {
    (_S.ASSIGNED, _D.HAND_IN): _S.HANDED_IN,
    (_S.ASSIGNED, _D.WITHDRAW): _S.WITHDRAWN,
    (_S.HANDED_IN, _D.ACCEPT): _S.ACCEPTED,
    (_S.HANDED_IN, _D.RETURN): _S.RETURNED,
    (_S.RETURNED, _D.HAND_IN): _S.HANDED_IN,
    (_S.RETURNED, _D.WITHDRAW): _S.WITHDRAWN,
    (_S.WITHDRAWN, _D.RESTORE): _S.ASSIGNED,
}
OPEN = frozenset({_S.ASSIGNED, _S.RETURNED})
"""The client has something to do."""


def next_state(state: str, step: MakeupStep) -> MakeupState | None:
    """The state that a step leads to; None when it cannot happen in this state."""
    return TRANSITIONS.get((MakeupState(state), step))


@dataclass(frozen=True, slots=True)
class MakeupLimits:
    """How long there is time for it, and how large a file may be."""

    due: timedelta = timedelta(days=14)
    file_bytes: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file with the kind that its content shows; the name is only what a person called it."""

    name: str
    kind: str
    content: bytes


KINDS = {
    "application/pdf": ("PDF", (b"%PDF-",)),
    "image/jpeg": ("JPEG", (b"\xff\xd8\xff",)),
    "image/png": ("PNG", (b"\x89PNG\r\n\x1a\n",)),
}
"""Kinds of file that are taken: how people call them, and how such a file begins."""
ENDINGS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
LONGEST_NAME = 100


def attachment(name: str, content: bytes, most: int) -> Attachment | None:
    """The file if it may be taken: of a known kind by its content, which no empty one is, no larger than `most` bytes.

    The name keeps no folder and no sign that a browser or a mail would read as more than a name.
    """
    kind = next((kind for kind, (_, heads) in KINDS.items() if content.startswith(heads)), None)
    if kind is None or len(content) > most:
        return None
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    plain = "".join(c for c in stem if c.isalnum() or c in " -_").strip()[:LONGEST_NAME] or "file"
    return Attachment(plain + ENDINGS[kind], kind, content)
