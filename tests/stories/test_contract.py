"""The sentences of the replay contract (sections 2 to 7), one by one, before, at and after each threshold."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tests.stories.story import Person, Story


def usual(kind: str = "individual", starts: str = "10:00", ends: str = "11:00", **more) -> tuple:
    """One hour; the clinician opens the room at 9:57."""
    story = Story(kind, starts, ends, **more)
    clinician, client = story.clinician(), story.client()
    story.begins("09:57", clinician)
    return story, clinician, client


def seconds_after(story: Story, moment: str, seconds: float) -> datetime:
    return story.at(moment) + timedelta(seconds=seconds)


class TestOutcome:
    """Section 2."""

    @pytest.mark.parametrize(("comes", "outcome"),
                             [("10:14:59", "attended"), ("10:15:00", "attended"), ("10:15:01", "partial")])  # fmt: skip
    def test_attended_is_three_quarters_of_the_held_time(self, comes, outcome):
        story, clinician, client = usual()
        story.joins(client, comes)
        story.is_over("11:00", client, clinician)
        story.expect(client, outcome=outcome)

    def test_time_in_the_room_without_a_clinician_does_not_count(self):
        story = Story("group", "10:00", "11:00")
        clinician, early, steady = story.clinician(), *story.clients(2)
        story.opens("09:55")
        story.stays(early, "09:55", "10:35")
        story.joins(steady, "09:55")
        story.joins(clinician, "10:20")
        story.is_over("11:00", steady, clinician)
        story.expect(early, outcome="partial", held=40, attended=35)
        story.expect(steady, outcome="attended", held=40, attended=60)

    @pytest.mark.parametrize(("goes", "outcome"), [("10:15:01", "attended"), ("10:15:00", "attended"),
                                                   ("10:14:59", "not-held")])  # fmt: skip
    def test_held_is_a_quarter_of_the_scheduled_time(self, goes, outcome):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.leaves(clinician, goes)
        story.is_over("10:40", client)
        story.expect(client, outcome=outcome)

    def test_nobody_missed_anything_that_was_not_held(self):
        story, clinician, client = usual()
        story.is_over("10:05", clinician)
        story.expect(client, outcome="not-held", cause="provider", actions={"reschedule"}, no_actions={"checkin"})

    @pytest.mark.parametrize(("stays", "outcome"), [(59, {"missed", "undetermined"}), (60, "partial"),
                                                    (61, "partial")])  # fmt: skip
    def test_less_than_a_minute_is_no_presence_but_still_a_sign(self, stays, outcome):
        story, clinician, client = usual()
        story.stays(client, "10:10", seconds_after(story, "10:10", stays))
        story.is_over("11:00", clinician)
        story.expect(client, outcome=outcome, no_show=False)

    @pytest.mark.parametrize(("seconds", "outcome"), [(-1, "excused"), (1, "missed")])
    def test_notice_excuses_only_before_the_start(self, seconds, outcome):
        story, clinician, client = usual()
        story.gives_notice(client, seconds_after(story, "10:00", seconds))
        story.is_over("11:00", clinician)
        story.expect(client, outcome=outcome, cause="absence")

    def test_excused_is_flagged_and_offered_another_time_without_a_checkin(self):
        story, clinician, client = usual()
        story.gives_notice(client, "08:00")
        story.is_over("11:00", clinician)
        story.expect(client, flags={"notice-given"}, actions={"reschedule"}, no_actions={"checkin", "ticket"})

    def test_somebody_who_gave_notice_and_came_all_the_same_attended(self):
        story, clinician, client = usual()
        story.gives_notice(client, "08:00")
        story.joins(client, "09:59")
        story.is_over("11:00", client, clinician)
        story.expect(client, outcome="attended", cause="none")

    def test_notice_of_one_person_excuses_nobody_else(self):
        story, clinician, client = usual("group")
        other = story.client("C2")
        story.gives_notice(client, "08:00")
        story.is_over("11:00", clinician)
        story.expect(client, outcome="excused")
        story.expect(other, outcome="missed", cause="absence")

    def test_cancelled_in_the_roster_asks_nothing_more(self):
        story, clinician, client = usual(status="cancelled")
        story.is_over("11:00", clinician)
        story.expect(client, outcome="cancelled", cause="none", only_actions=set())

    @pytest.mark.parametrize(("seconds", "cancelled"), [(-1, True), (1, False)])
    def test_a_deletion_cancels_only_before_the_start(self, seconds, cancelled):
        story = Story("individual", "10:00", "11:00")
        story.clinician()
        client = story.client()
        story.is_deleted(seconds_after(story, "10:00", seconds))
        story.other_meeting_hears("10:20")
        result = story.expect(client, no_show=False)
        assert (result["outcome"] == "cancelled") is cancelled, story._tell(result)

    def test_two_people_of_the_same_name_are_undetermined(self):
        story = Story("group", "10:00", "11:00")
        clinician = story.clinician()
        twins = [story.client(f"C{n}", "Ana Silva", registrant_id="") for n in (1, 2)]
        story.begins("09:57", clinician)
        story.joins(twins[0], "09:59")
        story.is_over("11:00", twins[0], clinician)
        for twin in twins:
            story.expect(twin, outcome="undetermined", cause="unknown", flags={"ambiguous-name"}, actions={"review"})


class TestCause:
    """Section 3."""

    def test_absence_needs_a_proof_that_the_feed_was_alive(self):
        story, clinician, client = usual()
        story.leaves(clinician, "11:01")
        story.closes("11:01")
        story.expect(client, outcome="undetermined", cause="unknown", flags={"feed-gap"})

    def test_an_event_of_another_meeting_of_the_account_is_such_a_proof(self):
        story, clinician, client = usual()
        story.other_meeting_hears("10:30")
        story.leaves(clinician, "11:01")
        story.closes("11:01")
        story.expect(client, outcome="missed", cause="absence", without={"feed-gap"})

    @pytest.mark.parametrize("at", ["09:30", "11:05"])
    def test_a_proof_outside_the_scheduled_time_is_none(self, at):
        story, clinician, client = usual()
        story.other_meeting_hears(at)
        story.leaves(clinician, "11:01")
        story.closes("11:01")
        story.expect(client, outcome="undetermined")

    def test_rejoins_own_evidence_does_not_prove_the_feed(self):
        story, clinician, client = usual("group")
        other = story.client("C2")
        story.clicks_link(other, "10:03")
        story.leaves(clinician, "11:01")
        story.closes("11:01")
        story.expect(client, outcome="undetermined", flags={"feed-gap"})

    @pytest.mark.parametrize(("before_end", "cause", "dropped"), [(9, "absence", False), (10, "absence", False),
                                                                  (11, "technical", True)])  # fmt: skip
    def test_an_abnormal_leave_within_ten_seconds_of_the_end_is_no_fault(self, before_end, cause, dropped):
        story, clinician, client = usual()
        story.joins(client, "10:40")
        story.leaves(client, seconds_after(story, "10:55", -before_end), "network")
        story.is_over("10:55", clinician)
        result = story.result(client)
        assert ("dropped" in result["flags"]) is dropped, story._tell(result)

    def test_nor_within_ten_seconds_of_the_end_of_an_instance(self):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.leaves(client, "10:29:52", "client close")
        story.is_over("10:30", clinician)
        story.begins("10:32", clinician)
        story.joins(client, "10:32:30")
        story.is_over("11:00", client, clinician)
        story.expect(client, outcome="attended", without={"dropped", "interrupted"}, no_actions={"ticket"})

    @pytest.mark.parametrize("again", [["10:03", "10:20"], ["10:03", "10:15", "10:30"]])
    def test_two_connections_shorter_than_a_minute_are_technical(self, again):
        story, clinician, client = usual()
        for begin in again:
            story.stays(client, begin, seconds_after(story, begin, 59))
        story.is_over("11:00", clinician)
        story.expect(client, outcome="partial", cause="technical", actions={"ticket"})

    def test_one_short_connection_is_no_technical_trace_by_itself(self):
        story, clinician, client = usual()
        story.stays(client, "10:03", "10:03:59")
        story.is_over("11:00", clinician)
        story.expect(client, no_actions={"ticket"}, no_show=False)

    @pytest.mark.parametrize(("last", "together"), [("10:21:29", True), ("10:21:30", True), ("10:21:31", False)])
    def test_three_who_drop_within_ninety_seconds_drop_together(self, last, together):
        story = Story("group", "10:00", "11:00")
        clinician, clients = story.clinician(), story.clients(4)
        story.begins("09:57", clinician)
        for client in clients:
            story.joins(client, "09:58")
        for client, at in zip(clients[:3], ("10:20:00", "10:20:45", last), strict=True):
            story.leaves(client, at, "network")
        story.is_over("11:00", clients[3], clinician)
        for client in clients[:3]:
            result = story.expect(client, outcome="partial", cause="technical", flags={"dropped"})
            assert ("group-drop" in result["flags"]) is together, story._tell(result)
        story.expect(clients[3], outcome="attended", without={"group-drop"})

    def test_two_who_drop_together_are_no_group(self):
        story = Story("group", "10:00", "11:00")
        clinician, clients = story.clinician(), story.clients(2)
        story.begins("09:57", clinician)
        for client in clients:
            story.joins(client, "09:58")
        for client in clients:
            story.leaves(client, "10:20", "network")
        story.is_over("11:00", clinician)
        story.expect(clients[0], flags={"dropped"}, without={"group-drop"})

    def test_host_drop_explains_why_the_client_went(self):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.drops(clinician, "10:20", back="10:30")
        story.leaves(client, "10:22")
        story.is_over("11:00", clinician)
        story.expect(client, outcome="partial", cause="technical", held=50, flags={"host-dropped"},
                     actions={"ticket"}, no_actions={"checkin"})  # fmt: skip

    def test_client_who_stays_through_a_host_drop_loses_nothing(self):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.drops(clinician, "10:20", back="10:30")
        story.is_over("11:00", client, clinician)
        story.expect(client, outcome="attended", cause="none", held=50, attended=60, lost=0)

    def test_clinician_who_drops_for_good_is_a_technical_cause(self):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.drops(clinician, "10:08")
        story.is_over("10:25", client)
        story.expect(client, outcome="not-held", cause="technical", flags={"host-dropped"})

    @pytest.mark.parametrize(("before_leave", "cause"), [(119, "technical"), (121, "absence")])
    @pytest.mark.parametrize("warning", ["internet connection unstable", "network bandwidth low"])
    def test_quality_warning_in_the_last_two_minutes_explains_a_plain_leave(self, warning, before_leave, cause):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.is_warned(client, seconds_after(story, "10:20", -before_leave), warning)
        story.leaves(client, "10:20")
        story.is_over("11:00", clinician)
        story.expect(client, outcome="partial", cause=cause)

    def test_quality_warning_of_somebody_else_explains_nothing(self):
        story, clinician, client = usual("group")
        other = story.client("C2")
        for person in (client, other):
            story.joins(person, "09:58")
        story.is_warned(other, "10:19")
        story.leaves(client, "10:20")
        story.is_over("11:00", other, clinician)
        story.expect(client, outcome="partial", cause="absence")

    @pytest.mark.parametrize(("sign", "flag"), [("clicks_link", "tried-to-join"),
                                                ("reports_trouble", "trouble-reported")])  # fmt: skip
    @pytest.mark.parametrize("at", ["09:55", "10:03"])
    def test_a_try_without_an_arrival_is_technical(self, sign, flag, at):
        story, clinician, client = usual()
        getattr(story, sign)(client, at)
        story.is_over("11:00", clinician)
        story.expect(client, outcome="missed", cause="technical", flags={flag}, lost=60,
                     actions={"ticket", "reschedule"}, no_actions={"checkin"})  # fmt: skip

    def test_link_clicked_and_arrived_is_nothing_special(self):
        story, clinician, client = usual()
        story.clicks_link(client, "09:57")
        story.joins(client, "09:58")
        story.is_over("11:00", client, clinician)
        story.expect(client, outcome="attended", cause="none", without={"tried-to-join"}, only_actions=set())

    @pytest.mark.parametrize(("begin", "end", "technical"), [("09:50", "10:40", True), ("09:00", "11:30", True),
                                                             ("06:00", "07:00", False)])  # fmt: skip
    def test_platform_incident_in_the_time_is_technical(self, begin, end, technical):
        story, clinician, client = usual()
        story.platform_incident(begin, end)
        story.is_over("11:00", clinician)
        cause = "technical" if technical else "absence"
        story.expect(client, outcome="missed", cause=cause, flags={"platform-incident"} if technical else set())

    def test_technical_goes_before_absence_on_equal_terms(self):
        story, clinician, client = usual()
        story.joins(client, "10:20")
        story.leaves(client, "10:40", "network")
        story.is_over("11:00", clinician)
        story.expect(client, outcome="partial", cause="technical", flags={"late", "dropped"}, lost=20, attended=20)

    @pytest.mark.parametrize(("comes", "cause"), [("10:21", "absence"), ("10:19", "technical")])
    def test_the_cause_that_cost_most_wins(self, comes, cause):
        story, clinician, client = usual()
        story.joins(client, comes)
        story.leaves(client, "10:40", "network")
        story.is_over("11:00", clinician)
        story.expect(client, outcome="partial", cause=cause)

    @pytest.mark.parametrize(("stays", "outcome"), [(59, "missed"), (60, "undetermined"), (61, "undetermined")])
    def test_a_guest_in_the_room_for_a_minute_may_be_whoever_is_missing(self, stays, outcome):
        story, clinician, client = usual()
        guest = story.guest("iPhone")
        story.stays(guest, "10:10", seconds_after(story, "10:10", stays))
        story.is_over("11:00", clinician)
        result = story.expect(client, outcome=outcome)
        assert ("unidentified-guest" in result["flags"]) is (outcome == "undetermined"), story._tell(result)

    def test_a_guest_changes_nothing_for_those_who_are_there(self):
        story, clinician, client = usual()
        guest = story.guest("iPhone")
        story.joins(guest, "10:01")
        story.joins(client, "09:59")
        story.is_over("11:00", client, guest, clinician)
        story.expect(client, outcome="attended", cause="none")


class TestFlags:
    """Section 4."""

    @pytest.mark.parametrize(("comes", "late"), [("10:04:59", False), ("10:05:00", False), ("10:05:01", True)])
    @pytest.mark.parametrize("way", ["joins", "waits"])
    def test_late_is_more_than_five_minutes_after_the_scheduled_start(self, way, comes, late):
        story, clinician, client = usual()
        getattr(story, way)(client, comes)
        if way == "waits":
            story.joins(client, "10:09")
        story.is_over("11:00", client, clinician)
        result = story.expect(client, outcome="attended")
        assert ("late" in result["flags"]) is late, story._tell(result)

    @pytest.mark.parametrize(("goes", "early"), [("10:45:01", False), ("10:45:00", False), ("10:44:59", True)])
    def test_left_early_is_relative_to_the_end_of_the_held_time(self, goes, early):
        story, clinician, client = usual()
        story.stays(client, "09:58", goes)
        story.is_over("10:50", clinician)
        result = story.expect(client, outcome="attended")
        assert ("left-early" in result["flags"]) is early, story._tell(result)


class TestFinality:
    """Section 5."""

    @pytest.mark.parametrize(("seconds", "final"), [(-1, False), (0, True), (1, True)])
    def test_final_ninety_minutes_after_the_scheduled_end(self, seconds, final):
        story, clinician, client = usual()
        story.is_over("10:50", clinician)
        story.expect(client, at=seconds_after(story, "12:30", seconds), final=final)

    @pytest.mark.parametrize(("seconds", "final"), [(-1, False), (0, True)])
    def test_or_after_the_last_instance_if_that_ended_later(self, seconds, final):
        story, clinician, client = usual()
        story.is_over("11:20", clinician)
        story.expect(client, at=seconds_after(story, "12:50", seconds), final=final)

    def test_a_joined_that_comes_85_minutes_late_corrects_a_no_show(self):
        story, clinician, client = usual()
        story.joins(client, "09:58", after=5100)
        story.leaves(client, "11:00", after=5100)
        story.is_over("11:00", clinician)
        story.expect(client, at="11:05", outcome="missed", final=False)
        story.expect(client, outcome="attended", final=True, cause="none", only_actions=set())

    def test_deliveries_received_after_the_moment_are_not_looked_at(self):
        story, clinician, client = usual()
        story.joins(client, "09:58", after=1800)
        story.is_over("11:00", client, clinician)
        story.expect(client, at="10:20", joined=None, attended=0, final=False)
        story.expect(client, at="10:40", joined="2026-03-02T09:58:00Z", attended=40, final=False)

    def test_nobody_is_called_missing_before_it_began(self):
        story, _, client = usual()
        for at in ("09:58", "10:00:30", "10:04"):
            story.expect(client, at=at, no_show=False, final=False, no_actions={"ticket", "reschedule", "checkin"})


class TestActions:
    """Section 6."""

    @pytest.mark.parametrize("kind", ["individual", "family", "case_management", "group", "education"])
    @pytest.mark.parametrize("why", ["missed", "excused", "not-held", "lost"])
    def test_another_time_or_makeup_by_the_kind_of_session_and_held(self, kind, why):
        story, clinician, client = usual(kind)
        if why == "excused":
            story.gives_notice(client, "08:00")
        if why == "lost":
            story.stays(client, "09:58", "10:10", "network")
        story.is_over("10:05" if why == "not-held" else "11:00", clinician)
        result = story.result(client)
        wanted, other = ("makeup", "reschedule") if kind in ("group", "education") else ("reschedule", "makeup")
        kinds = [action["kind"] for action in result["actions"]]
        assert kinds.count(wanted) == 1, story._tell(result)
        assert other not in kinds, story._tell(result)
        assert all(action["hold"] for action in result["actions"] if action["kind"] == wanted)

    @pytest.mark.parametrize(("back", "offered"), [("10:39", False), ("10:41", True)])
    def test_more_than_half_lost_to_a_technical_cause_is_offered_another_time(self, back, offered):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.drops(client, "10:10", back=back)
        story.is_over("11:00", client, clinician)
        result = story.expect(client, outcome="partial", cause="technical", actions={"ticket"})
        assert ("reschedule" in {a["kind"] for a in result["actions"]}) is offered, story._tell(result)

    def test_one_ticket_for_a_person_however_often_they_drop(self):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        for at, back in (("10:05", "10:12"), ("10:20", "10:28"), ("10:40", None)):
            story.drops(client, at, back)
        story.is_over("11:00", clinician)
        result = story.result(client)
        assert [a["kind"] for a in result["actions"]].count("ticket") == 1, story._tell(result)

    def test_one_incident_for_three_people_of_one_meeting(self):
        story = Story("group", "10:00", "11:00")
        clinician, clients = story.clinician(), story.clients(4)
        story.begins("09:57", clinician)
        for client in clients:
            story.joins(client, "09:58")
        for client, at in zip(clients[:3], ("10:10", "10:20", "10:30"), strict=True):
            story.leaves(client, at, "network")
        story.is_over("11:00", clients[3], clinician)
        tickets = [a for result in story.results() for a in result["actions"] if a["kind"] == "ticket"]
        assert len(tickets) == 1, tickets
        assert "incident" in json.dumps(tickets[0])

    def test_clinicians_get_no_messages_reschedules_or_checkins(self):
        story, clinician, client = usual()
        story.leaves(clinician, "10:02")
        story.stays(client, "09:58", "10:20")
        story.closes("10:20")
        story.expect(clinician, no_actions={"checkin", "reschedule", "makeup"})

    def test_no_message_after_attended_whatever_else_happened(self):
        story, clinician, client = usual()
        story.reports_trouble(client, "10:01")
        story.joins(client, "10:10")
        story.drops(client, "10:30", back="10:31")
        story.is_over("11:00", client, clinician)
        story.expect(client, outcome="attended", no_actions={"message", "reschedule", "checkin"})

    def test_checkin_after_a_first_no_show_and_not_after_every_one(self):
        story, clinician, client = usual()
        story.another_appointment("A2", "93400000002", "14:00", "15:00", clinician, client)
        story.is_over("11:00", clinician)
        story.stays(clinician, "13:58", "15:00", meeting="93400000002")
        story.expect(client, outcome="missed", cause="absence", actions={"checkin"})
        story.expect(client, appointment_id="A2", outcome="missed", cause="absence", no_actions={"checkin"})

    def test_undetermined_is_reviewed_by_a_person(self):
        story, clinician, client = usual()
        guest = story.guest("iPhone")
        story.joins(guest, "10:01")
        story.is_over("11:00", guest, clinician)
        story.expect(client, outcome="undetermined", actions={"review"}, no_actions={"checkin", "reschedule"})

    def test_nothing_personal_and_nothing_of_the_session_in_a_result(self):
        story = Story("group", "10:00", "11:00", title="Evening Circle")
        clinician = story.clinician(email="dana@example.org")
        client = story.client("C1", "Noor Haddad", email="noor@example.org", phone="+15550100142", registrant_id="")
        story.begins("09:57", clinician)
        story.joins(client, "10:20", email="noor@example.org", phone="15550100142")
        story.drops(client, "10:30", back="10:45")
        story.is_over("11:00", client, clinician)
        told = json.dumps(story.results()).casefold()
        for secret in ("noor", "haddad", "example.org", "5550100142", "dana", "evening", "203.0.113.9"):
            assert secret not in told


class TestIdentity:
    """Section 7."""

    def listed(self) -> tuple[Story, Person, Person, Person]:
        story = Story("group", "10:00", "11:00")
        clinician = story.clinician()
        one = story.client("C1", "Ana Silva", registrant_id="reg-1", customer_key="key-1", email="one@example.org",
                           phone="+1 555 010 0101")  # fmt: skip
        two = story.client("C2", "Ben Osei", registrant_id="reg-2", customer_key="key-2", email="two@example.org",
                           phone="+1 555 010 0102")  # fmt: skip
        story.begins("09:57", clinician)
        return story, clinician, one, two

    ONE_BY = (
        {"registrant_id": "reg-1", "customer_key": "key-2", "email": "two@example.org", "name": "Ben Osei"},
        {"customer_key": "key-1", "email": "two@example.org", "name": "Ben Osei"},
        {"email": "ONE@Example.ORG", "phone": "15550100102", "name": "Ben Osei"},
        {"phone": "15550100101", "name": "Ben Osei"},
        {"name": "  ana   SILVA "},
        {"name": "Aná Sílva"},
    )

    @pytest.mark.parametrize("shown", ONE_BY, ids=lambda shown: next(iter(shown)) + " " + shown["name"])
    def test_the_first_key_that_is_known_decides(self, shown):
        story, clinician, one, two = self.listed()
        somebody = story.guest(**({"name": ""} | shown))
        story.joins(somebody, "09:59")
        story.is_over("11:00", somebody, clinician)
        result = story.expect(one, outcome="attended", attended=60)
        story.expect(two, outcome="missed", attended=0)
        by_name = len(shown) == 1
        assert ("matched-by-name" in result["flags"]) is by_name
        assert result["confidence"] == ("medium" if by_name else "high")

    def test_clinician_is_known_by_the_zoom_user_id_under_any_name(self):
        story = Story("individual", "10:00", "11:00")
        clinician, client = story.clinician(), story.client()
        story.opens("09:57")
        story.joins(clinician, "09:57", name="Consulting Room 3", email="")
        story.joins(client, "09:58")
        story.is_over("11:00", client, clinician)
        story.expect(client, outcome="attended", held=60)
        story.expect(clinician, outcome="attended")

    def test_part_of_a_name_is_nobody(self):
        story, clinician, one, two = self.listed()
        guest = story.guest("Ana")
        story.joins(guest, "09:59")
        story.is_over("11:00", guest, clinician)
        for client in (one, two):
            story.expect(client, outcome="undetermined", flags={"unidentified-guest"}, attended=0)

    def test_a_left_closes_only_its_own_connection(self):
        story, clinician, one, _ = self.listed()
        story.joins(one, "09:58", device="laptop")
        story.joins(one, "10:05", device="tablet")
        story.leaves(one, "10:10", device="laptop")
        story.leaves(one, "11:00", device="tablet")
        story.is_over("11:00", clinician)
        story.expect(one, outcome="attended", attended=60, without={"left-early", "dropped"})

    def test_the_same_user_id_in_another_instance_is_another_connection(self):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        first = story._doors[(client.code, "", "")]
        story.is_over("10:20", client, clinician)
        story.begins("10:22", clinician)
        story._doors[(client.code, "", "")] = first
        story.sent.append(story.sent[2])  # the first joined again
        story.leaves(client, "11:00")  # its joined in the second instance is lost
        story.is_over("11:00", clinician)
        story.expect(client, outcome="attended", attended=58, flags={"inferred-start"})

    def test_orphan_left_counts_from_when_the_feed_was_first_alive_if_that_is_later(self):
        story = Story("group", "10:00", "11:00")
        clinician, client = story.clinician(), story.client()
        story.opens("09:50", lost=True)
        story.joins(clinician, "09:57", lost=True)
        story.joins(client, "09:58", lost=True)
        story.other_meeting_hears("10:20")
        story.is_over("11:00", client, clinician)
        result = story.expect(client, held=40, attended=40, flags={"inferred-start"}, confidence={"medium", "low"})
        assert [i["inferred"] for i in result["intervals"] if i["state"] == "present"] == [True]

    def test_orphan_joined_ends_with_its_instance_not_with_the_appointment(self):
        story, clinician, client = usual()
        story.joins(client, "09:58")
        story.is_over("10:30", clinician)
        story.begins("10:32", clinician)
        story.is_over("11:00", clinician)
        story.expect(client, flags={"inferred-end"}, attended=30, left="2026-03-02T10:30:00Z")


FIELDS = {
    "appointment_id", "participant_id", "role", "outcome", "cause", "flags", "confidence", "final",
    "held_minutes", "attended_minutes", "waited_minutes", "lost_minutes", "arrived_at", "joined_at", "left_at",
    "intervals", "findings", "actions",
}  # fmt: skip


class TestResult:
    """Section 1: the shape of a result."""

    def busy(self) -> tuple[Story, Person]:
        story, clinician, client = usual()
        story.waits(client, "09:50")
        story.joins(client, "10:06:06")
        story.drops(client, "10:30", back="10:45")
        story.is_over("11:20", client, clinician)
        return story, client

    def test_every_field_stands(self):
        story, client = self.busy()
        result = story.result(client)
        assert set(result) >= FIELDS
        for interval in result["intervals"]:
            assert set(interval) >= {"state", "from", "to", "inferred"}
            assert interval["state"] in ("present", "waiting")

    def test_minutes_are_clipped_to_the_scheduled_time_with_one_decimal(self):
        story, client = self.busy()
        story.expect(client, held=60, waited=6.1, attended=38.9, lost=15, arrived="2026-03-02T09:50:00Z",
                     joined="2026-03-02T10:06:06Z", left="2026-03-02T11:20:00Z")  # fmt: skip

    def test_findings_are_hits_and_misses_with_numbers_of_deliveries(self):
        story, client = self.busy()
        findings = story.result(client)["findings"]
        assert {finding["hit"] for finding in findings} == {True, False}
        numbers = {number for finding in findings for number in finding["events"]}
        assert numbers
        assert numbers <= set(range(1, len(story.sent) + 1))
        assert all(finding["because"].strip().endswith((".", "?", "!")) for finding in findings)

    def test_results_are_ordered_by_appointment_then_participant(self):
        story, clinician, client = usual("group")
        story.client("B0")
        story.another_appointment("A0", "93400000002", "14:00", "15:00", clinician, client)
        order = [(r["appointment_id"], r["participant_id"]) for r in story.results()]
        assert order == sorted(order)
        assert len(order) == 5
