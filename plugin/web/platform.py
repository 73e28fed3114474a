"""Incidents of the video platform: what is known of them, and entering, ending, correcting one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from plugin.core.platform import PARTS
from plugin.service import platform_incidents
from plugin.service.refusal import Conflict, Refused
from plugin.storage import affected
from plugin.storage import platform_incident as storage
from plugin.storage import ticket as tickets
from plugin.web.current import change, member, now, rejoin, said, said_number, staff_zone
from plugin.web.wall_clock import entered, written

pages = Blueprint("platform", __name__)

NEWEST = 50
FIELDS = {"part": 40, "from": 40, "until": 40, "source": platform_incidents.LONGEST_SOURCE + 1}


@pages.get("/platform")
def show(wrote: dict[str, str] | None = None):
    """The incidents entered last, with whom they hit, and the form for a new one."""
    with rejoin().db.read() as tx:
        rows = storage.newest(tx, NEWEST)
        sources = {row.id: storage.source_of(tx, row) for row in rows}
        found = {row.id: tickets.by_key(tx, f"platform-incident/{row.first_delivery}") for row in rows}
        people = {number: affected.of_ticket(tx, ticket.key) for number, ticket in found.items() if ticket is not None}
    wrote = wrote or {"from": written(now(), staff_zone())}
    return render_template(
        "platform.html", incidents=rows, sources=sources, tickets=found, people=people, parts=PARTS, wrote=wrote,
        link=_link,
    )  # fmt: skip


@pages.get("/platform/<number:incident_id>")
def edit(incident_id: int, wrote: dict[str, str] | None = None):
    """The form that corrects one."""
    with rejoin().db.read() as tx:
        row = storage.load(tx, incident_id)
        if row is None:
            abort(404)
        source = storage.source_of(tx, row)
    zone = staff_zone()
    stands = {"part": row.part, "source": source}
    stands |= {"from": written(row.from_at, zone), "until": written(row.until_at, zone)}
    return render_template("platform_incident.html", incident=row, parts=PARTS, wrote=wrote or stands)


@pages.post("/platform")
def enter():
    """Let a new one be known."""
    wrote = _wrote()
    try:
        with change() as tx:
            arguments = wrote["part"], *_times(wrote), wrote["source"]
            platform_incidents.enter(tx, rejoin(), *arguments, member().login, now())
    except Refused as refusal:
        flash(str(refusal), "problem")
        return show(wrote), 422
    flash("It is evidence now; whoever met in that time is judged again.")
    return redirect(url_for("platform.show"), 303)


@pages.post("/platform/<number:incident_id>")
def correct(incident_id: int):
    """Say it better."""
    wrote = _wrote()
    arguments = lambda: (wrote["part"], *_times(wrote), wrote["source"])  # noqa: E731
    return _decide(incident_id, platform_incidents.correct, "Corrected; verdicts follow.", arguments, wrote)


@pages.post("/platform/<number:incident_id>/end")
def end(incident_id: int):
    """Say that it is over now."""
    return _decide(incident_id, platform_incidents.end, "It is over.")


@pages.post("/platform/<number:incident_id>/withdraw")
def withdraw(incident_id: int):
    """Say that it was none after all."""
    return _decide(incident_id, platform_incidents.withdraw, "Withdrawn; it explains nothing any more.")


def _decide(
    incident_id: int, use_case: Callable, done: str, arguments: Callable[[], tuple] = tuple,
    wrote: dict[str, str] | None = None,
):  # fmt: skip
    try:
        with change() as tx:
            if storage.load(tx, incident_id) is None:
                abort(404)
            use_case(tx, rejoin(), incident_id, said_number("version"), *arguments(), member().login, now())
    except Conflict:
        flash("Somebody else changed this incident a moment ago. Please look at how it stands now.", "problem")
        return edit(incident_id), 409
    except Refused as refusal:
        flash(str(refusal), "problem")
        return edit(incident_id, wrote), 422
    flash(done)
    return redirect(url_for("platform.show"), 303)


def _wrote() -> dict[str, str]:
    return {name: said(name, longest) for name, longest in FIELDS.items()}


def _times(wrote: dict[str, str]) -> tuple[datetime, datetime | None]:
    zone = staff_zone()
    return entered(wrote["from"], zone), entered(wrote["until"], zone) if wrote["until"] else None


def _link(source: str) -> str:
    """The source as a link that can be followed, "" when it is a code."""
    return source if source.startswith("https://") and '"' not in source and " " not in source else ""
