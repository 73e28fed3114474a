"""The client's page, walked without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from plugin.service import grants
from plugin.storage import appointment, hold, offer
from plugin.storage import grant as grant_rows
from plugin.storage.tables import audit, booked_slot, delivery
from plugin.storage.tables import grant_ as grant_table
from tests.web.conftest import NAME, NINE, TITLE


def _offer(rejoin):
    with rejoin.db.read() as tx:
        return offer.load(tx, 1)


def _evidence(rejoin) -> list[str]:
    with rejoin.db.read() as tx:
        bodies = [tx.vault.open_text("delivery.body_sealed", row.body_sealed) for row in tx.execute(select(delivery))]
    return re.findall(r"rejoin\.\w+", " ".join(bodies))


def test_a_client_picks_a_time_in_their_own_zone(rejoin, visit, link):
    client = visit()
    client.get(link)
    assert client.page.status_code == 200
    assert "About your session on Monday, November 23" in client.text
    assert "8:00 AM to 8:50 AM, Chicago time (CST)" in client.text
    assert "<script" not in client.page.text
    choices = re.findall(r'name="slot" value="(\d)"', client.page.text)
    assert len(choices) == 3

    client.submit("Book this time", slot="1", answer="pick")

    picked = offer.slots_of(_offer(rejoin))[1].starts_at
    assert _offer(rejoin).state == "accepted"
    assert "Thank you, we have your answer" in client.text
    assert f"You picked {picked:%A, %B} {picked.day}" in client.text
    assert "Chicago time (CST)" in client.text
    with rejoin.db.read() as tx:
        assert [row.actor for row in tx.execute(select(audit).where(audit.c.did == "picked-time"))] == ["client"]


def test_the_page_holds_neither_the_name_nor_what_the_session_is(visit, link):
    client = visit()
    client.get(link)

    for secret in (NAME, "Canary", TITLE, "individual", "DR-RIVERA", "C-017", "A-1"):
        assert secret not in client.page.text
    assert client.heading == "Your session"
    assert "noindex" in client.page.headers["X-Robots-Tag"]
    assert client.page.headers["Referrer-Policy"] == "no-referrer"


def test_looking_at_the_page_uses_nothing_up(rejoin, visit, link):
    for _ in range(3):
        visit().get(link)
    visit().client.head(link, base_url="https://rejoin.invalid")

    assert _offer(rejoin).state == "sent"
    with rejoin.db.read() as tx:
        assert not tx.execute(select(grant_table).where(grant_table.c.used_at.is_not(None))).all()


def test_none_of_the_times_is_an_answer_too(rejoin, visit, link):
    client = visit()
    client.get(link)

    client.submit("None of these times", answer="none")

    assert _offer(rejoin).state == "refused"
    assert "none of the times works for you" in client.text


@pytest.mark.parametrize(
    ("button", "answer", "event", "thanks"),
    [
        ("technical trouble", "trouble", "rejoin.trouble_reported", "that you had technical trouble"),
        ("I was there", "there", "rejoin.presence_claimed", "that you were there"),
    ],
)
def test_what_a_client_tells_is_evidence_and_they_may_still_pick(rejoin, visit, link, button, answer, event, thanks):
    client = visit()
    client.get(link)

    client.submit(button, answer=answer)

    assert thanks in client.text
    assert event in _evidence(rejoin)
    assert "Pick a new time" in client.text


def test_reported_trouble_turns_a_no_show_into_technical_trouble(rejoin, visit, link, missed):
    client = visit()
    client.get(link)
    client.submit("technical trouble", answer="trouble")
    missed.judge("A-1")
    cora = visit("cora")

    cora.get("/appointments/A-1")

    assert "Missed the session: technical trouble" in cora.text.split("Verdicts")[1]


def test_of_two_clients_who_want_one_time_the_second_picks_again(rejoin, visit, link):
    first = offer.slots_of(_offer(rejoin))[0]
    with rejoin.db.begin() as tx:
        tx.execute(booked_slot.delete())  # the time in which it was kept for them is over
    client = visit()
    client.get(link)
    with rejoin.db.begin() as tx:
        now = rejoin.clock.now()
        rival = offer.add(tx, "rival", "A-1", "C-018", "DR-RIVERA", now)[0].id
        assert hold.take(tx, ("DR-RIVERA",), (first.starts_at, first.ends_at), rival, now)

    client.submit("Book this time", slot="0", answer="pick")

    assert "that time is no longer free. Please pick another one." in client.text
    assert _offer(rejoin).state == "sent"
    client.submit("Book this time", slot="1", answer="pick")
    assert _offer(rejoin).state == "accepted"


@pytest.mark.parametrize("slot", ["7", "-1", "x", "99999999999999999999", ""])
def test_a_time_that_was_not_offered_changes_nothing(rejoin, visit, link, slot):
    client = visit()
    client.get(link)

    client.submit("Book this time", slot=slot, answer="pick")

    assert client.page.status_code == 200
    assert _offer(rejoin).state == "sent"


def test_a_link_that_was_used_says_what_became_of_it(visit, link):
    client = visit()
    client.get(link)
    stale = client.page
    client.submit("Book this time", slot="0", answer="pick")

    again = client.get(link)
    assert again.status_code == 200
    assert "You picked" in client.text
    client.page = stale
    client.submit("Book this time", slot="1", answer="pick")
    assert "You picked" in client.text


def test_a_link_that_expired_helps_instead_of_failing(rejoin, visit, link):
    rejoin.clock.advance(days=8)
    client = visit()

    assert client.get(link).status_code == 410
    assert "This link has expired" in client.text
    assert "answer the message you got, or call us" in client.text


def test_a_link_that_was_revoked_helps_instead_of_failing(rejoin, visit, link):
    with rejoin.db.begin() as tx:
        grant_rows.revoke_of_offer(tx, 1, rejoin.clock.now())
    client = visit()

    assert client.get(link).status_code == 410
    assert "This link is no longer needed" in client.text


def test_a_link_that_nobody_signed_helps_instead_of_failing(visit, link):
    client = visit()
    for path in ("/a/nonsense", link[:-3], link + "x", "/a/" + "e" * 5000):
        assert client.get(path).status_code == 410
        assert "This link does not work" in client.text


def test_a_link_for_something_else_does_not_open_this_page(rejoin, visit, link):
    with rejoin.db.begin() as tx:
        now = rejoin.clock.now()
        other = grants.issue(tx, rejoin, "other", "k", "A-1", "C-017", now + timedelta(days=1), now)

    assert visit().get(f"/a/{other}").status_code == 410


def test_while_the_session_runs_the_page_invites_them_in(rejoin, visit, put):
    put("A-1")
    rejoin.clock.set(NINE + timedelta(minutes=6))
    with rejoin.db.begin() as tx:
        now = rejoin.clock.now()
        token = grants.issue(tx, rejoin, grants.ANSWER, "nudge", "A-1", "C-017", now + timedelta(days=1), now)
    client = visit()

    client.get(f"/a/{token}")

    assert "Your session has started" in client.text
    assert "It began at 8:00 AM and goes on until 8:50 AM, Chicago time (CST)" in client.text
    client.submit("I can’t connect", answer="trouble")
    assert _evidence(rejoin) == ["rejoin.trouble_reported"]


def test_an_answer_needs_the_token_of_its_form(rejoin, visit, link):
    assert visit().post(link, slot="0", answer="pick").status_code == 400
    assert _offer(rejoin).state == "sent"


@pytest.fixture
def page(rejoin, visit, put):
    """The client's page at so many minutes after the start (before it: less than none), with no offer on it."""

    def open_at(minutes: float, join_url: str = "https://zoom.example/j/80112345678?pwd=x"):
        made = put("A-1")
        with rejoin.db.begin() as tx:
            appointment.put(tx, made, rejoin.clock.now(), join_url=join_url)
        rejoin.clock.set(NINE + timedelta(minutes=minutes))
        with rejoin.db.begin() as tx:
            now = rejoin.clock.now()
            token = grants.issue(tx, rejoin, grants.ANSWER, "any", "A-1", "C-017", now + timedelta(days=1), now)
        client = visit()
        client.get(f"/a/{token}")
        return client

    return open_at


def test_who_cannot_come_says_so_before_it_begins_and_is_told_how_to_get_through(rejoin, page):
    client = page(-120)
    assert "Your session on Monday, November 23" in client.text
    client.submit("I can’t make it", answer="cannot")
    assert _evidence(rejoin) == ["rejoin.notice_given"]
    assert "We have noted that you cannot come" in client.text
    assert "Until the next time" in client.text
    assert "Join now" not in client.text


def test_while_it_runs_three_things_take_one_tap_each(page):
    client = page(6)
    for button in ("Join now", "I can’t connect", "I can’t make it"):
        assert client.form(button)


def test_after_it_there_is_nothing_to_join(page):
    client = page(90)
    assert "Join now" not in client.text
    assert "I can’t make it" not in client.text


def test_joining_is_noted_and_leads_into_the_meeting_without_a_redirect(rejoin, page):
    client = page(6)
    client.submit("Join now")
    assert client.page.status_code == 200
    assert 'content="0; url=https://zoom.example/j/80112345678?pwd=x"' in client.page.text
    assert _evidence(rejoin) == ["rejoin.join_clicked"]


def test_three_questions_are_asked_after_the_tap_and_only_their_answers_are_kept(rejoin, page):
    client = page(90)
    client.submit("technical trouble", answer="trouble")
    assert "Three short questions" in client.text
    client.submit("Send", answer="details", device="phone", symptom="cut-off", tried="<script>", name=NAME)
    assert "that helps us to find out" in client.text
    with rejoin.db.read() as tx:
        bodies = [tx.vault.open_text("delivery.body_sealed", row.body_sealed) for row in tx.execute(select(delivery))]
    assert '"device": "phone", "symptom": "cut-off"' in bodies[-1]
    assert "script" not in "".join(bodies)
    assert NAME not in "".join(bodies)


def test_client_asks_for_other_times_and_a_coordinator_sees_which(rejoin, visit, link):
    client = visit()
    client.get(link)
    client.submit("Ask for such a time", answer="other", day=["1", "3"], part="morning")
    assert "You asked for other times." in client.text
    row = _offer(rejoin)
    assert (row.state, row.wish) == ("proposed", {"days": [1, 3], "parts": ["morning"]})
    zone = ZoneInfo("America/Chicago")
    found = [slot.starts_at.astimezone(zone) for slot in offer.slots_of(row)]
    assert found and {at.weekday() for at in found} <= {1, 3}  # noqa: PT018
    cora = visit("cora")
    cora.get("/approvals/offers/1")
    assert "The client asked for Tuesday, Thursday; morning." in cora.text
    cora.submit("Approve and send")
    assert _offer(rejoin).state == "approved"


def test_asking_for_nothing_in_particular_is_no_answer(rejoin, visit, link):
    client = visit()
    client.get(link)
    client.submit("Ask for such a time", answer="other", day="9", part="noon")
    assert "Please choose a day or a time of day" in client.text
    assert _offer(rejoin).state == "sent"


class TestOwnWayIn:
    """`/j/…`: our own link into the meeting."""

    @pytest.fixture
    def way(self, rejoin, put):
        made = put("A-1")
        with rejoin.db.begin() as tx:
            now = rejoin.clock.now()
            appointment.put(tx, made, now, join_url="https://zoom.example/j/1?pwd=x")
            return "/j/" + grants.issue(tx, rejoin, grants.JOIN, "way", "A-1", "C-017", now + timedelta(days=1), now)

    def test_machine_that_opens_links_in_mail_leaves_no_evidence(self, rejoin, visit, way):
        client = visit()
        client.get(way)
        assert client.page.status_code == 200
        assert _evidence(rejoin) == []
        assert "zoom.example" not in client.page.text

    def test_press_of_the_button_is_evidence_and_may_be_repeated(self, rejoin, visit, way):
        client = visit()
        for _ in range(2):
            client.get(way)
            client.submit("Join now")
            assert "https://zoom.example/j/1?pwd=x" in client.page.text
            rejoin.clock.advance(seconds=5)
        assert _evidence(rejoin) == ["rejoin.join_clicked"] * 2

    def test_link_that_ended_leads_to_a_page_that_helps(self, rejoin, visit, way):
        rejoin.clock.advance(days=2)
        client = visit()
        assert client.get(way).status_code == 410
        assert "This link has expired" in client.text

    def test_link_into_the_meeting_allows_nothing_else(self, visit, way):
        assert visit().get(way.replace("/j/", "/a/")).status_code == 410


def test_link_of_their_own_goes_before_that_of_the_meeting(rejoin, visit, put):
    made = put("A-1")
    people = tuple(replace(p, join_url=f"https://zoom.example/w/{p.participant_id}?tk=1") for p in made.participants)
    put("A-1", participants=people)
    with rejoin.db.begin() as tx:
        now = rejoin.clock.now()
        token = grants.issue(tx, rejoin, grants.JOIN, "way", "A-1", "C-017", now + timedelta(days=1), now)
    client = visit()
    client.get(f"/j/{token}")
    client.submit("Join now")
    assert "https://zoom.example/w/C-017?tk=1" in client.page.text
