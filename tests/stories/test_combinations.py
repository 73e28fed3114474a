"""False absences, two of them at once: for one person, for two people of a group, on awkward days, and told in any way.

Each trouble fills a part of the session. None may end as a no-show, whatever it is combined with, and who was simply
there has attended.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from tests.stories.delivery import Spelling
from tests.stories.story import Person, Story

Trouble = Callable[[Story, Person, datetime, datetime], None]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def guest_join(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Joins as a guest under a name that nobody knows."""
    story.stays(client, begin, end, registrant_id="", customer_key="", email="", name="Tablet")


def other_email(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Is signed in to Zoom with an e-mail that is not the roster's."""
    story.stays(client, begin, end, registrant_id="", customer_key="", email="private@example.net", name="")


def drop(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Is cut off after a moment and does not come back."""
    story.stays(client, begin, begin + minutes(2), "network")


def power_cut(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Is gone at once; Zoom notices after more than a minute and gives no reason."""
    story.joins(client, begin)
    story.leaves(client, begin + minutes(3), "none", after=85)


def alone(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Waits to be let in and nobody does it."""
    story.waits(client, begin)
    story.stops_waiting(client, end)


def wrong_room(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Sits in another meeting of the roster."""
    story.stays(client, begin, end, meeting="93999999999")


def outage(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Zoom itself has trouble."""
    story.platform_incident(begin - minutes(5), end)


def data_late(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Is there; Zoom's third repetition brings it."""
    story.joins(client, begin, after=5100)
    story.leaves(client, end, after=5100)


def old_link(story: Story, client: Person, begin: datetime, end: datetime) -> None:
    """Uses the link of a meeting that the roster does not know any more."""
    story.stays(client, begin, end, meeting="93000000000", registrant_id="reg-of-old")


TROUBLES: dict[str, Trouble] = {
    look.__name__: look
    for look in (guest_join, other_email, drop, power_cut, alone, wrong_room, outage, data_late, old_link)
}  # fmt: skip
PAIRS = list(permutations(TROUBLES, 2))
DAYS = {
    "plain": {"starts": "10:00", "day": "2026-03-02", "zone": "UTC"},
    "midnight UTC": {"starts": "23:30", "day": "2026-03-02", "zone": "UTC"},
    "New York, spring forward": {"starts": "01:30", "day": "2026-03-08", "zone": "America/New_York"},
    "New York, fall back": {"starts": "01:30", "day": "2026-11-01", "zone": "America/New_York"},
    "Berlin, spring forward": {"starts": "01:30", "day": "2026-03-29", "zone": "Europe/Berlin"},
    "Berlin, fall back": {"starts": "02:30", "day": "2026-10-25", "zone": "Europe/Berlin"},
}
SPELLINGS = {
    '""': Spelling(),
    "null": Spelling(blank=None),
    "missing": Spelling(blanks_missing=True),
    "numbers": Spelling(numbers=True),
}


class Session:
    """An hour from `starts`: a clinician, two clients in trouble, one who is simply there; and a room next door."""

    def __init__(self, kind: str = "group", when: str = "plain", spelling: str = '""', blank: bool = False):
        told = DAYS[when]
        begin = Story(**told, ends="23:59").starts_at
        self.begin, self.middle, self.end = begin, begin + minutes(30), begin + minutes(60)
        self.story = Story(kind, begin, self.end, day=told["day"], zone=told["zone"], spelling=SPELLINGS[spelling])
        names = {"name": ""} if blank else {}
        mail = {} if blank else {"email": "c1@example.org"}
        self.clinician = self.story.clinician(**names)
        self.first = self.story.client("C1", **names, **mail, customer_key="key-1")
        self.second, self.there = self.story.client("C2", **names), self.story.client("C3", **names)
        colleague = self.story.guest("Colleague")
        colleague.code, colleague.role = "T9", self.clinician.role
        self.story.another_appointment("A2", "93999999999", begin, self.end, colleague, kind="individual")
        self.story.begins(begin - minutes(3), self.clinician)
        self.story.joins(self.there, begin - minutes(1))

    def is_over(self) -> None:
        self.story.is_over(self.end, self.there, self.clinician)

    def expect_nobody_wronged(self, *troubled: Person) -> None:
        """No no-show, and nobody is asked after for one; what is said before all is in is not final."""
        for person in troubled:
            self.story.expect(person, no_show=False, no_actions={"checkin"})
            self.story.expect(person, at=self.end + minutes(1), final=False)
        self.story.expect(self.there, outcome="attended", cause="none", attended=60)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_one_person_in_two_troubles_one_after_the_other(one, other):
    session = Session()
    TROUBLES[one](session.story, session.first, session.begin, session.middle)
    TROUBLES[other](session.story, session.first, session.middle, session.end - minutes(1))
    session.is_over()
    session.expect_nobody_wronged(session.first)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_two_people_of_a_group_in_two_troubles_at_once(one, other):
    session = Session()
    TROUBLES[one](session.story, session.first, session.begin, session.end - minutes(1))
    TROUBLES[other](session.story, session.second, session.begin, session.end - minutes(1))
    session.is_over()
    session.expect_nobody_wronged(session.first, session.second)


@pytest.mark.parametrize("when", DAYS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble_on_an_awkward_day(trouble, when):
    session = Session(when=when)
    TROUBLES[trouble](session.story, session.first, session.begin, session.end - minutes(1))
    session.is_over()
    session.expect_nobody_wronged(session.first)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble_with_all_names_blank_and_ids_in_any_spelling(trouble, spelling):
    session = Session(spelling=spelling, blank=True)
    TROUBLES[trouble](session.story, session.first, session.begin, session.end - minutes(1))
    session.is_over()
    session.expect_nobody_wronged(session.first)


@pytest.mark.parametrize("kind", ["individual", "group", "education", "family", "case_management"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble_in_every_kind_of_session(trouble, kind):
    session = Session(kind)
    TROUBLES[trouble](session.story, session.first, session.begin, session.end - minutes(1))
    session.is_over()
    session.expect_nobody_wronged(session.first)


def test_the_same_day_without_any_trouble_is_a_no_show():
    """Without this one the stories above could not fail."""
    for when in DAYS:
        session = Session(when=when)
        session.is_over()
        session.story.expect(session.first, outcome="missed", cause="absence", confidence="high")
