"""Incidents of the video platform over the API: for whoever watches its status page by machine."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy import Row

from plugin.api import field, problem
from plugin.api.access import auth, needs
from plugin.api.blueprint import api, parts
from plugin.api.ticket import LARGEST
from plugin.core.platform import Part
from plugin.service import platform_incidents
from plugin.service.refusal import Conflict, Refused
from plugin.storage import platform_incident as storage
from plugin.storage.api_token import Scope
from plugin.storage.database import Transaction

NONE = "There is no incident with this number."


class IncidentTold(BaseModel):
    """An incident of the platform as it is known."""

    id: int
    part: Part
    from_at: datetime
    until_at: datetime | None = Field(description="Null while it goes on")
    source: str = Field(description="A link to the platform's status page, or the code of a note")
    state: Literal["on", "over", "withdrawn"]
    version: int = Field(description="Counts the changes; send it along with the next one")
    entered_by: str
    entered_at: datetime
    updated_at: datetime


class Incidents(BaseModel):
    """One page of incidents, those entered last first."""

    incidents: list[IncidentTold]
    next: int | None = Field(description="Pass it as `after` for the next page; null on the last one")


class Wanted(field.Page):
    """Which incidents."""

    after: int | None = Field(None, ge=0, le=LARGEST, description="`next` of the page before")


class IncidentPost(field.Request):
    """An incident of the platform; aware times, not in the future, at most seven days from begin to end."""

    part: Part
    from_at: field.Moment
    until_at: field.Moment | None = Field(None, description="Leave it out while it goes on")
    source: field.Text = Field(description="A link to the platform's status page, or the code of a note")


class IncidentPut(IncidentPost):
    """The same corrected: say everything anew. To end it, say `until_at`."""

    version: int | None = Field(None, ge=1, le=LARGEST, description="Refuse (409) when it was changed since")
    withdrawn: bool = Field(False, description="It was none after all; the other fields are left as they stand")


@api.post("/platform-incidents")
@needs(Scope.INCIDENTS_WRITE)
@api.input(IncidentPost)
@api.output(IncidentTold, description="It is evidence now; the very same sent again is the same incident")
@api.doc(tags=["Platform"], operation_id="enterPlatformIncident")
def enter_incident(json_data: IncidentPost):
    """Enter an incident of the platform; whoever met in its time is judged again."""
    rejoin, wanted = parts(), json_data
    arguments = wanted.part, wanted.from_at, wanted.until_at, wanted.source
    with rejoin.db.begin() as tx:
        try:
            number = platform_incidents.enter(tx, rejoin, *arguments, _who(), rejoin.clock.now())
        except Refused as refusal:
            raise problem.refuse(422, str(refusal)) from None
        told = _told(tx, storage.load(tx, number))
    rejoin.queue.wake()
    return told


@api.put("/platform-incidents/<int:incident_id>", merge_slashes=False)
@needs(Scope.INCIDENTS_WRITE)
@api.input(IncidentPut)
@api.output(IncidentTold)
@api.doc(
    tags=["Platform"],
    operation_id="correctPlatformIncident",
    responses={404: NONE, 409: "It was changed since the version that was named"},
)
def correct_incident(incident_id: int, json_data: IncidentPut):
    """Correct an incident of the platform, end it, or withdraw it; verdicts follow."""
    rejoin, wanted = parts(), json_data
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        row = storage.load(tx, min(incident_id, LARGEST))
        if row is None:
            raise problem.refuse(404, NONE)
        version = wanted.version or row.version
        try:
            if wanted.withdrawn:
                platform_incidents.withdraw(tx, rejoin, row.id, version, _who(), now)
            else:
                arguments = wanted.part, wanted.from_at, wanted.until_at, wanted.source
                platform_incidents.correct(tx, rejoin, row.id, version, *arguments, _who(), now)
        except Conflict:
            raise problem.refuse(409, "It was changed since; read it again and decide again.") from None
        except Refused as refusal:
            raise problem.refuse(422, str(refusal)) from None
        told = _told(tx, storage.load(tx, row.id))
    rejoin.queue.wake()
    return told


@api.get("/platform-incidents")
@needs(Scope.TICKETS_READ)
@api.input(Wanted, location="query")
@api.output(Incidents)
@api.doc(tags=["Platform"], operation_id="listPlatformIncidents")
def list_incidents(query_data: Wanted):
    """List incidents of the platform, those entered last first."""
    with parts().db.read() as tx:
        rows = storage.newest(tx, query_data.limit + 1, query_data.after)
        page = [_told(tx, row) for row in rows[: query_data.limit]]
    return Incidents(incidents=page, next=page[-1].id if len(rows) > len(page) else None)


@api.get("/platform-incidents/<int:incident_id>", merge_slashes=False)
@needs(Scope.TICKETS_READ)
@api.output(IncidentTold)
@api.doc(tags=["Platform"], operation_id="getPlatformIncident")
def read_incident(incident_id: int):
    """Read one incident of the platform."""
    with parts().db.read() as tx:
        row = storage.load(tx, min(incident_id, LARGEST))
        if row is None:
            raise problem.refuse(404, NONE)
        return _told(tx, row)


def _told(tx: Transaction, row: Row) -> IncidentTold:
    known = {name: getattr(row, name) for name in IncidentTold.model_fields if name != "source"}
    return IncidentTold(source=storage.source_of(tx, row), **known)


def _who() -> str:
    return f"token/{auth.current_user.name}"
