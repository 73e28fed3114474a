"""The story of the morning: what happens in each session, told as the deliveries that Zoom sends about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from plugin.demo import delivery
from plugin.demo.cast import CLINIC_ZONE, Session, sessions_of
from plugin.demo.delivery import Guest
from plugin.demo.scene import Cue, Scene

BOT = Guest("Otter.ai Notetaker")
STRANGER = Guest("iPhone")


@dataclass(frozen=True)
class Morning:
    """The sessions and every delivery in the order of arrival; after `sessions_over_at` only time has to pass."""

    sessions: tuple[Session, ...]
    cues: tuple[Cue, ...]
    opens_at: datetime
    sessions_over_at: datetime
    final_at: datetime


def working_day(day: date) -> date:
    """The same day, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def morning_of(day: date) -> Morning:
    """The whole morning of one day."""
    sessions = sessions_of(day)
    cues = [cue for session, tell in zip(sessions, STORIES, strict=True) for cue in tell(Scene(session))]
    cues += _around(day)
    last_end = max(session.ends_at for session in sessions)
    return Morning(
        sessions,
        tuple(sorted(cues, key=lambda cue: cue.at)),
        opens_at=datetime.combine(day, time(8, 55), CLINIC_ZONE),
        sessions_over_at=last_end + timedelta(minutes=1),
        final_at=last_end + timedelta(minutes=92),
    )


def _on_time(scene: Scene) -> list[Cue]:
    clinician, client = _two(scene)
    # The order of arrival is not the order in which things happen.
    scene.start("08:58", arrives="08:59:10")
    scene.join(clinician, "08:58", arrives="08:58:03")
    scene.join(client, "08:59:20", note="the client comes in on time")
    first = scene.cues[-1]
    scene.repeat(first, "09:04:24", "Zoom sends the same delivery again")
    scene.switch(client, "09:20", note="the client is put on another connection in the same second")
    scene.leave(client, "09:49:40")
    scene.leave(clinician, "09:50:05")
    scene.end("09:50:05", note="the session ends")
    return scene.cues


def _late(scene: Scene) -> list[Cue]:
    clinician, client = _two(scene)
    scene.start("08:59")
    scene.join(clinician, "08:59")
    scene.join(client, "09:12", note="the client comes in, twelve minutes late")
    scene.end("09:50", delivery.HOST_ENDED)
    return scene.cues


def _dropped_and_back(scene: Scene) -> list[Cue]:
    clinician, client = _two(scene)
    scene.start("08:58")
    scene.join(clinician, "08:58")
    scene.join(client, "08:59:40")
    scene.warn(client, "09:13:30", note="Zoom warns of an unstable line")
    scene.leave(client, "09:14:30", delivery.CLIENT_CLOSE, note="the client's connection breaks")
    scene.join(client, "09:31:10", note="the client is back")
    scene.end("09:50:20")
    return scene.cues


def _dropped_for_good(scene: Scene) -> list[Cue]:
    clinician, client = _two(scene)
    scene.start("08:57:30")
    scene.join(clinician, "08:57:30")
    scene.join(client, "08:59:50")
    scene.leave(client, "09:16:10", delivery.FAILOVER, note="the client's connection breaks")
    scene.end("09:49:50")
    return scene.cues


def _no_show(scene: Scene) -> list[Cue]:
    clinician, _ = _two(scene)
    scene.start("08:58:40")
    scene.join(clinician, "08:58:40", note="the clinician is there, alone")
    scene.end("09:31", note="the clinician gives up waiting")
    return scene.cues


def _never_admitted(scene: Scene) -> list[Cue]:
    clinician, client = _two(scene)
    scene.start("09:56")
    scene.join(clinician, "09:56")
    scene.wait(client, "09:57:10", note="the client comes into the waiting room")
    scene.stop_waiting(client, "10:24", note="the client gives up; nobody let them in")
    scene.end("10:35")
    return scene.cues


def _group_drop(scene: Scene) -> list[Cue]:
    clinician, *clients = (person.guest for person in (scene.session.clinician, *scene.session.others))
    scene.start("09:57")
    scene.join(clinician, "09:57")
    for client, clock in zip(clients, ("09:58:10", "09:59", "09:59:20", "09:59:50", "10:01:30"), strict=True):
        scene.join(client, clock)
    scene.join(BOT, "10:01:40", note="a note-taking bot comes in")
    scene.leave(clients[0], "10:21:05", delivery.NETWORK, note="a first client's connection breaks")
    scene.leave(clients[2], "10:21:30", delivery.CLIENT_CLOSE, note="a second one's")
    scene.leave(clients[3], "10:21:50", delivery.NETWORK, note="a third one's, within 45 seconds")
    scene.join(clients[0], "10:41", note="one of the three is back")
    scene.end("11:00", delivery.HOST_ENDED)
    return scene.cues


def _no_clinician(scene: Scene) -> list[Cue]:
    _, client = _two(scene)
    scene.wait_for_host(
        client, "09:58:30", until="10:18", note="the client waits for the host", end_note="the client gives up"
    )
    return scene.cues


def _unknown_guest(scene: Scene) -> list[Cue]:
    clinician = scene.session.clinician.guest
    relative = scene.session.others[1].guest
    scene.start("09:58")
    scene.join(clinician, "09:58")
    scene.join(relative, "09:59:10")
    scene.join(STRANGER, "10:00:30", note="somebody comes in whom nobody can identify")
    scene.end("10:49:30")
    return scene.cues


def _delivered_late(scene: Scene) -> list[Cue]:
    clinician, client = _two(scene)
    scene.start("09:58")
    scene.join(clinician, "09:58")
    # Zoom's first tries were lost on the way; it tries again after 5, 25 and 85 minutes.
    scene.join(client, "09:59:30", arrives="10:24:40", note="Zoom's third try: the client has been there since 09:59")
    scene.end("10:50")
    return scene.cues


STORIES: tuple[Callable[[Scene], list[Cue]], ...] = (
    _on_time, _late, _dropped_and_back, _dropped_for_good, _no_show,
    _never_admitted, _group_drop, _no_clinician, _unknown_guest, _delivered_late,
)  # fmt: skip


def _around(day: date) -> list[Cue]:
    """What arrives beside the sessions: Zoom's validation of the address, an unknown event, a forged delivery."""

    def cue(clock: str, what: dict, note: str, forged: bool = False) -> Cue:
        at = datetime.combine(day, time.fromisoformat(clock), CLINIC_ZONE)
        return Cue(at, delivery.as_body(what), str(uuid.uuid5(delivery.NAMESPACE, note + clock)), note, forged)

    def moment(clock: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(clock), CLINIC_ZONE)

    session = sessions_of(day)[0]
    room = delivery.Room(session.meeting_id, delivery.meeting_uuid("forged"), "nobody", moment("09:40"))
    liar = delivery.joined(room, Guest("Nobody"), delivery.connection("forged", 1), moment("09:40"))
    unknown = delivery.event("meeting.chat_message_sent", moment("09:33"), room.as_object())
    return [
        cue(
            "08:55:30",
            delivery.url_validation("qgg8vlvZRS6UYooatFL8Aw", moment("08:55:29")),
            "Zoom validates the address",
        ),
        cue("09:33:02", unknown, "an event that Rejoin does not know: kept and counted"),
        cue("09:40:03", liar, "a delivery with a forged signature: refused", forged=True),
    ]


def _two(scene: Scene) -> tuple[Guest, Guest]:
    return scene.session.clinician.guest, scene.session.others[0].guest
