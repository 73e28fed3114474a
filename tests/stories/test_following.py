"""What follows from a verdict, for whom, and in which words."""

from __future__ import annotations

from tests.stories.story import an_hour


def action(result: dict, kind: str, purpose: str | None = None) -> dict:
    found = [a for a in result["actions"] if a["kind"] == kind and a.get("purpose") == purpose]
    assert len(found) == 1, found
    return found[0]


def test_clinician_who_was_cut_off_for_good_gets_the_ticket_and_not_the_client():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:05", "network")
    story.is_over("11:00", client)
    story.expect(clinician, outcome="not-held", cause="technical", actions={"ticket"})
    story.expect(client, outcome="not-held", cause="technical", no_actions={"ticket"}, actions={"reschedule"})


def test_checkin_counts_this_no_show_in():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    checkin = action(story.expect(client, no_show=True), "checkin")
    assert checkin["because"] == "This is no-show number 1 in 84 days."
    assert not checkin["hold"]


def test_verdict_of_medium_confidence_needs_no_review():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", registrant_id="")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", confidence="medium", flags={"matched-by-name"}, only_actions=set())


def test_what_changes_a_persons_plans_waits_for_a_coordinator_and_a_message_does_not():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    result = story.expect(client, no_show=True)
    assert action(result, "reschedule")["hold"]
    assert not action(result, "message", "missed")["hold"]


def test_absence_rests_on_what_shows_that_the_clinician_was_there_and_on_nobody_elses():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.stays(other, "10:00", "10:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, no_show=True)
    by_line = {number: d.told() for number, d in enumerate(story.deliveries(), 1)}
    seen = [by_line[number] for number in result["findings"][0]["events"]]
    assert len(seen) == 2
    assert all("Dana Whitfield" in line for line in seen)


def test_two_people_who_wait_for_the_host_are_two_people():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    for person, minute in ((client, "09:50"), (other, "09:52")):
        story.before_host("jbh_waiting", person, minute)
    story.is_over("11:00", clinician)
    story.expect(client, arrived="2026-03-02T09:50:00Z", no_show=False)
    story.expect(other, arrived="2026-03-02T09:52:00Z", no_show=False)


def test_who_gave_notice_is_neither_reviewed_nor_checked_in_on():
    story, clinician, client = an_hour()
    story.gives_notice(client, "08:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="excused", cause="absence", confidence="high", no_actions={"checkin", "review"})


def test_way_back_in_is_sent_while_the_session_runs_and_not_when_it_is_over():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:30", "network")
    story.is_over("11:00", clinician)
    for at, sent in (("10:40", True), ("10:59", True), ("11:00", False), ("11:30", False), ("final", False)):
        purposes = {a.get("purpose") for a in story.expect(client, at=at)["actions"]}
        assert ("rejoin" in purposes) is sent, at
