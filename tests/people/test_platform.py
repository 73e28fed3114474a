"""Staff enter an incident of the platform: what it does to verdicts and tickets, before and after a correction."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.service import platform_incidents
from plugin.service.refusal import Conflict, Refused
from plugin.storage import affected
from plugin.storage import platform_incident as storage
from plugin.storage import ticket as tickets
from plugin.storage.tables import audit
from tests.people.house import ALICE, BOB, CARA, NINE, House, appointment
from tests.service.clinic import DORA, ended, joined, left

MINUTE = timedelta(minutes=1)
STATUS = "https://status.zoom.us/incidents/abc"
MEETINGS = {
    "A1": (ALICE, "81000000001", "u1=="),
    "A2": (BOB, "81000000002", "u2=="),
    "A3": (CARA, "81000000003", "u3=="),
}
EVENING = timedelta(hours=8)
SINCE_FOUR = "Zoom status: an incident of the platform (joining and staying in meetings) since 2026-11-23 10:04 EST"


@pytest.fixture
def three(rejoin) -> House:
    """Three sessions at nine, of three clients, and one in the evening."""
    roster = [appointment(code, who, meeting_id=number) for code, (who, number, _) in MEETINGS.items()]
    evening = appointment(
        "A9", ALICE, meeting_id="81000000009", starts_at=NINE + EVENING, ends_at=NINE + EVENING + 60 * MINUTE
    )
    return House(rejoin, *roster, evening)


def meet(house: House, *codes: str) -> None:
    for code in codes:
        _, number, instance = MEETINGS[code]
        house.receive(joined(DORA, NINE, f"d-{number}", meeting=number, instance=instance))
        if code != "A3":  # Cara never comes
            house.receive(joined(MEETINGS[code][0], NINE, meeting=number, instance=instance))


def cut_off(house: House, code: str, minute: int) -> None:
    who, number, instance = MEETINGS[code]
    at = NINE + minute * MINUTE
    house.receive(left(who, at, meeting=number, instance=instance, reason="Network connection error"))


def over(house: House) -> None:
    """The hour ends; it is three hours later."""
    for _, number, instance in MEETINGS.values():
        house.receive(left(DORA, NINE + 60 * MINUTE, f"d-{number}", meeting=number, instance=instance))
        house.receive(ended(NINE + 60 * MINUTE, number, instance))
    house.go_to(NINE + 180 * MINUTE)


def enter(house: House, begin: int, end: int | None = None, part: str = "meetings", source: str = STATUS) -> int:
    until = NINE + end * MINUTE if end is not None else None
    with house.rejoin.db.begin() as tx:
        number = platform_incidents.enter(
            tx, house.rejoin, part, NINE + begin * MINUTE, until, source, "tess", house.clock.now()
        )
    house.work()
    house.act()
    return number


def change(house: House, use_case, number: int, *arguments) -> None:
    with house.rejoin.db.begin() as tx:
        version = storage.load(tx, number).version
        use_case(tx, house.rejoin, number, version, *arguments, "tess", house.clock.now())
    house.work()
    house.act()


def go_on(house: House, minute: float) -> None:
    house.go_to(NINE + minute * MINUTE)
    house.act()


class TestAfterwards:
    """Somebody enters it when the sessions are over."""

    @pytest.fixture
    def absent(self, three) -> House:
        meet(three, *MEETINGS)
        over(three)
        assert three.verdict(CARA, "A3")["cause"] == "absence"
        return three

    def test_who_did_not_come_in_its_time_is_no_no_show_any_more(self, absent):
        enter(absent, -5, 50)
        result = absent.verdict(CARA, "A3")
        assert (result["cause"], "platform-incident" in result["flags"]) == ("technical", True)
        assert absent.verdict(ALICE, "A1")["outcome"] == "attended"

    def test_history_says_that_an_answer_of_ours_brought_it_about(self, absent):
        enter(absent, -5, 50)
        newest = absent.history(CARA, "A3")[0]
        assert (newest.trigger, newest.source) == ("answer", {"events": ["rejoin.platform_incident"]})

    def test_correction_to_another_hour_gives_the_old_verdict_back(self, absent):
        number = enter(absent, -5, 50)
        before = NINE - 240 * MINUTE
        arguments = "audio", before, before + 10 * MINUTE, STATUS
        change(absent, platform_incidents.correct, number, *arguments)
        result = absent.verdict(CARA, "A3")
        assert (result["cause"], "platform-incident" in result["flags"]) == ("absence", False)
        change(absent, platform_incidents.correct, number, "audio", NINE - 5 * MINUTE, NINE + 50 * MINUTE, STATUS)
        assert absent.verdict(CARA, "A3")["cause"] == "technical"

    @pytest.mark.both
    def test_withdrawn_explains_nothing_any_more(self, absent):
        number = enter(absent, -5, 50)
        change(absent, platform_incidents.withdraw, number)
        assert absent.verdict(CARA, "A3")["cause"] == "absence"
        with pytest.raises(Refused, match="withdrawn"):
            change(absent, platform_incidents.end, number)

    def test_other_hours_are_not_judged_again(self, absent):
        seen = len(absent.history(ALICE, "A9"))
        enter(absent, -5, 50)
        assert len(absent.history(ALICE, "A9")) == seen


class TestRunning:
    """It is entered while it goes on."""

    @pytest.fixture
    def hit(self, three) -> House:
        meet(three, "A1", "A2")
        go_on(three, 5)
        three.number = enter(three, 4)
        cut_off(three, "A1", 6)
        cut_off(three, "A2", 7)
        go_on(three, 12)
        return three

    def test_drops_of_several_meetings_are_one_ticket_that_lists_them_by_code(self, hit):
        (ticket,) = hit.tickets()
        assert (ticket.incident, sorted(ticket.participants)) == (True, ["C-ALICE", "C-BOB"])
        status = [sentence for sentence in ticket.seen if sentence.startswith("Zoom status")]
        assert status == [f"{SINCE_FOUR}, not over yet."]

    def test_its_end_is_said_at_the_ticket_once_and_the_ticket_stays_one(self, hit):
        go_on(hit, 20)
        change(hit, platform_incidents.end, hit.number)
        (ticket,) = hit.tickets()
        said = [note for note in hit.notes(ticket.id) if note.startswith("Zoom status")]
        assert said == [f"{SINCE_FOUR}, until 2026-11-23 10:20 EST."]
        over(hit)
        assert [row.incident for row in hit.tickets()] == [True]

    def test_it_reaches_a_session_that_begins_later_until_it_is_over(self, hit):
        hit.go_to(NINE + EVENING + 20 * MINUTE)
        hit.receive(joined(DORA, NINE + EVENING, "d-9", meeting="81000000009", instance="u9=="))
        hit.go_to(NINE + EVENING + 30 * MINUTE)
        assert "platform-incident" in hit.verdict(ALICE, "A9")["flags"]
        change(hit, platform_incidents.correct, hit.number, "meetings", NINE + 4 * MINUTE, NINE + 60 * MINUTE, STATUS)
        assert "platform-incident" not in hit.verdict(ALICE, "A9")["flags"]

    def test_people_of_it_are_found_by_the_evidence_that_told_of_it_first(self, hit):
        change(hit, platform_incidents.correct, hit.number, "audio", NINE + 3 * MINUTE, None, STATUS)
        with hit.rejoin.db.read() as tx:
            row = storage.load(tx, hit.number)
            key = f"platform-incident/{row.first_delivery}"
            assert tickets.by_key(tx, key) is not None
            assert {one.participant_id for one in affected.of_ticket(tx, key)} == {"C-ALICE", "C-BOB"}
        assert len(hit.tickets()) == 1


class TestRefused:
    """What makes no sense is not entered."""

    @pytest.mark.parametrize(
        ("begin", "end", "part", "source", "why"),
        [
            (0, None, "moon", STATUS, "which part"),
            (0, None, "audio", "  ", "where it is known from"),
            (0, None, "audio", "x" * 301, "at most 300"),
            (0, None, "audio", "a\nb", "one line"),
            (61, None, "audio", STATUS, "not come yet"),
            (0, 61, "audio", STATUS, "not come yet"),
            (5, 5, "audio", STATUS, "after it began"),
            (-7 * 24 * 60, None, "audio", STATUS, "longer than 7 days"),
        ],
    )
    def test_with_a_sentence(self, three, begin, end, part, source, why):
        three.go_to(NINE + 60 * MINUTE)
        with pytest.raises(Refused, match=why):
            enter(three, begin, end, part, source)
        assert three.rows() == []

    def test_seven_days_to_the_minute_are_taken(self, three):
        three.go_to(NINE + 60 * MINUTE)
        assert enter(three, 60 - 7 * 24 * 60)

    @pytest.mark.both
    def test_the_very_same_is_entered_once(self, three):
        three.go_to(NINE + 60 * MINUTE)
        assert enter(three, 0, 5) == enter(three, 0, 5)
        assert enter(three, 0, 5) != enter(three, 0, 6)
        assert len(three.rows()) == 2

    @pytest.mark.both
    def test_second_of_two_who_change_it_at_once_is_told(self, three):
        three.go_to(NINE + 60 * MINUTE)
        number = enter(three, 0)
        with three.rejoin.db.begin() as tx:
            platform_incidents.end(tx, three.rejoin, number, 1, "tess", three.clock.now())
            arguments = "audio", NINE, None, STATUS, "tom", three.clock.now()
            with pytest.raises(Conflict):
                platform_incidents.correct(tx, three.rejoin, number, 1, *arguments)

    def test_who_did_what_stands_in_the_audit_log_and_the_source_nowhere_in_the_open(self, three):
        three.go_to(NINE + 60 * MINUTE)
        number = enter(three, 0, None, "audio", "note about Noor Canary")
        change(three, platform_incidents.end, number)
        with three.rejoin.db.read() as tx:
            log = list(tx.execute(audit.select().order_by(audit.c.id)))
            stored = tx.execute(storage.table.select()).one()
        assert [(row.actor, row.did) for row in log] == [
            ("tess", "entered-platform-incident"), ("tess", "ended-platform-incident")
        ]  # fmt: skip
        assert "Canary" not in repr((log, stored, three.rows()))
