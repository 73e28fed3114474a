"""Tickets: what tech support needs to help, nothing else about anybody, and two people at one ticket."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.adapters.helpdesk import BuiltInHelpdesk
from plugin.composition import performers
from plugin.core.rules import RULES
from plugin.core.ticket import FIRST_STEPS
from plugin.ports.helpdesk import TicketDraft
from plugin.ports.queue import Remote
from plugin.service import evidence, ticketing, triage
from plugin.service.acting import Actor
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action, outbound
from plugin.storage.tables import appointment as appointment_table
from plugin.storage.tables import ticket_note
from tests.people.house import ALICE, BOB, CARA, NINE, SECRETS, TEN, House, appointment
from tests.service.clinic import DORA, ended, joined, left

MINUTE = timedelta(minutes=1)
CONFIRMED = "confirmed-technical"
LOST = "Alice Appleyard got disconnected from the meeting.<br>Reason: Network connection error."


@pytest.fixture
def cut_off(house) -> House:
    """Alice was cut off after ten minutes and did not come back; a ticket was opened while the session ran."""
    house.receive(joined(DORA, NINE))
    house.receive(joined(ALICE, NINE))
    house.receive(drop(ALICE, NINE + 10 * MINUTE))
    house.go_to(NINE + 15 * MINUTE)
    house.act()
    return house


def drop(who, at, connection: str = "") -> dict:
    """Their connection broke; Zoom says why, with the name in it."""
    body = left(who, at, connection)
    body["payload"]["object"]["participant"]["leave_reason"] = LOST.replace("Alice Appleyard", who.name)
    return body


def decide(house: House, use_case, *more, number: int = 1, version: int | None = None, login: str = "tess"):
    row = next(row for row in house.tickets() if row.id == number)
    return house.do(use_case, number, row.version if version is None else version, login, *more)


class TestContent:
    """What a ticket says."""

    def test_ticket_is_opened_while_the_session_runs_with_what_was_seen_and_a_first_step(self, cut_off):
        (ticket,) = cut_off.tickets()
        assert (ticket.state, ticket.participants, ticket.incident) == ("open", ["C-ALICE"], False)
        assert ticket.summary == "Connection trouble of C-ALICE"
        assert ticket.seen[0] == "Scheduled 2026-11-23 07:00 PST to 2026-11-23 08:00 PST.", "in her zone"
        assert "C-ALICE: cut off at 07:10:00 PST (connection lost), not back." in ticket.seen
        assert ticket.suggestion.endswith("Ask about Wi-Fi or mobile reception, then offer the dial-in number.")
        assert (ticket.rule, ticket.symptom) == ("connection-broke", "connection-broke")

    def test_ticket_holds_nothing_that_tells_who_or_what(self, cut_off):
        (ticket,) = cut_off.tickets()
        told = repr(ticket._mapping)
        assert not [secret for secret in (*SECRETS, "Network connection error", "reg-alice") if secret in told]

    def test_several_who_dropped_together_are_one_incident(self, rejoin):
        house = House(rejoin, appointment(participants=(ALICE, BOB, CARA, DORA)))
        for who in (DORA, ALICE, BOB, CARA):
            house.receive(joined(who, NINE))
        for seconds, who in enumerate((ALICE, BOB, CARA)):
            house.receive(drop(who, NINE + 10 * MINUTE + timedelta(seconds=seconds)))
        house.go_to(NINE + 15 * MINUTE)
        house.act()
        (ticket,) = house.tickets()
        assert (ticket.incident, ticket.participants) == (True, ["C-ALICE", "C-BOB", "C-CARA"])
        assert ticket.summary == "3 people had connection trouble"
        assert "Look for what these people share" in ticket.suggestion

    def test_reported_trouble_is_a_ticket_too(self, house):
        house.receive(joined(DORA, NINE))
        house.go_to(NINE + 6 * MINUTE)
        with house.rejoin.db.begin() as tx:
            evidence.record(tx, house.rejoin, "rejoin.trouble_reported", "A1", "C-ALICE", house.clock.now())
        house.go_to(NINE + 20 * MINUTE)
        house.act()
        (ticket,) = house.tickets()
        assert ticket.suggestion == "Ask for device, network and what the screen said."

    def test_every_technical_rule_suggests_a_first_step(self):
        technical = {rule.name for rule in RULES if rule.cause == "technical"}
        assert technical == set(FIRST_STEPS)

    def test_ticket_of_an_appointment_that_is_gone_is_not_opened(self, cut_off):
        action = cut_off.action("ticket/A1/C-ALICE")
        with cut_off.rejoin.db.begin() as tx:
            tx.execute(appointment_table.delete())
        assert ticketing.open_ticket(cut_off.rejoin, action) is None


class TestWhileTheSessionRuns:
    """A drop is helped at once, and only when it lasts."""

    @pytest.mark.parametrize(("seconds", "tickets"), [(89, 0), (90, 1), (91, 1)])
    def test_drop_that_lasts_as_long_as_the_grace_opens_a_ticket(self, house, seconds, tickets):
        house.receive(joined(DORA, NINE))
        house.receive(joined(ALICE, NINE))
        house.clock.set(NINE + 40 * MINUTE)
        house.receive(drop(ALICE, NINE + 40 * MINUTE))
        house.go_to(NINE + 40 * MINUTE + timedelta(seconds=seconds))
        house.act()
        assert house.verdict()["outcome"] == "attended", "so far they lost little, and yet they are alone now"
        assert len(house.tickets()) == tickets
        assert len(house.letters("still on")) == tickets

    def test_who_came_back_within_the_grace_gets_neither_ticket_nor_letter(self, house):
        house.receive(joined(DORA, NINE))
        house.receive(joined(ALICE, NINE))
        house.receive(drop(ALICE, NINE + 10 * MINUTE))
        house.receive(joined(ALICE, NINE + 11 * MINUTE, "second"))
        house.go_to(NINE + 20 * MINUTE)
        house.act()
        assert (house.tickets(), house.letters("still on")) == ([], [])

    def test_letter_shows_the_way_back_and_says_nothing_about_the_session(self, cut_off):
        (letter,) = cut_off.letters("still on")
        assert "https://rejoin.invalid/a/" in letter.body
        assert not [secret for secret in SECRETS if secret in letter.body + letter.subject]

    def test_clinician_who_is_cut_off_gets_a_ticket_too(self, house):
        house.receive(joined(DORA, NINE))
        house.receive(joined(ALICE, NINE))
        house.receive(drop(DORA, NINE + 10 * MINUTE))
        house.go_to(NINE + 13 * MINUTE)
        house.act()
        assert "S-DORA" in {code for row in house.tickets() for code in row.participants}

    def test_two_short_letters_of_one_session_are_one(self, cut_off):
        cut_off.receive(joined(ALICE, NINE + 16 * MINUTE, "second"))
        cut_off.go_to(NINE + 20 * MINUTE)
        cut_off.receive(drop(ALICE, NINE + 20 * MINUTE, "second"))
        cut_off.go_to(NINE + 25 * MINUTE)
        cut_off.act()
        assert len(cut_off.letters("still on")) == 1


class TestHelpdesk:
    """The built-in help desk keeps what the port promises."""

    def draft(self, *codes: str, key: str = "ticket/A1/incident") -> TicketDraft:
        return TicketDraft(key, "A1", codes, True, f"{len(codes)} people", ("Seen.",), "Look.")

    @pytest.mark.both
    def test_same_draft_opens_one_ticket(self, rejoin):
        desk = BuiltInHelpdesk(rejoin.db, rejoin.clock)
        first, again = desk.open_ticket(self.draft("C-1")), desk.open_ticket(self.draft("C-1"))
        other = desk.open_ticket(self.draft("C-1", key="ticket/A2/incident"))
        assert first == again != other

    @pytest.mark.both
    def test_note_that_is_brought_twice_is_said_once(self, rejoin):
        desk, house = BuiltInHelpdesk(rejoin.db, rejoin.clock), House(rejoin)
        reference = desk.open_ticket(self.draft("C-1"))
        for text in ("One.", "One.", "Two.", "One."):
            desk.add_note(reference, text)
        assert house.notes() == ["One.", "Two.", "One."]


class TestWork:
    """Take, note, resolve, reopen."""

    @pytest.mark.both
    def test_ticket_goes_from_hand_to_hand(self, cut_off):
        decide(cut_off, triage.take)
        assert (cut_off.tickets()[0].state, cut_off.tickets()[0].assignee) == ("taken", "tess")
        decide(cut_off, triage.take, login="tom")
        assert cut_off.tickets()[0].assignee == "tom"
        decide(cut_off, triage.note, "They use a tablet.", login="tom")
        decide(cut_off, triage.resolve, "Restarted the router.", CONFIRMED, login="tom")
        (ticket,) = cut_off.tickets()
        assert (ticket.state, ticket.resolution) == ("resolved", "Restarted the router.")
        decide(cut_off, triage.reopen)
        (ticket,) = cut_off.tickets()
        assert (ticket.state, ticket.assignee, ticket.resolution) == ("open", None, None)
        assert cut_off.notes() == [
            "They use a tablet.", "Reopened. It had been resolved with: Restarted the router.",
        ]  # fmt: skip
        assert [did for _, did, _ in cut_off.audit()] == [
            "took-ticket", "took-ticket", "noted-ticket", "resolved-ticket", "reopened-ticket",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("use_case", "more"), [(triage.take, ()), (triage.resolve, ("Solved.", CONFIRMED)), (triage.reopen, ())]
    )
    def test_who_looked_at_an_old_page_is_told(self, cut_off, use_case, more):
        old = cut_off.tickets()[0].version
        if use_case is triage.reopen:
            decide(cut_off, triage.resolve, "Solved.", CONFIRMED, login="tom")
        else:
            decide(cut_off, triage.take, login="tom")
        with pytest.raises(Conflict):
            decide(cut_off, use_case, *more, version=old)

    def test_notes_of_two_people_do_not_stand_in_each_others_way(self, cut_off):
        old = cut_off.tickets()[0].version
        decide(cut_off, triage.take, login="tom")
        decide(cut_off, triage.note, "I called them.", version=old)
        assert cut_off.notes() == ["I called them."]

    def test_note_is_sealed_at_rest(self, cut_off):
        decide(cut_off, triage.note, "Alice Appleyard uses a tablet.")
        with cut_off.rejoin.db.read() as tx:
            assert b"Alice" not in tx.execute(ticket_note.select()).one().text_sealed

    @pytest.mark.parametrize(
        ("use_case", "more", "sentence"),
        [
            (triage.note, (" ",), "what the note should say"),
            (triage.resolve, ("", CONFIRMED), "what solved it"),
            (triage.resolve, ("Solved.", ""), "choose what was found"),
            (triage.resolve, ("Solved.", "cosmic-rays"), "choose what was found"),
            (triage.reopen, (), "is not resolved"),
        ],
    )
    def test_what_makes_no_sense_is_refused_with_a_sentence(self, cut_off, use_case, more, sentence):
        with pytest.raises(Refused, match=sentence):
            decide(cut_off, use_case, *more)

    def test_resolved_ticket_is_neither_taken_nor_resolved_again(self, cut_off):
        decide(cut_off, triage.resolve, "Solved.", CONFIRMED)
        with pytest.raises(Refused, match="Reopen it first"):
            decide(cut_off, triage.take)
        with pytest.raises(Refused, match="is resolved"):
            decide(cut_off, triage.resolve, "Solved again.", CONFIRMED)

    def test_no_such_ticket_is_a_sentence(self, house):
        with pytest.raises(Refused, match="no such ticket"):
            house.do(triage.take, 99, 1, "tess")


class TestCorrection:
    """A verdict that changes after its ticket was opened."""

    def test_ticket_closes_itself_when_they_are_back_for_good_and_opens_when_they_are_cut_off_again(self, cut_off):
        cut_off.receive(joined(ALICE, NINE + 16 * MINUTE, "second"))
        cut_off.go_to(NINE + 17 * MINUTE)
        cut_off.act()
        assert (cut_off.tickets()[0].state, cut_off.notes()) == ("open", []), "back, but not yet for good"
        cut_off.go_to(NINE + 17.5 * MINUTE)
        cut_off.act()
        assert (cut_off.tickets()[0].state, cut_off.notes()) == ("resolved", ["They are back in the session."])
        cut_off.receive(drop(ALICE, NINE + 20 * MINUTE, "second"))
        cut_off.go_to(NINE + 25 * MINUTE)
        cut_off.act()
        assert cut_off.notes() == ["They are back in the session.", "They were cut off again."]
        assert [row.state for row in cut_off.tickets()] == ["open"]

    def test_ticket_opens_again_when_the_trouble_cost_them_much_in_the_end(self, cut_off):
        cut_off.receive(joined(ALICE, NINE + 40 * MINUTE, "second"))
        for body in (left(ALICE, TEN, "second"), left(DORA, TEN), ended(TEN)):
            cut_off.receive(body)
        cut_off.go_to(NINE + 42 * MINUTE)
        cut_off.act()
        cut_off.go_to(NINE + timedelta(hours=4))
        cut_off.act()
        assert cut_off.verdict()["outcome"] == "partial"
        assert cut_off.tickets()[0].state == "open"

    def test_ticket_of_somebody_who_came_back_is_left_in_peace_after_the_end(self, cut_off):
        cut_off.receive(joined(ALICE, NINE + 16 * MINUTE, "second"))
        cut_off.go_to(NINE + 17 * MINUTE)
        for body in (left(ALICE, TEN, "second"), left(DORA, TEN), ended(TEN)):
            cut_off.receive(body)
        cut_off.go_to(NINE + timedelta(hours=4))
        cut_off.act()
        assert cut_off.notes() == ["They are back in the session."]

    def test_ticket_whose_verdict_was_withdrawn_gets_a_note(self, house):
        """Nobody came in for half an hour, it seemed; a delivery that was late tells that she was there all along."""
        house.receive(joined(DORA, NINE))
        with house.rejoin.db.begin() as tx:
            evidence.record(tx, house.rejoin, "rejoin.join_clicked", "A1", "C-ALICE", NINE)
        house.go_to(NINE + 30 * MINUTE)
        house.act()
        assert len(house.tickets()) == 1
        for body in (joined(ALICE, NINE), left(ALICE, TEN), left(DORA, TEN), ended(TEN)):
            house.receive(body)
        house.go_to(NINE + timedelta(hours=4))
        house.act()
        assert house.verdict()["outcome"] == "attended"
        assert house.notes()[-1].startswith("What was received since changed the verdict behind this ticket")

    def test_ticket_that_became_part_of_an_incident_points_to_it(self, rejoin):
        house = House(rejoin, appointment(participants=(ALICE, BOB, CARA, DORA)))
        for who in (DORA, ALICE, BOB, CARA):
            house.receive(joined(who, NINE))
        house.receive(drop(ALICE, NINE + 10 * MINUTE))
        house.go_to(NINE + 15 * MINUTE)
        house.act()
        assert [row.incident for row in house.tickets()] == [False]
        for who in (BOB, CARA):
            house.receive(drop(who, NINE + 10 * MINUTE + timedelta(seconds=20)))
        house.go_to(NINE + 16 * MINUTE)
        house.act()
        own, incident = house.tickets()
        assert (own.state, own.part_of, incident.state) == ("attached", incident.id, "open")
        assert house.notes(1) == ["This is part of an incident now: please go on at ticket 2."]
        assert house.notes(2) == ["Attached: ticket 1 of C-ALICE."]


class TestGathered:
    """Notes that wait for the same ticket are said in one call."""

    @staticmethod
    def act_one_by_one(house: House) -> None:
        """As the engine does: the next action is chosen when the one before is done."""
        actor = Actor(house.rejoin, performers())
        now = house.clock.now()
        for _ in range(9):
            with house.rejoin.db.begin() as tx:
                found = outbound.claim_next(tx, Remote.HERE, 0, now, now)
            if found:
                actor.perform(found)

    @staticmethod
    def say(house: House, text: str, then: str = "") -> None:
        with house.rejoin.db.begin() as tx:
            opened = action.by_key(tx, "ticket/A1/C-ALICE")
            ticketing.annotate(tx, house.rejoin, opened, text, house.clock.advance(seconds=1), then)

    @pytest.mark.both
    def test_notes_that_waited_are_one_note_in_their_order(self, cut_off):
        for text in ("First.", "Second.", "Third."):
            self.say(cut_off, text)
        self.act_one_by_one(cut_off)
        assert cut_off.notes() == ["First.\nSecond.\nThird."]
        with cut_off.rejoin.db.read() as tx:
            assert not action.in_state(tx, action.QUEUED)

    def test_nothing_overtakes_a_note_that_closes_the_ticket(self, cut_off):
        self.say(cut_off, "First.")
        self.say(cut_off, "They are back in the session.", ticketing.CLOSE)
        self.say(cut_off, "Last.")
        self.act_one_by_one(cut_off)
        assert cut_off.notes() == ["First.", "They are back in the session.", "Last."]

    def test_note_that_another_worker_is_just_saying_is_left_to_it(self, cut_off):
        now = cut_off.clock.now()
        self.say(cut_off, "First.")
        self.say(cut_off, "Second.")
        with cut_off.rejoin.db.begin() as tx:
            first, second = (outbound.claim_next(tx, Remote.HERE, 0, now + MINUTE, now) for _ in range(2))
        for claim in (first, second):
            Actor(cut_off.rejoin, performers()).perform(claim)
        assert cut_off.notes() == ["First.", "Second."]
