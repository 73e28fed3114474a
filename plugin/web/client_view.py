"""What a client's page shows of one session: what was seen, how it stands, what they can do, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy import Row

from plugin.core.action import ActionKind
from plugin.core.hour import Part, hour
from plugin.core.makeup import OPEN, MakeupState
from plugin.core.slot import Slot
from plugin.core.standing import OVER, Choice, Standing, choice, standing, was_corrected
from plugin.service import grants
from plugin.service.availability import open_slots
from plugin.service.grants import Grant
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import board, delivery
from plugin.storage import grant as links
from plugin.storage import makeup as makeups
from plugin.storage import offer as offers
from plugin.storage.board import Booking, Person
from plugin.storage.database import Transaction
from plugin.web import moment
from plugin.web.current import rejoin, staff_zone
from plugin.web.phrase import Phrases, phrases
from plugin.web.presence import BROKE_OFF

HOW_IT_WAS = ("rejoin.trouble_reported", "rejoin.presence_claimed")
"""What a client tells of a session that is over."""


@dataclass(frozen=True, slots=True)
class ShownSlot:
    """A time of the offer by its number; one that somebody else has is shown, and cannot be picked."""

    number: int
    slot: Slot
    free: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of the picture of the hour, in the units of its view box, 600 wide."""

    part: Part
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Work:
    """Make-up work in place of this session: its state, its title and minutes, and the link's token while it works."""

    state: str
    title: str
    minutes: int
    token: str | None


@dataclass(frozen=True, slots=True)
class ClientView:
    """One client's page; `t` says everything in their language and zone."""

    t: Phrases
    booking: Booking
    person: Person
    standing: Standing
    heard: bool
    """They told us how it was for them."""
    corrected: bool
    provisional: bool
    bars: tuple[Bar, ...]
    choice: Choice
    seat: bool
    may_wish: bool
    slots: tuple[ShownSlot, ...]
    chosen: Slot | None
    expires_at: datetime | None
    can_join: bool
    helped: bool
    work: Work | None

    @property
    def phase(self) -> str:
        """`before`, `running`, `over` or `called-off`: which heading and which buttons."""
        if self.standing in OVER:
            return "over"
        return "before" if self.standing is Standing.NOTICED else self.standing.value

    @property
    def told(self) -> str:
        """The phrase of what was seen; who said how it was is not asked for it again."""
        return "heard" if self.heard and self.standing is Standing.UNDETERMINED else self.standing.value

    @property
    def to_do(self) -> bool:
        """Whether there is make-up work that they can open from here."""
        return self.work is not None and self.work.state in OPEN and self.work.token is not None

    def comes_next(self) -> list[str]:
        """What comes next, in the order in which it comes."""
        return list(_comes_next(self))


def client_view(tx: Transaction, grant: Grant, now: datetime) -> ClientView | None:
    """The page behind a grant; None when its person or its session is not in the roster any more."""
    booking = board.booking(tx, grant.appointment_id, names=False)
    person = booking.person(grant.participant_id) if booking else None
    if booking is None or person is None:
        return None
    result = person.verdict.result if person.verdict else {}
    stands = standing(
        booking.starts_at, booking.ends_at, booking.stands_for(person), result.get("outcome"),
        result.get("cause"), _heard(tx, grant, "rejoin.notice_given"), now,
    )  # fmt: skip
    offer = _offer(tx, grant)
    slots = tuple(_shown(tx, offer, now)) if offer is not None and offer.state == offers.SENT else ()
    how = choice(
        offer.state if offer else None, offer.wish if offer else None, offer.expires_at if offer else None,
        [one.free for one in slots], now,
    )  # fmt: skip
    chosen = offers.slots_of(offer)[offer.chosen] if how is Choice.ACCEPTED and offer.chosen is not None else None
    return ClientView(
        t=speech(booking, person),
        booking=booking,
        person=person,
        standing=stands,
        heard=stands in OVER and _heard(tx, grant, *HOW_IT_WAS),
        corrected=stands in OVER and _corrected(tx, booking.appointment_id, person),
        provisional=stands in OVER and bool(result) and not result.get("final"),
        bars=_picture(booking, result, now),
        choice=how,
        seat=offer is not None and offer.seat,
        may_wish=grant.offer_id is not None and (how is Choice.GONE or _is_looked_for(offer)),
        # Picking is what the offer's own link is for; any other link only says that there is something to pick.
        slots=slots if how is Choice.OPEN and grant.offer_id is not None else (),
        chosen=chosen,
        expires_at=offer.expires_at if offer is not None else None,
        can_join=now < booking.ends_at
        and stands is not Standing.CALLED_OFF
        and bool(appointments.join_url(tx, booking.appointment_id, person.participant_id)),
        helped=_helped(tx, booking.appointment_id, person.participant_id),
        work=_work(tx, grant, now),
    )


def speech(booking: Booking | None, person: Person | None) -> Phrases:
    """The language and zone of a reader; what the roster does not say, the browser and the program do."""
    accepted = [tag for tag, _ in request.accept_languages]
    zone = client_zone(booking, person) if booking else staff_zone()
    return phrases(person.language if person else "", zone, () if person else accepted)


def client_zone(booking: Booking, person: Person | None) -> ZoneInfo:
    """The zone in which this person reads times: their own, else the program's, else the staff's."""
    programs = moment.zone_of(booking.timezone, staff_zone())
    return moment.zone_of(person.timezone if person else "", programs)


def _heard(tx: Transaction, grant: Grant, *events: str) -> bool:
    """Whether this person told one of these about the session."""
    told = (one for event in events for one in delivery.told(tx, grant.appointment_id, event))
    return any(one.get("participant_id") == grant.participant_id for one in told)


def _offer(tx: Transaction, grant: Grant) -> Row | None:
    """The offer of the link; a link without one shows how the newest offer about this session stands."""
    if grant.offer_id is not None:
        return offers.load(tx, grant.offer_id)
    return board.newest_offer(tx, grant.appointment_id, grant.participant_id)


def _is_looked_for(offer: Row) -> bool:
    """Whether times are looked for, and they have not said yet what would suit them."""
    return offer.state == offers.PROPOSED and not offer.wish


def _shown(tx: Transaction, offer: Row, now: datetime) -> Iterator[ShownSlot]:
    free = {number for number, _ in open_slots(tx, rejoin(), offer, now)}
    numbered = sorted(enumerate(offers.slots_of(offer)), key=lambda entry: entry[1].starts_at)
    for number, slot in numbered:
        if slot.starts_at > now:
            yield ShownSlot(number, slot, number in free)


def _corrected(tx: Transaction, appointment_id: str, person: Person) -> bool:
    """Whether something else stood here that they may have read: they had a link while it did."""
    since = links.first_made(tx, appointment_id, person.participant_id)
    if person.verdict is None or since is None:
        return False
    earlier = board.earlier_verdicts(tx, appointment_id, person.participant_id)
    readable = [one for one, next_ in pairwise([*earlier, person.verdict]) if next_.made_at > since]
    said = [(one.result["outcome"], one.result["cause"], one.result["final"]) for one in readable]
    return was_corrected(said, person.verdict.result["outcome"], person.verdict.result["cause"])


def _picture(booking: Booking, result: dict, now: datetime) -> tuple[Bar, ...]:
    """The hour until now; in a session that runs the rest of it stays empty."""
    begin, end = booking.starts_at, min(now, booking.ends_at)
    if end <= begin:
        return ()
    stretches = [(s["state"], moment.read(s["from"]), moment.read(s["to"])) for s in result.get("intervals", ())]
    whole = (booking.ends_at - begin).total_seconds()

    def x(at: datetime) -> float:
        return round((at - begin).total_seconds() / whole * 600, 1)

    parts = hour(begin, end, stretches, bool(BROKE_OFF & set(result.get("flags", ()))))
    return tuple(Bar(part, x(part.from_at), max(x(part.to_at) - x(part.from_at), 1.5)) for part in parts)


def _helped(tx: Transaction, appointment_id: str, participant_id: str) -> bool:
    """Whether technical support has it on the table."""
    opened = [row for row in outbox.of_appointment(tx, appointment_id) if row.kind == ActionKind.TICKET]
    return any(row.state == outbox.DONE and not row.note and participant_id in row.participants for row in opened)


def _work(tx: Transaction, grant: Grant, now: datetime) -> Work | None:
    row = makeups.of_person(tx, grant.appointment_id, grant.participant_id)
    if row is None or row.state == MakeupState.WITHDRAWN:
        return None
    item = makeups.item(tx, row.item_id) if row.item_id is not None else None
    token = grants.issued(tx, rejoin(), grants.MAKEUP, row.action_key, now)
    return Work(row.state, item.title if item else "", row.minutes, token)


def _of_work(t: Phrases, work: Work) -> str:
    if work.state == MakeupState.ACCEPTED:
        return t("next.work-done", title=work.title) if work.title else t("next.work-plain-done")
    if work.state == MakeupState.HANDED_IN:
        return t("next.work-waits")
    return t("next.work", title=work.title, minutes=work.minutes) if work.title else t("next.work-plain")


def _comes_next(view: ClientView) -> Iterator[str]:
    t, begin = view.t, view.booking.starts_at
    match view.standing:
        case Standing.BEFORE:
            yield t("next.join", begin=t.time(begin))
            yield t("next.tell-us")
        case Standing.NOTICED:
            yield t("next.come-anyway")
        case Standing.RUNNING:
            yield t("next.join-now")
        case Standing.ATTENDED | Standing.PARTLY if view.choice is Choice.NONE and view.work is None:
            yield t("next.nothing")
        case Standing.TECHNICAL if view.helped:
            yield t("next.helped")
        case Standing.UNDETERMINED | Standing.PENDING:
            if not view.heard:
                yield t("next.tell-happened")
            if view.standing is Standing.UNDETERMINED:
                yield t("next.person")
        case Standing.PROVIDER:
            yield t("next.no-count")
    yield from _of_choice(view)
    if view.work is not None:
        yield _of_work(t, view.work)


def _of_choice(view: ClientView) -> Iterator[str]:
    t = view.t
    if view.choice is Choice.OPEN and not view.slots:
        yield t("next.sent")
    elif view.choice is Choice.OPEN and view.expires_at is not None:
        yield t("next.open", until=t.day(view.expires_at))
    elif view.choice is Choice.OPEN:
        yield t("next.open-any")
    elif view.choice is Choice.ACCEPTED and view.chosen is not None:
        yield t("next.accepted", time=t.moment(view.chosen.starts_at))
    elif view.choice is not Choice.NONE:
        yield t(f"next.{view.choice.value}")
