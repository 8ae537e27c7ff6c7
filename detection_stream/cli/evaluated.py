"""Prints an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from detection_stream.evaluation.comparison import MeasureChange
from detection_stream.evaluation.evaluation import FLAGGED, MEASURES, Evaluation, GroupFigures
from detection_stream.evaluation.proportion import Proportion

MAX_DETECTORS_SHOWN = 20
"""Detectors shown: those with the most hits; JSON and the page have all."""


def print_evaluation(found: Evaluation, changes: Sequence[MeasureChange]) -> None:
    """Print its figures, and the changes if it was compared."""
    console = Console()
    _print_classes(console, found)
    _print_alerts(console, found)
    for name, groups in found.groups.items():
        _print_groups(console, name, groups)
    _print_detectors(console, found)
    if changes:
        _print_changes(console, changes)


def _table(*names: str) -> Table:
    """A table of names and figures."""
    table = Table(*names, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    table.columns[0].no_wrap = True
    return table


def _percent(share: Proportion, digits: int = 1) -> str:
    return f"{share.value:.{digits}%}" if share.of else "-"


def _interval(share: Proportion, digits: int = 0) -> str:
    low, high = share.interval
    return f"{low * 100:.{digits}f}-{high:.{digits}%}" if share.of else "-"


def _print_classes(console: Console, found: Evaluation) -> None:
    table = _table("attack class", "count", FLAGGED, "95 %", *MEASURES[1:], "campaigns")
    for name, recall in [*found.classes.items(), ("all", found.all)]:
        shares, campaigns = recall.messages, recall.campaigns[FLAGGED]
        table.add_row(
            name,
            f"{shares[FLAGGED].of:,}",
            _percent(shares[FLAGGED]),
            _interval(shares[FLAGGED]),
            *[_percent(shares[measure]) for measure in MEASURES[1:]],
            f"{campaigns.found:,}/{campaigns.of:,}",
        )
    first, *rest = [f"{found.macro[one]:.1%}" for one in MEASURES]
    table.add_row("mean of the classes", "", first, "", *rest)
    limits = [f"{one:.4f}" for one in found.thresholds.values()]
    table.add_row("scores above", "", "", "", *limits)
    console.print(table)


def _print_alerts(console: Console, found: Evaluation) -> None:
    alerts, outcomes = found.alerts[FLAGGED], found.outcomes
    calibrated = found.calibration
    tenths = ", ".join(f"{one.expected:.2f} {one.attacks.value:.2f}" for one in calibrated.tenths)
    lines = [
        f"{alerts.found:,} of {alerts.of:,} harmless messages flagged: {_percent(alerts, 2)} "
        f"({_interval(alerts, 2)})",
        f"precision {_percent(found.precision)} ({_interval(found.precision)}) where "
        f"{found.base_rate:.2%} are attacks, average precision {found.average_precision:.4f}",
        f"calibration error {calibrated.error:.4f}, Brier score {calibrated.brier:.4f}",
        f"expected and found by tenth of the score: {tenths}",
    ]
    if outcomes.lacking:
        lines.append(f"{outcomes.lacking:,} labelled messages have no verdict: not found")
    if outcomes.unlabelled:
        lines.append(f"{outcomes.unlabelled:,} verdicts have no label that counts")
    console.print("\n" + "\n".join(lines), highlight=False, soft_wrap=True)


def _print_groups(console: Console, name: str, groups: Mapping[str, GroupFigures]) -> None:
    table = _table(name, "attacks", FLAGGED, "at 1/1,000", "harmless", FLAGGED, "share")
    for value, group in groups.items():
        recall, alerts = group.recall.messages, group.alerts[FLAGGED]
        table.add_row(
            value or "-",
            f"{recall[FLAGGED].of:,}",
            _percent(recall[FLAGGED]),
            _percent(recall["1/1,000"]),
            f"{alerts.of:,}",
            f"{alerts.found:,}",
            _percent(alerts, 2),
        )
    console.print()
    console.print(table)


def _print_detectors(console: Console, found: Evaluation) -> None:
    table = _table("detector", "attacks", "only it", "harmless", "only it", "precision")
    table.columns[0].overflow = "ellipsis"
    for name, worth in list(found.detectors.items())[:MAX_DETECTORS_SHOWN]:
        figures = (worth.attacks, worth.alone, worth.harmless, worth.false_alone)
        table.add_row(name, *[f"{figure:,}" for figure in figures], _percent(worth.precision))
    console.print()
    console.print(table)
    if (left := len(found.detectors) - MAX_DETECTORS_SHOWN) > 0:
        console.print(f"{left} more, and which fire together: see --json and --html")


def _print_changes(console: Console, changes: Sequence[MeasureChange]) -> None:
    table = _table("compared", "before", "now", "gained", "lost", "chance")
    for one in changes:
        cells = (f"{one.before:.2%}", f"{one.now:.2%}", f"{one.gained:,}", f"{one.lost:,}")
        table.add_row(one.measure, *cells, f"{one.chance:.3f}")
    console.print()
    console.print(table)
    for one in changes:
        if one.is_fall:
            console.print(f"worse by more than noise: {one.measure}", style="bold red")
