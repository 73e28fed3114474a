"""Minutes of clients by week over the API: attended and made up, side by side."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from plugin.api import field, problem
from plugin.api.access import needs
from plugin.api.blueprint import api, parts
from plugin.service.minutes import minutes_of_weeks
from plugin.storage.api_token import Scope

LONGEST_DAYS = 366


class WeekTold(BaseModel):
    """One client's week."""

    model_config = ConfigDict(from_attributes=True)

    participant_id: str
    begins_on: date = Field(description="Its Monday, in the zone of the program")
    attended_minutes: float
    makeup_minutes: int = Field(description="Accepted make-up work handed in in this week; no part of attended_minutes")
    provisional_sessions: int = Field(description="Sessions among them whose verdict may still change")


class Weeks(BaseModel):
    """Every client's weeks, by week and code."""

    weeks: list[WeekTold]


class Span(field.Request):
    """Which days."""

    from_day: date = Field(alias="from", description="The first day")
    to_day: date = Field(alias="to", description="The day after the last one")


@api.get("/minutes")
@needs(Scope.ASSESSMENTS_READ)
@api.input(Span, location="query")
@api.output(Weeks)
@api.doc(tags=["Verdicts"], operation_id="listMinutes")
def list_minutes(query_data: Span):
    """List the minutes that each client attended and made up, by week; the two are never added."""
    length = (query_data.to_day - query_data.from_day).days
    if not 0 < length <= LONGEST_DAYS:
        raise problem.misfit("to", f"must be after `from`, and no more than {LONGEST_DAYS} days later")
    with parts().db.read() as tx:
        zone = ZoneInfo(parts().settings.timezone)
        found = minutes_of_weeks(tx, query_data.from_day, query_data.to_day, zone)
    return Weeks(weeks=[WeekTold.model_validate(week) for week in found])
