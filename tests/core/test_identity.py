"""Who a connection belongs to."""

from datetime import UTC, datetime

import pytest

from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.event import Event, EventKind
from plugin.core.identity import MatchedBy, Roll, looks_like_phone, phone_digits, plain_name, words_of
from plugin.core.presence import show_phone

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def roll(*people: Participant, host_id: str = "") -> Roll:
    return Roll(Appointment("A1", Kind.GROUP, TEN, TEN.replace(hour=11), "90010020030", people, host_id=host_id))


def seen(**keys: str) -> Event:
    return Event(kind=EventKind.JOINED, at=TEN, delivery=1, received_at=TEN, **keys)


def client(code: str, **keys: str) -> Participant:
    return Participant(code, Role.CLIENT, **keys)


ALMA = client(
    "C1",
    name="Álma  Reyes",
    email="Alma@Example.org",
    phone="+1 (555) 010-0199",
    registrant_id="reg-1",
    customer_key="key-1",
)
THERAPIST = Participant("T1", Role.CLINICIAN, name="Dana Whitfield", email="dana@example.org")


@pytest.mark.parametrize(
    ("keys", "by"),
    [
        ({"registrant_id": "reg-1", "name": "iPhone"}, MatchedBy.REGISTRANT),
        ({"customer_key": "key-1"}, MatchedBy.CUSTOMER_KEY),
        ({"email": "ALMA@example.ORG"}, MatchedBy.EMAIL),
        ({"phone": "15550100199"}, MatchedBy.PHONE),
        ({"name": "+15550100199"}, MatchedBy.PHONE),
        ({"name": "alma reyes"}, MatchedBy.NAME),
        ({"name": "ALMA\u200b REYES"}, MatchedBy.NAME),
    ],
)
def test_each_key_recognises_its_person(keys, by):
    match = roll(ALMA, client("C2", name="Bo Lindqvist")).recognise([seen(**keys)])
    assert (match.person, match.by) == (ALMA, by)


def test_the_surest_key_wins_whatever_the_order_of_events():
    bo = client("C2", name="Bo Lindqvist")
    events = [seen(name="Bo Lindqvist"), seen(name="Bo Lindqvist", registrant_id="reg-1")]
    assert roll(ALMA, bo).recognise(events).person is ALMA
    assert roll(ALMA, bo).recognise(events[::-1]).person is ALMA


def test_blank_keys_recognise_nobody():
    blank = client("C1")
    assert roll(blank, client("C2")).recognise([seen()]).person is None


def test_the_hosts_account_is_the_clinician():
    assert roll(ALMA, THERAPIST, host_id="host-9").recognise([seen(zoom_user_id="host-9")]).person is THERAPIST
    assert roll(ALMA, THERAPIST).recognise([seen(zoom_user_id="host-9", host_id="host-9")]).person is THERAPIST


def test_another_account_than_the_hosts_is_not_the_clinician():
    assert (
        roll(ALMA, THERAPIST, host_id="host-9").recognise([seen(zoom_user_id="host-8", host_id="host-8")]).person
        is None
    )


def test_a_key_that_two_people_share_recognises_neither():
    family = [client("C1", email="home@example.org"), client("C2", email="home@example.org")]
    assert roll(*family).recognise([seen(email="home@example.org")]).person is None


def test_two_people_of_one_name_are_candidates_and_nobody_is_matched():
    match = roll(client("C1", name="Kim Lee"), client("C2", name="kim lee")).recognise([seen(name="Kim Lee")])
    assert match.person is None
    assert match.candidates == ("C1", "C2")


def test_a_short_number_is_no_phone():
    assert phone_digits("12345") == ""
    assert not looks_like_phone("Room 12")


@pytest.mark.parametrize(("name", "is_one"), [
    ("+1 (555) 010-0199", True), ("1555*010*0199 x12", True), ("", False), ("007", False), ("Ana 15550100199", False),
])  # fmt: skip
def test_name_is_a_number_when_it_is_one_and_nothing_else(name, is_one):
    assert looks_like_phone(name) is is_one
    assert show_phone([seen(name=name)]) is is_one


def test_tab_stands_between_two_words_of_a_name():
    assert words_of("José\tMARÍA") == {"jose", "maria"}


def test_names_are_compared_without_case_accents_and_spacing():
    assert plain_name(" José\tMARÍA ") == plain_name("jose maria")


@pytest.mark.parametrize("typed", ["Aoife O’Hara‐Lund", "AOIFE OʼHARA–LUND", "aoife o`hara-lund", "Aoife O´Hara—Lund"])
def test_a_name_is_the_same_with_the_apostrophe_and_the_hyphen_of_a_telephone(typed):
    assert plain_name(typed) == plain_name("Aoife O'Hara-Lund")


@pytest.mark.parametrize(
    ("phone", "digits"), [("555-0199", ""), ("5550-0199", "55500199"), ("0 5550-0199", "55500199")]
)
def test_eight_digits_make_a_number_and_leading_zeros_are_none(phone, digits):
    assert phone_digits(phone) == digits


@pytest.mark.parametrize(("keys", "code"), [
    ({"email": "eli@example.org"}, "T2"), ({"name": "Eli Brandt"}, "T2"), ({"name": "iPhone"}, "T1"),
    ({"email": "dana@example.org", "name": "Eli Brandt"}, "T1"),
    ({"email": "lea@example.org", "name": "Eli Brandt"}, "S1"), ({"name": "Lea Fox"}, "S1"),
])  # fmt: skip
def test_of_two_clinicians_at_the_hosts_account_the_address_then_the_name_says_which(keys, code):
    other = Participant("T2", Role.CLINICIAN, name="Eli Brandt", email="eli@example.org")
    staff = Participant("S1", Role.STAFF, name="Lea Fox", email="lea@example.org")
    match = roll(ALMA, THERAPIST, other, staff, host_id="host").recognise([seen(zoom_user_id="host", **keys)])
    assert (match.person.participant_id, match.by) == (code, MatchedBy.ZOOM_USER)


def test_host_with_an_address_that_is_not_this_clinicians_is_rather_the_other_one():
    people = [Participant("T1", Role.CLINICIAN, email="eli@example.org"), Participant("T2", Role.CLINICIAN)]
    for listed in (people, people[::-1]):
        found = roll(*listed, host_id="host").recognise([seen(zoom_user_id="host", email="dana@example.org")])
        assert found.person.participant_id == "T2"
    only = roll(people[0], host_id="host").recognise([seen(zoom_user_id="host", email="dana@example.org")])
    assert only.person.participant_id == "T1"


def test_telephone_that_fits_two_people_recognises_neither():
    twin = client("C2", phone="555 010 0199")
    assert roll(ALMA, twin).recognise([seen(phone="15550100199")]).person is None
    assert roll(ALMA).recognise([seen(phone="5550100199")]).by is MatchedBy.PHONE


def test_names_of_two_people_cast_no_doubt_on_a_surer_key():
    other = client("C2", name="Bo Lindqvist")
    events = [seen(name="Bo Lindqvist"), seen(name="Alma Reyes"), seen(email="alma@example.org")]
    match = roll(ALMA, other).recognise(events)
    assert (match.person.participant_id, match.by) == ("C1", MatchedBy.EMAIL)
    assert roll(ALMA, other).recognise(events[:2]).candidates == ("C1", "C2")
