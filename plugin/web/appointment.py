"""One appointment with its evidence: the picture, the verdicts in words, the rules asked, and what followed."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from plugin.core.override import POSSIBLE
from plugin.storage import action, appointment, board, delivery, dispatch, retention
from plugin.storage import booking as bookings
from plugin.storage import makeup as makeups
from plugin.storage import override as overrides
from plugin.web.current import now, own_clinician_id, rejoin, sees_names, staff_zone
from plugin.web.history import changes
from plugin.web.links import links_of
from plugin.web.presence import presence
from plugin.web.timeline import picture

pages = Blueprint("appointment", __name__)


@pages.get("/appointments/<path:appointment_id>")
def show(appointment_id: str):
    """Everything known about one appointment; a clinician finds only sessions of their own here."""
    if not appointment_id.isprintable():
        abort(404)
    present, zone = now(), staff_zone()
    with rejoin().db.read() as tx:
        booking = board.booking(tx, appointment_id, sees_names(), own_clinician_id())
        if booking is None:
            abort(404)
        history = board.verdict_history(tx, appointment_id)
        of_it = {row.id for row in delivery.of_appointment(tx, appointment.load(tx, appointment_id), present)}
        deliveries = board.deliveries(tx, of_it)
        elsewhere = board.deliveries(tx, _cited(booking) - of_it)
        pruned_at = retention.pruned_at(tx, appointment_id)
        actions = action.of_appointment(tx, appointment_id)
        decided = overrides.of_appointment(tx, appointment_id)
        standing = {row.participant_id: row for row in decided if row.undone_at is None}
        reasons = {code: overrides.reason(tx, row) for code, row in standing.items()} if sees_names() else {}
        makeups_of = {row.participant_id: row for row in makeups.of_appointments(tx, [appointment_id])}
        links = links_of(tx, appointment_id, present)
        booked = bookings.of_appointment(tx, appointment_id)
        guests = [
            row
            for row in bookings.all_of_appointment(tx, appointment_id)
            if row.seat and row.state == bookings.BOOKED and present < booking.starts_at
        ]
        messages = dispatch.of_appointment(tx, appointment_id)
        tickets, offers, replacements = board.related(tx, appointment_id)
    return render_template(
        "appointment.html",
        booking=booking,
        picture=picture(booking, present, zone),
        whereabouts_of={person.participant_id: presence(booking, person, present) for person in booking.people},
        staff_zone=zone,
        over=present >= booking.ends_at,
        begun=present >= booking.starts_at,
        history=changes(history),
        decisions=standing,
        reasons=reasons,
        choices=[{"outcome": o.value, "cause": c.value} for o, causes in POSSIBLE.items() for c in causes],
        deliveries={row.id: row for row in deliveries},
        elsewhere={row.id: row for row in elsewhere},
        actions=actions,
        links=links,
        makeups=makeups_of,
        pruned_at=pruned_at,
        tickets=tickets,
        offers=offers,
        replacements=replacements,
        messages=messages,
        guests=guests,
        can_be_called_off=booked is not None and booked.state == bookings.BOOKED and present < booking.starts_at,
    )


def _cited(booking: board.Booking) -> set[int]:
    """The numbers of the deliveries that what speaks for a verdict rests on, also those about another session."""
    verdicts = [person.verdict for person in booking.people if person.verdict is not None]
    findings = [finding for verdict in verdicts for finding in verdict.result["findings"] if finding["hit"]]
    return {number for finding in findings for number in finding["events"]}
