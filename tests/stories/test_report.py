"""Zoom's own report of a meeting: it supplies what was lost, confirms what was seen, and contradicts nothing."""

from __future__ import annotations

import random

import pytest

from tests.stories.story import Story, an_hour


def test_complete_report_makes_a_verdict_final_before_the_retries_are_over():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story.expect(client, at="11:12", outcome="missed", cause="absence", final=False)
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"))
    story.expect(client, at="11:12", outcome="missed", cause="absence", final=True, confidence="high")


def test_report_that_is_not_complete_confirms_nothing():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"), whole=False)
    story.expect(client, at="11:12", outcome="missed", final=False)


def test_report_shows_somebody_of_whom_nothing_was_delivered():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"), (client, "09:59", "11:00"))
    story.expect(client, at="11:12", outcome="attended", attended=60, final=True, flags=set())


def test_report_supplies_the_join_that_never_came():
    story, clinician, client = an_hour()
    story.joins(client, "10:30", lost=True)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", flags={"inferred-start"})
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"), (client, "10:30", "11:00"))
    story.expect(client, outcome="partial", cause="absence", flags={"late"}, attended=30)


def test_report_supplies_the_leave_that_never_came_and_knows_no_reason_of_it():
    story, clinician, client = an_hour()
    story.joins(client, "10:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", flags={"inferred-end"}, attended=60)
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"), (client, "10:00", "10:20"))
    story.expect(client, outcome="partial", attended=20, confidence="low", actions={"review"}, no_show=False)


@pytest.mark.parametrize("apart", [0, 1, 5])
def test_row_of_what_was_delivered_adds_nothing(apart):
    story, clinician, client = an_hour()
    story.stays(client, "09:59", "10:20", "network")
    story.joins(client, "10:24")
    story.is_over("11:00", client, clinician)
    before = story.result(client)
    row = (client, f"10:24:{apart:02}", f"11:00:{apart:02}")
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"), row)
    after = story.result(client)
    for word in ("outcome", "cause", "flags", "attended_minutes", "lost_minutes", "intervals"):
        assert after[word] == before[word], word


def test_delivered_reason_of_a_leave_outweighs_the_report_that_knows_none():
    story, clinician, client = an_hour()
    story.stays(client, "09:59", "10:20", "network")
    story.is_over("11:00", clinician)
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"), (client, "09:59", "10:20"))
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"}, final=True)


def test_report_of_a_rename_shows_one_row_where_two_connections_were_delivered():
    story, clinician, client = an_hour()
    story.joins(client, "09:59")
    first = story._doors[(client.code, "", "")]
    story.renames(client, "10:30", "A. O.")
    story.is_over("11:00", client, clinician)
    story._doors[(client.code, "", "")] = first
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"), (client, "09:59", "11:00"))
    story.expect(client, outcome="attended", attended=60, flags=set())


def test_meeting_of_which_nothing_was_delivered_is_known_from_its_report():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57", lost=True)
    story.other_meeting_hears("10:30")
    story.expect(client, outcome="undetermined")
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"))
    story.expect(client, outcome="missed", cause="absence", final=True)


@pytest.mark.parametrize(("whole", "outcome", "because"), [
    (False, "undetermined", "The feed was not proven alive, so a clinician may have been there."),
    (True, "not-held", "No clinician was there. It is not certain: nothing was heard from Zoom for a part of it."),
])  # fmt: skip
def test_complete_report_shows_that_no_clinician_was_there_though_zoom_could_not_tell_us(whole, outcome, because):
    """They may have met in another meeting; in this one they did not."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    story.joins(client, "09:58")
    story.is_deauthorized("10:10")
    story.zoom_reports("11:12", (client, "09:58", "10:40"), whole=whole)
    confidence = "medium" if whole else "low"
    for person in (client, clinician):
        result = story.expect(person, outcome=outcome, confidence=confidence, no_show=False)
        assert result["findings"][0]["because"] == because


def test_report_is_no_proof_that_the_feed_was_alive_for_anybody_else():
    """Another meeting of the same hour was not heard, and the report of this one does not change that."""
    story, clinician, _ = an_hour()
    other = story.client("C9")
    story.people.remove(other)
    story.another_appointment("A2", "93400000002", "13:00", "13:50", clinician, other)
    story.is_over("11:00", clinician)
    story.zoom_reports("13:30", (clinician, "09:57", "11:00"))
    story.expect(other, appointment_id="A2", outcome="undetermined", flags={"feed-gap"})


def test_second_run_of_the_meeting_without_a_report_leaves_it_open():
    story, clinician, client = an_hour()
    story.is_over("10:30", clinician)
    story.zoom_reports("10:40", (clinician, "09:57", "10:30"))
    story.begins("10:35", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, at="11:12", outcome="missed", final=False)


def test_stranger_in_the_report_may_have_been_whoever_is_missing():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    stranger = story.guest("iPhone")
    story.zoom_reports("11:12", (clinician, "09:57", "11:00"), (stranger, "10:01", "11:00"))
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"})


def test_order_and_repetition_of_a_report_change_nothing():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.joins(client, "10:02", lost=True)
    story.joins(other, "10:00")
    story.leaves(client, "10:40", "network")
    story.is_over("11:00", clinician)
    rows = (clinician, "09:57", "11:00"), (client, "10:02", "10:40"), (other, "10:00", "10:58")
    story.zoom_reports("11:12", *rows)
    story.zoom_reports("11:13", *rows)
    lines, wanted = story.lines(), _words(story.results())
    for seed in range(20):
        shuffled = lines * 2
        random.Random(seed).shuffle(shuffled)
        assert _words(story.results(lines=shuffled)) == wanted


def _words(results: list[dict]) -> list:
    return [[r[w] for w in ("outcome", "cause", "flags", "confidence", "final", "intervals")] for r in results]
