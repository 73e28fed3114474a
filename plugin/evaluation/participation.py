"""One participation: the truth about a person in an appointment beside the verdict on the same person.

The words of every figure are defined here, once:

right         the verdict's outcome and cause are both those of the truth
undetermined  the verdict's outcome is `undetermined`; it is neither right nor wrong
wrong         neither right nor undetermined
to review     undetermined, or with an action `review`: a person has to look, whether the verdict is right or not
no-show       outcome `missed` with cause `absence`, as in the replay contract
false no-show the verdict is a no-show and the truth is none
forbidden     a no-show at `high` confidence where the truth's cause is technical or provider, or the feed was blind;
              in a blind time even of somebody who really did not come, because nothing could have told
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from plugin.core.action import ActionKind
from plugin.core.appointment import Role
from plugin.core.assessment import Cause, Confidence, Outcome
from plugin.evaluation.record import Key, Truth, Verdict

JUDGED = frozenset({Role.CLIENT, Role.FAMILY})
"""Those for whom a session is held; whether a clinician came shows in the outcome of everybody else."""


class Participation(msgspec.Struct, frozen=True):
    """The truth about one person in one appointment, and the verdict."""

    truth: Truth
    verdict: Verdict

    @property
    def right(self) -> bool:
        """Outcome and cause are both those of the truth."""
        return self.verdict.outcome is self.truth.outcome and self.verdict.cause is self.truth.cause

    @property
    def undetermined(self) -> bool:
        """The verdict leaves it open."""
        return self.verdict.outcome is Outcome.UNDETERMINED

    @property
    def wrong(self) -> bool:
        """The verdict says something, and it is not so."""
        return not self.undetermined and not self.right

    @property
    def to_review(self) -> bool:
        """A person has to look."""
        return self.undetermined or any(step.kind is ActionKind.REVIEW for step in self.verdict.actions)

    @property
    def called_no_show(self) -> bool:
        """The verdict is a no-show."""
        return self.verdict.outcome is Outcome.MISSED and self.verdict.cause is Cause.ABSENCE

    @property
    def false_no_show(self) -> bool:
        """The verdict is a no-show and the truth is none."""
        return self.called_no_show and not self.truth.no_show

    @property
    def sure(self) -> bool:
        """The verdict is given with high confidence."""
        return self.verdict.confidence is Confidence.HIGH

    @property
    def forbidden(self) -> bool:
        """A no-show at high confidence for a technical, a provider's or a blind case."""
        excused_by_truth = self.truth.cause in {Cause.TECHNICAL, Cause.PROVIDER} or self.truth.blind
        return self.called_no_show and self.sure and excused_by_truth

    @property
    def knowable(self) -> bool:
        """What arrived could tell: the feed was not blind and the person was identifiable."""
        return self.truth.identifiable and not self.truth.blind


@dataclass(frozen=True, slots=True)
class Pairing:
    """Truths and verdicts brought together, ordered by appointment and participant."""

    participations: tuple[Participation, ...]
    unjudged: tuple[Key, ...]
    """Whom the truth knows and nobody judged."""
    unexpected: tuple[Key, ...]
    """Who was judged and whom the truth does not know."""


def pair(truths: Mapping[Key, Truth], verdicts: Mapping[Key, Verdict], roles: Iterable[Role] = JUDGED) -> Pairing:
    """Bring each truth about a person of these roles together with the verdict on the same person."""
    wanted = frozenset(roles)
    expected = sorted(key for key, truth in truths.items() if truth.role in wanted)
    return Pairing(
        tuple(Participation(truths[key], verdicts[key]) for key in expected if key in verdicts),
        tuple(key for key in expected if key not in verdicts),
        tuple(sorted(verdicts.keys() - truths.keys())),
    )
