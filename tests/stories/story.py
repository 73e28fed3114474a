"""A small language for stories: people come, wait, drop and go; Zoom's deliveries follow; the verdict is expected.

    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician("T1"), story.client("C1")
    story.begins("09:57", clinician)
    story.joins(client, "09:58")
    story.leaves(client, "10:20", "network")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"})

Times are wall-clock texts of the story's day and zone ("24:05" is five past midnight), or aware datetimes. Every
line is a real webhook body; the verdict comes through the replay, which is the path of the live service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.policy import load_policy
from plugin.core.appointment import Appointment, Kind, Participant, Role, Status
from plugin.core.result import plain
from plugin.recording import read_recording
from plugin.replay import replay
from tests.stories.delivery import Delivery, Door, Meeting, Spelling, zulu
from tests.stories.expectation import CHECKS, telling

POLICY = load_policy()
HOST = "uHostQ7yTr2WmK0aa1b2Zc"
Moment = str | datetime
_NAMES = ("Amara Okafor", "Bo Lindqvist", "Cleo Marchetti", "Dario Núñez", "Esi Mensah", "Farid Haidari", "Gita Rao")


@dataclass
class Person:
    """Somebody of the story: what the roster knows of them (if anything) and what Zoom says when they join."""

    code: str
    role: Role | None
    listed: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)


class Story:
    """One appointment, what happened around it, and how the deliveries of it arrived."""

    def __init__(
        self,
        kind: str = "individual",
        starts: Moment = "10:00",
        ends: Moment = "10:50",
        *,
        day: str = "2026-03-02",
        zone: str = "UTC",
        meeting_id: str = "93412345678",
        appointment_id: str = "A1",
        status: str = "booked",
        title: str = "Evening Circle",
        spelling: Spelling | None = None,
    ):
        self.day, self.zone = date.fromisoformat(day), ZoneInfo(zone)
        self.kind, self.status, self.title = Kind(kind), Status(status), title
        self.starts_at, self.ends_at = self.at(starts), self.at(ends)
        self.appointment_id, self.host_id = appointment_id, HOST
        self.meeting = Meeting(meeting_id, HOST, spelling or Spelling())
        self.people: list[Person] = []
        self.others: list[Appointment] = []
        self.sent: list[Delivery] = []
        self._doors: dict[tuple[str, str, str], Door] = {}
        self._elsewhere: dict[str, Meeting] = {}

    # --- who -----------------------------------------------------------------------------------------------------

    def clinician(self, code: str = "T1", name: str = "Dana Whitfield", **known: str) -> Person:
        """A clinician who is expected; signed in to Zoom as the host unless `zoom_id` says otherwise."""
        return self._expect_person(code, Role.CLINICIAN, name, {"zoom_id": HOST} | known)

    def client(self, code: str = "C1", name: str | None = None, **known: str) -> Person:
        """A client with a personal link (a registrant id of their own) unless `registrant_id=""` is given."""
        name = _NAMES[len(self.people) % len(_NAMES)] if name is None else name
        return self._expect_person(code, Role.CLIENT, name, {"registrant_id": f"reg-{code}"} | known)

    def clients(self, count: int) -> list[Person]:
        """Several clients, C1 and on."""
        return [self.client(f"C{number}") for number in range(1, count + 1)]

    def guest(self, name: str = "Guest", **shown: str) -> Person:
        """Somebody who is not on the roster, or not known to be."""
        return Person(f"guest {name}", None, {}, {"name": name} | shown)

    def _expect_person(self, code: str, role: Role, name: str, known: dict[str, str]) -> Person:
        listed = {"name": name} | known
        shown = {k: v for k, v in listed.items() if k in ("name", "registrant_id", "customer_key", "zoom_id")}
        if listed.get("zoom_id"):
            shown["email"] = listed.get("email", "")
        listed.pop("zoom_id", None)
        person = Person(code, role, listed, shown)
        self.people.append(person)
        return person

    # --- when ----------------------------------------------------------------------------------------------------

    def at(self, moment: Moment) -> datetime:
        """A wall-clock text of the story's day and zone as aware UTC."""
        if isinstance(moment, datetime):
            return moment.astimezone(UTC)
        hours, minutes, seconds = ([int(part) for part in moment.split(":")] + [0])[:3]
        days, hours = divmod(hours, 24)
        wall = datetime(self.day.year, self.day.month, self.day.day, hours, minutes, seconds, tzinfo=self.zone)
        return (wall + timedelta(days=days)).astimezone(UTC)

    # --- the room ------------------------------------------------------------------------------------------------

    def opens(self, at: Moment, **arrival: Any) -> Delivery:
        """meeting.started: a new instance of the meeting, with a uuid of its own."""
        self.meeting.new_instance(self.at(at))
        return self._send(self.meeting.body("meeting.started", self.at(at)), at, **arrival)

    def closes(self, at: Moment, **arrival: Any) -> Delivery:
        """meeting.ended: event_ts before the last `left`, delivered long after it, as Zoom does."""
        arrival.setdefault("after", 18)
        end = self.at(at)
        body = self.meeting.body("meeting.ended", end, sent_after=0.1, end_time=zulu(end))
        return self._send(body, at, **arrival)

    def begins(self, at: Moment, clinician: Person) -> None:
        """The clinician opens the room and is in it."""
        self.opens(at)
        self.joins(clinician, at)

    def is_over(self, at: Moment, *people: Person, reason: str = "plain") -> None:
        """These people go at the end, and the meeting ends."""
        for person in people:
            self.leaves(person, at, reason)
        self.closes(at)

    def is_deleted(self, at: Moment, occurrences: Sequence[Moment] = ()) -> Delivery:
        """meeting.deleted, of everything or of single occurrences."""
        told = [{"occurrence_id": str(i), "start_time": zulu(self.at(o))} for i, o in enumerate(occurrences, 1)]
        body = self.meeting.body("meeting.deleted", self.at(at), 0, operation="single" if told else "all")
        if told:
            body["payload"]["object"]["occurrences"] = told
        return self._send(body, at)

    # --- people come and go --------------------------------------------------------------------------------------

    def joins(self, who: Person, at: Moment, *, device: str = "", meeting: str = "", **shown: Any) -> Delivery:
        """meeting.participant_joined under a new participant_uuid and user_id; `shown` replaces what Zoom says."""
        arrival = _arrival(shown)
        place = self.place(meeting, at)
        door = self._doors[(who.code, device, meeting)] = place.door(who.shown | shown)
        return self._send(place.person("participant_joined", self.at(at), door, "join_time"), at, **arrival)

    def leaves(
        self, who: Person, at: Moment, reason: str = "plain", *, device: str = "", meeting: str = "", **arrival: Any
    ) -> Delivery:
        """meeting.participant_left of their latest connection on that device."""
        place, key = self.place(meeting, at), (who.code, device, meeting)
        door = self._doors.get(key) or place.door(who.shown)
        self._doors[key] = door
        return self._send(place.left(self.at(at), door, reason), at, **arrival)

    def stays(self, who: Person, begin: Moment, end: Moment, reason: str = "plain", **shown: Any) -> None:
        """Joins and leaves."""
        self.joins(who, begin, **shown)
        self.leaves(who, end, reason, device=shown.get("device", ""), meeting=shown.get("meeting", ""))

    def drops(self, who: Person, at: Moment, back: Moment | None = None, reason: str = "network") -> None:
        """Is cut off; comes back as a new connection if `back` says when."""
        self.leaves(who, at, reason)
        if back:
            self.joins(who, back)

    def switches_room(
        self, who: Person, at: Moment, reason: str = "to breakout", *, join_first: bool = False, **shown: str
    ) -> None:
        """A same-second left and joined with the same participant_uuid: breakout hop, rename or silent swap."""
        old = self._doors[(who.code, "", "")]
        new = self._doors[(who.code, "", "")] = self.meeting.next_door(old, shown)
        parts = [
            (self.meeting.left(self.at(at), old, reason), 2.1),
            (self.meeting.person("participant_joined", self.at(at), new, "join_time"), 1.9 if join_first else 2.3),
        ]
        for body, after in parts:
            self._send(body, at, after=after)

    def renames(self, who: Person, at: Moment, name: str) -> None:
        """Changes the displayed name: Zoom sends no rename, only a swap under the new name."""
        self.switches_room(who, at, "plain", name=name)

    def waits(self, who: Person, at: Moment, *, device: str = "", **shown: Any) -> Delivery:
        """meeting.participant_joined_waiting_room."""
        arrival = _arrival(shown)
        door = self._doors[(who.code, f"waiting{device}", "")] = self.meeting.door(who.shown | shown)
        return self._send(
            self.meeting.person("participant_joined_waiting_room", self.at(at), door, "date_time"), at, **arrival
        )

    def stops_waiting(self, who: Person, at: Moment, *, device: str = "", **arrival: Any) -> Delivery:
        """meeting.participant_left_waiting_room: gave up, was refused, or was let in."""
        return self._waiting("participant_left_waiting_room", who, at, arrival, device)

    def is_admitted(self, who: Person, at: Moment, *, device: str = "", **arrival: Any) -> Delivery:
        """meeting.participant_admitted (the join is another delivery)."""
        return self._waiting("participant_admitted", who, at, arrival, device)

    def is_put_back(self, who: Person, at: Moment, **arrival: Any) -> Delivery:
        """meeting.participant_put_in_waiting_room: sent from the meeting back to the waiting room."""
        self._doors[(who.code, "waiting", "")] = self._doors[(who.code, "", "")]
        return self._waiting("participant_put_in_waiting_room", who, at, arrival)

    def _waiting(self, event: str, who: Person, at: Moment, arrival: dict[str, Any], device: str = "") -> Delivery:
        door = self._doors.get((who.code, f"waiting{device}", "")) or self.meeting.door(who.shown)
        return self._send(self.meeting.person(event, self.at(at), door, "date_time"), at, **arrival)

    def before_host(self, event: str, who: Person, at: Moment, **arrival: Any) -> Delivery:
        """meeting.participant_jbh_joined, jbh_waiting or jbh_waiting_left: no user_id, no uuid, no time of its own."""
        return self._send(self.meeting.before_host(f"participant_{event}", self.at(at), who.shown), at, **arrival)

    def binds_phone(self, who: Person, at: Moment, number: str, *, phone_first: bool = False) -> None:
        """A phone leg joins and is bound to the person's other connection."""
        self.joins(who, at, device="phone", name=number, phone=number, registrant_id="", zoom_id="", email="")
        web, phone = self._doors[(who.code, "", "")], self._doors[(who.code, "phone", "")]
        first, second = (phone, web) if phone_first else (web, phone)
        body = self.meeting.person("participant_bind", self.at(at), first, "date_time")
        about = body["payload"]["object"]["participant"]
        about |= {"bind_user_id": second.user_id, "bind_participant_uuid": second.uuid, "phone_number": number}
        self._send(body, at, after=3)

    def is_warned(
        self, who: Person, at: Moment, what: str = "internet connection unstable", *, device: str = ""
    ) -> Delivery:
        """meeting.participant_qos with a notification; it names the instance and the connection, nobody."""
        return self._send(self.meeting.quality(self.at(at), self._doors[(who.code, device, "")], what), at)

    # --- around it -----------------------------------------------------------------------------------------------

    def another_appointment(
        self,
        appointment_id: str,
        meeting_id: str,
        starts: Moment,
        ends: Moment,
        *people: Person,
        kind: str | None = None,
        status: str = "booked",
    ) -> None:
        """One more appointment of the roster."""
        self.others.append(
            Appointment(
                appointment_id,
                Kind(kind) if kind else self.kind,
                self.at(starts),
                self.at(ends),
                meeting_id,
                tuple(_listed(p) for p in people),
                status=Status(status),
                host_id=HOST,
            )
        )

    def other_meeting_hears(self, at: Moment, account: str = "") -> Delivery:
        """A sign of life of the account: somebody unknown joins a meeting that has nothing to do with this one."""
        sent = self.joins(self.guest("Somebody Else", email="else@example.net"), at, meeting="97700000001")
        sent.body["payload"] |= {"account_id": account} if account else {}
        return sent

    def clicks_link(self, who: Person, at: Moment) -> Delivery:
        """rejoin.join_clicked: the personal join link was opened."""
        return self._own("rejoin.join_clicked", at, who)

    def is_flooded(self, at: Moment) -> Delivery:
        """rejoin.flood_began: so much was told of strangers that no more of it was read."""
        body = _own_body("rejoin.flood_began", self.at(at), {"appointment_id": self.appointment_id})
        return self._send(body, at, after=0)

    def reports_trouble(self, who: Person, at: Moment) -> Delivery:
        """rejoin.trouble_reported: "I can't connect"."""
        return self._own("rejoin.trouble_reported", at, who)

    def claims_presence(self, who: Person, at: Moment) -> Delivery:
        """rejoin.presence_claimed: "I was there"."""
        return self._own("rejoin.presence_claimed", at, who)

    def gives_notice(self, who: Person, at: Moment) -> Delivery:
        """rejoin.notice_given: told us in advance."""
        return self._own("rejoin.notice_given", at, who)

    def platform_incident(self, begin: Moment, end: Moment, **arrival: Any) -> Delivery:
        """rejoin.platform_incident: Zoom itself had trouble."""
        payload = {"started_at": zulu(self.at(begin)), "ended_at": zulu(self.at(end))}
        return self._send(_own_body("rejoin.platform_incident", self.at(begin), payload), begin, **arrival)

    def zoom_reports(self, at: Moment, *rows: tuple[Person, Moment, Moment], whole: bool = True) -> None:
        """Zoom's own report of the running instance: who was there from when to when (under the connection that
        they have, if one was delivered), and the word that it is complete."""
        for who, begin, end in rows:
            door = self._doors.get((who.code, "", "")) or self.meeting.door(who.shown)
            body = self.meeting.person("", self.at(begin), door, "join_time")
            body["payload"]["object"]["participant"] |= {"participant_uuid": "", "leave_time": zulu(self.at(end))}
            self._report("rejoin.presence_reported", body, at)
        if whole:
            over = self.meeting.body("", self.at(self.ends_at), end_time=zulu(self.ends_at))
            self._report("rejoin.report_completed", over, at)

    def _report(self, event: str, body: dict, at: Moment) -> None:
        self._send({"event": event, "payload": body["payload"]}, at, after=0)

    def is_deauthorized(self, at: Moment) -> Delivery:
        """app_deauthorized: nothing of the account is heard any more."""
        return self._send(self.meeting.deauthorized(self.at(at)), at)

    def _own(self, event: str, at: Moment, who: Person) -> Delivery:
        payload = {"appointment_id": self.appointment_id, "participant_id": who.code}
        return self._send(_own_body(event, self.at(at), payload), at, after=0)

    def place(self, meeting_id: str, at: Moment, host: str = "uHostElsewhere00000000") -> Meeting:
        """Another meeting, begun when it is first spoken of; this one without a number."""
        if not meeting_id:
            return self.meeting
        if meeting_id not in self._elsewhere:
            self._elsewhere[meeting_id] = Meeting(meeting_id, host, self.meeting.spelling)
            self._elsewhere[meeting_id].new_instance(self.at(at))
        return self._elsewhere[meeting_id]

    def _send(
        self, body: dict, at: Moment, *, after: float = 2, lost: bool = False, again: Iterable[float] = ()
    ) -> Delivery:
        delivery = Delivery(body, self.at(at), self.at(at) + timedelta(seconds=after))
        if lost:
            return delivery
        self.sent.append(delivery)
        self.sent += [replace(delivery, received_at=delivery.received_at + timedelta(seconds=s)) for s in again]
        return delivery

    # --- what came of it -----------------------------------------------------------------------------------------

    @property
    def appointment(self) -> Appointment:
        """What the roster says."""
        return Appointment(
            self.appointment_id,
            self.kind,
            self.starts_at,
            self.ends_at,
            self.meeting.meeting_id,
            tuple(_listed(p) for p in self.people),
            title=self.title,
            timezone=str(self.zone),
            status=self.status,
            host_id=self.host_id,
        )

    def deliveries(self) -> list[Delivery]:
        """In order of arrival."""
        return sorted(self.sent, key=lambda d: d.received_at)

    def lines(self) -> list[bytes]:
        """The events file, in order of arrival."""
        return [delivery.line() for delivery in self.deliveries()]

    def results(self, at: Moment = "final", lines: list[bytes] | None = None, policy=POLICY) -> list[dict]:
        """The contract's results for the whole roster, judged at a moment or once everything is final."""
        now = None if at == "final" else self.at(at)
        roster = [self.appointment, *self.others]
        recording = read_recording(self.lines() if lines is None else lines, roster, now)
        assert not recording.problems, recording.problems
        return list(map(plain, replay(roster, recording, policy, now)))

    def result(self, who: Person, at: Moment = "final", appointment_id: str = "", **more: Any) -> dict:
        """The result of one person."""
        wanted = (appointment_id or self.appointment_id, who.code)
        found = [r for r in self.results(at, **more) if (r["appointment_id"], r["participant_id"]) == wanted]
        assert len(found) == 1, f"{len(found)} results for {wanted}"
        return found[0]

    def expect(
        self, who: Person, *, at: Moment = "final", appointment_id: str = "", policy=POLICY, **wanted: Any
    ) -> dict:
        """Compare a result with what is expected of it; see `CHECKS` for the words. Returns the result."""
        result = self.result(who, at, appointment_id, policy=policy)
        wrong = [problem for word, value in wanted.items() if (problem := CHECKS[word](result, value))]
        if wrong:
            raise AssertionError("\n".join([*wrong, "", self.tell(result)]))
        return result

    def tell(self, result: dict) -> str:
        """The whole result and every delivery, for a person who reads a failed test."""
        return telling(result, [delivery.told() for delivery in self.deliveries()])

    def expect_no_no_show(self, who: Person, at: Moment = "final") -> dict:
        """Whatever it is, it is not held against them."""
        return self.expect(who, at=at, no_show=False)


def _listed(person: Person) -> Participant:
    return Participant(person.code, person.role, **person.listed)


def _arrival(told: dict[str, Any]) -> dict[str, Any]:
    return {word: told.pop(word) for word in ("after", "lost", "again") if word in told}


def _own_body(event: str, at: datetime, payload: dict) -> dict:
    return {"event": event, "event_ts": int(at.timestamp() * 1000), "payload": payload}


def an_hour(kind: str = "individual", **more: Any) -> tuple[Story, Person, Person]:
    """A session from 10:00 to 11:00; the clinician opens the room at 9:57, one client is expected."""
    story = Story(kind, "10:00", "11:00", **more)
    clinician, client = story.clinician(), story.client()
    story.begins("09:57", clinician)
    return story, clinician, client


def seconds_after(story: Story, moment: str, seconds: float) -> datetime:
    """A moment of the story, moved by seconds."""
    return story.at(moment) + timedelta(seconds=seconds)
