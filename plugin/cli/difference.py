"""How the differences between two policies are shown: the numbers, each person, and a summary."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

import click
import msgspec

from plugin.core.difference import Difference, thresholds_that_differ
from plugin.core.policy import Policy


def tell(differences: Iterable[Difference], old: Policy, new: Policy, form: str) -> None:
    """Print who differs: JSON, one object a line, or for people; nothing is changed by it."""
    if form == "json":
        encode = msgspec.json.Encoder().encode
        for one in differences:
            sys.stdout.buffer.write(encode(one) + b"\n")
        sys.stdout.buffer.flush()
        return
    click.echo(f"Policy {old.version} → {new.version}")
    for kind, name, was, is_now in thresholds_that_differ(old, new):
        click.echo(f"  {kind}: {name} {was} → {is_now}")
    counted: Counter[str] = Counter()
    for one in differences:
        counted[one.change] += 1
        click.echo(f"\n{one.appointment_id} / {one.participant_id}: {one.change}")
        for sentence in one.why:
            click.echo(f"  {sentence}")
    click.echo(f"\n{counted.total()} verdict(s) differ" + (":" if counted else "."))
    for change, number in counted.most_common():
        click.echo(f"  {number:>6}  {change}")
