"""Tickets at a help desk that is not ours: where they are shows here, and what people do there comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from plugin.core.resolution import hit_rates
from plugin.ports.helpdesk import TicketDraft
from plugin.ports.queue import WorkKind
from plugin.service import ticketing, triage
from plugin.service.desk_watch import AT_ONCE, DeskWatch
from plugin.service.refusal import Refused
from plugin.storage import ticket, work
from plugin.storage.tables import ticket as ticket_table
from tests.adapters.line import CANARY
from tests.adapters.stand import remote_stand
from tests.people.house import ALICE, NINE, SECRETS, House
from tests.service.clinic import DORA, ended, joined, left

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stand():
    """A Zammad, in memory."""
    with remote_stand("zammad", None) as stand:
        yield stand


@pytest.fixture
def house(rejoin, stand) -> House:
    """A clinic whose tickets go to that Zammad."""
    return House(replace(rejoin, helpdesk=stand.desk))


@pytest.fixture
def cut_off(house) -> House:
    """Alice was cut off after ten minutes; a ticket was opened at the desk."""
    house.receive(joined(DORA, NINE))
    house.receive(joined(ALICE, NINE))
    house.receive(left(ALICE, NINE + 10 * MINUTE, reason="Network connection error."))
    house.go_to(NINE + 15 * MINUTE)
    house.act()
    return house


def follow(house: House) -> None:
    """One round of the watch, and the next one is due."""
    watch = DeskWatch(house.rejoin)
    watch.begin()
    now = house.clock.now()
    with house.rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.DESK,), now, now)
    for claim in claims:
        watch.perform(claim)
    with house.rejoin.db.read() as tx:
        house.clock.set(work.due_at(tx, WorkKind.DESK, "tickets"))


def the_ticket(house: House):
    (row,) = house.tickets()
    return row


class TestOpening:
    """A ticket that goes elsewhere."""

    def test_ticket_is_opened_there_and_shown_here_with_its_place(self, cut_off, stand):
        row = the_ticket(cut_off)
        assert (row.state, row.desk, row.reference) == ("open", "zammad", "7")
        assert row.seen[-1] == "It is worked on at Zammad, as 7."
        assert cut_off.action(row.key).remote_ref == "7"
        assert stand.count(row.key) == 1

    def test_nothing_that_tells_who_or_what_leaves_for_the_desk(self, cut_off, stand):
        sent = "".join(f"{call.url} {call.headers} {call.body!r}" for call in stand.line.sent)
        assert "C-ALICE" in sent
        assert not [secret for secret in SECRETS if secret in sent]

    def test_desk_that_is_away_for_hours_gets_each_ticket_once_when_it_is_back(self, house, stand):
        house.receive(joined(DORA, NINE))
        house.receive(joined(ALICE, NINE))
        house.receive(left(ALICE, NINE + 10 * MINUTE, reason="Network connection error."))
        stand.line.cut(requests.ConnectionError(CANARY))
        house.go_to(NINE + 15 * MINUTE)
        for _ in range(15):
            house.act()
            house.clock.advance(minutes=8)
        assert (house.tickets(), house.action("ticket/A1/C-ALICE").state) == ([], "queued")
        stand.line.mend()
        house.clock.advance(minutes=15)
        house.act()
        house.act()
        assert stand.count("ticket/A1/C-ALICE") == 1
        assert the_ticket(house).reference == "7"

    def test_ticket_that_is_elsewhere_is_decided_about_there(self, cut_off):
        row = the_ticket(cut_off)
        done = ("Done.", "confirmed-technical")
        for use_case, more in ((triage.take, ()), (triage.resolve, done), (triage.note, ("Hello.",))):
            with pytest.raises(Refused, match="another help desk"):
                cut_off.do(use_case, row.id, row.version, "tess", *more)


class TestComingBack:
    """What people do there."""

    def test_ticket_resolved_there_is_resolved_here_and_the_log_says_by_whom(self, cut_off, stand):
        stand.remote.close_by_hand("7")
        follow(cut_off)
        row = the_ticket(cut_off)
        assert (row.state, row.resolution) == ("resolved", "Resolved at Zammad.")
        assert cut_off.audit()[-1] == ("zammad", "resolved-ticket", f"ticket/{row.id}")

    def test_code_chosen_there_is_evidence_like_one_chosen_here(self, cut_off, stand):
        for body in (left(DORA, NINE + 60 * MINUTE), ended(NINE + 60 * MINUTE)):
            cut_off.receive(body)
        cut_off.go_to(NINE + 180 * MINUTE)
        cut_off.act()
        assert cut_off.verdict(ALICE)["cause"] == "technical"
        stand.choose("7", "Was absence")
        stand.remote.close_by_hand("7")
        follow(cut_off)
        cut_off.work()
        row = the_ticket(cut_off)
        assert (row.state, row.code) == ("resolved", "was-absence")
        assert cut_off.verdict(ALICE)["cause"] == "absence"
        newest = cut_off.history(ALICE)[0]
        assert (newest.trigger, newest.source["login"], newest.source["code"]) == ("support", "zammad", "was-absence")
        with cut_off.rejoin.db.read() as tx:
            (rate,) = hit_rates(ticket.resolved_with(tx))
        assert (rate.resolved, rate.confirmed) == (1, 0)
        follow(cut_off)
        assert len([did for _, did, _ in cut_off.audit() if did == "classified-ticket"]) == 1

    @pytest.mark.both
    def test_code_chosen_after_the_ticket_was_resolved_still_counts(self, cut_off, stand):
        stand.remote.close_by_hand("7")
        follow(cut_off)
        assert the_ticket(cut_off).code is None
        stand.choose("7", "confirmed_technical")
        follow(cut_off)
        assert the_ticket(cut_off).code == "confirmed-technical"

    @pytest.mark.parametrize("word", ["", "something else", "absence"])
    def test_what_is_no_code_of_ours_says_nothing(self, cut_off, stand, word):
        stand.choose("7", word)
        stand.remote.close_by_hand("7")
        follow(cut_off)
        assert (the_ticket(cut_off).state, the_ticket(cut_off).code) == ("resolved", None)

    def test_what_is_chosen_at_a_ticket_that_is_still_open_waits(self, cut_off, stand):
        stand.choose("7", "was-absence")
        follow(cut_off)
        assert the_ticket(cut_off).code is None

    @pytest.mark.both
    def test_ticket_opened_again_there_is_open_here(self, cut_off, stand):
        stand.remote.close_by_hand("7")
        follow(cut_off)
        stand.desk.reopen("7", "It is back.")
        follow(cut_off)
        row = the_ticket(cut_off)
        assert (row.state, row.resolution, row.assignee) == ("open", None, None)
        assert cut_off.audit()[-1] == ("zammad", "reopened-ticket", f"ticket/{row.id}")

    def test_ticket_deleted_there_is_resolved_here_once(self, cut_off, stand):
        stand.delete("7")
        follow(cut_off)
        follow(cut_off)
        assert the_ticket(cut_off).resolution == "Deleted at Zammad."
        assert [did for _, did, _ in cut_off.audit()].count("resolved-deleted-ticket") == 1

    def test_nothing_changes_while_nothing_happens_there(self, cut_off):
        before = the_ticket(cut_off)
        follow(cut_off)
        after = the_ticket(cut_off)
        assert (after.version, after.state) == (before.version, "open")
        assert after.asked_at is not None

    def test_ticket_that_closes_itself_is_closed_there_and_resolved_here_at_once(self, cut_off, stand):
        cut_off.receive(joined(ALICE, NINE + 16 * MINUTE, "second"))
        cut_off.go_to(NINE + 20 * MINUTE)
        cut_off.act()
        assert stand.remote.find("7").state == "closed"
        assert stand.notes("7") == ["They are back in the session."]
        assert the_ticket(cut_off).state == "resolved"
        follow(cut_off)
        assert the_ticket(cut_off).state == "resolved"


class TestRound:
    """What one round may do."""

    def test_round_is_bounded_and_the_others_come_next(self, house, stand):
        keep(house, AT_ONCE + 5)
        stand.line.sent.clear()
        follow(house)
        assert len(stand.line.sent) == AT_ONCE
        follow(house)
        with house.rejoin.db.read() as tx:
            rows = tx.execute(ticket_table.select()).all()
        assert all(row.asked_at for row in rows)

    @pytest.mark.both
    def test_one_ticket_that_is_out_of_sight_does_not_keep_us_from_the_others(self, house, stand):
        keep(house, 3)
        with house.rejoin.db.begin() as tx:
            tx.execute(ticket_table.update().where(ticket_table.c.id == 1).values(reference="SUP-1"))
        for number in stand.remote.tickets:
            stand.remote.tickets[number].state = "closed"
        follow(house)
        states = {row.id: row.state for row in house.tickets()}
        assert states == {1: "open", 2: "resolved", 3: "resolved"}

    def test_busy_desk_is_asked_again_when_it_says(self, cut_off, stand):
        stand.line.disturb(429, Retry_After="600")
        began = cut_off.clock.now()
        follow(cut_off)
        assert cut_off.clock.now() >= began + timedelta(seconds=600)
        stand.line.mend()
        stand.remote.close_by_hand("7")
        follow(cut_off)
        assert the_ticket(cut_off).state == "resolved"

    def test_refused_token_is_said_in_the_work_and_tried_again_later(self, house, stand):
        keep(house, 5)
        stand.line.disturb(401)
        stand.line.sent.clear()
        began = house.clock.now()
        follow(house)
        assert len(stand.line.sent) == 3, "not once for each ticket"
        assert house.clock.now() == began + timedelta(minutes=10)
        with house.rejoin.db.read() as tx:
            (said,) = tx.execute(work.work.select().where(work.work.c.kind == "desk")).all()
        assert "REJOIN_HELPDESK_TOKEN" in said.last_error

    @pytest.mark.parametrize("answer", [(500, {}, ""), (200, {}, "<html>")], ids=["500", "no-json"])
    def test_ticket_at_which_the_desk_trips_keeps_nobody_from_following_the_others(self, house, stand, answer):
        keep(house, 3)
        first, *others = house.tickets()
        for row in others:
            stand.remote.close_by_hand(row.reference)
        desk = stand.line.remote
        stand.line.remote = lambda call: answer if f"/tickets/{first.reference}" in call.url else desk(call)
        follow(house)
        assert [row.state for row in house.tickets()] == ["open", "resolved", "resolved"]

    def test_built_in_queue_is_not_watched(self, rejoin):
        DeskWatch(rejoin).begin()
        with rejoin.db.read() as tx:
            assert work.due_at(tx, WorkKind.DESK, "tickets") is None


class TestChangeOfDesk:
    """Another desk is set while tickets of the old one are open."""

    def test_note_for_a_ticket_of_the_old_desk_is_not_written_on_a_ticket_of_the_new_one(self, cut_off, rejoin):
        moved = replace(cut_off.rejoin, helpdesk=rejoin.helpdesk)
        cut_off.rejoin = moved
        action = cut_off.action("ticket/A1/C-ALICE")
        with moved.db.begin() as tx:
            ticketing.annotate(tx, moved, action, "They are back in the session.", cut_off.clock.now())
        cut_off.act()
        with moved.db.read() as tx:
            notes = [row for row in tx.execute(ticketing.outbox.table.select()).all() if row.kind == ticketing.NOTE]
        assert [(row.state, "REJOIN_HELPDESK" in row.note) for row in notes] == [("dead", True)]


def keep(house: House, count: int) -> None:
    """So many tickets that stand at the desk already."""
    desk = house.rejoin.helpdesk
    for number in range(count):
        draft = TicketDraft(f"ticket/A{number}/C-1", f"A{number}", ("C-1",), False, "Trouble", (), "Ask.")
        reference = desk.open_ticket(draft)
        with house.rejoin.db.begin() as tx:
            row, _ = ticket.open_once(tx, draft, house.clock.now())
            ticket.place(tx, row.id, desk.desk, reference)
