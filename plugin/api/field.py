"""The kinds of values that requests are made of, with the same checks as the cells of a roster file."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from plugin import roster_cell as cell

# In a query "+" means a space; a time whose offset lost its sign that way is still clear.
LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")


def _nothing(value: object) -> object:
    return "" if value is None else value


def _meeting_number(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"is not an ISO 8601 time with an offset, such as {cell.EXAMPLE}")
    return cell.moment(LOST_PLUS.sub("+", value))


def _required(value: str) -> str:
    if not value:
        raise ValueError("must not be blank")
    return value


_Line = Annotated[str, Field(max_length=cell.LONGEST), AfterValidator(str.strip)]
Text = Annotated[_Line, AfterValidator(cell.plain), BeforeValidator(_nothing)]
Code = Annotated[_Line, AfterValidator(cell.code), BeforeValidator(_nothing)]
RequiredCode = Annotated[_Line, AfterValidator(_required), AfterValidator(cell.code)]
Zone = Annotated[_Line, AfterValidator(cell.zone), BeforeValidator(_nothing)]
Link = Annotated[_Line, AfterValidator(cell.link), BeforeValidator(_nothing)]
Language = Annotated[_Line, AfterValidator(cell.language), BeforeValidator(_nothing)]
Channel = Annotated[_Line, AfterValidator(cell.channel), BeforeValidator(_nothing)]
MeetingNumber = Annotated[_Line, AfterValidator(cell.meeting_number), BeforeValidator(_meeting_number)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class Request(BaseModel):
    """What a program sends; a name that is not known is told instead of silently left aside."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Request):
    """Which page of a list."""

    limit: int = Field(100, ge=1, le=500, description="How many at most")
