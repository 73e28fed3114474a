"""A replay: recorded deliveries and a roster in, verdicts out; offline, by the very functions of the live service."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from plugin.core import support
from plugin.core.action import Action
from plugin.core.appointment import Appointment, Kind, Status
from plugin.core.assessment import Assessment
from plugin.core.blindness import silences
from plugin.core.decision import decide
from plugin.core.difference import Difference, difference
from plugin.core.feed import Expectation
from plugin.core.judgement import judge, judge_missing
from plugin.core.policy import Policy
from plugin.core.program_day import seen_in_its_day
from plugin.core.result import Result, plain, result_of, write
from plugin.core.schedule import ROW
from plugin.core.surroundings import HEARD
from plugin.recording import Recording
from plugin.replay_ladder import Ladder

ROOMS_KEPT = 16
"""Of so many meetings that several appointments share it is kept who had trouble in them."""
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def replay(
    appointments: Iterable[Appointment], recording: Recording, policy: Policy, at: datetime | None = None
) -> Iterator[Result]:
    """Judge every expected participant at one moment (once everything is final, when none is given).

    `recording` must have been read for these appointments. Yields the contract's results, ordered by appointment and
    participant.
    """
    return Replay(appointments, recording, policy, at).results()


class Replay:
    """A replay that can be asked for a part of its results, so that several processes may share the work."""

    def __init__(
        self,
        appointments: Iterable[Appointment],
        recording: Recording,
        policy: Policy,
        at: datetime | None = None,
        counting_all: bool = False,
    ):
        """`counting_all` has earlier no-shows counted beyond the highest rung of the absence ladder."""
        self.appointments = sorted(appointments, key=lambda a: a.appointment_id)
        self._recording, self._policy = recording, policy
        self._now = at or everything_final(self.appointments, recording, policy)
        recording.surroundings.settle()
        self._surroundings = recording.surroundings.judged_by(policy.feed.settle, self._silences())
        highest = max([rung for kind in Kind for rung in policy.of(kind).checkin_at], default=0)
        highest = len(self.appointments) if counting_all else highest
        self._ladder = Ladder(self.appointments, self._missing, highest, policy.counts_since)
        self._rooms: dict[tuple[str, datetime, datetime], list[Assessment]] = {}
        self._spanning = self._of_the_platform()

    def results(self, part: slice = slice(None)) -> Iterator[Result]:
        """The results of a part of the appointments; parts one after the other give what the whole gives."""
        for assessment, actions, _ in self._judged(part):
            yield result_of(assessment, actions)

    def results_on_the_ladder(self) -> Iterator[tuple[Result, int]]:
        """All results, each with how many earlier no-shows of the person count; 0 for who is none."""
        for assessment, actions, earlier in self._judged(slice(None)):
            yield result_of(assessment, actions), earlier

    def write(self, number: int, lines: bytearray) -> None:
        """Write the results of one appointment as lines of JSON."""
        for assessment, actions, _ in self._judged(slice(number, number + 1)):
            write(assessment, actions, lines)

    def in_order_of_time(self) -> list[int]:
        """The numbers of the appointments, so that what was missed before one is known when its turn comes."""
        return sorted(range(len(self.appointments)), key=lambda number: self.appointments[number].starts_at)

    def _judged(self, part: slice) -> Iterator[tuple[Assessment, tuple[Action, ...], int]]:
        for number in range(*part.indices(len(self.appointments))):
            appointment = self.appointments[number]
            assessments = self._assess(appointment)
            earlier = self._ladder.earlier(number, assessments)
            actions = self._told_once(appointment, self._decide(appointment, assessments, earlier))
            for assessment in sorted(assessments, key=lambda a: a.participant_id):
                yield assessment, actions, earlier.get(assessment.participant_id, 0)

    def _silences(self) -> tuple[tuple[datetime, datetime], ...]:
        """When the recording is silent though meetings should have been heard; live, somebody watches for that."""
        # A group may have an appointment for each of its members: one room that nobody opened proves nothing.
        meetings = {(a.starts_at, a.meeting_id): a for a in self.appointments if a.status is Status.BOOKED}
        booked = [meetings[key] for key in sorted(meetings)]
        starts = [a.starts_at for a in booked]

        def heard_before(one: Appointment, end: datetime) -> datetime | None:
            """When anything of it was heard before a moment: any of it will do, and to read on is dear."""
            thresholds = self._policy.of(one.kind)
            opens, told = one.starts_at - thresholds.early_window, self._recording.of(one, thresholds)
            return next((e.at for e in told if opens <= e.at < end and e.at <= one.ends_at and e.kind in HEARD), None)

        def look(begin: datetime, end: datetime, going_on: datetime) -> Iterator[Expectation]:
            for one in booked[bisect_left(starts, begin) : bisect_left(starts, end)]:
                heard_at = heard_before(one, end) if one.ends_at > going_on else None
                yield Expectation(one.starts_at, one.ends_at, heard_at)

        return silences(self._recording.surroundings.heard, starts, look, self._policy.feed, self._now)

    def _of_the_platform(self) -> dict[str, Action]:
        """The ticket of each incident of the platform, by its key; whom it may have hit is judged for that alone."""
        shared: dict[str, list[Action]] = {}
        for appointment in self.appointments:
            if self._surroundings.incidents(appointment.starts_at, appointment.ends_at, self._now):
                for action in self._decide(appointment, self._assess(appointment)):
                    if action.platform is not None:
                        shared.setdefault(action.shared, []).append(action)
        return {key: support.spanning(actions) for key, actions in shared.items()}

    def _of_the_meeting(self, appointment: Appointment, key: str) -> Action:
        """The ticket of an incident in a meeting that several appointments share."""
        sharing = [appointment, *self._surroundings.at_the_same_time(appointment)]
        sharing.sort(key=lambda one: one.appointment_id)
        actions = [action for one in sharing for action in self._decide(one, self._assess(one))]
        return support.spanning([action for action in actions if action.shared == key])

    def _told_once(self, appointment: Appointment, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        """The actions with the ticket of an incident that appointments share only where it is told first, and whole."""
        for key in {action.shared for action in actions if action.meeting} - self._spanning.keys():
            self._spanning[key] = self._of_the_meeting(appointment, key)
        told = [self._spanning[action.shared] if action.shared else action for action in actions]
        return tuple([one for one, own in zip(told, actions, strict=True) if one.appointment_id == own.appointment_id])

    def _decide(
        self, appointment: Appointment, assessments: tuple[Assessment, ...], earlier: Mapping[str, int] | None = None
    ) -> tuple[Action, ...]:
        others = self._surroundings.at_the_same_time(appointment)
        meeting = support.shared_key(appointment, others)
        actions = decide(appointment, assessments, self._policy, self._now, earlier, meeting=meeting)
        if not (others and support.may_be_shared(actions)):
            return actions
        beside = self._sharing(appointment, others)
        return decide(appointment, assessments, self._policy, self._now, earlier, meeting=meeting, beside=beside)

    def _sharing(self, appointment: Appointment, others: Iterable[Appointment]) -> list[Assessment]:
        """Everybody of the appointments that share a meeting, one of them told first; kept, since all of them ask."""
        room = appointment.meeting_id, appointment.starts_at, appointment.ends_at
        if room not in self._rooms:
            if len(self._rooms) == ROOMS_KEPT:
                del self._rooms[next(iter(self._rooms))]
            self._rooms[room] = [assessment for one in (appointment, *others) for assessment in self._assess(one)]
        return self._rooms[room]

    def _assess(self, appointment: Appointment) -> tuple[Assessment, ...]:
        return self._in_its_day(appointment, self._judge(appointment))

    def _missing(self, appointment: Appointment) -> tuple[Assessment, ...]:
        """The verdicts on those alone who may have missed an appointment."""
        return self._in_its_day(appointment, self._judge(appointment, judge_missing))

    def _in_its_day(
        self, appointment: Appointment, assessments: tuple[Assessment, ...]
    ) -> tuple[Assessment, ...]:  # fmt: skip
        def sessions_of(codes: Sequence[str]) -> dict[str, list[Appointment]]:
            start = appointment.starts_at
            return {code: self._ladder.sessions_of(code, start - ROW, start) for code in codes}

        early = self._policy.of(appointment.kind).early_window
        return seen_in_its_day(appointment, assessments, sessions_of, self._judge, early)

    def _judge(self, appointment: Appointment, how: Callable = judge) -> tuple[Assessment, ...]:
        """The verdicts on an appointment by itself."""
        events = self._recording.of(appointment, self._policy.of(appointment.kind))
        return how(appointment, events, self._surroundings, self._policy, self._now)


def compare(
    appointments: Iterable[Appointment], recording: Recording, old: Policy, new: Policy, at: datetime | None = None
) -> Iterator[Difference]:
    """Judge everybody under both policies and yield who differs, ordered by appointment and participant.

    Both are judged at the same moment: by default the later of the two at which everything is final. Each has its own
    no-shows, and so its own numbers of them.
    """
    appointments = tuple(appointments)
    at = at or max(everything_final(appointments, recording, policy) for policy in (old, new))
    was, would_be = (Replay(appointments, recording, policy, at, counting_all=True) for policy in (old, new))
    pairs = zip(was.results_on_the_ladder(), would_be.results_on_the_ladder(), strict=True)
    for (before, earlier), (after, earlier_then) in pairs:
        if found := difference(plain(before), plain(after), (earlier, earlier_then)):
            yield found


def everything_final(appointments: Iterable[Appointment], recording: Recording, policy: Policy) -> datetime:
    """A moment after everything that was scheduled or received, at which nothing is open any more."""
    moments = [a.ends_at + policy.of(a.kind).final_after for a in appointments]
    if recording.last is not None:
        moments.append(recording.last + max(t.final_after for t in policy.thresholds.values()))
    return max(moments, default=END_OF_TIME)
