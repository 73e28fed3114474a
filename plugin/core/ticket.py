"""What a ticket says, composed here and nowhere else, from an allow-list.

What goes in are codes, moments, numbers and words of our own lists (`Facts`); so nothing that a person, a device or
Zoom wrote can come out: no name, e-mail address, phone number, topic, title, program, kind of session, leave reason or
IP address. Times are told in one zone, that of whoever needs the help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from plugin.core import trouble
from plugin.core.event import Device, LeaveReason, Network
from plugin.core.incident import Common, Shared
from plugin.core.platform import PARTS
from plugin.core.trace import Trace

# What each technical rule suggests to do first; a rule that is not here never reaches a ticket.
FIRST_STEPS = {
    "support-confirmed-trouble": "Look at what was done the last time; this trouble was confirmed before.",
    "platform-incident": "Check the status page of the video platform; nothing on the person's side needs mending.",
    "host-dropped": "Check the clinician's network and computer first; everybody else depended on it.",
    "group-drop": "Look for what these people share: the minute, the network, the host's connection.",
    "connection-broke": "Ask about Wi-Fi or mobile reception, then offer the dial-in number.",
    "failed-tries": "Ask them to restart the app and to try the web client, then a device test.",
    "wrong-meeting": "Send the right link again; they were in another meeting.",
    "tried-to-join": "Ask what they saw after opening the link: app missing, permission refused, or a spinning wheel.",
    "trouble-reported": "Ask for device, network and what the screen said.",
    "quick-return": "Ask about an unsteady network; a cable or another room often helps.",
    "reason-not-understood": "Ask what happened; the platform gave no reason.",
}
WAY_BACK = "They have a message with the link to come back; if it does not open, read them the dial-in number. "
"""Put before the first step while the session still runs and the way back was sent."""
REASONS = {
    LeaveReason.CONNECTION_LOST: "connection lost",
    LeaveReason.CLIENT_CLOSED: "app closed or device off",
    LeaveReason.ROOM_SWITCH: "lost on the way to another room",
    LeaveReason.PLAIN: "left, and came straight back",
    LeaveReason.UNKNOWN: "no reason that we know",
}
DEVICES = {
    Device.WINDOWS: "a Windows computer",
    Device.MAC: "a Mac",
    Device.LINUX: "a Linux computer",
    Device.IOS: "an iPhone or iPad",
    Device.ANDROID: "an Android device",
    Device.BROWSER: "a web browser",
    Device.TELEPHONE: "a telephone",
    Device.ROOM_SYSTEM: "a room system",
}
NETWORKS = {
    Network.WIRED: "a cable",
    Network.WIFI: "Wi-Fi",
    Network.CELLULAR: "mobile data",
    Network.DIAL_UP: "a dial-up line",
    Network.OTHER: "another kind of network",
}
LETTERS = {"nudge": "a reminder with one-tap answers", "rejoin": "a message with the way back"}
MOST_DROPS = 5
"""So many drops of one person are told one by one."""


class Facts(msgspec.Struct, frozen=True):
    """What is known of one person of a ticket.

    `rules` are the technical rules that hit, `answers` what they answered about their trouble (only codes of
    `trouble.QUESTIONS` are read), `letters` what was sent to them and when.
    """

    trace: Trace
    attended_minutes: float = 0.0
    lost_minutes: float = 0.0
    rules: tuple[str, ...] = ()
    answers: tuple[Mapping[str, object], ...] = ()
    letters: tuple[tuple[str, datetime], ...] = ()


class Composed(msgspec.Struct, frozen=True):
    """A ticket's words, with the rule that opened it and the symptom it shows."""

    summary: str
    seen: tuple[str, ...]
    suggestion: str
    rule: str
    symptom: str


def compose(
    people: Sequence[Facts],
    starts_at: datetime,
    ends_at: datetime,
    zone: ZoneInfo,
    *,
    count: int | None = None,
    common: Shared | None = None,
    running: bool = False,
) -> Composed:
    """What the ticket says. With `common` it is an incident of `count` people, of whom `people` are told one by one."""
    seen = [f"Scheduled {day_time(starts_at, zone)} to {day_time(ends_at, zone)}."]
    if common is not None:
        seen += _shared(common, zone)
    for facts in people:
        seen += _person(facts, zone)
    count = len(people) if count is None else count
    if common is not None and count > len(people):
        seen.append(f"{count - len(people)} more people are affected; they are listed by code.")
    hits = {rule for facts in people for rule in facts.rules}
    if common is not None:
        hits |= {"host-dropped"} if common.clinician_at else set()
        hits |= {"group-drop"} if common.dropped else set()
        hits |= {"platform-incident"} if common.platform else set()
    elif any(facts.trace.drops for facts in people):
        hits.add("connection-broke")
    rule = next((name for name in FIRST_STEPS if name in hits), "trouble-reported")
    answered = [trouble.allowed(one).get("symptom", "") for facts in people for one in facts.answers]
    symptom = next((word for word in reversed(answered) if word), "") if common is None else ""
    step = trouble.FIRST_STEPS.get(symptom, FIRST_STEPS[rule])
    way_back = running and any(name == "rejoin" for facts in people for name, _ in facts.letters)
    if common is None:
        summary = f"Connection trouble of {people[0].trace.participant_id}"
    else:
        summary = f"{count} people had connection trouble" if count > 1 else "One person had connection trouble"
    return Composed(summary, tuple(seen), (WAY_BACK if way_back else "") + step, rule, symptom or rule)


def _person(facts: Facts, zone: ZoneInfo) -> list[str]:
    trace = facts.trace
    code = trace.participant_id
    said: list[str] = []
    for drop in trace.drops[:MOST_DROPS]:
        back = f"back at {clock_time(drop.back_at, zone)}" if drop.back_at else "not back"
        said.append(f"cut off at {clock_time(drop.at, zone)} ({REASONS.get(drop.reason, 'ended')}), {back}")
    if len(trace.drops) > MOST_DROPS:
        said.append(f"{len(trace.drops) - MOST_DROPS} more drops")
    if trace.device or trace.network or trace.by_phone:
        device = DEVICES[trace.device] if trace.device else "a telephone" if trace.by_phone else "a device not known"
        network = f" over {NETWORKS[trace.network]}" if trace.network else ""
        said.append(f"on {device}{network}")
    if trace.warned:
        times = "once" if len(trace.warned) == 1 else f"{len(trace.warned)} times, last"
        said.append(f"Zoom warned of a weak network {times} at {clock_time(trace.warned[-1], zone)}")
    if trace.connections > 1:
        short = f", {trace.short} of them broken off at once" if trace.short else ""
        said.append(f"came in {trace.connections} times{short}")
    if trace.opened:
        times = "once" if len(trace.opened) == 1 else f"{len(trace.opened)} times, last"
        said.append(f"opened the join link {times} at {clock_time(trace.opened[-1], zone)}")
    if trace.waiting_now:
        said.append("waiting to be let in")
    said += [f"{LETTERS[name]} went out at {clock_time(at, zone)}" for name, at in facts.letters if name in LETTERS]
    said.append(f"present {facts.attended_minutes} min, lost {facts.lost_minutes} min")
    words = dict.fromkeys(filter(None, map(trouble.in_words, facts.answers)))
    return [f"{code}: {one}." for one in said] + [f"{code} says: {one}." for one in words]


def _shared(common: Shared, zone: ZoneInfo) -> list[str]:
    said = []
    if common.dropped and common.first_at and common.last_at:
        seconds = round((common.last_at - common.first_at).total_seconds())
        said.append(
            f"Shared: {common.dropped} of {common.people} dropped within {seconds} s of "
            f"{clock_time(common.first_at, zone)}."
        )
    else:
        said.append("Not shared: the moment; they dropped at different times, or not at all.")
    said.append(_common("network", common.network, NETWORKS))
    said.append(_common("device", common.device, DEVICES))
    if common.clinician_at:
        said.append(f"Shared: the clinician's connection dropped at {clock_time(common.clinician_at, zone)}.")
    elif len(common.clinicians) == 1:
        said.append(f"Shared: the host, {common.clinicians[0]}, whose own connection held.")
    elif common.clinicians:
        said.append(f"Not shared: the host; sessions of {len(common.clinicians)} clinicians are hit.")
    if common.platform:
        until = common.platform.until_at
        over = f"until {day_time(until, zone)}" if until else "not over yet"
        of = f" ({PARTS[common.platform.part]})" if common.platform.part else ""
        since = day_time(common.platform.from_at, zone)
        said.append(f"Zoom status: an incident of the platform{of} since {since}, {over}.")
    else:
        said.append("Zoom status: no incident of the platform is known for that time.")
    return said


def _common(what: str, common: Common | None, words: Mapping) -> str:
    if common is None:
        return f"Not known: the {what}; Zoom told nothing of it."
    told = f"{common.have} of {common.of} of whom it is known used {words[common.word]}"
    return f"{'Shared' if common.all_of else 'Not shared'}: the {what}; {told}."


def day_time(at: datetime, zone: ZoneInfo) -> str:
    """`2026-11-23 10:00 EST`."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """`10:00:00 EST`."""
    return at.astimezone(zone).strftime("%H:%M:%S %Z")
