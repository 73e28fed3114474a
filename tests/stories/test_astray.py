"""Somebody whom another session of the roster expects, in another meeting, comes into this room: no stranger."""

from __future__ import annotations

import pytest

from plugin.core.appointment import Role
from tests.stories.story import Person, Story, an_hour
from tests.stories.test_true_words import verdict

OTHER = "97700000002"
KEYS = tuple({key: f"other-{key}@example.net"} for key in ("registrant_id", "customer_key", "email"))
BY_EMAIL = {"email": "other@example.net"}
ABSENT = {"outcome": "missed", "cause": "absence", "actions": {"checkin"}, "no_actions": {"review"}}
LOOK_AT_IT = {"outcome": "undetermined", "flags": {"unidentified-guest"}, "only_actions": {"review"}}


def room_beside(
    role: Role = Role.CLIENT, starts: str = "10:00", ends: str = "11:00", code: str = "C9", **known: str
) -> tuple[Story, Person, Person, Person]:
    story, clinician, client = an_hour()
    other = Person(code, role, known or BY_EMAIL, {"name": "iPhone"} | (known or BY_EMAIL))
    story.another_appointment("A2", OTHER, starts, ends, Person("T9", Role.CLINICIAN), other)
    story.other_meeting_hears("10:20")
    return story, clinician, client, other


@pytest.mark.parametrize("known", [*KEYS, {"phone": "+12025550147"}])
def test_who_took_this_room_for_theirs_is_not_who_is_missing_from_it(known):
    story, clinician, client, other = room_beside(**known)
    story.stays(other, "10:01", "10:06")
    story.is_over("11:00", clinician)
    told = story.expect(client, **ABSENT, confidence="medium", only_flags=set())
    assert "somebody whom another session expects was there" in verdict(told)
    story.expect(other, appointment_id="A2", no_show=False)


@pytest.mark.parametrize(("role", "confidence"), [(Role.CLIENT, "medium"), (Role.CLINICIAN, "high")])
def test_nor_who_comes_late_unless_they_came_by_the_link_of_another_one(role, confidence):
    story, clinician, client, other = room_beside(role)
    story.stays(other, "10:01", "10:06")
    story.joins(client, "10:30")
    story.is_over("11:00", client, clinician)
    told = story.expect(client, outcome="partial", cause="absence", confidence=confidence)
    doubt = "somebody whom another session expects was there while they were away"
    assert (doubt in verdict(told)) == (role is Role.CLIENT)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.STAFF])
@pytest.mark.parametrize(("starts", "ends"), [("10:00", "11:00"), ("11:00", "12:00"), ("08:30", "09:15")])
def test_a_colleague_who_looks_in_is_nobody_who_is_missing(role, starts, ends):
    story, clinician, client, other = room_beside(role, starts, ends)
    story.stays(other, "10:20", "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, **ABSENT, confidence="high", only_flags=set())


@pytest.mark.parametrize(("starts", "ends"), [("10:17", "11:10"), ("09:00", "09:50"), ("34:00", "35:00")])
def test_at_another_time_than_theirs_somebody_else_may_use_their_account(starts, ends):
    story, clinician, client, other = room_beside(starts=starts, ends=ends)
    story.stays(other, "10:01", "10:06")
    story.is_over("11:00", clinician)
    story.expect(client, **LOOK_AT_IT)


@pytest.mark.parametrize("role", [Role.CLIENT, Role.CLINICIAN])
def test_a_name_alone_says_nothing_of_the_kind(role):
    story, clinician, client, other = room_beside(role, name="Ilya Brandt")
    story.stays(other, "10:01", "10:06", name="Ilya Brandt")
    story.is_over("11:00", clinician)
    story.expect(client, **LOOK_AT_IT)


def test_who_is_missing_here_and_known_by_another_key_there_is_not_passed_over():
    story, clinician, client, other = room_beside(code="C1")
    story.stays(other, "10:01", "10:06")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False)


@pytest.mark.parametrize("until", ["11:00", "10:12"])
def test_a_colleague_may_have_held_it_for_the_clinician(until):
    """Who takes the place of a clinician who did not come, or soon went, is none of this session's clinicians."""
    story, clinician, client, other = room_beside(Role.CLINICIAN)
    story.sent.clear()
    story.opens("09:57")
    if until != "11:00":
        story.stays(clinician, "09:58", until)
    for person in (client, other):
        story.joins(person, "09:58")
    story.is_over("11:00", client, other)
    told = story.result(client)
    assert (told["outcome"], told["confidence"]) in {("undetermined", "low"), ("not-held", "medium")}


def test_strangers_beside_them_are_strangers():
    story, clinician, client, other = room_beside()
    story.stays(other, "10:01", "10:06")
    story.stays(story.guest("iPad"), "10:20", "10:25")
    story.is_over("11:00", clinician)
    story.expect(client, **LOOK_AT_IT)
