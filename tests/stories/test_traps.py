"""What Zoom does that misleads a careless reader, each story one thing: connections, their ends, and runs of a meeting.

Who somebody is and in which room stands in `test_traps_identity`, what clocks do in `test_traps_clock`.
Sessions are 10:00 to 11:00 and the clinician opens the room at 9:57, unless said.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from tests.stories.delivery import Delivery
from tests.stories.story import Person, Story, an_hour, seconds_after

EARLIER_AND_LATER = [("left", "joined"), ("joined", "left")]
FAULTS = {"dropped", "interrupted", "host-dropped", "group-drop", "left-early"}


def sent(delivery: Delivery, story: Story, at: str, after: float) -> None:
    """Let Zoom have sent it (its event_ts) this many seconds after a moment, whatever it tells of."""
    delivery.body["event_ts"] = int(seconds_after(story, at, after).timestamp() * 1000)


def one_stay(result: dict) -> bool:
    """Whether the person was there in one piece, with nothing of it guessed."""
    return [(i["state"], i["inferred"]) for i in result["intervals"]] == [("present", False)]


# --- a left and a joined within the same second are no departure -----------------------------------------------------


@pytest.mark.parametrize("arrives", EARLIER_AND_LATER, ids=lambda order: f"{order[0]} arrives first")
@pytest.mark.parametrize("stamped", EARLIER_AND_LATER, ids=lambda order: f"{order[0]} sent first")
@pytest.mark.parametrize(
    ("reason", "shown"),
    [("to breakout", {}), ("from breakout", {}), ("plain", {}), ("plain", {"name": "she/her"})],
    ids=["out", "back", "swap", "rename"],
)
def test_left_and_joined_of_the_same_second_are_one_stay(reason, shown, stamped, arrives):
    """A breakout room, a new name or nothing visible at all: Zoom ends the connection and begins another in the same
    second, and neither the order of arrival nor the order of sending says which came first."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.switches_room(client, "10:20", reason, join_first=arrives[0] == "joined", **shown)
    pair = dict(zip(("left", "joined"), story.sent[-2:], strict=True))
    for which, after in zip(stamped, (1.07, 1.33), strict=True):
        sent(pair[which], story, "10:20", after)
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended", cause="none", confidence="high", attended=60, lost=0,
                          only_flags=set(), only_actions=set())  # fmt: skip
    assert one_stay(result)
    for person in (client, clinician):
        story.expect(person, at="10:25", no_actions={"ticket", "message"}, without=FAULTS)


def test_clinician_who_swaps_connections_goes_on_holding_the_session():
    """The same pair on the clinician's side is no drop of the host and leaves no hole in the held time."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    for at, join_first in (("10:10", True), ("10:25", False), ("10:40", True)):
        story.switches_room(clinician, at, "plain", join_first=join_first)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", held=60, attended=60, only_flags=set())
    story.expect(clinician, outcome="attended", only_flags=set(), only_actions=set())


def test_other_half_of_the_pair_that_comes_with_a_retry_still_makes_one_stay():
    """The left arrives at once; its joined could not be delivered and comes with Zoom's first repetition."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.switches_room(client, "10:20", "to breakout")
    story.sent[-1] = replace(story.sent[-1], received_at=seconds_after(story, "10:20", 304))
    story.is_over("11:00", client, clinician)
    assert one_stay(story.expect(client, outcome="attended", attended=60, lost=0, only_flags=set()))


def test_two_pairs_within_one_second_are_one_stay_in_every_order_of_arrival():
    """Out of a breakout room and into the next at once: four deliveries of one second, in any order."""
    for order in permutations(range(4)):
        story, clinician, client = an_hour()
        story.joins(client, "09:58")
        story.switches_room(client, "10:20", "from breakout")
        story.switches_room(client, "10:20", "to breakout")
        for place, delivery in zip(order, story.sent[-4:], strict=True):
            at = seconds_after(story, "10:20", 2 + place / 10)
            story.sent[story.sent.index(delivery)] = replace(delivery, received_at=at)
        story.is_over("11:00", client, clinician)
        assert one_stay(story.expect(client, outcome="attended", attended=60, lost=0, only_flags=set())), order


def test_breakout_room_that_is_told_twice_is_still_one_stay():
    """Where the app hears of breakout rooms too, each hop is told once as a room and once as a connection."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.switches_room(client, "10:20")
    hop = story._doors[(client.code, "", "")]
    story._send(story.meeting.person("participant_joined_breakout_room", story.at("10:20"), hop, "join_time"), "10:20")
    left = story.meeting.left(story.at("10:40"), hop, "from breakout")
    story._send(left | {"event": "meeting.participant_left_breakout_room"}, "10:40")
    story.switches_room(client, "10:40", "from breakout")
    story.is_over("11:00", client, clinician)
    assert one_stay(story.expect(client, outcome="attended", attended=60, lost=0, only_flags=set()))


# --- a real return has new numbers throughout ------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [10, 17])
@pytest.mark.parametrize("reason", ["client close", "plain"])
def test_return_under_a_new_stay_is_the_same_person(reason, gap):
    """Whoever restarts the app comes back after seconds with everything new that Zoom calls an identity of a stay."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:20:13", back=seconds_after(story, "10:20:13", gap), reason=reason)
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended", cause="none", only_flags={"interrupted"}, lost=gap / 60,
                          attended=60 - gap / 60, no_actions={"ticket", "message"})  # fmt: skip
    assert len(result["intervals"]) == 2


def test_return_from_a_drop_inside_a_breakout_room_is_still_one_person():
    """Three connections: two of them share a stay, the third shares nothing with them but the personal link."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.switches_room(client, "10:10", join_first=True)
    story.drops(client, "10:20", back="10:30", reason="client close")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", attended=50, lost=10, only_flags={"interrupted"})


# --- the end of a meeting is told before it is over, and arrives after ------------------------------------------------


@pytest.mark.parametrize("ended_after", [0.2, 15, 24, 5100])
@pytest.mark.parametrize("left_after", [0.5, 40, 304])
def test_end_of_the_meeting_discards_no_later_left(ended_after, left_after):
    """The meeting's end is stamped before the last people left, by up to two seconds, and arrives long after them, or
    before them when they are repeated; whatever comes first, everybody was there to their own last second."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    ended = story.closes("10:59:59", after=ended_after)
    for person in (client, clinician):
        last = story.leaves(person, "11:00", after=left_after)
    sent(last, story, "11:00", 2.4)
    assert ended.body["event_ts"] < last.body["event_ts"]
    result = story.expect(client, outcome="attended", cause="none", attended=60, only_flags=set(), only_actions=set(),
                          left="2026-03-02T11:00:00Z")  # fmt: skip
    assert one_stay(result)


@pytest.mark.parametrize("reason", ["plain", "client close", "network", "none"])
def test_left_one_second_after_the_end_is_the_end(reason):
    """A leave may be told a second later than the end of the meeting itself: still nobody dropped, and the one second
    is no time that anybody missed."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:45")
    story.leaves(client, "10:45:01", reason)
    story.closes("10:45")
    story.expect(client, outcome="attended", cause="none", held=45, attended=45, lost=0, only_flags=set(),
                 only_actions=set(), left="2026-03-02T10:45:01Z")  # fmt: skip


# --- an app that is killed is noticed late ---------------------------------------------------------------------------


@pytest.mark.parametrize("noticed", [60, 90])
@pytest.mark.parametrize("reason", ["client close", "none", "plain"])
def test_late_left_of_the_old_connection_closes_only_the_old_one(reason, noticed):
    """A killed app leaves its connection standing for more than a minute; the client is back before Zoom notices, so
    two connections overlap and the left that comes last is that of the first."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.joins(client, "10:20:16", device="restarted app")
    story.leaves(client, seconds_after(story, "10:20", noticed), reason, after=2)
    story.expect(client, at="10:40", no_actions={"ticket", "message"}, without=FAULTS, lost=0)
    story.leaves(client, "11:00", device="restarted app")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", cause="none", attended=60, lost=0, only_flags=set(),
                 left="2026-03-02T11:00:00Z")  # fmt: skip


def test_late_left_of_the_clinicians_old_connection_ends_no_session():
    """The same for the clinician: the session goes on being held by the new connection."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.joins(clinician, "10:20:16", device="restarted app")
    story.leaves(clinician, "10:21:28", "client close")
    story.leaves(clinician, "11:00", device="restarted app")
    story.is_over("11:00", client)
    story.expect(client, outcome="attended", held=60, attended=60, without={"host-dropped"})


def test_old_connection_ended_late_and_new_one_never_does_not_end_the_person():
    """Of the two connections only the left of the old one was ever delivered: they stayed until the meeting's end."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.joins(client, "10:20:16", device="restarted app")
    story.leaves(client, "10:21:28", "client close")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", attended=60, only_flags={"inferred-end"}, confidence="medium")


def test_killed_app_that_does_not_come_back_is_technical():
    """The leave is dated when Zoom noticed, a minute or more after the battery died, and calls it a closed client."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:21:15", "client close", after=1)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"}, without={"left-early"},
                 attended=21.3, lost=38.8, actions={"ticket", "reschedule"}, no_actions={"checkin"})  # fmt: skip


# --- what was delivered comes again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [[90], [304, 1504], [5104]])
def test_left_that_comes_again_after_the_return_ends_nothing(again):
    """Zoom repeats the left of a connection when its person has long been back under another."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:10", "network", again=again)
    story.joins(client, "10:11")
    story.is_over("11:00", client, clinician)
    for at in ("10:16", "10:50"):
        story.expect(client, at=at, no_actions={"ticket", "message"}, without={"dropped", "left-early"})
    story.expect(client, outcome="attended", cause="none", attended=59, lost=1, only_flags={"interrupted"},
                 left="2026-03-02T11:00:00Z")  # fmt: skip


def test_everything_delivered_twice_in_two_orders_counts_once():
    """Two subscriptions of one app deliver everything twice, the second of them in an order of its own."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:20", back="10:30")
    story.is_over("11:00", client, clinician)
    once = story.expect(client, outcome="attended", attended=50, lost=10, only_flags={"interrupted"})
    twice = story.lines() + story.lines()[::-1]
    again = story.result(client, lines=twice)
    assert {k: v for k, v in again.items() if k != "findings"} == {k: v for k, v in once.items() if k != "findings"}


# --- the host ends the meeting for everybody -------------------------------------------------------------------------


def test_one_end_for_all_is_told_in_as_many_ways_as_there_are_people():
    """When the host ends a meeting one person is told to have been ended, another a second later to have been cut off
    (they sat in a breakout room), the rest to have left by themselves. It is the end for all of them."""
    story, clinician, first = an_hour("group")
    others = [story.client(f"C{number}") for number in range(2, 7)]
    clients = [first, *others]
    ways = [("host ended", 0), ("client close", 1), ("client close", 2), ("network", 1), ("plain", 0), ("none", 1)]
    for client in clients:
        story.joins(client, "09:58")
    for client in others[:2]:
        story.switches_room(client, "10:15")
    for client, (reason, after) in zip(clients, ways, strict=True):
        story.leaves(client, seconds_after(story, "10:40", after), reason)
    story.is_over("10:40", clinician)
    for client in clients:
        story.expect(client, outcome="attended", cause="none", held=40, attended=40, lost=0, only_flags=set(),
                     only_actions=set())  # fmt: skip


def test_client_close_well_before_the_end_is_still_a_drop():
    """The tolerance is for the end of the meeting; what breaks a minute before it did break."""
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:39", "client close")
    story.is_over("10:40", clinician)
    story.expect(client, outcome="attended", flags={"dropped"}, lost=1, held=40, attended=39)


def test_end_of_which_nobody_told_is_the_last_leave():
    """The meeting's own end is never delivered: who is cut off with the last to leave was there until the end."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:40:01", "client close")
    story.leaves(clinician, "10:40")
    story.expect(client, outcome="attended", cause="none", held=40, attended=40, only_flags=set())


# --- the beginning is told in any order ------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [*permutations(("before the host", "started", "joined"))], ids=" then ".join)
def test_client_who_opens_the_room_is_there_from_the_first_second_in_any_order(order):
    """Whoever comes before the host starts the meeting: three deliveries within three seconds tell of it, and the
    joined may arrive before the meeting has started."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.meeting.new_instance(story.at("09:58"))
    tells = {
        "before the host": lambda after: story.before_host("jbh_joined", client, "09:57:58", after=after),
        "started": lambda after: story._send(story.meeting.body("meeting.started", story.at("09:58")), "09:58",
                                             after=after),
        "joined": lambda after: story.joins(client, "09:58", after=after),
    }  # fmt: skip
    for number, what in enumerate(order, 1):
        tells[what](number)
    story.joins(clinician, "10:00")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended", cause="none", attended=60, waited=0, only_flags=set(),
                          arrived="2026-03-02T09:57:58Z", joined="2026-03-02T09:58:00Z")  # fmt: skip
    assert one_stay(result)


def test_left_without_its_joined_proves_presence_since_the_meeting_began():
    """What happened before we subscribed is never repeated, so a meeting that runs already shows only its lefts; the
    feed is proven alive from the first thing that we heard."""
    story = Story("group", "10:00", "11:00")
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.opens("09:57", lost=True)
    for person in (clinician, here):
        story.joins(person, "09:58", lost=True)
    story.other_meeting_hears("10:05")
    story.is_over("11:00", here, clinician)
    result = story.expect(here, outcome="attended", cause="none", held=55, attended=55, flags={"inferred-start"},
                          without={"late", "unidentified-guest"}, confidence="medium")  # fmt: skip
    assert [i["inferred"] for i in result["intervals"]] == [True]
    story.expect(away, outcome="missed", cause="absence", confidence="medium")


# --- one number, several runs ----------------------------------------------------------------------------------------


def runs(story: Story, clinician: Person, client: Person, times: list[tuple[str, str]], **ended) -> None:
    """The meeting is ended and started again; every run hands out the same connection numbers as the first."""
    numbers: dict[str, str] = {}
    for begin, end in times:
        story.opens(begin)
        for person in (clinician, client):
            joined, key = story.joins(person, begin), (person.code, "", "")
            door = story._doors[key]
            number = numbers.setdefault(person.code, door.user_id)
            joined.body["payload"]["object"]["participant"]["user_id"] = number
            story._doors[key] = replace(door, user_id=number)
        story.leaves(client, end)
        story.leaves(clinician, end)
        story.closes(end, **ended)


TWO_RUNS = [("09:57", "10:25"), ("10:27", "11:00")]
THREE_RUNS = [("09:57", "10:10"), ("10:15", "10:30"), ("10:33", "11:00")]


@pytest.mark.parametrize(("times", "attended"), [(TWO_RUNS, 58), (THREE_RUNS, 52)], ids=["two", "three"])
def test_every_run_of_a_number_within_the_session_counts(times, attended):
    """Ended and started again, the same number is another run with a UUID of its own and the same connection numbers:
    one appointment, and its time is that of all runs together."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    runs(story, clinician, client, times)
    result = story.expect(client, outcome="attended", cause="none", held=attended, attended=attended, lost=0,
                          without={"dropped", "left-early", "inferred-end", "inferred-start"})  # fmt: skip
    assert [i["inferred"] for i in result["intervals"]] == [False] * len(times)


@pytest.mark.parametrize("after", [18, 600, 5100])
def test_end_of_the_first_run_ends_nothing_of_the_second(after):
    """The first run's end arrives when the second has long begun."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    runs(story, clinician, client, TWO_RUNS, after=after)
    story.expect(client, at="10:50", no_actions={"ticket", "reschedule"}, without={"dropped", "left-early"})
    story.expect(client, outcome="attended", held=58, attended=58, left="2026-03-02T11:00:00Z")


def test_first_run_whose_end_was_lost_ends_when_the_second_begins():
    """Neither the lefts nor the end of the first run were delivered; nobody sits in it once the second runs."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.begins("10:30", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", attended=30, flags={"inferred-end"}, left="2026-03-02T10:30:00Z")


def test_verdict_waits_for_the_last_run():
    """The session is over but a second run goes on: retries are counted from the end of that one."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    runs(story, clinician, client, [("09:57", "10:25"), ("10:27", "11:20")])
    story.expect(client, at="12:31", outcome="attended", final=False)
    story.expect(client, at="12:51", outcome="attended", final=True)


def test_run_of_which_no_end_was_told_ended_when_the_next_began_and_not_when_somebody_was_first_heard_in_it():
    story, clinician, _ = an_hour()
    story.meeting.new_instance(story.at("10:30"))
    story.joins(clinician, "10:35")
    story.is_over("11:00", clinician)
    result = story.expect(clinician, flags={"inferred-end"}, held=55, attended=55)
    assert [span["to"][11:16] for span in result["intervals"]] == ["10:30", "11:00"]
