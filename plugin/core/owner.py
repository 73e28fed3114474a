"""Whose visits are whose: those of the people of the roster, of strangers, of the host, and of note-taking bots."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from plugin.core.appointment import Appointment, Participant, Role
from plugin.core.event import Event
from plugin.core.guest import is_bot, is_of_a_bot
from plugin.core.identity import Match, MatchedBy, phone_digits, plain_email
from plugin.core.policy import Policy
from plugin.core.timeline import Timeline
from plugin.core.visit import Visit

_ZOOM_USER = MatchedBy.ZOOM_USER


class Owned(msgspec.Struct, frozen=True):
    """The visits of a meeting, by whose they are."""

    visits: dict[str, list[Visit]]
    """Those of the appointment's people, by code."""
    beside: dict[str, list[Visit]]
    """Those of the people of other appointments of the meeting at the same time, by code."""
    strangers: list[Visit]
    hosts: list[Visit]
    """Those by the host's account of whoever is no clinician of the roster."""

    def hosts_beside(self, codes: Collection[str]) -> list[Visit]:
        """Those of a host who is none of the people with these codes."""
        return [one for one in self.hosts if one.match.person is None or one.match.person.participant_id not in codes]

    def with_owners(self, appointment: Appointment) -> list[tuple[Participant, list[Visit]]]:
        """Everybody who is known, with their visits."""
        here = [(person, self.visits[person.participant_id]) for person in appointment.participants]
        return here + self.owners_beside()

    def owners_beside(self) -> list[tuple[Participant, list[Visit]]]:
        """Those of other appointments, with their visits."""
        return [(theirs[0].match.person, theirs) for theirs in self.beside.values() if theirs[0].match.person]


def by_person(appointment: Appointment, timeline: Timeline) -> Owned:
    """Sort the visits of a meeting."""
    visits: dict[str, list[Visit]] = {person.participant_id: [] for person in appointment.participants}
    beside: dict[str, list[Visit]] = {}
    strangers: list[Visit] = []
    hosts: list[Visit] = []
    for visit in timeline.visits:
        person = visit.match.person
        if person is not None:
            theirs = visits.get(person.participant_id)
            theirs = beside.setdefault(person.participant_id, []) if theirs is None else theirs
            theirs.append(visit)
        if visit.match.by is _ZOOM_USER and (person is None or person.role is Role.STAFF):
            hosts.append(visit)
        elif person is None:
            strangers.append(visit)
    if strangers:
        strangers = _without_known_accounts(strangers, visits | beside if beside else visits)
    return Owned(visits, beside, strangers, hosts)


def _without_known_accounts(strangers: list[Visit], visits: dict[str, list[Visit]]) -> list[Visit]:
    """Give what an account alone names to the one person whom their e-mail showed under that account, and return the
    strangers who are left: Zoom omits the address of who waits for the host, and of some who come in."""
    accounts = {event.zoom_user_id for visit in strangers for event in visit.events if event.zoom_user_id}
    if not accounts:
        return strangers
    owners: dict[str, dict[str, Match]] = {}
    for code, theirs in visits.items():
        for visit in [visit for visit in theirs if visit.match.by is MatchedBy.EMAIL]:
            for event in visit.events:
                if event.email and event.zoom_user_id in accounts:
                    owners.setdefault(event.zoom_user_id, {})[code] = visit.match
    left = []
    for visit in strangers:
        found = {code: match for e in visit.events for code, match in owners.get(e.zoom_user_id, {}).items()}
        if len(found) == 1:
            for code, match in found.items():
                visits[code].append(msgspec.structs.replace(visit, match=match))
        else:
            left.append(visit)
    return left


def without_bots(
    appointment: Appointment, visits: dict[str, list[Visit]], policy: Policy, since: datetime
) -> frozenset[str]:
    """Leave out the visits of note-taking bots that came by somebody's own link, of those who came themselves as well;
    and the codes of those by whose link nothing but a bot came, which is all that is known of them.

    To this session, that is: what was over before people came to it, from `since` on, was another one.
    """
    only = set()
    for person in appointment.participants:
        mine = visits[person.participant_id]
        themselves = [visit for visit in mine if not _is_of_a_bot(visit, person, policy)]
        if len(themselves) == len(mine):
            continue  # no bot, as nearly always
        here = [visit for visit in mine if visit.may_be_between(since, appointment.ends_at)]
        if here and not any(visit in themselves for visit in here):
            only.add(person.participant_id)
        else:
            visits[person.participant_id] = themselves
    return frozenset(only)


def _is_of_a_bot(visit: Visit, person: Participant, policy: Policy) -> bool:
    name = visit.events[0].name or visit.events[-1].name
    if not name or name == person.name:
        return False
    return is_bot(visit.events, policy) and not is_of_a_bot(person.name, policy.ignored_names)


def by_key(strangers: list[Visit]) -> list[list[Visit]]:
    """The visits of each stranger: those that show one key are of one person, who waited under another connection than
    they came in by, say; a name alone says nothing of the kind."""
    if len(strangers) < 2:
        return [[visit] for visit in strangers]
    found: dict[object, list[Visit]] = {}
    for visit in strangers:
        found.setdefault(next(filter(None, map(_key, visit.events)), id(visit)), []).append(visit)
    return list(found.values())


def _key(event: Event) -> str:
    surest = event.registrant_id or event.customer_key or event.zoom_user_id
    return surest or plain_email(event.email) or phone_digits(event.phone)
