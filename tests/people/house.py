"""A clinic whose clinician can be booked, and the ways in which its people answer."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import responses
from msgspec.structs import replace

from plugin.composition import performers
from plugin.core.appointment import Participant, Role
from plugin.core.slot import BookableHours, Slot
from plugin.ports.queue import WorkKind
from plugin.service import grants
from plugin.service.acting import Actor
from plugin.service.grants import Grant
from plugin.service.offer_watch import OfferWatch
from plugin.storage import action, board, bookable_hours, offer, task, ticket, work
from plugin.storage.tables import audit
from tests.people.zoom import NUMBER, Zoom
from tests.service import clinic
from tests.service.clinic import DORA, NINE, Clinic, ended, joined, left

ALICE = replace(clinic.ALICE, timezone="America/Los_Angeles")
BOB = Participant("C-BOB", Role.CLIENT, "Bob Bellweather", "bob@example.org", registrant_id="reg-bob")
CARA = Participant("C-CARA", Role.CLIENT, "Cara Cobb", "cara@example.org", registrant_id="reg-cara")
TITLE = "Grief group of Alice Appleyard"
# What must never leave the staff pages: names, addresses, titles, what kind of session it was.
SECRETS = ("Alice", "Appleyard", "alice@", "Dora", "Dimmock", "dora@", "Grief", "grief", "Program-7", "individual")
TEN = NINE + timedelta(hours=1)


def appointment(number: str = "A1", client: Participant = ALICE, **changes):
    """An hour with Dora at ten in New York, which is seven in the morning for Alice."""
    values = {"participants": (client, DORA), "timezone": "America/New_York", "title": TITLE, "program_id": "Program-7"}
    return clinic.appointment(number, **(values | changes))


class House(Clinic):
    """A clinic with Dora's bookable hours: weekdays from nine to five in New York."""

    def __init__(self, rejoin, *roster, opens: int = 9, closes: int = 17):
        super().__init__(rejoin, *(roster or (appointment(),)))
        hours = [BookableHours(day, time(opens), time(closes), "America/New_York") for day in range(5)]
        with rejoin.db.begin() as tx:
            bookable_hours.put(tx, DORA.participant_id, hours)

    def miss(self, meeting: str = "81000000001") -> None:
        """Dora held the hour; nobody else came. It is three hours later, and the verdict is final."""
        for body in (joined(DORA, NINE, meeting=meeting), left(DORA, TEN, meeting=meeting), ended(TEN, meeting)):
            self.receive(body)
        self.go_to(NINE + timedelta(hours=3))

    def act(self) -> None:
        """Carry out what is due, as the engine would, until nothing is."""
        actor = Actor(self.rejoin, performers())
        while True:
            now = self.clock.now()
            with self.rejoin.db.begin() as tx:
                claims = work.claim_due(tx, (WorkKind.ACT,), now, now)
            if not claims:
                return
            for claim in claims:
                actor.perform(claim)

    def look(self) -> int:
        """Look at the offers that are to be looked at now; returns how many looks that were."""
        looks, watch = 0, OfferWatch(self.rejoin)
        while True:
            now = self.clock.now()
            with self.rejoin.db.begin() as tx:
                claims = work.claim_due(tx, (WorkKind.OFFER,), now, now)
            if not claims:
                return looks
            for claim in claims:
                watch.perform(claim)
                looks += 1

    def do(self, use_case, *arguments):
        """One decision of a person, now."""
        with self.rejoin.db.begin() as tx:
            return use_case(tx, self.rejoin, *arguments, now=self.clock.now())

    def offer(self, number: str = "A1"):
        with self.rejoin.db.read() as tx:
            query = offer.table.select().where(offer.table.c.appointment_id == number)
            rows = tx.execute(query.order_by(offer.table.c.id)).all()
        return rows[0] if rows else None

    def slots(self, number: str = "A1") -> tuple[Slot, ...]:
        return offer.slots_of(self.offer(number))

    def approve(self, number: str = "A1") -> None:
        """A coordinator approves the offer as it stands, and it goes out."""
        from plugin.service import offering

        row = self.offer(number)
        self.do(offering.approve, row.id, row.version, None, "cora")
        self.act()

    def letters(self, subject: str = "") -> list[board.OpenLetter]:
        with self.rejoin.db.read() as tx:
            found = [board.letter(tx, row.id) for row in board.letters(tx)]
        return [one for one in found if subject in one.subject]

    def token(self, number: str = "A1", subject: str = "Another time") -> str:
        """What stands behind the link of the letter."""
        body = next(one.body for one in self.letters(subject) if one.appointment_id == number)
        return re.search(r"https://rejoin\.invalid/a/(\S+)", body).group(1)

    def grant(self, number: str = "A1") -> Grant:
        """The link of the offer, opened."""
        return self.do(grants.open_grant, self.token(number), grants.ANSWER)

    def action(self, key: str):
        with self.rejoin.db.read() as tx:
            return action.by_key(tx, key)

    def tickets(self) -> list:
        with self.rejoin.db.read() as tx:
            return list(ticket.listed(tx, (ticket.OPEN, ticket.TAKEN, ticket.RESOLVED, ticket.ATTACHED)))

    def notes(self, number: int = 1) -> list[str]:
        with self.rejoin.db.read() as tx:
            return [note.text for note in ticket.notes(tx, number)]

    def tasks(self, state: str = task.OPEN) -> list:
        with self.rejoin.db.read() as tx:
            return list(task.listed(tx, state))

    def audit(self) -> list[tuple[str, str, str]]:
        with self.rejoin.db.read() as tx:
            return [(r.actor, r.did, r.subject) for r in tx.execute(audit.select().order_by(audit.c.id))]

    def busy(self, number: str, who: Participant, at: datetime, minutes: int = 60, **changes) -> None:
        """Put another appointment of this person into the roster."""
        times = {"starts_at": at, "ends_at": at + timedelta(minutes=minutes), "meeting_id": f"82{number[1:]:0>9}"}
        self.put(appointment(number, **(times | {"participants": (who,)} | changes)))


def zoom_makes(edge: responses.RequestsMock, number: int = NUMBER) -> Zoom:
    """Zoom at the edge: it lists nothing yet, and makes what it is asked for."""
    zoom = Zoom(number)
    zoom.at(edge)
    return zoom
