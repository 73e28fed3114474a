"""The tech-support queue over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from plugin.api import field, problem
from plugin.api.access import needs
from plugin.api.blueprint import api, parts
from plugin.core.resolution import Resolution
from plugin.storage import listing
from plugin.storage import ticket as tickets
from plugin.storage.api_token import Scope

LARGEST = 2**63 - 1  # what fits into the column
TicketState = Literal["open", "taken", "resolved", "attached"]


class TicketTold(BaseModel):
    """A ticket of the built-in queue: codes, times and what was seen, never a name."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    appointment_id: str
    incident: bool = Field(description="It stands for three or more people, or for a platform incident")
    participants: list[str]
    summary: str
    seen: list[str] = Field(description="What was seen, in sentences")
    suggestion: str
    state: TicketState
    assignee: str | None
    resolution: str | None
    code: Resolution | None = Field(description="What it turned out to be, once somebody has looked")
    part_of: int | None = Field(description="The incident's ticket at which an `attached` one goes on")
    opened_at: datetime
    updated_at: datetime


class Tickets(BaseModel):
    """One page of tickets, in the order they were opened."""

    tickets: list[TicketTold]
    next: int | None = Field(description="Pass it as `after` for the next page; null on the last one")


class Wanted(field.Page):
    """Which tickets."""

    state: TicketState | None = None
    appointment_id: field.Code = ""
    after: int = Field(0, ge=0, le=LARGEST, description="`next` of the page before")


@api.get("/tickets")
@needs(Scope.TICKETS_READ)
@api.input(Wanted, location="query")
@api.output(Tickets)
@api.doc(tags=["Tickets"], operation_id="listTickets")
def list_tickets(query_data: Wanted):
    """List tickets, in the order they were opened."""
    wanted = query_data
    with parts().db.read() as tx:
        found = listing.tickets(tx, wanted.state, wanted.appointment_id, wanted.after, wanted.limit)
    page = [TicketTold.model_validate(row) for row in found[: wanted.limit]]
    return Tickets(tickets=page, next=page[-1].id if len(found) > len(page) else None)


@api.get("/tickets/<int:ticket_id>", merge_slashes=False)
@needs(Scope.TICKETS_READ)
@api.output(TicketTold)
@api.doc(tags=["Tickets"], operation_id="getTicket")
def read_ticket(ticket_id: int):
    """Read one ticket."""
    with parts().db.read() as tx:
        found = tickets.load(tx, min(ticket_id, LARGEST))
    if found is None:
        raise problem.refuse(404, "There is no ticket with this number.")
    return TicketTold.model_validate(found)
