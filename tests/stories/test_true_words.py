"""What is said about a verdict is true when it is said, and rests on the deliveries that it names."""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour, seconds_after


def finding(result: dict, rule: str) -> dict:
    """What a rule found; the verdict's own finding is `result["findings"][0]`."""
    (found,) = [f for f in result["findings"][1:] if f["rule"] == rule]
    return found


def said(result: dict, rule: str) -> str:
    return finding(result, rule)["because"]


def verdict(result: dict) -> str:
    return result["findings"][0]["because"]


def lines_of(story: Story, *sent) -> list[int]:
    """The line numbers of some deliveries."""
    arrived = story.deliveries()
    return sorted(arrived.index(one) + 1 for one in sent)


# --- at the moment at which it is said -------------------------------------------------------------------------------


def test_at_the_very_second_of_the_start_nobody_says_that_the_clinician_is_not_there():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    assert verdict(story.expect(client, at="10:00", outcome="undetermined")) == "It has only just begun."


def test_clinician_who_is_not_there_at_the_start_is_said_not_to_be():
    story = Story(starts="10:00", ends="11:00")
    story.clinician()
    client = story.client()
    story.opens("09:58")
    story.joins(client, "09:58")
    assert verdict(story.result(client, "10:00")) == "No clinician is there yet; it is too early to say more."


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("10:20:30", "A connection ended abnormally at 10:20:00 UTC, and they are not back."),
        ("11:00", "A connection ended abnormally at 10:20:00 UTC, and they did not come back."),
    ],
)
def test_who_dropped_a_moment_ago_may_still_come_back(at, told):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:20")
    story.is_over("11:00", clinician)
    assert said(story.result(client, at), "connection-broke") == told


@pytest.mark.parametrize(
    ("at", "hit", "told"),
    [
        ("10:24:59", False, "They left at 10:20:00 UTC; it is too early to say whether for good."),
        ("10:30", True, "They left at 10:20:00 UTC and are not back."),
        ("10:45", True, "They left at 10:20:00 UTC, 20 min before the clinician left."),
        ("11:00", True, "They left at 10:20:00 UTC, 20 min before the end."),
    ],
)
def test_while_the_session_runs_nobody_knows_how_long_before_its_end_somebody_left(at, hit, told):
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20")
    story.leaves(clinician, "10:40")
    story.closes("11:00")
    found = finding(story.result(client, at), "left-early")
    assert (found["hit"], found["because"]) == (hit, told)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("10:10", "They have waited 10 min of the session and are not let in yet."),
        ("10:20:04", "They waited 20 min, were let in, and are not seen inside yet."),
        ("10:21", "They waited 20 min to be let in, last until 10:20:00 UTC."),
    ],
)
def test_who_still_waits_is_not_said_to_have_been_let_in_never(at, told):
    story, clinician, client = an_hour()
    story.waits(client, "09:58")
    story.is_admitted(client, "10:20")
    story.joins(client, seconds_after(story, "10:20", 5))
    story.is_over("11:00", client, clinician)
    assert said(story.result(client, at), "kept-waiting") == told


def test_who_was_let_in_a_moment_ago_has_missed_nothing_yet():
    story, clinician, client = an_hour()
    story.waits(client, "09:58")
    story.is_admitted(client, "10:20")
    story.joins(client, seconds_after(story, "10:20", 5))
    story.is_over("11:00", client, clinician)
    story.expect(client, at="10:20:04", outcome="undetermined")


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("10:01:30", "They opened their join link at 10:01:00 UTC and are not here yet."),
        ("11:00", "They opened their join link at 10:01:00 UTC and were not seen within 2 min."),
    ],
)
def test_who_opened_the_link_and_came_later_is_not_said_to_have_stayed_away(at, told):
    story, clinician, client = an_hour()
    story.clicks_link(client, "10:01")
    story.joins(client, "10:06")
    story.is_over("11:00", client, clinician)
    assert said(story.result(client, at), "tried-to-join") == told


# --- what is said is so ----------------------------------------------------------------------------------------------


def test_notice_of_another_day_is_told_with_its_day():
    story, clinician, client = an_hour()
    story.gives_notice(client, story.at("10:00").replace(day=1))
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="excused")) == (
        "Notice was given at 2026-03-01 10:00:00 UTC, before the start."
    )


def test_day_is_that_of_the_programs_zone():
    story, clinician, client = an_hour(zone="America/Los_Angeles")  # 10:00 there is 18:00 UTC
    story.gives_notice(client, "00:10")
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="excused")) == "Notice was given at 00:10:00 PST, before the start."


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("10:59:59", "They were present for 99% of the time that a clinician held the session."),
        ("11:00", "They were present for 100% of the time that a clinician held the session."),
    ],
)
def test_nearly_everything_is_not_everything(gone, told):
    story, clinician, client = an_hour()
    story.stays(client, "09:58", gone)
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="attended")) == told


def test_share_that_was_not_enough_does_not_read_as_enough():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:44:59")  # a second less than three quarters
    story.is_over("11:00", clinician)
    assert "present for 74%" in verdict(story.expect(client, outcome="partial"))


def test_largest_of_three_causes_is_not_called_most():
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    story.is_admitted(client, "10:18")
    story.joins(client, "10:18")
    story.drops(client, "10:25", "10:47")
    story.leaves(client, "10:50")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="technical")
    assert verdict(result).endswith("the largest part of the rest is technical trouble.")


def test_who_was_there_for_moments_is_not_said_not_to_have_been():
    story, clinician, client = an_hour()
    story.stays(client, "10:10", "10:10:40", "network")
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="missed", cause="technical")) == (
        "They were in the session for 40 s only; most of the rest is technical trouble."
    )


def test_who_says_that_they_were_there_and_was_seen_for_moments_was_seen():
    story, clinician, client = an_hour()
    story.stays(client, "10:10", "10:10:40")
    story.claims_presence(client, "12:00")
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="undetermined")) == (
        "They say that they were there, and we saw too little of them to tell."
    )


def test_meeting_that_ended_a_moment_later_did_not_go_on():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:59:52")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="attended")
    assert not finding(result, "meeting-ended-for-them")["hit"], story.tell(result)


def test_one_return_and_several():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:10", back="10:15")
    story.is_over("11:00", client, clinician)
    assert said(story.result(client), "interrupted") == "They dropped out at 10:10:00 UTC and came back."


def test_guest_who_only_waited_was_not_in_the_room():
    story, clinician, client = an_hour()
    guest = story.guest("Somebody")
    story.waits(guest, "10:05")
    story.stops_waiting(guest, "10:10")
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="undetermined")) == (
        "One unidentified guest was there or waited for 60 s or more."
    )


def test_guest_who_may_have_been_them_is_not_denied_below():
    story, clinician, client = an_hour()
    story.stays(client, "10:00", "10:30")
    story.stays(story.guest("Somebody"), seconds_after(story, "10:30", 5), "10:59")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="undetermined", flags={"unidentified-guest"})
    assert said(result, "unidentified-guest") == "Somebody unidentified was there, but this person was seen as well."


def test_clinician_cut_off_before_the_start_did_not_drop_out_during_the_session():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:55", clinician)
    story.leaves(clinician, "09:59", "network")
    story.stays(client, "09:57", "10:20")
    story.closes("10:20")
    result = story.expect(client, outcome="not-held", cause="technical", flags={"host-dropped"})
    assert said(result, "host-dropped") == "No clinician dropped out during the session."


def test_clinician_who_waited_to_be_let_in_was_there():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:58")
    story.joins(client, "09:58")
    story.waits(clinician, "10:00")
    story.stops_waiting(clinician, "10:40")
    story.is_over("11:00", client)
    assert verdict(story.expect(client, outcome="not-held", cause="provider")) == (
        "A clinician waited to be let in, and none was in the session."
    )


def test_wait_of_hours_before_is_of_another_session():
    """In a meeting that goes on all day nobody was left waiting for a session because they once waited for another."""
    story = Story(starts="14:00", ends="15:00")
    clinician, client, other = story.clinician(), story.client(), story.client("C2")
    story.begins("08:00", clinician)
    story.waits(client, "08:10")
    story.stops_waiting(client, "08:20")
    story.stays(other, "14:00", "15:00")
    story.is_over("15:00", clinician)
    story.expect(client, outcome="missed", cause="absence", without={"never-admitted", "waited"})


def test_who_gave_notice_and_came_for_a_moment_is_not_surely_excused():
    story, clinician, client = an_hour()
    story.gives_notice(client, "08:00")
    story.stays(client, "10:10", "10:10:40")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="excused", confidence="medium")


def test_who_only_waited_at_another_meeting_is_not_said_to_have_joined_it():
    story, clinician, client = an_hour()
    story.another_appointment("A2", "93400000002", "10:00", "11:00", clinician)
    sent = story.joins(client, "10:05", meeting="93400000002")
    sent.body["event"] = "meeting.participant_joined_waiting_room"
    participant = sent.body["payload"]["object"]["participant"]
    participant["date_time"] = participant.pop("join_time")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="technical")
    assert said(result, "wrong-meeting") == "They were seen in another meeting at 10:05:00 UTC."


# --- what it rests on ------------------------------------------------------------------------------------------------


def test_lateness_rests_on_the_arrival_whatever_arrived_first():
    story, clinician, client = an_hour()
    came = story.joins(client, "10:10", after=3000)
    for minute in ("10:20", "10:25", "10:30"):
        story.switches_room(client, minute)
    story.is_over("11:00", client, clinician)
    assert finding(story.result(client), "late")["events"] == lines_of(story, came)


def test_telephone_rests_on_what_came_by_telephone():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    for minute in ("10:05", "10:06", "10:07"):
        story.switches_room(client, minute)
    before = set(map(id, story.sent))
    story.binds_phone(client, "10:20", "+15550100111")
    phone = [one for one in story.sent if id(one) not in before]
    story.is_over("11:00", client, clinician)
    assert finding(story.result(client), "joined-by-phone")["events"] == lines_of(story, *phone)


def test_break_rests_on_the_leave_and_on_the_return():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    gone = story.leaves(client, "10:10", "network")
    back = story.joins(client, "10:15")
    story.is_over("11:00", client, clinician)
    result = story.result(client)
    for rule in ("connection-broke", "interrupted"):
        assert finding(result, rule)["events"] == lines_of(story, gone, back)


def test_common_drop_rests_on_the_drops_of_all():
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(3)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    gone = [story.leaves(one, seconds_after(story, "10:10", 10 * n), "network") for n, one in enumerate(clients)]
    story.is_over("11:00", clinician)
    assert finding(story.result(clients[2]), "group-drop")["events"] == lines_of(story, *gone)


def test_excuse_rests_on_the_notice():
    story, clinician, client = an_hour()
    notice = story.gives_notice(client, "08:00")
    story.is_over("11:00", clinician)
    assert story.expect(client, outcome="excused")["findings"][0]["events"] == lines_of(story, notice)


def test_deletion_rests_on_its_delivery():
    story = Story(starts="10:00", ends="11:00")
    story.clinician()
    client = story.client()
    deleted = story.is_deleted("08:00")
    assert story.expect(client, outcome="cancelled")["findings"][0]["events"] == lines_of(story, deleted)


def test_doubt_about_a_guest_rests_on_what_was_seen_of_all_guests():
    story, clinician, client = an_hour()
    before = set(map(id, story.sent))
    for name in ("Somebody", "Somebody Else"):
        story.stays(story.guest(name), "10:05", "10:50")
    guests = [one for one in story.sent if id(one) not in before]
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="undetermined")
    assert result["findings"][0]["events"] == lines_of(story, *guests)
    assert finding(result, "unidentified-guest")["events"] == lines_of(story, *guests)


def test_doubt_about_an_incident_rests_on_what_was_told_of_it():
    story, clinician, client = an_hour()
    incident = story.platform_incident("10:00", "10:10")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="undetermined")
    assert result["findings"][0]["events"] == lines_of(story, incident)


def test_claim_rests_on_what_they_told_us():
    story, clinician, client = an_hour()
    claim = story.claims_presence(client, "12:00")
    story.is_over("11:00", clinician)
    assert story.expect(client, outcome="undetermined")["findings"][0]["events"] == lines_of(story, claim)


def test_session_that_was_not_held_rests_on_the_clinicians_drop():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    came = story.joins(clinician, "09:57")
    gone = story.leaves(clinician, "10:02", "network")
    story.stays(client, "09:58", "10:20")
    story.closes("10:20")
    cited = story.expect(client, outcome="not-held", cause="technical")["findings"][0]["events"]
    assert set(lines_of(story, came, gone)) <= set(cited)


def test_technical_miss_rests_on_what_shows_the_trouble():
    story, clinician, client = an_hour()
    click = story.clicks_link(client, "10:01")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="technical")
    assert set(lines_of(story, click)) <= set(result["findings"][0]["events"])


def test_lost_sight_of_the_clinician_rests_on_the_clinicians_deliveries():
    story, _, client = an_hour()
    story.stays(client, "09:58", "10:05")
    came = next(d for d in story.sent if d.body["event"] == "meeting.participant_joined")
    story.other_meeting_hears("10:30")
    result = story.expect(client, outcome="undetermined")
    assert "clinician joined" in verdict(result)
    assert set(lines_of(story, came)) <= set(result["findings"][0]["events"])


@pytest.mark.parametrize(("until", "confidence"), [("10:14", "high"), ("10:16", "medium")])
def test_session_that_a_stranger_may_have_held_is_not_surely_unheld(until, confidence):
    """A clinician who comes back as a guest is a stranger; a quarter of the session would be enough to have held it."""
    story, clinician, client = an_hour()
    story.leaves(clinician, "10:05")
    story.stays(client, "09:58", "10:40")
    story.stays(story.guest("Somebody"), "10:05:30", until)
    story.closes("10:40")
    story.expect(client, outcome="not-held", confidence=confidence)


def test_absence_that_is_not_sure_says_why():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("10:10", clinician)
    story.is_over("11:00", clinician)
    told = verdict(story.expect(client, outcome="missed", cause="absence", confidence="medium"))
    assert told.endswith(
        " It is not certain: the clinician came late, and who gave up waiting in a browser is not heard."
    )


def test_who_opened_the_link_hours_before_is_not_said_to_have_given_no_sign():
    story, clinician, client = an_hour()
    click = story.clicks_link(client, "07:00")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="absence", confidence="medium")
    assert "no sign of them at all" not in verdict(result)
    assert verdict(result).endswith(" It is not certain: they had opened their link.")
    assert set(lines_of(story, click)) <= set(result["findings"][0]["events"])


def test_sure_absence_has_nothing_said_against_it():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    told = verdict(story.expect(client, outcome="missed", cause="absence", confidence="high"))
    assert told == "A clinician held the session, the feed was alive, and there was no sign of them at all."


def test_ticket_of_who_is_cut_off_says_so_however_much_they_had_of_it():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:50")
    story.is_over("11:00", clinician)
    (ticket,) = [a for a in story.expect(client, at="10:55", outcome="attended")["actions"] if a["kind"] == "ticket"]
    assert ticket["because"] == "They dropped out at 10:50:00 UTC and are not back."


def test_who_was_put_back_did_not_leave_when_the_meeting_ended():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:20")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="provider")
    assert not finding(result, "meeting-ended-for-them")["hit"], story.tell(result)
    assert said(result, "kept-waiting") == (
        "They waited 40 min to be let in, last until 11:00:00 UTC, and were not let in again; "
        "the host had sent them back at 10:20:00 UTC."
    )


def test_return_whose_join_was_not_delivered_has_no_time():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:10", "network")
    story.joins(client, "10:30", lost=True)
    story.leaves(client, "10:50")
    story.is_over("11:00", clinician)
    told = said(story.result(client), "connection-broke")
    assert "back at" not in told


def test_leave_that_came_after_the_end_is_told_with_its_own_time():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", lost=True)
    left = story.leaves(client, "11:01:10", "client close")
    story.is_over("11:00", clinician)
    found = finding(story.result(client), "inferred-start")
    assert found["because"] == "A leave at 11:01:10 UTC came without its join."
    assert found["events"] == lines_of(story, left)


@pytest.mark.parametrize(
    ("email", "confidence", "who"),
    [("C1@example.net", "high", "They were"), ("other@example.net", "medium", "Somebody of their name was")],
)
def test_name_in_another_meeting_is_no_more_than_a_name(email, confidence, who):
    """An address that is not theirs does not make a name surer."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client(email="c1@example.net", registrant_id="")
    story.begins("09:57", clinician)
    story.stays(client, "10:05", "10:50", meeting="93400000002", email=email)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="technical", confidence=confidence)
    assert said(result, "wrong-meeting") == f"{who} seen in another meeting at 10:05:00 UTC."


def test_end_that_came_with_the_meetings_rests_on_the_word_that_it_ended():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:20")
    ended = story.closes("10:20")
    story.begins("10:25", clinician)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="provider", flags={"inferred-end"})
    assert finding(result, "meeting-ended-for-them")["events"] == lines_of(story, ended)


@pytest.mark.parametrize(("at", "back"), [("10:40", "are not back"), ("11:00", "did not come back")])
def test_who_was_there_before_the_start_may_come_back_while_it_runs(at, back):
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "09:59")
    story.other_meeting_hears("10:10")
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, at=at, outcome="undetermined")) == (
        f"They were there before the start, until 09:59:00 UTC, and {back}."
    )


def test_minutes_of_a_sentence_are_those_of_the_result():
    story, clinician, client = an_hour()
    story.before_host("jbh_waiting", client, seconds_after(story, "10:00", 0.4))
    story.joins(client, "10:08:33")  # 8.54 minutes later; in whole seconds it would be 8.55
    story.is_over("11:00", client, clinician)
    result = story.result(client)
    assert said(result, "kept-waiting").startswith(f"They waited {result['waited_minutes']} min"), story.tell(result)


def test_what_was_asked_in_vain_is_true_of_what_happened_all_the_same():
    story, clinician, client = an_hour()
    story.waits(client, "09:55")
    story.is_admitted(client, "09:59")
    story.joins(client, "09:59")
    story.joins(client, "10:05", device="tablet")
    story.leaves(client, "10:10", "network", device="tablet")
    story.leaves(client, "10:59:55", "none")
    story.stays(story.guest("Somebody"), "10:05", "10:05:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="attended")
    for rule, because in {
        "kept-waiting": "They did not wait to be let in during the session.",
        "connection-broke": "They were not away because a connection broke.",
        "reason-not-understood": "They were not away after an end whose reason we cannot read.",
        "unidentified-guest": "No unidentified guest was there for long enough to have been them.",
    }.items():
        found = finding(result, rule)
        assert (found["hit"], found["because"]) == (False, because), story.tell(result)


@pytest.mark.parametrize(
    ("back", "at", "told"),
    [
        (None, "10:25", "A clinician dropped out at 10:20:00 UTC, and is not back."),
        (None, "13:00", "A clinician dropped out at 10:20:00 UTC, and did not come back."),
        ("10:22", "13:00", "A clinician dropped out at 10:20:00 UTC, and was back by 10:22:00 UTC."),
    ],
)
def test_whoever_reads_that_the_clinician_dropped_out_reads_whether_they_were_back(back, at, told):
    """Else the minutes that were held do not fit what is said."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    sent = story.leaves(clinician, "10:20", "network")
    if back:
        came = story.joins(clinician, back)
    story.is_over("11:00", client, *([clinician] if back else []))
    found = finding(story.result(client, at), "host-dropped")
    assert found["because"] == told
    assert found["events"] == lines_of(story, sent, *([came] if back else []))


@pytest.mark.parametrize(("back", "cause"), [("10:02:30", "provider"), ("10:40", "technical")])
def test_clinician_who_dropped_for_moments_and_left_was_not_kept_away_by_it(back, cause):
    """What cost most of the time wins, for the clinician as for everybody."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:57", clinician)
    story.joins(client, "09:58")
    story.drops(clinician, "10:02", back=back)
    story.leaves(clinician, seconds_after(story, back, 240))
    story.is_over("11:00", client)
    result = story.expect(client, outcome="not-held", cause=cause, confidence="medium", flags={"host-dropped"})
    assert ("was cut off" in verdict(result)) is (cause == "technical")


@pytest.mark.parametrize(("trouble", "doubt"), [(False, "a leave can hide a fault"), (True, "they had some trouble")])
def test_share_of_the_session_that_is_not_sure_says_why(trouble, doubt):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    if trouble:
        story.drops(client, "10:05", back="10:07")
    story.leaves(client, "10:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="absence", confidence="medium")
    assert verdict(result).endswith(f" It is not certain: {doubt}.")


def test_late_arrival_is_sure():
    story, clinician, client = an_hour()
    story.joins(client, "10:30")
    story.is_over("11:00", client, clinician)
    assert "not certain" not in verdict(story.expect(client, outcome="partial", cause="absence", confidence="high"))


@pytest.mark.parametrize(
    ("lost", "known", "doubt"),
    [
        (True, {}, "the clinician's arrival was not delivered"),
        (False, {"zoom_id": "", "email": ""}, "the clinician was recognised by a name alone"),
    ],
)
def test_absence_says_which_doubt_there_is_about_the_clinician(lost, known, doubt):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(**known), story.client()
    story.opens("09:57")
    story.joins(clinician, "09:57", lost=lost)
    story.other_meeting_hears("10:05")
    story.is_over("11:00", clinician)
    told = verdict(story.expect(client, outcome="missed", cause="absence", confidence="medium"))
    assert told.endswith(f" It is not certain: {doubt}.")


@pytest.mark.parametrize(("at", "word"), [("09:55", "overlaps"), ("10:30", "overlaps"), ("11:00", "overlapped")])
def test_incident_is_told_with_its_times_and_as_what_it_is_now(at, word):
    story, clinician, client = an_hour()
    story.platform_incident("09:50", "10:10")
    story.stays(client, "10:12", "11:00")
    story.is_over("11:00", clinician)
    assert said(story.result(client, at), "platform-incident") == (
        f"An incident of the platform from 09:50:00 UTC until 10:10:00 UTC {word} the session."
    )


# --- and says what a reader would have wanted to know ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "cause", "blamed", "confidence", "looks"),
    [(None, "absence", "absence", "medium", set()), ("10:30", "provider", "the program's doing", "low", {"review"})],
)
def test_who_was_there_when_no_clinician_was_is_not_told_a_share_of_nothing(left, cause, blamed, confidence, looks):
    """They come when the clinician has gone; or go before one is there, and a person sees what they are owed."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    if left:
        story.stays(client, "09:58", left)
        story.joins(clinician, "10:40")
    else:
        story.stays(clinician, "09:57", "10:30")
        story.joins(client, "10:35")
    story.is_over("11:00", clinician if left else client)
    result = story.expect(client, outcome="partial", cause=cause, confidence=confidence)
    assert {action["kind"] for action in result["actions"]} == looks
    told = verdict(result)
    there = f"They were there, but at no time at which a clinician held the session; what they missed is {blamed}."
    assert told == there + ("" if left else " It is not certain: the clinician had gone when they came.")


def test_drop_of_a_clinician_that_cost_the_client_nothing_is_no_trouble_of_theirs():
    story, clinician, client = an_hour()
    story.joins(client, "10:30")
    story.drops(clinician, "10:40", back="10:40:30")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="high", flags={"late", "host-dropped"})


def test_incident_while_somebody_was_there_is_not_called_trouble_of_theirs():
    story, clinician, client = an_hour()
    story.platform_incident("10:45", "10:50")
    story.stays(client, "10:30", "11:00")
    story.is_over("11:00", clinician)
    told = verdict(story.expect(client, outcome="partial", cause="absence", confidence="medium"))
    assert told.endswith(" It is not certain: an incident of the platform was on for a part of it.")


def test_notice_given_after_the_start_is_told():
    story, clinician, client = an_hour()
    notice = story.gives_notice(client, "10:05")
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="absence", confidence="high", without={"notice-given"})
    assert verdict(result) == (
        "A clinician held the session, the feed was alive, and they were not seen; "
        "they gave notice at 10:05:00 UTC, when it had begun."
    )
    assert set(lines_of(story, notice)) <= set(result["findings"][0]["events"])
    assert said(result, "notice-given") == "Notice was given at 10:05:00 UTC, when it had begun."


def test_link_opened_when_it_was_over_is_told_as_that():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    story.clicks_link(client, "11:10")
    told = verdict(story.expect(client, outcome="undetermined", actions={"review"}))
    assert told == "They opened their link when it was over, at 11:10:00 UTC."


@pytest.mark.parametrize(("came", "flags"), [("09:59", set()), ("10:00", set()), ("10:00:01", {"tried-to-join"})])
def test_who_opened_the_link_early_and_was_there_at_the_start_did_not_try_in_vain(came, flags):
    story, clinician, client = an_hour()
    story.clicks_link(client, "09:50")
    story.joins(client, came)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", only_flags=flags)


def test_two_strangers_may_be_one():
    """Who waited without a word of who they are may be who came in."""
    story, clinician, client = an_hour()
    for name in ("iPad", "Galaxy"):
        story.stays(story.guest(name), "10:05", "10:50")
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="undetermined")) == (
        "Up to 2 unidentified guests were there or waited for 60 s or more."
    )


def test_first_of_several_short_connections_is_the_first_in_time_whatever_the_runs_are_called():
    """Who is alone in a meeting ends it when they drop: each try is a run of its own."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    tries = {"10:01": "zz==", "10:04": "aa==", "10:07": "mm=="}
    for minute, uuid in tries.items():
        story.opens(minute)
        story.meeting.instance = uuid
        story.stays(client, minute, seconds_after(story, minute, 20), "network")
        story.closes(seconds_after(story, minute, 21))
    story.begins("10:10", clinician)
    story.is_over("11:00", clinician)
    told = said(story.expect(client, outcome="partial", cause="technical"), "failed-tries")
    assert told == "3 of their connections were shorter than 60 s, the first at 10:01:00 UTC."


@pytest.mark.parametrize(
    ("opened", "told"),
    [
        (
            "10:10",
            "They did not arrive, and first tried to come when most of the time that a clinician held it was over.",
        ),
        ("10:18", "They did not arrive, and first tried to come at 10:18:00 UTC, when the clinician had gone."),
    ],
)
def test_who_tried_when_a_short_session_was_nearly_over_did_not_try_when_most_of_the_hour_was(opened, told):
    """The clinician gives up after a quarter of an hour."""
    story, clinician, client = an_hour()
    story.is_over("10:16", clinician)
    story.clicks_link(client, opened)
    story.other_meeting_hears("10:30")
    assert verdict(story.expect(client, outcome="undetermined", actions={"review"})) == told


def test_doubt_about_a_stranger_of_moments_rests_on_what_was_seen_of_them():
    story, clinician, client = an_hour()
    stranger = story.guest("Somebody")
    sent = [story.joins(stranger, "10:10"), story.leaves(stranger, "10:10:40")]
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="absence", confidence="medium")
    assert verdict(result).endswith(" It is not certain: somebody unidentified was there for moments.")
    assert set(lines_of(story, *sent)) < set(result["findings"][0]["events"])


def test_doubt_about_a_stranger_in_another_meeting_of_the_host_rests_on_what_was_seen_of_them():
    story, clinician, client = an_hour()
    story.place("97700000009", "10:00", host=story.host_id)
    sent = story.joins(story.guest("Somebody", email=""), "10:05", meeting="97700000009")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="absence", confidence="medium")
    assert set(lines_of(story, sent)) < set(result["findings"][0]["events"])


def test_doubt_about_who_left_rests_on_the_stranger_who_came_then():
    story, clinician, client = an_hour()
    stranger = story.guest("Somebody")
    story.stays(client, "09:58", "10:30")
    sent = [story.joins(stranger, "10:05"), story.leaves(stranger, "10:45")]
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="absence", confidence="medium")
    assert verdict(result).endswith("somebody unidentified was there or waited while they were away.")
    assert set(lines_of(story, *sent)) < set(result["findings"][0]["events"])


def test_who_went_to_another_room_and_was_not_heard_there_may_have_been_in_it():
    """The join there was not delivered, nor the leave; they are back in the main room after a while."""
    story, clinician, client = an_hour("group")
    story.joins(client, "09:58")
    story.leaves(client, "10:20", "to breakout")
    story.joins(client, "10:40")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="partial", cause="technical", confidence="medium")
    assert said(result, "connection-broke") == (
        "They went to another room of the meeting at 10:20:00 UTC and were not seen there, "
        "and they were back at 10:40:00 UTC."
    )


def test_who_waits_now_is_not_said_to_be_just_arriving():
    story, _, client = an_hour()
    story.waits(client, "09:58")
    assert verdict(story.expect(client, at="10:20", outcome="undetermined")) == (
        "They are waiting to be let in, which may still happen."
    )


def test_who_was_let_in_and_never_seen_inside_is_told_as_that():
    story, clinician, client = an_hour()
    story.waits(client, "09:58")
    story.is_admitted(client, "10:10")
    story.is_over("11:00", clinician)
    told = verdict(story.expect(client, outcome="undetermined", actions={"review"}))
    assert told == "They waited 10 min, were let in, and were never seen inside."


def test_story_of_one_of_two_sessions_in_one_room_rests_on_what_was_seen_in_it():
    """Both were in the session before; of the one at noon nobody but the clinician was seen, and for minutes only."""
    story = Story(starts="12:00", ends="12:30")
    clinician, client = story.clinician(), story.client()
    story.another_appointment("A0", story.meeting.meeting_id, "11:00", "11:50", clinician, client)
    before = [story.opens("10:57"), story.joins(clinician, "10:57"), story.joins(client, "10:58")]
    before += [story.leaves(client, "11:51"), story.leaves(clinician, "11:52")]
    story.closes("11:52")
    story.opens("12:20")
    came = [story.joins(clinician, "12:20"), story.leaves(clinician, "12:25")]
    story.closes("12:25")
    result = story.expect(client, outcome="not-held", cause="provider")
    assert result["findings"][0]["events"] == lines_of(story, *came)
    first = story.expect(client, appointment_id="A0", outcome="attended")
    assert set(first["findings"][0]["events"]) <= set(lines_of(story, *before))


def test_incident_after_somebody_had_left_does_not_hide_that_a_leave_can_hide_a_fault():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20")
    story.platform_incident("10:50", "10:55")
    story.is_over("11:00", clinician)
    told = verdict(story.expect(client, outcome="partial", cause="absence", confidence="medium"))
    assert told.endswith(
        " It is not certain: a leave can hide a fault, and an incident of the platform was on for a part of it."
    )


def test_stranger_who_came_before_the_host_elsewhere_is_said_to_have_waited_for_them():
    story, clinician, client = an_hour()
    place = story.place("97700000009", "10:00", host=story.host_id)
    came = story.guest("Somebody", email="")
    for at in ("10:02", "10:04"):
        story._send(place.before_host("participant_jbh_joined", story.at(at), came.shown), at)
    story.is_over("11:00", clinician)
    told = verdict(story.expect(client, outcome="undetermined", flags={"unidentified-guest"}))
    assert told == "Somebody unidentified waited for the same host in another meeting, from 10:02:00 UTC."


def test_who_was_sent_back_to_wait_is_said_to_have_been():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:10")
    story.leaves(client, "10:10")
    story.is_admitted(client, "10:40")
    story.joins(client, "10:40")
    story.is_over("11:00", client, clinician)
    assert said(story.expect(client, outcome="partial", cause="provider"), "kept-waiting") == (
        "They waited 30 min to be let in, last until 10:40:00 UTC; the host had sent them back at 10:10:00 UTC."
    )


def test_who_is_first_heard_in_a_breakout_room_had_been_inside_before():
    """Their join was not delivered, nor that they left the meeting for the room."""
    story, clinician, client = an_hour("group")
    inside, room = story.meeting.door(client.shown), story.meeting.door(client.shown)
    body = story.meeting.person("participant_joined_breakout_room", story.at("10:20"), room, "join_time")
    body["payload"]["object"] |= {"breakout_room_uuid": "bo=="}
    body["payload"]["object"]["participant"] |= {"parent_user_id": inside.user_id, "participant_uuid": inside.uuid}
    story._send(body, "10:20")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", without={"late"}, confidence="medium")
    told = "hey were first heard in a breakout room, so they had been inside, and since when was not delivered"
    assert said(result, "late") == f"T{told}."
    assert told in verdict(result)


def test_who_came_before_the_host_and_of_whom_no_more_was_delivered_is_told_as_that():
    story, clinician, client = an_hour()
    story.before_host("jbh_joined", client, "09:56")
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="undetermined")) == (
        "They came in before the host, at 09:56:00 UTC, and nothing more was delivered of it."
    )


def test_what_tech_support_did_not_find_is_told():
    story, clinician, client = an_hour()
    story.clicks_link(client, "09:59")
    story._own("rejoin.no_fault_found", "12:00", client)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="technical", confidence="medium")
    assert said(result, "support-confirmed-trouble") == (
        "Tech support looked into it and found at 12:00:00 UTC that nothing was wrong."
    )


@pytest.mark.parametrize(
    ("at", "told"), [("10:20", "No clinician is there yet."), ("11:00", "No clinician was there.")]
)
def test_clinician_who_may_still_come_is_not_said_to_have_stayed_away(at, told):
    story = Story(starts="10:00", ends="11:00")
    story.clinician()
    client = story.client()
    story.before_host("jbh_waiting", client, "09:58")
    story.other_meeting_hears("10:05")
    assert verdict(story.expect(client, at=at, outcome="not-held", cause="provider")) == told


def test_time_that_was_lost_each_time_the_host_removed_them_rests_on_each():
    story, clinician, client = an_hour()
    told = []
    for came, went in (("09:59", "10:10"), ("10:12", "10:13")):
        story.joins(client, came)
        told.append(story.leaves(client, went, "removed"))
    story.is_over("11:00", clinician)
    removed = finding(story.expect(client, outcome="partial", cause="provider"), "removed-by-host")
    assert removed["because"] == "They were removed 2 times, first at 10:10:00 UTC."
    assert removed["events"] == lines_of(story, *told)


def test_time_that_was_lost_each_time_the_meeting_ended_under_them_rests_on_each():
    story, clinician, client = an_hour()
    story.joins(client, "10:00")
    told = [story.leaves(client, "10:20", "host ended")]
    story.is_over("10:20", clinician)
    story.begins("10:25", clinician)
    story.joins(client, "10:26")
    told.append(story.leaves(client, "10:30", "host ended"))
    story.is_over("11:00", clinician)
    ended = finding(story.expect(client, outcome="partial", cause="provider"), "meeting-ended-for-them")
    assert ended["events"] == lines_of(story, *told)


@pytest.mark.parametrize(("came", "sent", "when"), [("09:50", "09:57", ", before the start"), ("10:00", "10:30", "")])
def test_who_gave_up_as_they_were_sent_back_to_wait_was_sent_back_when_it_was(came, sent, when):
    story, clinician, client = an_hour()
    story.joins(client, came)
    story.is_put_back(client, sent)
    story.stops_waiting(client, sent)
    story.joins(client, "10:50")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="partial", cause="provider", waited=0)
    assert said(result, "meeting-ended-for-them") == f"The host sent them back to wait at {sent}:00 UTC{when}."


@pytest.mark.parametrize(
    ("does", "words"),
    [
        (
            [("stays", "09:50", "10:00")],
            "They were there before the start, until 10:00:00 UTC, and did not come back.",
        ),
        (
            [("stays", "09:40", "09:45"), ("joins", "09:56"), ("is_put_back", "09:57"), ("leaves", "09:57"),
             ("stops_waiting", "09:59")],
            "The host sent them back to wait at 09:57:00 UTC; they waited until 09:59:00 UTC, and did not come back.",
        ),
        ([("stays", "11:00", "11:02")], "They came when it was over, at 11:00:00 UTC."),
        (
            [("clicks_link", "08:00"), ("clicks_link", "11:05"), ("clicks_link", "11:10")],
            "They opened their link when it was over, at 11:05:00 UTC.",
        ),
        (
            [("stays", "10:20", "10:20:20"), ("clicks_link", "11:05")],
            "They were there for 20 s only, too short to tell what happened.",
        ),
        (
            [("waits", "10:00"), ("is_admitted", "10:05"), ("stays", "10:05", "10:05:20")],
            "They were there for 20 s only, too short to tell what happened.",
        ),
        ([("is_admitted", "10:05")], "There was a sign of them, too short to tell what happened."),
        (
            [("before_host", "09:55"), ("before_host", "09:56")],
            "They came in before the host, at 09:55:00 UTC, and nothing more was delivered of it.",
        ),
        (
            [("before_host", "09:55"), ("stops_waiting", "10:05")],
            "There was a sign of them, too short to tell what happened.",
        ),
    ],
)  # fmt: skip
def test_what_was_seen_of_who_was_not_in_the_session_is_told_as_it_was(does, words):
    story, clinician, client = an_hour()
    for what, *when in does:
        if what == "before_host":
            story.before_host("jbh_joined", client, *when)
        else:
            getattr(story, what)(client, *when)
    story.other_meeting_hears("10:30")
    story.is_over("11:10", clinician)
    assert verdict(story.expect(client, outcome="undetermined")) == words
