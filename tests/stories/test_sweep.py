"""What holds when any one delivery is missing, and at any minute, told of a few people in a few rooms.

Whoever waited, tried, was elsewhere, dropped or was there is not surely absent because a delivery of it was lost;
nobody is surely called something else for it, and nobody of whom it does not tell is judged otherwise. As time passes
nothing is judged too soon, and nothing is taken back that no delivery speaks against.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.stories.story import Person, Story

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ELSEWHERE = "93400000002"
GOT_THERE = {"attended", "partial"}
SEEN = {"dropped", "interrupted", "waited", "never-admitted", "removed-by-host", "wrong-meeting", "tried-to-join"}


def drops_and_returns(story: Story, client: Person) -> None:
    story.joins(client, "09:59")
    story.drops(client, "10:15", "10:17", "failover")
    story.leaves(client, "10:50")


def is_let_in(story: Story, client: Person) -> None:
    story.waits(client, "09:58")
    story.is_admitted(client, "10:16")
    story.stops_waiting(client, "10:16")
    story.stays(client, "10:16:02", "10:50")


def waits_in_vain(story: Story, client: Person) -> None:
    story.waits(client, "10:01")
    story.stops_waiting(client, "10:21")


def waits_for_the_host(story: Story, client: Person) -> None:
    story.before_host("jbh_waiting", client, "09:50")
    story.before_host("jbh_waiting_left", client, "09:57")
    story.stays(client, "09:57:10", "10:50")


def goes_into_a_room(story: Story, client: Person) -> None:
    story.joins(client, "09:59")
    story.switches_room(client, "10:10")
    story.switches_room(client, "10:30", "from breakout")
    story.leaves(client, "10:50")


def is_put_back(story: Story, client: Person) -> None:
    story.joins(client, "09:59")
    story.is_put_back(client, "10:15")
    story.leaves(client, "10:15:01")
    story.is_admitted(client, "10:30")
    story.stays(client, "10:30:03", "10:50")


def tries_three_times(story: Story, client: Person) -> None:
    for begin, end in (("10:01", "10:01:20"), ("10:03", "10:03:30"), ("10:08", "10:08:25")):
        story.stays(client, begin, end)


def takes_the_wrong_link_first(story: Story, client: Person) -> None:
    story.stays(client, "10:01", "10:28", meeting=ELSEWHERE)
    story.stays(client, "10:29", "10:50")


CLIENTS: dict[str, Callable[[Story, Person], object]] = {
    "comes": lambda story, client: story.stays(client, "09:58", "10:50"),
    "comes late": lambda story, client: story.stays(client, "10:17", "10:50"),
    "goes early": lambda story, client: story.stays(client, "09:59", "10:22"),
    "does not come": lambda story, client: None,
    "drops and returns": drops_and_returns,
    "drops for good": lambda story, client: story.stays(client, "09:59", "10:12", "network"),
    "is let in": is_let_in,
    "waits in vain": waits_in_vain,
    "waits for the host": waits_for_the_host,
    "goes into a room": goes_into_a_room,
    "is put back": is_put_back,
    "is removed": lambda story, client: story.stays(client, "09:59", "10:14", "removed"),
    "tries three times": tries_three_times,
    "is elsewhere": lambda story, client: story.stays(client, "10:01", "10:20", meeting=ELSEWHERE),
    "takes the wrong link first": takes_the_wrong_link_first,
    "clicks": lambda story, client: story.clicks_link(client, "10:01"),
    "gives notice": lambda story, client: story.gives_notice(client, "07:00"),
}


def held(story: Story, clinician: Person) -> None:
    story.is_over("10:50", clinician)


def cut_off_and_back(story: Story, clinician: Person) -> None:
    story.drops(clinician, "10:20", "10:22")
    story.is_over("10:50", clinician)


def left_early(story: Story, clinician: Person) -> None:
    stay_on = any(one.received_at > story.at("10:36") for one in story.sent)
    story.leaves(clinician, "10:35")
    story.closes("10:50" if stay_on else "10:35")


ROOMS = {"held": held, "cut off and back": cut_off_and_back, "left early": left_early}


class Recording(Story):
    """A session with a clinician and some clients; `tells_of` says whose each delivery is, by its place in `sent`."""

    def __init__(self, room: str, *courses: str):
        super().__init__("group" if len(courses) > 1 else "individual", "10:00", "10:50")
        clinician = self.clinician()
        self.begins("09:57", clinician)
        self.tells_of: dict[int, str] = {}
        for number, course in enumerate(courses, 1):
            before, client = len(self.sent), self.client(f"C{number}")
            CLIENTS[course](self, client)
            self.tells_of |= dict.fromkeys(range(before, len(self.sent)), client.code)
        ROOMS[room](self, clinician)

    def without(self, place: int) -> Story:
        """The same with one delivery less."""
        other = Story(self.kind, "10:00", "10:50")
        other.people, other.sent = self.people, [one for at, one in enumerate(self.sent) if at != place]
        return other


def recordings(*rooms: str) -> list[tuple[str, ...]]:
    """Each course alone in each of these rooms, and all of them in groups of four."""
    courses = list(CLIENTS)
    groups = [courses[at : at + 4] for at in range(0, len(courses), 4)]
    return [(room, *some) for room in rooms for some in (*[[course] for course in courses], *groups)]


def verdict(result: dict) -> tuple[str, str]:
    return result["outcome"], result["cause"]


def what(result: dict) -> dict:
    """All of a result but the numbers of lines, and what follows."""
    return {key: value for key, value in result.items() if key not in ("findings", "actions")}


@pytest.mark.parametrize("recording", recordings(*ROOMS), ids=" · ".join)
def test_one_delivery_less_makes_nobody_surely_something_else(recording):
    story = Recording(*recording)
    whole = {r["participant_id"]: r for r in story.results()}
    for place, sent in enumerate(story.sent):
        if sent.body["event"].startswith("rejoin."):
            continue  # what we noted ourselves is not lost
        of = story.tells_of.get(place)
        left_of = {code for at, code in story.tells_of.items() if at != place}
        less = story.without(place)
        for result in less.results():
            code, was = result["participant_id"], whole[result["participant_id"]]
            if result["role"] != "client":
                continue
            if of is not None and of != code:
                assert what(result) == what(was), f"{sent.told()} tells of {of}\n{less.tell(result)}"
            if code not in left_of and (was["arrived_at"] or SEEN & set(was["flags"])):
                continue  # nothing is left that tells of them
            if verdict(result) != verdict(was):
                held_longer = of is None and result["outcome"] in GOT_THERE and was["outcome"] in GOT_THERE
                assert result["confidence"] != "high" or held_longer, f"without {sent.told()}\n{less.tell(result)}"


@pytest.mark.parametrize("recording", recordings("held"), ids=" · ".join)
def test_as_time_passes_nothing_is_judged_too_soon_or_taken_back(recording):
    story = Recording(*recording)
    arrivals = sorted(one.received_at for one in story.sent)
    start, end = story.starts_at, story.ends_at
    moments = {start + minutes * MINUTE for minutes in range(-30, 150, 3)}
    for deadline in (start, start + 5 * MINUTE, start + 15 * MINUTE, end, end + 90 * MINUTE):
        moments |= {deadline - SECOND, deadline, deadline + SECOND}
    moments |= {at + 91 * SECOND for at in arrivals}
    before, last, taken_back = {}, start - 31 * MINUTE, set()
    for now in sorted(moments):
        heard = any(last < at <= now for at in arrivals)
        for result in story.results(now):
            code, told = result["participant_id"], story.tell(result)
            assert now >= start or (result["outcome"] == "undetermined" and not result["actions"]), f"{now}\n{told}"
            assert result["final"] is (now >= end + 90 * MINUTE), f"{now}\n{told}"
            assert now >= start + 15 * MINUTE or result["outcome"] != "missed", f"{now}\n{told}"
            tickets = {action["kind"] for action in result["actions"]} & {"ticket"}
            if was := before.get(code):
                assert heard or result["attended_minutes"] >= was[0]["attended_minutes"], f"{now}\n{told}"
                assert heard or not was[0]["final"] or what(result) == what(was[0]), f"{now}\n{told}"
                taken_back = taken_back | {code} if was[1] - tickets else taken_back
            assert not (tickets and code in taken_back and now < end and not heard), f"{now}: once more\n{told}"
            before[code] = result, tickets
        taken_back = set() if heard else taken_back
        last = now
