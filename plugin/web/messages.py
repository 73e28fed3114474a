"""Messages as staff see them: every text in every language, and what one person would get."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from plugin.service import preview
from plugin.service.reaching import reader_of
from plugin.service.wording import Reader, languages
from plugin.storage import appointment as appointments
from plugin.web.current import now, rejoin

pages = Blueprint("messages", __name__)


@pages.get("/messages")
def previews():
    """Every text with sample data; with an appointment and a person, as that person would get it now."""
    number, code = request.args.get("appointment", ""), request.args.get("person", "")
    language, outlook, starts_at = request.args.get("language", ""), None, now()
    reader = Reader(language if language in languages() else "", rejoin().settings.timezone)
    if number or code:
        with rejoin().db.read() as tx:
            appointment = appointments.load(tx, number) if number.isprintable() else None
            people = {one.participant_id: one for one in appointment.participants} if appointment else {}
            if appointment is None or code not in people:
                abort(404)
            outlook = preview.outlook(tx, rejoin(), appointment, code, now())
        starts_at = appointment.starts_at
        reader = reader_of(appointment, people[code])
    return render_template(
        "messages.html",
        previews=preview.previews(rejoin(), reader, starts_at),
        languages=languages(),
        reader=reader,
        outlook=outlook,
        appointment_id=number,
        participant_id=code,
        limits=rejoin().policy.message,
        texts_are_sent=rejoin().texts is not None,
    )
