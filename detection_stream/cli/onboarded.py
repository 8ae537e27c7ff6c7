"""Prints what ``onboard`` found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from detection_stream.cli.options import printable

if TYPE_CHECKING:
    from detection_stream.model.reception import Reception
    from detection_stream.onboarding.onboard import Onboarded

MAX_NAMES_SHOWN = 5
"""Names shown of each kind."""


def print_onboarded(found: Onboarded, target: str | None, *, as_json: bool) -> None:
    """Print a profile and where it was sent."""
    import orjson
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if as_json:
        profile = orjson.loads(found.profile.record())
        click.echo(orjson.dumps(profile, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console(highlight=False)
    for name, text in _lines(found):
        console.print(Text(printable(f"{name:16} {text}")))
    table = Table("", "found", "needed", "", box=None, pad_edge=False)
    for check in found.checks:
        bound = "at most " if check.at_most else "at least "
        holds = "yes" if check.holds else "no"
        table.add_row(check.name, f"{check.found:g}", f"{bound}{check.needed:g}", holds)
    console.print()
    console.print(table)
    console.print()
    console.print(Text(_conclusion(found, target)))


def _lines(found: Onboarded) -> list[tuple[str, str]]:
    learnt, policy = found.profile.learnt, found.profile.policy
    given = set(learnt["given"])
    by = {name: " (given)" if name in given else "" for name in ("own_domains", "people")}
    chosen = any(name.startswith("reception.") for name in given)
    by_reception = " (partly given)" if chosen else ""
    limits = policy.thresholds
    first, last = _day(learnt["first"]), _day(learnt["last"])
    loudest = ", ".join(f"{name} {count}" for name, count in learnt["loudest_detectors"].items())
    hours = learnt["hours"]
    working = f"{hours['from_utc']:02}:00 to {hours['until_utc']:02}:00 UTC" if hours else "unknown"
    return [
        ("tenant", found.profile.tenant),
        ("history", f"{learnt['messages']:,} messages, {first} to {last}"),
        ("own domains", _shares(learnt["own_domains"]) + by["own_domains"]),
        ("results", _results(found.profile.reception) + by_reception),
        ("internal hosts", ", ".join(sorted(found.profile.reception.internal_hosts)) or "-"),
        ("people", _named(learnt, "people", "address") + by["people"]),
        ("vendors", _named(learnt, "vendors", "domain")),
        ("bulk senders", _named(learnt, "bulk_senders", "domain")),
        ("hours", f"{working}, {hours.get('weekend_share', 0):.0%} at weekends"),
        ("languages", _shares(learnt["languages"])),
        ("thresholds", f"suspicious {limits.suspicious:g}, malicious {limits.malicious:g}"),
        (
            "alerts",
            f"{learnt['alert_rate']:.3%} of {learnt['harmless']:,} messages "
            f"({learnt['usual_alert_rate']:.3%} with the default threshold), plus "
            f"{learnt['presumed_attacks']:,} presumed attacks",
        ),
        ("by detector", loudest or "-"),
        ("model", _model(learnt)),
        ("muted", ", ".join(policy.muted) or "-"),
    ]


def _model(learnt: Mapping[str, Any]) -> str:
    if "model" not in learnt:
        return "the general one"
    model = learnt["model"]
    found = ", ".join(f"{kind} {share:.0%}" for kind, share in model["expected"].items())
    return f"its own ({model['version']}); simulated attacks found at that rate: {found}"


def _results(reception: Reception) -> str:
    often = reception.results or "not known whether usual"
    names = ", ".join(name or "(unnamed)" for name in sorted(reception.authserv_ids))
    return f"{often}, written by {names or 'no known host'}"


def _conclusion(found: Onboarded, target: str | None) -> str:
    profile = found.profile
    said = f"{profile.tenant} is {profile.policy.status}"
    if profile.policy.status == "learning" and not found.ready:
        said += "; run the command again with more history, or use --status active"
    return f"{said}. " + (f"It is live in {target}." if target else "Nothing was sent (--dry-run).")


def _day(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1_000, UTC):%Y-%m-%d}"


def _shares(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in shares.items()) or "-"


def _named(learnt: Any, kind: str, field: str) -> str:
    first = ", ".join(entry[field] for entry in learnt[kind][:MAX_NAMES_SHOWN])
    count = learnt[f"{kind}_count"]
    return (
        f"{count:,}: {first}{', ...' if count > MAX_NAMES_SHOWN else ''}" if count else "none found"
    )
