"""The roster over the API: put an appointment, read one, list them."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, model_validator

from plugin import roster_cell as cell
from plugin.api import field, problem
from plugin.api.access import auth, needs
from plugin.api.blueprint import api, parts
from plugin.core.appointment import Appointment, Kind, Participant, Role, Status
from plugin.service.roster import Change, put_appointment
from plugin.storage import appointment as appointments
from plugin.storage import audit, listing
from plugin.storage.api_token import Scope

EXAMPLE = {
    "kind": "individual",
    "starts_at": "2026-03-02T09:00:00-05:00",
    "ends_at": "2026-03-02T09:50:00-05:00",
    "timezone": "America/New_York",
    "meeting_id": "812 3456 7890",
    "host_id": "zoom-user-17",
    "participants": [
        {"participant_id": "S-04", "role": "clinician", "customer_key": "S-04"},
        {"participant_id": "C-017", "role": "client", "email": "alice@example.org", "timezone": "America/Chicago"},
    ],
}
NEW = {
    "description": "It is new",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
}


class Person(field.Request):
    """Somebody who is expected; blank, null and missing all mean that it is not known."""

    participant_id: field.RequiredCode = Field(description="The program's own code for the person, not a name")
    role: Role
    name: field.Text = ""
    email: field.Code = ""
    phone: field.Text = ""
    registrant_id: field.Code = ""
    customer_key: field.Code = ""
    timezone: field.Zone = Field("", description="IANA name")
    join_url: field.Link = Field("", description="Their own link into the meeting, https")
    language: field.Language = Field("", description="In which they are written to: a BCP 47 tag, such as es")
    channel: field.Channel = Field("", description="How they would rather be written to: `email` or `sms`")
    status: Status = Field(
        Status.BOOKED, description="Of their own place in it; that of the whole appointment is its own"
    )


class AppointmentPut(field.Request):
    """An appointment with everybody who is expected in it."""

    appointment_id: field.Code = Field("", description="When it is given, the one of the address")
    kind: Kind
    starts_at: field.Moment = Field(description="ISO 8601 with an offset")
    ends_at: field.Moment = Field(description="After the start")
    meeting_id: field.MeetingNumber = Field(description="Zoom's meeting number; spaces are allowed")
    participants: tuple[Person, ...] = Field(min_length=1, max_length=1000)
    program_id: field.Code = ""
    title: field.Text = Field("", description="Never shown outside the staff pages")
    timezone: field.Zone = Field("", description="IANA name; the program's")
    status: Status = Status.BOOKED
    host_id: field.Code = Field("", description="Zoom user id of the host")
    module: field.Code = Field("", description="The program's code for its subject; make-up material is found by it")
    capacity: int | None = Field(
        None, ge=0, le=cell.MOST_ROOM, strict=True,
        description="Room in clients, also for those who come from another group; null: the policy's for its kind",
    )  # fmt: skip

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at is not after starts_at")
        codes = [person.participant_id for person in self.participants]
        if len(set(codes)) < len(codes):
            raise ValueError("a participant_id stands twice in participants")
        return self


class PersonTold(BaseModel):
    """Somebody who is expected; blank means that it is not known."""

    participant_id: str
    role: Role
    name: str
    email: str
    phone: str
    registrant_id: str
    customer_key: str
    timezone: str
    join_url: str
    language: str
    channel: str
    status: Status


class AppointmentTold(BaseModel):
    """An appointment with everybody who is expected in it; times are UTC."""

    appointment_id: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    meeting_id: str
    participants: list[PersonTold]
    program_id: str
    title: str
    timezone: str
    status: Status
    host_id: str
    module: str
    capacity: int | None


class Receipt(BaseModel):
    """What became of an appointment that was put."""

    appointment_id: str
    change: Change


class Listed(BaseModel):
    """One page of the roster, by start."""

    appointments: list[AppointmentTold]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last one")


class Window(field.Page):
    """Which appointments."""

    from_at: field.Moment = Field(alias="from", description="The earliest start")
    to_at: field.Moment = Field(alias="to", description="Only starts before this")
    after: str = Field("", max_length=4000, description="`next` of the page before")


@api.put("/appointments/<path:appointment_id>", merge_slashes=False)
@needs(Scope.ROSTER_WRITE)
@api.input(AppointmentPut, example=EXAMPLE)
@api.output(Receipt, description="It stood already; `change` says whether something was new about it")
@api.doc(tags=["Roster"], responses={201: NEW}, operation_id="putAppointment")
def change_appointment(appointment_id: str, json_data: AppointmentPut):
    """Put an appointment into the roster, or replace the one that has this id.

    Exactly the given participants are expected afterwards. Putting the same again changes nothing. To call an
    appointment off, put it with the status `cancelled`.
    """
    appointment = _appointment(appointment_id, json_data)
    rejoin = parts()
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        known = appointments.load(tx, appointment_id) is not None
        changed = put_appointment(tx, rejoin, appointment, now)
        change = (Change.CHANGED if known else Change.NEW) if changed else Change.UNCHANGED
        if changed:
            who = f"token/{auth.current_user.name}"
            audit.record(tx, now, who, "put-appointment", f"appointment/{appointment_id}", {"change": change})
    rejoin.queue.wake()
    return Receipt(appointment_id=appointment_id, change=change), 200 if known else 201


@api.get("/appointments/<path:appointment_id>", merge_slashes=False)
@needs(Scope.ROSTER_READ)
@api.output(AppointmentTold)
@api.doc(tags=["Roster"], operation_id="getAppointment")
def read_appointment(appointment_id: str):
    """Read one appointment, with what is known about its participants."""
    with parts().db.read() as tx:
        found = appointments.load(tx, known_code(appointment_id))
    if found is None:
        raise no_appointment()
    return _told(found)


@api.get("/appointments")
@needs(Scope.ROSTER_READ)
@api.input(Window, location="query")
@api.output(Listed)
@api.doc(tags=["Roster"], operation_id="listAppointments")
def list_appointments(query_data: Window):
    """List the appointments that start in a window of time, by start and id."""
    after = _position(query_data.after) if query_data.after else None
    with parts().db.read() as tx:
        found = listing.appointments(tx, query_data.from_at, query_data.to_at, after, query_data.limit)
    page = found[: query_data.limit]
    return Listed(
        appointments=[_told(one) for one in page],
        next=_cursor(page[-1]) if len(found) > len(page) else None,
    )


def known_code(appointment_id: str) -> str:
    """The id of an address, if it can be one at all: what cannot be stored is not there (404)."""
    try:
        return cell.code(appointment_id)
    except ValueError:
        raise no_appointment() from None


def no_appointment() -> problem.Refusal:
    """The error to raise when an appointment is not in the roster."""
    return problem.refuse(404, "There is no appointment with this id.")


def _appointment(appointment_id: str, put_in: AppointmentPut) -> Appointment:
    try:
        if cell.code(appointment_id) != appointment_id.strip():
            raise ValueError("has spaces around it")
    except ValueError as bad:
        raise problem.misfit("appointment_id", str(bad)) from None
    if put_in.appointment_id not in ("", appointment_id):
        raise problem.misfit("appointment_id", "is not the id of the address")
    values = put_in.model_dump(exclude={"participants", "appointment_id"})
    people = tuple(Participant(**person.model_dump()) for person in put_in.participants)
    return Appointment(appointment_id=appointment_id, participants=people, **values)


def _told(appointment: Appointment) -> AppointmentTold:
    return AppointmentTold.model_validate(appointment, from_attributes=True)


def _cursor(last: Appointment) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.starts_at.isoformat(), last.appointment_id]).encode()).decode()


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        start, code = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return cell.moment(start), cell.code(code)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise problem.misfit("after", "is not the `next` of a page") from None
