"""Reschedule offers over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from plugin.api import field, problem
from plugin.api.access import auth, needs
from plugin.api.blueprint import api, parts
from plugin.api.ticket import LARGEST
from plugin.storage import listing
from plugin.storage import offer as offers
from plugin.storage.api_token import Scope

OfferState = Literal["proposed", "approved", "sent", "accepted", "declined", "refused", "expired", "withdrawn"]


class SlotTold(BaseModel):
    """A time that is offered, UTC."""

    starts_at: datetime
    ends_at: datetime
    because: str = ""
    appointment_id: str = Field("", description="The group session with a free seat; blank for a time of the clinician")


class OfferTold(BaseModel):
    """Up to three times for a session that was missed or not held, and what became of them."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    appointment_id: str
    participant_id: str
    clinician_id: str
    state: OfferState
    slots: list[SlotTold]
    chosen: int | None = Field(description="Which slot the client picked, counted from 0")
    reason: str | None = Field(
        description="Why it was declined or taken back, or its letter did not go out, in words of staff; only with the "
        "scope `roster:read`, else null"
    )
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    new_appointment_id: str | None


class Offers(BaseModel):
    """One page of offers, in the order they were proposed."""

    offers: list[OfferTold]
    next: int | None = Field(description="Pass it as `after` for the next page; null on the last one")


class Wanted(field.Page):
    """Which offers."""

    state: OfferState | None = None
    appointment_id: field.Code = ""
    after: int = Field(0, ge=0, le=LARGEST, description="`next` of the page before")


@api.get("/offers")
@needs(Scope.OFFERS_READ)
@api.input(Wanted, location="query")
@api.output(Offers)
@api.doc(tags=["Offers"], operation_id="listOffers")
def list_offers(query_data: Wanted):
    """List reschedule offers, in the order they were proposed."""
    wanted = query_data
    with parts().db.read() as tx:
        found = listing.offers(tx, wanted.state, wanted.appointment_id, wanted.after, wanted.limit)
    page = [_told(row) for row in found[: wanted.limit]]
    return Offers(offers=page, next=page[-1].id if len(found) > len(page) else None)


@api.get("/offers/<int:offer_id>", merge_slashes=False)
@needs(Scope.OFFERS_READ)
@api.output(OfferTold)
@api.doc(tags=["Offers"], operation_id="getOffer")
def read_offer(offer_id: int):
    """Read one reschedule offer."""
    with parts().db.read() as tx:
        found = offers.load(tx, min(offer_id, LARGEST))
    if found is None:
        raise problem.refuse(404, "There is no offer with this number.")
    return _told(found)


def _told(row: Row) -> OfferTold:
    """An offer; what staff wrote about a person is for those who may know who it is, as on the pages."""
    told = OfferTold.model_validate(row)
    return told if Scope.ROSTER_READ in auth.current_user.scopes else told.model_copy(update={"reason": None})
