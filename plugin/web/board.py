"""Today's board: the day's sessions with everybody's whereabouts, kept fresh while it is open."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta

from flask import Blueprint, render_template, request

from plugin.storage import board
from plugin.storage import makeup as makeups
from plugin.web.current import now, own_clinician_id, rejoin, sees_names, staff_zone
from plugin.web.presence import presence

pages = Blueprint("board", __name__)


@pages.get("/")
def day():
    """The board of one day, by default today in the zone of the staff pages."""
    shown, seen = _read_day()
    return render_template("board.html", **shown, seen=seen)


@pages.get("/board/live")
def live():
    """The board's changing part alone; nothing at all (204) while it looks as it did."""
    shown, seen = _read_day()
    if request.args.get("seen") == seen:
        return "", 204
    return render_template("board_live.html", **shown, seen=seen, again=True)


def _read_day() -> tuple[dict, str]:
    present, zone = now(), staff_zone()
    today = present.astimezone(zone).date()
    shown_day = _wanted_day() or today
    begin = datetime.combine(shown_day, time(), zone)
    end = datetime.combine(shown_day + timedelta(days=1), time(), zone)
    with rejoin().db.read() as tx:
        bookings = board.bookings_between(tx, begin, end, sees_names(), own_clinician_id())
        work = makeups.of_appointments(tx, [booking.appointment_id for booking in bookings])
    makeup_of = {(row.appointment_id, row.participant_id): row for row in work}
    sessions = [
        {
            "booking": booking,
            "people": [(person, presence(booking, person, present)) for person in booking.people],
            "makeups": {
                person.participant_id: makeup_of[booking.appointment_id, person.participant_id]
                for person in booking.people
                if (booking.appointment_id, person.participant_id) in makeup_of
            },
            "stage": _stage(booking, present),
        }
        for booking in bookings
    ]
    counts = _counts(sessions)
    shown = {
        "day": shown_day,
        "today": today,
        "before": shown_day - timedelta(days=1),
        "after": shown_day + timedelta(days=1),
        "sessions": sessions,
        "counts": counts,
        "linked": own_clinician_id() != "",
    }
    return shown, _fingerprint(sessions)


def _fingerprint(sessions: list[dict]) -> str:
    """What the board looks like, in a few characters: the page asks again and gets an answer only when it changed."""
    looks = []
    for session in sessions:
        booking = session["booking"]
        people = [(person.participant_id, person.name, there) for person, there in session["people"]]
        people += [(code, row.state, row.minutes) for code, row in session["makeups"].items()]
        looks.append(
            (booking.appointment_id, booking.title, booking.starts_at, booking.ends_at, session["stage"], people)
        )
    return hashlib.blake2b(repr(looks).encode(), digest_size=8).hexdigest()


def _wanted_day() -> date | None:
    try:
        wanted = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    return wanted if 1970 <= wanted.year < 2200 else None


def _stage(booking: board.Booking, present: datetime) -> str:
    if booking.status == "cancelled":
        return "cancelled"
    if present < booking.starts_at:
        return "later"
    return "running" if present < booking.ends_at else "over"


def _counts(sessions: list[dict]) -> dict[str, int]:
    running = [there for s in sessions if s["stage"] == "running" for _, there in s["people"]]
    return {
        "running": sum(s["stage"] == "running" for s in sessions),
        "present": sum(there.state == "present" for there in running),
        "waiting": sum(there.state == "waiting" for there in running),
        "missing": sum(there.state in ("absent", "trouble") for there in running),
    }
