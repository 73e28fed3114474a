"""Every state of the client's page, brought about as it comes about: by deliveries, people and time."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from plugin.core.appointment import Status
from plugin.service import answering, grants, picking
from plugin.service.grants import ANSWER, NOTICE
from tests.people.house import ALICE, NINE, TEN, House, appointment
from tests.service.clinic import DORA, ended, joined, left

MINUTE = timedelta(minutes=1)
LATER = NINE + timedelta(hours=3)
BROKE = "network connection error"


class Journey(House):
    """Alice's hour with Dora, and the link to her page of it."""

    def __init__(self, rejoin, **changes):
        self.alice = replace(ALICE, **changes)
        super().__init__(rejoin, appointment(client=self.alice))
        self.clock.set(NINE - timedelta(hours=2))
        self.put_join_url()

    def put_join_url(self) -> None:
        from plugin.storage import appointment as appointments

        with self.rejoin.db.begin() as tx:
            now, stands = self.clock.now(), appointments.load(tx, "A1")
            appointments.put(tx, stands, now, join_url="https://zoom.example/j/81000000001?pwd=x")

    def path(self, purpose: str = ANSWER, tap: str = "", offer_id: int | None = None) -> str:
        """A link to Alice's page, which works for a week."""
        now = self.clock.now()
        with self.rejoin.db.begin() as tx:
            key = f"{purpose}/{now}/{offer_id}"
            codes = ("A1", ALICE.participant_id)
            token = grants.issue(tx, self.rejoin, purpose, key, *codes, now + timedelta(days=7), now, offer_id)
        whole = grants.link(self.rejoin, token, purpose, tap)
        return whole.removeprefix(self.rejoin.settings.public_url.rstrip("/"))

    def of_the_offer(self) -> str:
        """The link of the offer."""
        return self.path(offer_id=self.offer().id)

    def grant_of(self, path: str) -> grants.Grant:
        """What the link allows."""
        return self.do(grants.open_grant, path.rsplit("/", 1)[-1], ANSWER)

    def deliver(self, *bodies: dict) -> None:
        """What Zoom delivers, read and judged at once."""
        for body in bodies:
            self.receive(body)
        self.work()

    def dora_holds_it(self) -> None:
        """Dora was there the whole hour."""
        self.deliver(joined(DORA, NINE), left(DORA, TEN), ended(TEN))

    def offered(self) -> None:
        """Alice did not come; three other times went out to her."""
        self.miss()
        self.approve()


def before(j: Journey) -> str:
    return j.path()


def noticed(j: Journey) -> str:
    path = j.path()
    j.do(answering.tell, j.grant_of(path), "cannot")
    j.work()
    return path


def notice(j: Journey) -> str:
    return j.path(NOTICE)


def running(j: Journey) -> str:
    j.go_to(NINE + 30 * MINUTE)
    j.deliver(
        joined(DORA, NINE),
        joined(ALICE, NINE + 4 * MINUTE, "k1"),
        left(ALICE, NINE + 15 * MINUTE, "k1", BROKE),
        joined(ALICE, NINE + 21 * MINUTE, "k2"),
    )
    return j.path()


def running_unseen(j: Journey) -> str:
    j.go_to(NINE + 6 * MINUTE)
    j.deliver(joined(DORA, NINE))
    return j.path()


def tap(j: Journey) -> str:
    running_unseen(j)
    return j.path(tap="trouble")


def pending(j: Journey) -> str:
    j.clock.set(TEN)
    return j.path()


def attended(j: Journey) -> str:
    j.deliver(joined(ALICE, NINE), left(ALICE, TEN))
    j.dora_holds_it()
    j.go_to(LATER)
    return j.path()


def technical(j: Journey) -> str:
    j.deliver(joined(ALICE, NINE + MINUTE), left(ALICE, NINE + 20 * MINUTE, reason=BROKE))
    j.dora_holds_it()
    j.go_to(LATER)
    j.act()
    return j.path()


def absence(j: Journey) -> str:
    j.miss()
    return j.path()


def provider(j: Journey) -> str:
    j.deliver(joined(ALICE, NINE), left(ALICE, TEN), ended(TEN))
    j.go_to(LATER)
    return j.path()


def undetermined(j: Journey) -> str:
    j.go_to(LATER)
    return j.path()


def excused(j: Journey) -> str:
    j.do(answering.tell, j.grant_of(j.path()), "cannot")
    j.miss()
    return j.path()


def offer_open(j: Journey) -> str:
    j.offered()
    return j.of_the_offer()


def offer_partly_taken(j: Journey) -> str:
    j.offered()
    j.busy("B1", DORA, j.slots()[0].starts_at)
    return j.of_the_offer()


def offer_taken(j: Journey) -> str:
    j.offered()
    for number, slot in enumerate(j.slots()):
        j.busy(f"B{number}", DORA, slot.starts_at)
    return j.of_the_offer()


def offer_ran_out(j: Journey) -> str:
    path = offer_taken(j)
    j.look()
    return path


def accepted(j: Journey) -> str:
    j.offered()
    j.do(picking.pick, j.grant_of(j.of_the_offer()), 0)
    return j.path()


def declined(j: Journey) -> str:
    j.offered()
    j.do(picking.refuse, j.grant_of(j.of_the_offer()))
    return j.path()


def used(j: Journey) -> str:
    j.offered()
    path = j.of_the_offer()
    j.do(picking.pick, j.grant_of(path), 0)
    return path


def link_expired(j: Journey) -> str:
    j.offered()
    path = j.of_the_offer()
    j.clock.advance(days=8)
    return path


def offer_expired(j: Journey) -> str:
    j.offered()
    j.clock.advance(days=8)
    return j.of_the_offer()


def corrected(j: Journey) -> str:
    j.miss()
    path = j.path()
    j.clock.advance(minutes=1)
    hear_late(j)
    return path


def hear_late(j: Journey) -> None:
    """Only now it is delivered that her connection broke."""
    j.deliver(joined(ALICE, NINE + MINUTE), left(ALICE, NINE + 20 * MINUTE, reason=BROKE))


def called_off(j: Journey) -> str:
    j.put(appointment(client=j.alice, status=Status.CANCELLED))
    return j.path()


STATES = {
    # how it comes about: what the page says, and what it does not say
    before: (("Your session on Monday", "Join now", "I can’t make it"), ("What we saw",)),
    noticed: (("You told us that you cannot come", "Until the next time"), ("I can’t make it",)),
    notice: (("Can’t make it on Monday", "You need not say why"), ("Join now",)),
    running: (("Your session has started", "7:15 AM to 7:21 AM: cut off", "I can’t connect"), ("We missed you",)),
    running_unseen: (("Your session has started", "Join now"), ("What we saw", "We missed you")),
    tap: (("Can’t you connect?", "Something else"), ("Join now",)),
    pending: (("We are still looking at how it went", "What happened?"), ("We missed you", "Join now")),
    attended: (("You were there. Thank you for coming.", "Nothing. See you next time."), ("I was there", "We missed")),
    technical: (
        ("It looks as if your connection failed", "7:20 AM to 8:00 AM: cut off", "Our technical support has seen it"),
        ("We missed you",),
    ),
    absence: (("We missed you there", "We did not see you in this hour", "We are looking for another time"), ()),
    provider: (("That was on our side, and we are sorry", "in the session"), ("We missed you", "cut off")),
    undetermined: (("Please tell us, then we need not guess", "A person looks at it"), ("We missed you",)),
    excused: (("Thank you for telling us in advance",), ("We missed you",)),
    offer_open: (("Pick a new time", "Book this time", "None of these times works for me"), ("taken by",)),
    offer_partly_taken: (("Book this time", "taken by somebody else"), ()),
    offer_taken: (
        ("The times we offered are no longer free. You need do nothing", "What would suit you?", "Which days"),
        ("Book this time", "Pick a new time"),
    ),
    offer_ran_out: (("We are looking for another time", "What would suit you?"), ("Book this time", "Pick a new time")),
    accepted: (("You picked",), ("Book this time", "Pick a new time")),
    declined: (("You told us that none of the times works for you",), ("Book this time",)),
    used: (("Thank you, we have your answer", "You picked", "Send me a new link"), ("Book this time",)),
    link_expired: (("This link has expired", "Send me a new link", "You can reach us"), ("Book this time",)),
    offer_expired: (
        ("The times we offered have run out", "Do you still want another time?", "Ask for new times"),
        ("Book this time", "Pick a new time"),
    ),
    corrected: (("what stood here before was not right. We are sorry.", "your connection failed"), ("We missed you",)),
    called_off: (("This session was called off",), ("Join now", "I had technical trouble")),
}
