"""What an operator watches: counters of this process, and the state of the house as the database has it."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily

from plugin.core.feed import BlindCause
from plugin.ports.queue import Remote
from plugin.service.rejoin import Rejoin
from plugin.storage import action, assessment, delivery, feed, outbound, work

REGISTRY = CollectorRegistry()

read_total = Counter("rejoin_deliveries_read", "Deliveries read from the inbox", ["state"], registry=REGISTRY)
judged_total = Counter("rejoin_appointments_judged", "Judgements made", ["trigger"], registry=REGISTRY)
verdict_delay = Histogram(
    "rejoin_verdict_delay_seconds",
    "From the deadline to the verdict that stands",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300),
    registry=REGISTRY,
)
acted_total = Counter("rejoin_actions_tried", "Tries to act", ["kind", "result"], registry=REGISTRY)
reports_total = Counter("rejoin_reports", "Reports of meetings asked for", ["result"], registry=REGISTRY)
work_failed_total = Counter("rejoin_work_failed", "Work that raised an error", ["kind"], registry=REGISTRY)


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

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges, one family at a time."""
        rejoin = self.rejoin
        now = rejoin.clock.now()
        with rejoin.db.read() as tx:
            deliveries = delivery.counts(tx)
            due = work.backlog(tx, now)
            dead = len(work.dead(tx))
            actions = action.counts(tx)
            verdicts = assessment.outcomes(tx)
            waiting = {row.remote: row for row in outbound.waiting(tx, now)}
            absent = {row.name for row in outbound.absent(tx)}
            blind = {row.cause for row in feed.standing(tx)}
        yield _family("rejoin_deliveries", "Deliveries in the inbox", "state", deliveries)
        yield _family("rejoin_work_due", "Work that is due now", "kind", due)
        yield GaugeMetricFamily("rejoin_work_dead", "Work that was given up", value=dead)
        yield _family("rejoin_actions", "Actions in the outbox", "state", actions)
        outcomes = GaugeMetricFamily("rejoin_verdicts", "Standing verdicts", labels=["outcome", "cause"])
        for row in verdicts:
            outcomes.add_metric([row.outcome, row.cause], row.number)
        yield outcomes
        held = {one: waiting.get(one.value) for one in Remote}
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


def _family(name: str, text: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in sorted(values.items()):
        family.add_metric([value], number)
    return family
