"""The horizon of a judgement: what is known of time itself."""

from __future__ import annotations

from datetime import datetime

import msgspec

from plugin.core.interval import Spans


class Horizon(msgspec.Struct, frozen=True, gc=False):
    """What is known of time itself: the moment of judgement, whether all retries are over, and since when we heard."""

    now: datetime
    final: bool
    final_at: datetime
    ends_at: datetime
    alive_since: datetime | None
    runs: Spans = ()
    """From when to when the meeting ran, as far as it was heard; nobody waits for the host while it does."""
