"""`rejoin whatif`: which stored verdicts another policy would change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import click


@click.command("whatif")
@click.option("--policy", "policy_file", required=True, type=click.Path(path_type=Path), help="The policy to try")
@click.option("--from", "from_day", type=click.DateTime(["%Y-%m-%d"]), help="First day, UTC (default: 28 days ago)")
@click.option("--to", "to_day", type=click.DateTime(["%Y-%m-%d"]), help="Last day, UTC (default: today)")
@click.option("--format", "form", type=click.Choice(["json", "table"]), default="table", show_default=True)
def whatif(policy_file: Path, from_day: datetime | None, to_day: datetime | None, form: str) -> None:
    """Show which stored verdicts on sessions that are over another policy would change, and why. Changes nothing."""
    from plugin.cli.difference import tell
    from plugin.cli.recorded import policy_of
    from plugin.cli.start import read_settings
    from plugin.composition import build
    from plugin.service.whatif import differences

    policy = policy_of(policy_file)
    rejoin = build(read_settings())
    try:
        today = rejoin.clock.now().date()
        first = from_day.date() if from_day else today - timedelta(days=28)
        last = to_day.date() if to_day else today
        begin = datetime.combine(first, time(), UTC)
        end = datetime.combine(last + timedelta(days=1), time(), UTC)
        tell(differences(rejoin, policy, begin, end), rejoin.policy, policy, form)
    finally:
        rejoin.db.close()
