"""One contract for every help desk: the built-in queue, a real Request Tracker, and Zammad, Zendesk and Jira in memory.

What the three do over HTTP is told from their documentation; Request Tracker is the real one.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
import structlog

from plugin.ports.helpdesk import TicketDraft, TicketState
from plugin.ports.outcome import Permanent, RemoteTrouble, Temporary
from tests.adapters.line import BASE, CANARY
from tests.adapters.stand import REMOTES, StandOfOurs, remote_stand

OPEN, RESOLVED, GONE = TicketState.OPEN, TicketState.RESOLVED, TicketState.GONE
BACK = "They are back in the session."
AGAIN = "They were cut off again."
SETTINGS = ("REJOIN_HELPDESK_TOKEN", "REJOIN_HELPDESK_QUEUE", "REJOIN_HELPDESK_URL")


@pytest.fixture(params=["built-in", *REMOTES])
def stand(request, moving_clock):
    """Every desk, one after the other."""
    if request.param == "built-in":
        yield StandOfOurs(request.getfixturevalue("sqlite_database"), moving_clock)
        return
    with remote_stand(request.param, tracker_for(request)) as stand:
        yield stand


@pytest.fixture(params=REMOTES)
def remote(request):
    """Every desk that is reached over a line."""
    with remote_stand(request.param, tracker_for(request)) as stand:
        yield stand


def tracker_for(request):
    return request.getfixturevalue("real_tracker") if request.param.startswith("request-tracker") else None


@pytest.fixture
def draft() -> TicketDraft:
    """A ticket of nobody else's story: the real desk keeps what the tests before have made."""
    return TicketDraft(
        key=f"ticket/A1/{uuid.uuid4().hex}",
        appointment_id="A1",
        participants=("C-ALICE", "C-BOB"),
        incident=True,
        summary="2 people had connection trouble",
        seen=("Scheduled 2026-11-23 10:00 EST to 2026-11-23 11:00 EST.", "C-ALICE: 3 tries {{7*7}} <b> 'quoted' ü."),
        suggestion="Look for what these people share: the minute, the network, the host's connection.",
    )


class TestTicket:
    """What every desk does with a ticket."""

    def test_ticket_is_opened_with_what_was_seen_and_the_first_step(self, stand, draft):
        reference = stand.desk.open_ticket(draft)
        told = stand.text(reference)
        for said in (draft.summary, draft.suggestion, *draft.seen, "A1"):
            assert said in told, "literally: nothing in it is a template or markup"
        assert stand.desk.state(reference) is OPEN

    def test_same_draft_twice_opens_one_ticket(self, stand, draft):
        first = stand.desk.open_ticket(draft)
        assert stand.desk.open_ticket(draft) == first
        assert stand.count(draft.key) == 1

    def test_other_draft_opens_another_ticket(self, stand, draft):
        other = replace(draft, key=draft.key + "/other")
        assert stand.desk.open_ticket(draft) != stand.desk.open_ticket(other)
        assert (stand.count(draft.key), stand.count(other.key)) == (1, 1)

    def test_closed_ticket_is_found_again_and_not_opened_a_second_time(self, stand, draft):
        reference = stand.desk.open_ticket(draft)
        stand.desk.close(reference, BACK)
        assert stand.desk.open_ticket(draft) == reference
        assert (stand.count(draft.key), stand.desk.state(reference)) == (1, RESOLVED)

    def test_note_is_written_and_the_same_one_twice_in_a_row_is_said_once(self, stand, draft):
        reference = stand.desk.open_ticket(draft)
        for text in (BACK, BACK, AGAIN, BACK):
            stand.desk.add_note(reference, text)
        assert stand.notes(reference) == [BACK, AGAIN, BACK]
        assert stand.desk.state(reference) is OPEN

    def test_note_that_begins_with_anything_is_written_as_it_is(self, stand, draft):
        reference = stand.desk.open_ticket(draft)
        said = "=1+1 {{7*7}} ${x} <script> *bold* [~user] 100 % ü"
        stand.desk.add_note(reference, said)
        assert stand.notes(reference) == [said]

    def test_ticket_is_closed_and_opened_again_each_with_the_reason(self, stand, draft):
        reference = stand.desk.open_ticket(draft)
        stand.desk.close(reference, BACK)
        assert stand.desk.state(reference) is RESOLVED
        stand.desk.reopen(reference, AGAIN)
        assert stand.desk.state(reference) is OPEN
        assert stand.notes(reference) == [BACK, AGAIN]

    def test_closing_and_reopening_twice_is_harmless(self, stand, draft):
        reference = stand.desk.open_ticket(draft)
        stand.desk.close(reference, BACK)
        stand.desk.close(reference, BACK)
        assert (stand.desk.state(reference), stand.notes(reference)) == (RESOLVED, [BACK])
        stand.desk.reopen(reference, AGAIN)
        stand.desk.reopen(reference, AGAIN)
        assert (stand.desk.state(reference), stand.notes(reference)) == (OPEN, [BACK, AGAIN])

    def test_ticket_that_somebody_deleted_is_gone_and_takes_no_notes(self, stand, draft):
        reference = stand.desk.open_ticket(draft)
        stand.delete(reference)
        assert stand.desk.state(reference) is GONE
        for write in (stand.desk.add_note, stand.desk.close, stand.desk.reopen):
            with pytest.raises(Permanent, match="gone"):
                write(reference, BACK)

    def test_what_people_chose_is_told_and_nothing_when_they_did_not(self, stand, draft):
        reference = stand.desk.open_ticket(draft)
        assert stand.desk.chosen(reference) == ()
        stand.choose(reference, "was-absence")
        assert stand.desk.chosen(reference) == ("was-absence",)
        stand.delete(reference)
        assert stand.desk.chosen(reference) == ()

    def test_ticket_is_linked_with_its_incident_once_and_both_stay_as_they_are(self, stand, draft):
        own = stand.desk.open_ticket(draft)
        incident = stand.desk.open_ticket(replace(draft, key=draft.key + "/incident"))
        for _ in range(2):
            stand.desk.attach(own, incident)
        assert stand.linked(own) == [incident]
        assert stand.notes(own) == stand.notes(incident) == []
        assert stand.desk.state(own) is stand.desk.state(incident) is OPEN

    def test_ticket_that_is_gone_is_linked_with_nothing(self, stand, draft):
        own = stand.desk.open_ticket(draft)
        stand.delete(own)
        with pytest.raises(Permanent, match="gone"):
            stand.desk.attach(own, "7")

    def test_desk_that_is_set_up_well_is_fine(self, stand):
        stand.desk.check()


class TestLine:
    """What may go wrong between us and a desk."""

    def test_answer_lost_after_the_ticket_was_made_opens_no_second_one(self, remote, draft):
        remote.line.lose_answer()
        with pytest.raises(Temporary):
            remote.desk.open_ticket(draft)
        assert remote.count(draft.key) == 1, "it was made; only the answer was lost"
        reference = remote.desk.open_ticket(draft)
        assert (remote.count(draft.key), remote.desk.state(reference)) == (1, OPEN)

    def test_answer_lost_after_a_note_does_not_say_it_twice(self, remote, draft):
        reference = remote.desk.open_ticket(draft)
        remote.line.lose_answer()
        for _ in range(2):
            try:
                remote.desk.add_note(reference, BACK)
            except Temporary:
                continue
        assert remote.notes(reference) == [BACK]

    def test_each_call_is_a_line_in_the_log(self, remote, draft):
        with structlog.testing.capture_logs() as lines:
            remote.desk.open_ticket(draft)
        told = [line for line in lines if line["event"] == "desk-called"]
        assert {line["desk"] for line in told} == {remote.desk.name}
        assert told[-1]["method"] == "POST"
        assert 200 <= told[-1]["status"] < 300

    def test_lookup_comes_before_anything_is_made(self, remote, draft):
        remote.desk.open_ticket(draft)
        first = remote.line.sent[0]
        assert first.method == "GET"
        assert len(remote.line.posted()) == 1

    def test_too_many_requests_is_tried_again_when_the_desk_says(self, remote, draft):
        remote.line.disturb(429, Retry_After="37")
        with pytest.raises(Temporary) as caught:
            remote.desk.open_ticket(draft)
        assert caught.value.retry_after == timedelta(seconds=37)
        assert len(remote.line.sent) == 1, "it asked once and did not try by itself"

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_desk_in_trouble_is_tried_again_later(self, remote, draft, status):
        remote.line.disturb(status)
        with pytest.raises(Temporary, match=str(status)):
            remote.desk.open_ticket(draft)
        assert len(remote.line.sent) == 1

    @pytest.mark.parametrize(
        "error", [requests.ConnectTimeout(CANARY), requests.ReadTimeout(CANARY), requests.ConnectionError(CANARY),
                  requests.exceptions.SSLError(CANARY), requests.exceptions.ChunkedEncodingError(CANARY)],
        ids=lambda error: type(error).__name__,
    )  # fmt: skip
    def test_desk_that_cannot_be_reached_is_tried_again_later(self, remote, draft, error):
        remote.line.cut(error)
        with pytest.raises(Temporary, match="REJOIN_HELPDESK_URL") as caught:
            remote.desk.open_ticket(draft)
        assert CANARY not in str(caught.value)

    @pytest.mark.parametrize("body", ["<html>maintenance</html>", "", "[]", "7", "nul", "[" * 100_000])
    def test_answer_that_makes_no_sense_opens_nothing_and_says_nothing_of_it(self, remote, draft, body):
        remote.line.disturb(200, body)
        with pytest.raises((RemoteTrouble, KeyError)):
            remote.desk.open_ticket(draft)
        remote.line.mend()
        assert remote.count(draft.key) == 0

    def test_answer_without_an_end_is_left(self, remote, draft):
        remote.line.disturb(200, '{"x": "' + "y" * 5_000_000)
        with pytest.raises(Temporary, match="does not end"):
            remote.desk.open_ticket(draft)

    def test_desk_that_sends_us_elsewhere_is_not_followed(self, remote, draft):
        remote.line.disturb(302, Location=f"{BASE}/elsewhere")
        with pytest.raises(Permanent, match=r"302.*REJOIN_HELPDESK_URL"):
            remote.desk.open_ticket(draft)
        assert len(remote.line.sent) == 1

    @pytest.mark.parametrize("step", ["open_ticket", "add_note", "close", "reopen", "state", "check"])
    def test_nothing_that_the_desk_says_reaches_an_exception(self, remote, draft, step):
        arguments = {"open_ticket": (draft,), "state": ("SUP-7" if remote.desk.desk == "jira" else "7",), "check": ()}
        for status in (302, 400, 401, 403, 409, 422, 429, 500):
            remote.line.disturb(status)
            with pytest.raises(RemoteTrouble) as caught:
                getattr(remote.desk, step)(*arguments.get(step, (*arguments["state"], BACK)))
            assert CANARY not in f"{caught.value} {caught.value.__cause__}"
            assert draft.key not in str(caught.value)


class TestSetUp:
    """A setting that is wrong is named, by the check and by the work itself."""

    def test_wrong_token_is_named(self, remote, draft):
        desk = remote.adapter(helpdesk_token="1-27-of-somebody-else")
        for ask in (desk.check, lambda: desk.open_ticket(draft)):
            with pytest.raises(Permanent, match=r"401.*REJOIN_HELPDESK_TOKEN") as caught:
                ask()
            assert "somebody-else" not in str(caught.value)
            assert "QUEUE" not in str(caught.value)

    @pytest.mark.parametrize("queue", ["Closed down", "Suport", "a/../b", "", "' OR 1=1"])
    def test_queue_that_is_deleted_or_misspelt_is_named(self, remote, draft, queue):
        desk = remote.adapter(helpdesk_queue=queue)
        for ask in (desk.check, lambda: desk.open_ticket(draft)):
            with pytest.raises(Permanent) as caught:
                ask()
            assert [name for name in SETTINGS if name in str(caught.value)][:1] == ["REJOIN_HELPDESK_QUEUE"] or (
                "active group" in str(caught.value)
            )
        assert remote.count(draft.key) == 0

    @pytest.mark.parametrize("path", ["/nowhere", "/rt/deeper"])
    def test_address_that_leads_nowhere_is_named(self, remote, path):
        with pytest.raises(Permanent, match="REJOIN_HELPDESK_URL"):
            remote.adapter(helpdesk_url=BASE + path).check()

    @pytest.mark.parametrize("address", ["desk.example.org", "ftp://desk.example.org", "https://", "http://[::1"])
    def test_address_that_is_none_is_named(self, remote, address):
        with pytest.raises(RemoteTrouble, match="REJOIN_HELPDESK_URL"):
            remote.adapter(helpdesk_url=address).check()

    def test_address_with_a_stroke_at_its_end_is_the_same(self, remote, draft):
        desk = remote.adapter(helpdesk_url=BASE + "/")
        assert desk.state(desk.open_ticket(draft)) is OPEN

    def test_reference_of_another_desk_is_no_ticket_here(self, remote):
        if remote.desk.desk == "jira":
            assert remote.desk.state("17") is GONE
            return
        with pytest.raises(Permanent, match="another help desk"):
            remote.desk.state("SUP-17")

    def test_field_that_is_not_there_is_named(self, remote):
        if remote.desk.desk == "zammad":
            return  # its attributes are told to administrators only
        with pytest.raises(Permanent, match="REJOIN_HELPDESK_CODE"):
            remote.adapter(helpdesk_code="Nothing of the kind").check()

    def test_without_the_setting_nothing_is_asked(self, remote, draft):
        reference = remote.desk.open_ticket(draft)
        remote.choose(reference, "was-absence")
        asked = len(remote.line.sent)
        assert remote.adapter(helpdesk_code="").chosen(reference) == ()
        assert len(remote.line.sent) == asked

    def test_tags_stand_in_for_a_field(self, remote, draft):
        if remote.desk.desk == "request-tracker":
            return  # it has none
        reference = remote.desk.open_ticket(draft)
        remote.remote.find(reference).tags += ["vip", "was_absence"]
        assert "was_absence" in remote.adapter(helpdesk_code="tags").chosen(reference)

    def test_check_makes_nothing(self, remote):
        remote.desk.check()
        assert not remote.line.posted()
