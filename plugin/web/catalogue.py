"""The catalogue of make-up material: what there is, adding to it, changing and retiring it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from plugin.core.makeup import Attachment
from plugin.core.makeup_item import LONGEST, ItemProblem, checked
from plugin.service.refusal import Conflict, Refused
from plugin.storage import audit
from plugin.storage import makeup as makeups
from plugin.storage.database import Transaction
from plugin.web.current import change, member, now, rejoin, said, said_number
from plugin.web.upload import given_out, kinds, sent_file

pages = Blueprint("catalogue", __name__, url_prefix="/makeups")

OVERTAKEN = (
    "Somebody else changed or retired this item a moment ago. What you wrote was not saved; it stands below, with "
    "the item as it is now. If you chose a file, choose it again."
)
BLANK = {"code": "", "module": "", "minutes": "30", "title": "", "text": "", "link": ""}


@pages.get("")
def show():
    """Everything in the catalogue, by module; retired items at the end."""
    with rejoin().db.read() as tx:
        found = makeups.catalogue(tx, retired=True)
    return render_template(
        "catalogue.html",
        items=[one for one in found if one.retired_at is None],
        retired=[one for one in found if one.retired_at is not None],
    )


@pages.get("/new")
def new():
    """A form for a new item."""
    return _form(None, BLANK)


@pages.get("/<number:item_id>")
def edit(item_id: int):
    """One item as a form."""
    found = _item(item_id)
    return _form(found, {name: getattr(found, name) for name in BLANK})


@pages.get("/<number:item_id>/file")
def file(item_id: int):
    """The file of an item."""
    with rejoin().db.read() as tx:
        found = makeups.item_file(tx, item_id)
    if found is None:
        abort(404)
    return given_out(found)


@pages.post("/save")
def save():
    """Write an item: a new one, or the one whose number the form carries."""
    number = said_number("item_id")
    stands = _item(number) if number >= 0 else None
    wrote = {name: said(name, LONGEST.get(name, 10) + 1) for name in BLANK}
    wrote["code"] = stands.code if stands else wrote["code"]
    try:
        sent = sent_file("file")
        values = checked(wrote)
        with change() as tx:
            made = _put(tx, stands, values, sent)
            audit.record(tx, now(), member().login, "put-makeup-item", f"makeup-item/{made}", {"code": values["code"]})
    except Conflict:
        flash(OVERTAKEN, "problem")
        return _form(_item(number), wrote, overtaken=True), 409
    except (Refused, ItemProblem) as refusal:
        flash(str(refusal), "problem")
        return _form(stands, wrote), 422
    flash("Saved.")
    return redirect(url_for("catalogue.show"), 303)


def _put(tx: Transaction, stands: makeups.Item | None, values: dict, file: Attachment | None) -> int:
    """Write a new item, or change the one that stands; its number. Raises Refused or Conflict."""
    if stands is None:
        made = makeups.add_item(tx, **values, now=now(), file=file)
        if made is None:
            raise Refused("There is an item with this code already. Change that one, or choose another code.")
        return made
    changes = {name: value for name, value in values.items() if name != "code"}
    if not makeups.change_item(tx, stands.id, said_number("version"), **changes, now=now(), file=file):
        raise Conflict(f"item {stands.id} was changed by somebody else")
    return stands.id


@pages.post("/<number:item_id>/retire")
def retire(item_id: int):
    """Retire an item, or bring it back; what was assigned of it stays."""
    back = request.form.get("back") == "yes"
    _item(item_id)
    with change() as tx:
        if makeups.retire(tx, item_id, None if back else now()):
            did = "brought-back-makeup-item" if back else "retired-makeup-item"
            audit.record(tx, now(), member().login, did, f"makeup-item/{item_id}")
    flash("Back in the catalogue." if back else "Retired: it is not offered any more.")
    return redirect(url_for("catalogue.show"), 303)


def _item(item_id: int) -> makeups.Item:
    with rejoin().db.read() as tx:
        found = makeups.item(tx, item_id)
    if found is None:
        abort(404)
    return found


def _form(item: makeups.Item | None, wrote: dict, overtaken: bool = False):
    """An item as a form; `overtaken`: beside what this person wrote stands what somebody else made of it meanwhile."""
    most = f"{rejoin().policy.makeup.file_bytes / 1_000_000:g} MB"
    return render_template("catalogue_item.html", item=item, wrote=wrote, types=kinds(), most=most, overtaken=overtaken)
