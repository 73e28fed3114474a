"""What an operator watches: counters of this process, and the state of the house as the database has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from plugin.core.feed import BlindCause
from plugin.ports.queue import Remote
from plugin.service import bounces
from plugin.service.rejoin import Rejoin
from plugin.storage import action, assessment, blindness, bounce, delivery, outbound, work, worker

REGISTRY = CollectorRegistry()
A_DAY = timedelta(days=1)

read_total = Counter(
    "rejoin_deliveries_read", "Deliveries read from the inbox; an event of ours or `other`", ["event", "state"],
    registry=REGISTRY,
)  # fmt: skip
judged_total = Counter("rejoin_appointments_judged", "Judgements made", ["trigger"], registry=REGISTRY)
verdict_delay = Histogram(
    "rejoin_verdict_delay_seconds",
    "From the deadline to the verdict that stands",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300),
    registry=REGISTRY,
)
acted_total = Counter("rejoin_actions_tried", "Tries to act", ["kind", "result"], registry=REGISTRY)
reports_total = Counter("rejoin_reports", "Reports of meetings asked for", ["result"], registry=REGISTRY)
pruned_total = Counter("rejoin_deliveries_pruned", "Deliveries deleted after their time", registry=REGISTRY)


_shown: set[int] = set()


def show(collector: Counter) -> None:
    """Show a counter of another part among the figures, once however often an application is built."""
    if id(collector) not in _shown:
        _shown.add(id(collector))
        REGISTRY.register(collector)


class StateOfTheHouse:
    """Reads the gauges from the database when somebody asks; the same whichever process is asked."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin

    def collect(self) -> Iterator[Metric]:
        """The figures, one family at a time."""
        rejoin = self.rejoin
        now = rejoin.clock.now()
        with rejoin.db.read() as tx:
            inbox = delivery.backlog(tx)
            due = work.backlog(tx, now)
            late = work.oldest_due(tx, now)
            dead = len(work.dead(tx))
            actions = action.open_counts(tx)
            waiting = action.oldest_queued(tx)
            verdicts = assessment.outcomes(tx, now - A_DAY, now)
            outgoing = {row.remote: row for row in outbound.waiting(tx, now)}
            absent = {row.name for row in outbound.absent(tx)}
            blind = {row.cause for row in blindness.standing(tx)}
            heard_at = delivery.newest_arrival(tx)
            came_back = dict.fromkeys(bounces.KINDS, 0) | bounce.counts(tx)
            workers = len(worker.alive(tx, self._machine_time()))
        yield _gauge("rejoin_deliveries_unread", "Deliveries that nobody has read", inbox.unread)
        yield _gauge("rejoin_delivery_lag_seconds", "Age of the oldest unread delivery", _age(inbox.oldest_at, now))
        yield _gauge("rejoin_deliveries_unreadable", "Deliveries that could not be read", inbox.failed)
        yield _family("rejoin_work_due", "Work that is due now", "kind", due)
        late_seconds = {kind: _age(late.get(kind), now) for kind in due}
        yield _family("rejoin_work_late_seconds", "How long the longest due work waits", "kind", late_seconds)
        yield _gauge("rejoin_work_dead", "Work that was given up", dead)
        yield _family("rejoin_actions", "Actions that are not done yet", "state", actions)
        ages = {kind: _age(at, now) for kind, at in waiting.items()}
        yield _family("rejoin_outbox_age_seconds", "How long the longest queued action waits", "kind", ages)
        outcomes = GaugeMetricFamily(
            "rejoin_verdicts", "Verdicts on sessions that began in the last day", labels=["outcome", "cause"]
        )
        for row in verdicts:
            outcomes.add_metric([row.outcome, row.cause], row.number)
        yield outcomes
        held = {one: outgoing.get(one.value) for one in Remote}
        yield _family(
            "rejoin_outbound_waiting", "Actions that are due and did not go out yet", "remote",
            {one.value: row.number if row else 0 for one, row in held.items()},
        )  # fmt: skip
        yield _family(
            "rejoin_outbound_oldest_seconds", "How long the oldest of them has been due", "remote",
            {one.value: (now - row.oldest_at).total_seconds() if row else 0 for one, row in held.items()},
        )  # fmt: skip
        away = {one.value: int(one.value in absent) for one in Remote}
        yield _family("rejoin_remote_away", "Whether a remote as a whole takes nothing now", "remote", away)
        causes = {cause.value: int(cause in blind) for cause in BlindCause}
        yield _family("rejoin_feed_blind", "Whether the feed is blind now, by cause", "cause", causes)
        yield _gauge("rejoin_feed_silent_seconds", "Since the newest delivery", _age(heard_at, now))
        yield _counted("rejoin_bounces", "Messages taken in from the bounce mailbox", "kind", came_back)
        yield _gauge("rejoin_workers", "Workers that are heard of", workers)

    def _machine_time(self) -> datetime:
        return self.rejoin.queue.lease_clock.now()


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _counted(name: str, text: str, label: str, values: dict[str, float]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, number in sorted(values.items()):
        family.add_metric([value], number)
    return family


def _family(name: str, text: str, label: str, values: dict[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in sorted(values.items()):
        family.add_metric([value], number)
    return family
