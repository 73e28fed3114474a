"""Whether the service lives, whether it can work, and its figures."""

from __future__ import annotations

import ipaddress

from apiflask import APIBlueprint
from flask import Response, current_app, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from plugin.service import metrics
from plugin.service.rejoin import Rejoin
from plugin.storage import delivery, work
from plugin.storage.migration import is_usable

pages = APIBlueprint("health", __name__, enable_openapi=False)


@pages.get("/healthz")
def live() -> Response:
    """The process answers; nothing else is looked at."""
    return _told({"alive": True})


@pages.get("/readyz")
def ready() -> Response:
    """The database answers and has its newest form; the backlog is told, not judged."""
    rejoin = _rejoin()
    try:
        with rejoin.db.read() as tx:
            usable = is_usable(tx)
            unread = delivery.backlog(tx).unread
            due = work.backlog(tx, rejoin.clock.now())
    except SQLAlchemyError:
        return _told({"ready": False, "because": "The database does not answer."}, 503)
    if not usable:
        return _told({"ready": False, "because": "The database waits for a migration; restart the service."}, 503)
    return _told({"ready": True, "unread_deliveries": unread, "due_work": due})


@pages.get("/metrics")
def figures() -> Response:
    """Prometheus' text format; only for a machine of the same network that asks directly, not through a proxy."""
    if not _is_near():
        return _told({"because": "Metrics are only told to machines of this network that ask directly."}, 403)
    house = CollectorRegistry()
    house.register(_Once(metrics.StateOfTheHouse(_rejoin())))
    return Response(generate_latest(metrics.REGISTRY) + generate_latest(house), content_type=CONTENT_TYPE_LATEST)


class _Once:
    """A collector that is not asked when it is registered."""

    def __init__(self, collector: metrics.StateOfTheHouse):
        self.collect = collector.collect

    def describe(self) -> list:
        return []


def _rejoin() -> Rejoin:
    return current_app.extensions["rejoin"]


def _is_near() -> bool:
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_private
    except ValueError:
        return False


def _told(words: dict, status: int = 200) -> Response:
    answer = current_app.json.response(words)
    answer.status_code = status
    return answer
