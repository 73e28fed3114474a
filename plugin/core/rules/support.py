"""Rules about what a person of tech support found out; asked first, because somebody looked.

A code with which a ticket is resolved is evidence like an answer of the client, and the newest about a person counts.
It is no decision: that is for whoever overrides the verdict, and outranks it.
"""

from __future__ import annotations

from plugin.core.assessment import Cause, Confidence
from plugin.core.attempt import first_try
from plugin.core.case import Case
from plugin.core.event import Event, EventKind
from plugin.core.facet import Has
from plugin.core.interval import Spans
from plugin.core.rules.rule import Answer, rule

FOUND = frozenset(
    {
        EventKind.TROUBLE_CONFIRMED,
        EventKind.PROVIDER_FAULT_FOUND,
        EventKind.ABSENCE_FOUND,
        EventKind.NO_FAULT_FOUND,
    }
)


@rule("support-found-absence", Has.TOLD, "Tech support did not find that it was absence.", cause=Cause.ABSENCE)
def support_found_absence(case: Case) -> Answer | None:
    """Tech support looked into it and found that it was absence after all."""
    found = _newest(case, EventKind.ABSENCE_FOUND)
    if found is None:
        return None
    told = f"Tech support looked into it and found at {case.at(found.at)} that it was absence."
    return Answer(True, told, (found.delivery,), case.lost, Confidence.MEDIUM)


@rule(
    "support-found-provider-fault",
    Has.TOLD,
    "Tech support did not find that it was the program's doing.",
    cause=Cause.PROVIDER,
)
def support_found_provider_fault(case: Case) -> Answer | None:
    """Tech support looked into it and found that it was the program's doing."""
    found = _newest(case, EventKind.PROVIDER_FAULT_FOUND)
    if found is None:
        return None
    told = f"Tech support looked into it and found at {case.at(found.at)} that it was the program's doing."
    return Answer(True, told, (found.delivery,), case.lost)


@rule("support-confirmed-trouble", Has.TOLD, "Tech support did not confirm technical trouble.", cause=Cause.TECHNICAL)
def support_confirmed_trouble(case: Case) -> Answer | None:
    """Tech support looked into it and confirmed that it was technical trouble."""
    found = _newest(case, EventKind.TROUBLE_CONFIRMED)
    if nothing := _newest(case, EventKind.NO_FAULT_FOUND):
        return Answer(False, f"Tech support looked into it and found at {case.at(nothing.at)} that nothing was wrong.")
    if found is None:
        return None
    told = f"Tech support looked into it and confirmed technical trouble at {case.at(found.at)}."
    return Answer(True, told, (found.delivery,), _since_first_sign(case))


def _newest(case: Case, kind: EventKind) -> Event | None:
    """What support found last about this person, if it is of this kind."""
    told = [event for event in case.told if event.kind in FOUND]
    newest = max(told, key=lambda e: (e.at, e.delivery), default=None)
    return newest if newest is not None and newest.kind is kind else None


def _since_first_sign(case: Case) -> Spans:
    """The lost time from when they first showed or tried; all of it when that was never seen."""
    first = first_try(case)
    return case.lost if first is None else case.after(first) or case.lost
