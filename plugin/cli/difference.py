"""How the differences between two policies are shown: the numbers, each person, and a summary."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

import click
import msgspec

from plugin.cli.count import counted
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
    changes: Counter[str] = Counter()
    for one in differences:
        changes[one.change] += 1
        click.echo(f"\n{one.appointment_id} / {one.participant_id}: {one.change}")
        for sentence in one.why:
            click.echo(f"  {sentence}")
    differ = "differs" if changes.total() == 1 else "differ"
    click.echo(f"\n{counted(changes.total(), 'verdict')} {differ}" + (":" if changes else "."))
    for change, number in changes.most_common():
        click.echo(f"  {number:>6}  {change}")
