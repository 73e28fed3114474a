"""From the outbox to the world: once, again later, or given up for staff to see."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.composition import performers
from plugin.ports.outcome import Away, Permanent, Temporary
from plugin.ports.queue import Claim, WorkKind
from plugin.ports.queue import Remote as To
from plugin.service.acting import Actor, retry_dead
from plugin.service.lane import GOES_TO, dispatch
from plugin.storage import action, outbound, work


class Remote:
    """The far end of a performer: refuses as often as told, then accepts, and counts what it was asked for."""

    def __init__(self, *refusals: Exception):
        self.refusals = list(refusals)
        self.asked: list[str] = []

    def perform(self, rejoin, row) -> str:
        self.asked.append(row.key)
        if self.refusals:
            raise self.refusals.pop(0)
        return f"remote-{len(self.asked)}"


@pytest.fixture
def queued(rejoin):
    """One message that waits in the outbox."""
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        row = action.add_row(
            tx, key="message/A1/C-ALICE/nudge", kind="message", purpose="nudge", appointment_id="A1",
            participant_id="C-ALICE", because="Nobody has seen them arrive yet.", state="queued", now=now,
        )  # fmt: skip
        rejoin.queue.request(tx, WorkKind.ACT, str(row.id), now)
    return row


def _work(rejoin, remote: Remote) -> None:
    actor = Actor(rejoin, {"message": remote.perform})
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.ACT,), now, now)
    for claim in claims:
        actor.perform(claim)


def _row(rejoin, queued):
    with rejoin.db.read() as tx:
        return action.load(tx, queued.id)


def _due(rejoin, queued):
    with rejoin.db.read() as tx:
        return work.due_at(tx, WorkKind.ACT, str(queued.id))


def test_what_is_queued_is_done_once(rejoin, queued):
    remote = Remote()
    _work(rejoin, remote)
    _work(rejoin, remote)
    row = _row(rejoin, queued)
    assert (row.state, row.remote_ref, row.done_at) == ("done", "remote-1", rejoin.clock.now())
    assert remote.asked == [queued.key]
    assert _due(rejoin, queued) is None


def test_remote_that_is_away_is_asked_again_ever_later(rejoin, queued):
    remote = Remote(*[Temporary("the mail server is away")] * 3)
    waits = []
    for _ in range(3):
        _work(rejoin, remote)
        waits.append(_due(rejoin, queued) - rejoin.clock.now())
        rejoin.clock.set(_due(rejoin, queued))
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(seconds=1)
    _work(rejoin, remote)
    assert _row(rejoin, queued).state == "done"
    assert len(set(remote.asked)) == 1, "always under the same key"


def test_remote_that_says_when_is_not_asked_before(rejoin, queued):
    _work(rejoin, Remote(Temporary("Zoom answered 429", retry_after=timedelta(minutes=3))))
    assert _due(rejoin, queued) >= rejoin.clock.now() + timedelta(minutes=3)


def test_remote_that_refuses_for_good_is_not_asked_again_and_staff_see_why(rejoin, queued):
    remote = Remote(Permanent("the mail server refused the sender (550)"))
    _work(rejoin, remote)
    rejoin.clock.advance(days=1)
    _work(rejoin, remote)
    row = _row(rejoin, queued)
    assert (row.state, row.note) == ("dead", "the mail server refused the sender (550)")
    assert len(remote.asked) == 1


def test_remote_that_stays_away_is_given_up_in_the_end_and_tried_again_when_staff_ask(rejoin, queued):
    remote = Remote(*[Temporary("the mail server is away")] * work.MAX_ATTEMPTS[WorkKind.ACT])
    for _ in range(work.MAX_ATTEMPTS[WorkKind.ACT]):
        _work(rejoin, remote)
        rejoin.clock.advance(hours=1)
    assert _row(rejoin, queued).state == "dead"
    with rejoin.db.begin() as tx:
        assert retry_dead(tx, rejoin, queued.id, rejoin.clock.now())
        assert not retry_dead(tx, rejoin, queued.id, rejoin.clock.now())
    _work(rejoin, remote)
    assert _row(rejoin, queued).state == "done"


def test_fault_of_ours_is_retried_and_tells_nothing_personal(rejoin, queued, capsys):
    _work(rejoin, Remote(KeyError("Alice Appleyard <alice@example.org>")))
    assert _due(rejoin, queued) is not None
    with rejoin.db.read() as tx:
        kept = repr(tx.execute(work.work.select()).all())
    said = kept + "".join(capsys.readouterr())
    assert "KeyError" in said
    assert "Alice" not in said


def test_what_was_withdrawn_is_not_sent(rejoin, queued):
    with rejoin.db.begin() as tx:
        action.move(tx, queued.id, ("queued",), "withdrawn", rejoin.clock.now())
    remote = Remote()
    _work(rejoin, remote)
    assert remote.asked == []
    assert _due(rejoin, queued) is None


def test_what_was_sent_while_it_was_withdrawn_counts_as_sent(rejoin, queued):
    class Slow(Remote):
        def perform(self, rejoin, row):
            with rejoin.db.begin() as tx:
                action.move(tx, row.id, ("queued",), "withdrawn", rejoin.clock.now())
            return super().perform(rejoin, row)

    _work(rejoin, Slow())
    assert _row(rejoin, queued).state == "done"


def test_kind_without_a_performer_is_given_up_not_lost(rejoin, queued):
    actor = Actor(rejoin, {})
    for _ in range(work.MAX_ATTEMPTS[WorkKind.ACT]):
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            claims = work.claim_due(tx, (WorkKind.ACT,), now, now)
        for claim in claims:
            actor.perform(claim)
        rejoin.clock.advance(hours=1)
    assert _row(rejoin, queued).state == "dead"


class Desert:
    """A remote that is away until a moment, as a whole; it counts who came."""

    def __init__(self, rejoin, back_at):
        self.rejoin, self.back_at = rejoin, back_at
        self.asked: list[str] = []
        self.done: list[str] = []

    def perform(self, rejoin, row) -> str:
        self.asked.append(row.key)
        if self.rejoin.clock.now() < self.back_at:
            raise Away("the mail server cannot be reached (ConnectionRefusedError): see REJOIN_SMTP_URL")
        self.done.append(row.key)
        return row.key


def _many(rejoin, number: int) -> None:
    """So many messages that wait in the outbox."""
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        for one in range(number):
            row = action.add_row(
                tx, key=f"message/A{one}/C-ALICE/missed", kind="message", purpose="missed", appointment_id=f"A{one}",
                participant_id="C-ALICE", because="They missed it.", state="queued", now=now,
            )  # fmt: skip
            dispatch(tx, rejoin, row, now)


def _watch(rejoin, remote: Desert, hours: int) -> None:
    """Work for so many hours, looking every half minute like a worker that finds nothing due."""
    actor = Actor(rejoin, {"message": remote.perform})
    for _ in range(hours * 120):
        now = rejoin.clock.advance(seconds=30)
        with rejoin.db.begin() as tx:
            found = outbound.claim_next(tx, To.CORRESPONDENCE, 0, now, now)
        if isinstance(found, Claim):
            actor.perform(found)


def test_remote_that_is_away_for_hours_loses_nothing_and_is_not_stormed(rejoin_on_sqlite):
    rejoin = rejoin_on_sqlite
    _many(rejoin, 40)
    remote = Desert(rejoin, rejoin.clock.now() + timedelta(hours=4, seconds=1))
    _watch(rejoin, remote, 4)
    assert 4 * 30 <= len(remote.asked) <= 4 * 60 + 10, "about one try a minute, however many wait"
    with rejoin.db.read() as tx:
        assert _states(tx) == {"queued": 40}
        assert [row.name for row in outbound.absent(tx)] == ["correspondence"]
    _watch(rejoin, remote, 1)
    assert len(remote.done) == len(set(remote.done)) == 40
    with rejoin.db.read() as tx:
        assert _states(tx) == {"done": 40}
        assert not outbound.absent(tx)


@pytest.mark.parametrize(("days", "seconds", "state"), [(7, -1, "queued"), (7, 0, "dead"), (7, 1, "dead")])
def test_remote_that_never_comes_back_is_told_to_staff_after_a_week(rejoin_on_sqlite, days, seconds, state):
    rejoin = rejoin_on_sqlite
    _many(rejoin, 1)
    began = rejoin.clock.now()
    remote = Desert(rejoin, began + timedelta(days=365))
    now = began + timedelta(days=days, seconds=seconds)
    rejoin.clock.set(now)
    actor = Actor(rejoin, {"message": remote.perform})
    with rejoin.db.begin() as tx:
        found = outbound.claim_next(tx, To.CORRESPONDENCE, 0, now, now)
    actor.perform(found)
    with rejoin.db.read() as tx:
        assert _states(tx) == {state: 1}


def test_every_kind_of_action_has_somebody_who_does_it_and_a_line_to_wait_in():
    assert set(performers()) == set(GOES_TO)


def _states(tx) -> dict[str, int]:
    """How many actions are in each state."""
    return dict(Counter(tx.execute(select(action.table.c.state)).scalars()))
