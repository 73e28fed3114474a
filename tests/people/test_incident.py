"""One incident, not twelve tickets: who belongs to it, who leaves it, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.core.appointment import Kind, Participant, Role
from plugin.service import evidence, triage
from plugin.storage import affected
from tests.adapters.stand import remote_stand
from tests.people.house import ALICE, BOB, CARA, NINE, SECRETS, TEN, House, appointment
from tests.people.test_ticketing import drop
from tests.service.clinic import DORA, ended, joined, left

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DANA = Participant("C-DANA", Role.CLIENT, "Dana Dunn", "dana@example.org", registrant_id="reg-dana")
FOUR = (ALICE, BOB, CARA, DANA)


@pytest.fixture
def group(rejoin) -> House:
    """Dora and four clients are in their group."""
    house = House(rejoin, appointment(kind=Kind.GROUP, participants=(*FOUR, DORA)))
    for who in (DORA, *FOUR):
        house.receive(joined(who, NINE))
    return house


def dropped(house: House, *people: Participant, minute: int = 10) -> House:
    """They drop within seconds, and it lasts."""
    house.go_to(NINE + minute * MINUTE)
    for seconds, who in enumerate(people):
        house.receive(drop(who, NINE + minute * MINUTE + seconds * SECOND, connection_of(house, who)))
    go_on(house, minute + 3)
    return house


def back(house: House, *people: Participant, minute: int) -> House:
    """They come back for good."""
    house.go_to(NINE + minute * MINUTE)
    for who in people:
        house.receive(joined(who, NINE + minute * MINUTE, f"{who.participant_id}-{minute}"))
        _connections(house)[who.participant_id] = f"{who.participant_id}-{minute}"
    go_on(house, minute + 2)
    return house


def connection_of(house: House, who: Participant) -> str:
    return _connections(house).get(who.participant_id, "")


def _connections(house: House) -> dict[str, str]:
    return vars(house).setdefault("connections", {})


def go_on(house: House, minute: float) -> None:
    house.go_to(NINE + minute * MINUTE)
    house.act()


def members(house: House, key: str = "ticket/A1/incident") -> dict[str, bool]:
    """Whom the incident affects, and whether they are still in trouble."""
    with house.rejoin.db.read() as tx:
        return {row.participant_id: row.recovered_at is None for row in affected.of_ticket(tx, key)}


class TestDrops:
    """Several drop out of one meeting within the window."""

    def test_they_are_one_incident_that_says_what_they_share(self, group):
        dropped(group, ALICE, BOB, CARA)
        (ticket,) = group.tickets()
        assert (ticket.incident, ticket.participants) == (True, ["C-ALICE", "C-BOB", "C-CARA"])
        assert "Shared: 3 of 3 dropped within 2 s of 10:10:00 EST." in ticket.seen
        assert "Shared: the host, S-DORA, whose own connection held." in ticket.seen
        assert "Zoom status: no incident of the platform is known for that time." in ticket.seen
        assert members(group) == dict.fromkeys(("C-ALICE", "C-BOB", "C-CARA"), True)

    def test_two_who_drop_are_two_tickets(self, group):
        dropped(group, ALICE, BOB)
        assert [row.incident for row in group.tickets()] == [False, False]

    def test_who_is_back_leaves_it_with_the_time_and_the_others_stay(self, group):
        dropped(group, ALICE, BOB, CARA)
        back(group, BOB, minute=14)
        assert members(group) == {"C-ALICE": True, "C-BOB": False, "C-CARA": True}
        assert group.notes() == ["C-BOB is back since 10:14:00 EST."]
        assert group.tickets()[0].state == "open"

    def test_it_closes_when_all_are_back_and_opens_when_one_drops_again(self, group):
        dropped(group, ALICE, BOB, CARA)
        back(group, ALICE, BOB, CARA, minute=14)
        assert group.tickets()[0].state == "resolved"
        assert group.notes()[-1] == "They are back in the session."
        assert not any(members(group).values())
        dropped(group, CARA, minute=30)
        (ticket,) = group.tickets()
        assert (ticket.state, ticket.incident) == ("open", True), "one trouble, one conversation"
        assert members(group) == {"C-ALICE": False, "C-BOB": False, "C-CARA": True}

    def test_who_was_back_when_it_ended_is_not_said_to_be_cut_off_again(self, group):
        """That the trouble cost them much in the end is no second drop."""
        dropped(group, ALICE, BOB, CARA)
        back(group, BOB, minute=40)
        for body in (left(BOB, TEN, connection_of(group, BOB)), left(DANA, TEN), left(DORA, TEN), ended(TEN)):
            group.receive(body)
        group.go_to(NINE + 4 * 60 * MINUTE)
        group.act()
        assert group.verdict(BOB)["outcome"] == "partial"
        assert group.notes() == [
            "C-BOB is back since 10:40:00 EST.",
            "C-BOB lost a good part of the session to the trouble.",
        ]

    def test_who_joins_late_is_added_and_said(self, group):
        dropped(group, ALICE, BOB, CARA)
        dropped(group, DANA, minute=20)
        (ticket,) = group.tickets()
        assert ticket.participants == ["C-ALICE", "C-BOB", "C-CARA", "C-DANA"]
        assert ticket.summary == "4 people had connection trouble"
        assert group.notes() == ["Also affected: C-DANA."]

    @pytest.mark.both
    def test_own_ticket_that_was_open_becomes_part_of_it_with_whoever_has_it(self, group):
        dropped(group, ALICE)
        row = group.tickets()[0]
        group.do(triage.take, row.id, row.version, "tess")
        dropped(group, BOB, CARA, minute=20)
        own, incident = group.tickets()
        assert (own.state, own.part_of) == ("attached", incident.id)
        assert (incident.state, incident.assignee) == ("taken", "tess")
        assert incident.participants == ["C-ALICE", "C-BOB", "C-CARA"]
        group.do(triage.note, own.id, own.version, "tess", "The building has no power.")
        assert group.notes(incident.id)[-1] == "The building has no power."

    def test_nothing_that_tells_who_or_what_gets_into_it(self, group):
        dropped(group, ALICE, BOB, CARA)
        back(group, BOB, minute=14)
        told = repr([row._mapping for row in group.tickets()]) + repr(group.notes())
        secrets = (*SECRETS, "Bob", "Bellweather", "reg-", "Network connection error")
        assert not [secret for secret in secrets if secret in told]


class TestClinician:
    """The clinician drops; everybody else depends on it."""

    def test_clinician_and_who_sits_there_are_one_incident(self, group):
        dropped(group, DORA)
        (ticket,) = group.tickets()
        assert ticket.participants == ["C-ALICE", "C-BOB", "C-CARA", "C-DANA", "S-DORA"]
        assert "Shared: the clinician's connection dropped at 10:10:00 EST." in ticket.seen
        assert ticket.suggestion.startswith("Check the clinician's network and computer first")

    def test_it_closes_when_the_clinician_is_back(self, group):
        dropped(group, DORA)
        back(group, DORA, minute=15)
        (ticket,) = group.tickets()
        assert ticket.state == "resolved"

    def test_second_clinician_who_holds_it_keeps_it_the_first_ones_own_trouble(self, rejoin):
        ERNA = Participant("S-ERNA", Role.CLINICIAN, "Erna Ek", "erna@clinic.example", customer_key="S-ERNA")
        house = House(rejoin, appointment(kind=Kind.GROUP, participants=(*FOUR, DORA, ERNA)))
        for who in (DORA, ERNA, *FOUR):
            house.receive(joined(who, NINE))
        dropped(house, DORA)
        assert [(row.incident, row.participants) for row in house.tickets()] == [(False, ["S-DORA"])]


class TestPlatform:
    """An incident of the platform has one ticket for all the meetings that it hit."""

    @pytest.fixture
    def two(self, rejoin) -> House:
        """Two sessions at nine; the platform is known to be in trouble from five past."""
        second = appointment("A2", BOB, meeting_id="81000000002", participants=(BOB, DORA))
        house = House(rejoin, appointment(), second)
        for meeting, instance, who in (("81000000001", "u1==", ALICE), ("81000000002", "u2==", BOB)):
            house.receive(joined(DORA, NINE, f"d-{meeting}", meeting=meeting, instance=instance))
            house.receive(joined(who, NINE, meeting=meeting, instance=instance))
        house.go_to(NINE + 5 * MINUTE)
        with house.rejoin.db.begin() as tx:
            started = (NINE + 5 * MINUTE).isoformat()
            evidence.record(tx, house.rejoin, "rejoin.platform_incident", "", "", house.clock.now(), started_at=started)
        house.receive(drop(ALICE, NINE + 6 * MINUTE))
        body = left(BOB, NINE + 6 * MINUTE, meeting="81000000002", instance="u2==", reason="Network connection error.")
        house.receive(body)
        go_on(house, 9)
        return house

    def test_it_spans_meetings(self, two):
        (ticket,) = two.tickets()
        assert ticket.incident
        assert sorted(ticket.participants) == ["C-ALICE", "C-BOB"]
        assert any(said.startswith("Zoom status: an incident of the platform since 2026-11-23 10:05") for said in
                   ticket.seen)  # fmt: skip
        assert ticket.suggestion.startswith("Check the status page of the video platform")

    def test_it_closes_only_when_the_last_meeting_is_well(self, two):
        two.receive(joined(ALICE, NINE + 12 * MINUTE, "second"))
        go_on(two, 15)
        assert two.tickets()[0].state == "open"
        two.receive(joined(BOB, NINE + 20 * MINUTE, "third", meeting="81000000002", instance="u2=="))
        go_on(two, 23)
        assert two.tickets()[0].state == "resolved"


class TestElsewhere:
    """The same at a help desk that is not ours."""

    @pytest.mark.parametrize("name", ["zammad", "zendesk", "jira"])
    def test_own_ticket_is_closed_there_with_a_note_that_says_where_it_goes_on(self, rejoin, name):
        with remote_stand(name, None) as stand:
            roster = appointment(kind=Kind.GROUP, participants=(*FOUR, DORA))
            house = House(replace(rejoin, helpdesk=stand.desk), roster)
            for who in (DORA, *FOUR):
                house.receive(joined(who, NINE))
            dropped(house, ALICE)
            dropped(house, BOB, CARA, minute=20)
            dropped(house, DANA, minute=30)
            own, incident = house.tickets()
            assert (own.state, own.part_of, incident.state) == ("attached", incident.id, "open")
            assert stand.notes(own.reference) == [
                f"This is part of an incident now: please go on at ticket {incident.reference}."
            ]
            said = stand.notes(incident.reference)
            assert sorted(said) == ["Also affected: C-DANA.", f"Attached: ticket {own.reference} of C-ALICE."]
            assert str(stand.desk.state(own.reference)) == "resolved"
            assert stand.linked(own.reference) == [incident.reference]
            back(house, *FOUR, minute=34)
            assert str(stand.desk.state(incident.reference)) == "resolved"


class TestAfterwards:
    """When the session is over."""

    def test_it_stays_open_for_those_who_lost_much_and_is_told_once(self, group):
        dropped(group, ALICE, BOB, CARA)
        back(group, BOB, minute=14)
        for who in (BOB, DANA, DORA):
            group.receive(left(who, TEN, connection_of(group, who)))
        group.receive(ended(TEN))
        go_on(group, 240)
        (ticket,) = group.tickets()
        assert ticket.state == "open"
        assert members(group) == {"C-ALICE": True, "C-BOB": False, "C-CARA": True}
