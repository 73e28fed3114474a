"""Rules about how well we know: who somebody was, and what was never delivered."""

from __future__ import annotations

from datetime import datetime

from plugin.core.assessment import Flag
from plugin.core.case import Case
from plugin.core.facet import Has
from plugin.core.guest import of_guests
from plugin.core.interval import length
from plugin.core.presence import show_phone
from plugin.core.rules.rule import Answer, rule
from plugin.core.stranger import strangers
from plugin.core.wording import in_words


@rule(
    "matched-by-name",
    Has.ONLY_A_NAME,
    "They were recognised by more than a name, or not seen.",
    flag=Flag.MATCHED_BY_NAME,
)
def matched_by_name(case: Case) -> Answer | None:
    """Only the display name says who this was."""
    here = case.told_here()
    if not here or any(event.delivery not in case.attendance.named for event in here):
        return None
    named = tuple(sorted(event.delivery for event in here if event.name))
    return Answer(True, "Only the name they showed in the meeting says that it was them.", named[:3])


@rule("joined-by-phone", Has.BY_PHONE, "They did not join by telephone.", flag=Flag.JOINED_BY_PHONE)
def joined_by_phone(case: Case) -> Answer | None:
    """The person took part by telephone."""
    shown = tuple(sorted(event.delivery for event in case.told_here() if show_phone([event])))
    if not shown:
        return None
    return Answer(True, "They joined by telephone.", shown)


@rule(
    "ambiguous-name", Has.GUESTS, "Nobody shows a name that they share with somebody else.",
    flag=Flag.AMBIGUOUS_NAME,
)  # fmt: skip
def ambiguous_name(case: Case) -> Answer | None:
    """Somebody in the meeting shows a name that several expected people have, or the names of several."""
    shared = [g for g in case.room.guests if case.person.participant_id in g.candidates]
    if not shared:
        return None
    told = "Somebody who may have been them, or another expected person, showed a name that does not say which."
    return Answer(True, told, of_guests(shared))


@rule(
    "unidentified-guest",
    Has.GUESTS,
    "No unidentified guest was there for long enough to have been them.",
    flag=Flag.UNIDENTIFIED_GUEST,
)
def unidentified_guest(case: Case) -> Answer | None:
    """Somebody whom nobody could identify was there or waited, and may have been this person."""
    guests = strangers(case.room)
    if not guests:
        return None
    if case.came:
        return Answer(False, "Somebody unidentified was there, but this person was seen as well.")
    if length(case.waiting) >= case.room.thresholds.min_presence and not any(g.attendance.pieces for g in guests):
        return Answer(False, "Somebody unidentified waited too, but this person was seen waiting as well.")
    who = "One unidentified guest was" if len(guests) == 1 else f"Up to {len(guests)} unidentified guests were"
    told = f"{who} there or waited for {in_words(case.room.thresholds.guest_presence)} or more."
    if any(guest.attendance.lost_sight for guest in guests):
        told = f"{who} there or waited, and no end of it was ever delivered."
    return Answer(True, told, of_guests(guests))


@rule("inferred-start", Has.INFERRED, "Every beginning of their presence was delivered.", flag=Flag.INFERRED_START)
def inferred_start(case: Case) -> Answer | None:
    """The beginning of the person's presence was not delivered and had to be inferred."""
    guessed = [p for p in case.attendance.pieces if p.inferred_start and case.is_mine(p.begin, p.end)]
    if not guessed:
        return None
    left_at = guessed[0].left_at or guessed[0].end
    return Answer(True, f"A leave at {case.at(left_at)} came without its join.", case.told_at([left_at]))


@rule("inferred-end", Has.INFERRED, "Every end of their presence was delivered.", flag=Flag.INFERRED_END)
def inferred_end(case: Case) -> Answer | None:
    """The end of the person's presence was not delivered and had to be inferred."""
    guessed = [p for p in case.attendance.pieces if p.inferred_end and _matters(case, p.begin, p.end)]
    if not guessed:
        return None
    return Answer(
        True,
        f"A join at {case.at(guessed[0].begin)} came without its leave; it ends with the meeting.",
        case.told_at([guessed[0].begin]),
    )


@rule("reported", Has.REPORTED, "There is no complete report of Zoom's about this meeting.")
def reported(case: Case) -> Answer:
    """Zoom's own report of the meeting is complete: nobody can have been in it unseen."""
    return Answer(True, "Zoom's own report of who was in the meeting is complete.", case.room.timeline.report)


def _matters(case: Case, begin: datetime, end: datetime) -> bool:
    return begin < end and case.is_mine(begin, end)
