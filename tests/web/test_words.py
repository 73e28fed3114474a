"""What staff read in place of the words of the database."""

from __future__ import annotations

from plugin.core.message import Channel, Step
from plugin.web.words import CHANNELS, STEPS, said_once


def test_every_step_and_channel_has_words() -> None:
    assert set(STEPS) == set(Step)
    assert set(CHANNELS) == set(Channel)


def finding(because: str, *events: int, hit: bool = True) -> dict:
    return {"rule": "any", "hit": hit, "because": because, "events": list(events)}


def test_what_is_said_twice_is_told_once_with_its_deliveries() -> None:
    verdict, reason, other = finding("A guest was there."), finding("A guest was there.", 51, 65), finding("Late.", 7)
    missed = finding("Nobody waited.", hit=False)
    assert said_once([verdict, reason, missed, other]) == [reason, other]
    assert said_once([reason, verdict]) == [reason]
