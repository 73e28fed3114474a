"""Busy times of a calendar on a CalDAV server, by its free-busy report (RFC 4791, 7.10), on the library caldav.

The server itself leaves out titles, places and guests, expands what recurs, and knows what is transparent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from caldav.davclient import DAVClient
from caldav.lib.error import AuthorizationError, DAVError, NotFoundError
from icalendar import Calendar

from plugin.adapters.calendar_file import moment
from plugin.ports.outcome import Permanent, Temporary

TIMEOUT_SECONDS = 10
FREE = "FREE"


def busy_at_server(
    address: str, timezone: str, from_at: datetime, until_at: datetime, user: str, password: str
) -> tuple[tuple[datetime, datetime], ...]:
    """The busy times of the calendar at this address between two moments.

    Raises Temporary when the server does not answer, Permanent when it refuses, knows none, or answers no report.
    """
    try:
        text = _report(address, from_at, until_at, user, password)
    except AuthorizationError:
        told = "the calendar server refuses REJOIN_CALDAV_USER and REJOIN_CALDAV_PASSWORD for this calendar"
        raise Permanent(told) from None
    except NotFoundError:
        told = "there is no calendar at this address; set another one with `rejoin calendar set`"
        raise Permanent(told) from None
    except DAVError as error:
        raise Temporary(f"the calendar server answered with an error ({type(error).__name__})") from None
    except OSError:  # the exceptions of the HTTP library are of this kind
        raise Temporary("the calendar server does not answer") from None
    return tuple(sorted(set(_periods(text, ZoneInfo(timezone)))))


def _report(address: str, from_at: datetime, until_at: datetime, user: str, password: str) -> str:
    with DAVClient(
        url=address, username=user or None, password=password or None, timeout=TIMEOUT_SECONDS,
        enable_rfc6764=False,
    ) as client:  # fmt: skip
        data = client.calendar(url=address).freebusy_request(from_at, until_at).data
    return data.decode() if isinstance(data, bytes) else data


def _periods(text: str, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    try:
        for component in Calendar.from_ical(text).walk("VFREEBUSY"):
            given = component.get("FREEBUSY", [])
            for period in given if isinstance(given, list) else [given]:
                if str(period.params.get("FBTYPE", "BUSY")).upper() == FREE:
                    continue
                begin, end = period.dt
                begin = moment(begin, zone)
                yield begin, begin + end if isinstance(end, timedelta) else moment(end, zone)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Permanent("the calendar server's answer is no free-busy report") from None
