"""Who was not in a session that was held: absence comes last and needs proof, and every sign speaks against it."""

from __future__ import annotations

from plugin.core.assessment import Cause, Confidence, Flag, Outcome
from plugin.core.attribution import CAUSE_IN_WORDS, Hits, Lost, costliest, strength
from plugin.core.case import Case
from plugin.core.event import EventKind
from plugin.core.interval import length
from plugin.core.sign import UNHEARD, sign_in_words, sign_of
from plugin.core.verdict import Verdict, unknown


def missed(case: Case, hits: Hits, lost: Lost) -> Verdict:
    room = case.room
    by_name = {rule.name: answer for rule, answer in hits}
    excused = by_name.get("notice-given")
    cause = costliest(lost)
    too_early = room.horizon.now < room.appointment.starts_at + room.thresholds.no_show_after
    if not excused and (too_early or (not room.over and (case.attendance.waiting_now or case.attendance.open_now))):
        return unknown("too-early", "It is too early to say, or they are just arriving.")
    if not room.feed_proven():
        return unknown("feed-gap", "The feed was not proven alive, so silence proves nothing.", Flag.FEED_GAP)
    found = by_name.get("support-found-absence")
    if found and "presence-claimed" not in by_name:
        # Somebody spoke with them; what was seen of them is explained by that, and was too short to have been there.
        return Verdict(Outcome.MISSED, Cause.ABSENCE, Confidence.MEDIUM, "missed", found.because)
    doubt = next((name for name in ("ambiguous-name", "unidentified-guest") if name in by_name), None)
    if excused and cause is Cause.ABSENCE and doubt:
        # Who said that they would not come is hardly the stranger, and it costs them nothing if they were.
        return Verdict(Outcome.EXCUSED, Cause.ABSENCE, Confidence.MEDIUM, "excused", excused.because)
    if doubt:
        return unknown(doubt, by_name[doubt].because)
    only_a_click = {rule.name for rule, answer in hits if rule.cause and answer.explains} == {"tried-to-join"}
    if "presence-claimed" in by_name and only_a_click and not case.attendance.signs:
        # Zoom tells nothing of who waits in a browser for the host: they may well have been there.
        return unknown("presence-claimed", "They opened their link and say that they were there; we did not see them.")
    if not excused and cause is not Cause.ABSENCE:
        because = f"They were not in the session; the time is {CAUSE_IN_WORDS[cause]}."
        return Verdict(Outcome.MISSED, cause, strength(hits, cause), "missed", because)
    if excused:
        return Verdict(Outcome.EXCUSED, Cause.ABSENCE, Confidence.HIGH, "excused", excused.because)
    if "presence-claimed" in by_name:
        return unknown("presence-claimed", "They say that they were there, and we did not see them.")
    if "tried-to-join" in by_name or "wrong-meeting" in by_name:
        return unknown("sign-of-the-person", "They did not arrive, and first tried to when most of it was over.")
    if case.seen() or case.attendance.lost_sight:
        return unknown("sign-of-the-person", sign_in_words(case))
    if (sign := sign_of(case)) is not None:
        return sign
    if case.maybe_unheard():
        return unknown("feed-gap", UNHEARD, Flag.FEED_GAP)
    if length(room.unpeopled) >= room.thresholds.min_presence:
        because = "The meeting ran for a time, and nothing was delivered of who was in it; they may have been."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if room.began_unheard():
        because = "Nothing was delivered of how others came, nor anything else for a time; they may have come and gone."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if room.kept_out():
        because = "An incident of the platform may have kept them out, and most of the session was held without it."
        return unknown("platform-incident", because)
    # Of a clinician who was cut off and not seen again nobody knows how the session went on.
    cut_off = any(drop.back_at is None for drop in room.host_drops)
    # A report shows who was in this meeting; a link to another one, opened in a blind time, it does not show.
    sure = room.held_sure and not (room.was_blind() or room.was_silent()) and not room.clinician_lost
    # Whoever opened the link, be it hours before, meant to come.
    opened = bool(case.told_of(EventKind.JOIN_CLICKED))
    perhaps_there = room.perhaps_beside_somebody(case.person) or room.strangers_tried()
    # Zoom tells nothing of who waits for the host in a browser, and gives up.
    late = room.held[0][0] > room.late_after
    sure = sure and not (cut_off or opened or perhaps_there or late or "platform-incident" in by_name)
    because = "A clinician held the session, the feed was alive, and there was no sign of them at all."
    return Verdict(Outcome.MISSED, Cause.ABSENCE, Confidence.HIGH if sure else Confidence.MEDIUM, "missed", because)
