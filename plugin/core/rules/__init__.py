"""The rules: each one looks at a case and says what it found. The first line of a rule's docstring is what staff read.

A rule that hits may explain lost time (`explains`) and so lay it to somebody's or something's door. The table is read
from top to bottom, module by module: a minute belongs to the first rule that explains it; what no rule explains is
absence. To add a rule, write it into the module of its subject, where it is to be asked, and add its stories.
"""

from __future__ import annotations

from functools import lru_cache

from plugin.core.assessment import Finding
from plugin.core.rules import attempt, course, doubt, fault, provider, support
from plugin.core.rules.rule import Answer, Rule

_SUBJECTS = (support, provider, fault, attempt, course, doubt)
RULES: tuple[Rule, ...] = tuple(
    found for subject in _SUBJECTS for found in vars(subject).values() if type(found) is Rule
)
MISSES: tuple[Finding, ...] = tuple(rule.miss() for rule in RULES)
"""What is found in a case in which no rule has anything to look at."""


@lru_cache(maxsize=4096)  # more than there are combinations that people make
def to_ask(has: int) -> tuple[tuple[int, Rule], ...]:
    """The rules with something to look at in such a case, by their place in the table."""
    return tuple((place, rule) for place, rule in enumerate(RULES) if rule.looks_at & has)


__all__ = ["MISSES", "RULES", "Answer", "Rule", "to_ask"]
