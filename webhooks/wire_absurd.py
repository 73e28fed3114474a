"""Times that cannot be: one that two others contradict gives way, and the delivery tells what it tells all the same.

Somebody's arrival a week before the meeting began would hold sessions that nobody held, and one that is passed over
for its time would make an absence of a presence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

APART = timedelta(hours=1)
"""Zoom's own clock tells all times of a delivery, and sends it within two minutes; an hour is more than any delay."""
FORESIGHT = timedelta(days=1)
"""Nothing can be told before it happens; two clocks may differ, and a day is more than any."""
OLDEST = timedelta(days=400)
"""What is told later than this is no retry and no report, but a wrong clock: it would prove a feed that was silent."""
LONGEST_MEETING = timedelta(hours=30)
"""Zoom ends any meeting after this time."""
OWN_TIME = "its own time cannot be; when it was sent counts instead"
SENT = "when it was sent cannot be; its own time counts instead"


def is_timely(at: datetime, received_at: datetime) -> bool:
    """Whether what happened then can have arrived then."""
    return -FORESIGHT <= received_at - at <= OLDEST


def possible(
    at: datetime, begun_at: datetime | None, sent_at: datetime | None, received_at: datetime, arrival_known: bool
) -> tuple[datetime, datetime, str]:
    """When it happened and when it arrived, of a delivery that tells times in no possible order, and what is wrong.

    `begun_at` is when it says that its meeting began; when nothing else says when it arrived (`arrival_known`), it is
    when it was sent. What only one other time contradicts stays as it is.
    """
    if sent_at is None:
        return at, received_at, ""
    if not arrival_known and not is_timely(at, sent_at):
        if begun_at is not None and _in_the_course_of(begun_at, at) and not _in_the_course_of(begun_at, sent_at):
            return at, at, SENT
        return sent_at, sent_at, OWN_TIME
    too_early = begun_at is not None and at < begun_at - APART and _in_the_course_of(begun_at, sent_at)
    too_late = arrival_known and at > sent_at + APART and at > received_at + APART
    if (too_early or too_late or sent_at - at > OLDEST) and is_timely(sent_at, received_at):
        return sent_at, received_at, OWN_TIME
    return at, received_at, ""


def _in_the_course_of(begun_at: datetime, at: datetime) -> bool:
    return begun_at - APART <= at <= begun_at + LONGEST_MEETING
