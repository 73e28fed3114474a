"""A rule that was asked and has nothing to say: exactly the rules that should hit do."""

from __future__ import annotations

from tests.stories.story import an_hour, seconds_after


def hits(result: dict) -> set[str]:
    """The rules that hit, without the reason that decided."""
    return {finding["rule"] for finding in result["findings"][1:] if finding["hit"]}


def test_session_without_incident_hits_nothing():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    assert hits(story.expect(client, outcome="attended")) == set()
    assert hits(story.expect(clinician, outcome="attended")) == set()


def test_plain_leave_is_only_that():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:30")
    story.is_over("11:00", clinician)
    assert hits(story.expect(client)) == {"left-early"}


def test_break_is_only_that():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:30")
    story.is_over("11:00", clinician)
    assert hits(story.expect(client)) == {"connection-broke", "dropped"}


def test_break_with_a_return_is_only_that():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:10", back="10:30")
    story.is_over("11:00", client, clinician)
    assert hits(story.expect(client)) == {"connection-broke", "interrupted"}


def test_quick_return_is_only_that_and_a_slow_one_nothing():
    for back, expected in (("10:31", {"quick-return", "interrupted"}), ("10:40", set())):
        story, clinician, client = an_hour()
        story.stays(client, "09:58", "10:30")
        story.joins(client, back)
        story.is_over("11:00", client, clinician)
        assert hits(story.expect(client)) == expected


def test_one_short_connection_is_no_pattern():
    story, clinician, client = an_hour()
    story.stays(client, "10:01", seconds_after(story, "10:01", 20))
    story.joins(client, "10:04")
    story.is_over("11:00", client, clinician)
    assert hits(story.expect(client, outcome="attended")) == set()


def test_wait_of_which_somebody_was_let_in_is_a_wait_only():
    story, clinician, client = an_hour()
    story.waits(client, "09:59")
    story.stops_waiting(client, "10:03")
    story.joins(client, "10:03")
    story.is_over("11:00", client, clinician)
    assert hits(story.expect(client, outcome="attended", waited=3)) == {"kept-waiting"}


def test_wait_before_the_start_kept_nobody_waiting():
    story, clinician, client = an_hour()
    story.waits(client, "09:50")
    story.stops_waiting(client, "09:58")
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    assert hits(story.expect(client, outcome="attended", waited=0)) == set()


def test_each_word_of_a_client_is_that_word_only():
    for tell, rule in (("reports_trouble", "trouble-reported"), ("claims_presence", "presence-claimed"),
                       ("clicks_link", "tried-to-join")):  # fmt: skip
        story, clinician, client = an_hour()
        getattr(story, tell)(client, "10:05")
        story.is_over("11:00", clinician)
        assert hits(story.expect(client)) == {rule}


def test_notice_after_the_start_is_none():
    for at, expected in (("09:59", {"notice-given"}), ("10:00", set())):
        story, clinician, client = an_hour()
        story.gives_notice(client, at)
        story.is_over("11:00", clinician)
        assert hits(story.expect(client)) == expected


def test_stranger_concerns_only_whoever_did_not_come():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.stays(story.guest("iPhone"), "10:00", "10:40")
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    assert hits(story.expect(client, outcome="attended")) == set()
    assert hits(story.expect(other, no_show=False)) == {"unidentified-guest"}


def test_missing_begin_is_no_missing_end_and_the_other_way_round():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.joins(client, "09:58", lost=True)
    story.joins(other, "09:58")
    story.leaves(client, "11:00")
    story.is_over("11:00", clinician)
    assert hits(story.expect(client, outcome="attended")) == {"inferred-start"}
    assert hits(story.expect(other, outcome="attended")) == {"inferred-end"}


def test_who_was_removed_was_that_only():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20", "removed")
    story.is_over("11:00", clinician)
    assert hits(story.expect(client)) == {"removed-by-host"}


def test_end_without_a_reason_is_that_only():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20", "none")
    story.is_over("11:00", clinician)
    assert hits(story.expect(client)) == {"reason-not-understood"}


def test_who_arrived_late_is_that_only():
    story, clinician, client = an_hour()
    story.joins(client, "10:30")
    story.is_over("11:00", client, clinician)
    assert hits(story.expect(client)) == {"late"}


def test_who_waits_in_the_second_run_of_a_meeting_waits_there_still():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:10")
    story.is_over("10:10", clinician)
    story.begins("10:15", clinician)
    story.waits(client, "10:20")
    story.expect(client, at="10:30", waited=10)


def test_connection_that_one_is_in_is_no_short_one_yet():
    story, _, client = an_hour()
    story.joins(client, "10:05")
    story.leaves(client, "10:05:30")
    story.joins(client, "10:20")
    assert "failed-tries" not in hits(story.expect(client, at="10:20:40"))
    story.leaves(client, "10:20:40")
    assert "failed-tries" in hits(story.expect(client, at="10:22"))


def test_who_looked_into_another_meeting_and_was_here_in_time_was_in_no_wrong_one():
    story, clinician, client = an_hour()
    story.another_appointment("A2", "93400000002", "10:00", "11:00")
    story.stays(client, "09:52", "09:56", meeting="93400000002")
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    assert hits(story.expect(client, outcome="attended", only_flags=set())) == set()
