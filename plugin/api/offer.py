"""Reschedule offers over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from plugin.api import field, problem
from plugin.api.access import needs
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
    reason: str | None
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
    page = [OfferTold.model_validate(row) for row in found[: wanted.limit]]
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
    return OfferTold.model_validate(found)
