"""``evaluate``: measures verdicts against labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detection_stream.errors import InputError
from detection_stream.private_files import new_directory, write_private

if TYPE_CHECKING:
    from detection_stream.evaluation.comparison import MeasureChange


@click.command()
@click.argument("verdicts", type=click.Path(path_type=Path), default="out")
@click.option(
    "--labels",
    "label_file",
    type=click.Path(path_type=Path),
    required=True,
    help="CSV or JSON lines: kind (or label and attack_class), and uid or message_id.",
)
@click.option("--by", multiple=True, help="Field of the labels to tell apart; repeatable.")
@click.option("--tenant", help="Only messages of one organisation.")
@click.option(
    "--compare",
    type=click.Path(path_type=Path),
    help="Verdicts, or a report written by --json, to compare with.",
)
@click.option(
    "--fail-on-fall", is_flag=True, help="Exit with 1 if it is worse than --compare beyond noise."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page.")
@click.pass_context
def evaluate(
    context: click.Context,
    /,
    *,
    verdicts: Path,
    label_file: Path,
    by: tuple[str, ...],
    tenant: str | None,
    compare: Path | None,
    fail_on_fall: bool,
    as_json: bool,
    html: Path | None,
) -> None:
    """Measure verdicts against labels.

    VERDICTS is the --out directory of a run, a verdicts.jsonl, or a folder written by `export`.

    Attacks found are told at the verdicts and where 1 in 100, 1,000 and 10,000 harmless messages
    would be false alerts, by class and by campaign; further precision, calibration, and what each
    detector finds and costs.
    """
    import orjson

    from detection_stream.cli.evaluated import print_evaluation
    from detection_stream.evaluation import evaluation_report
    from detection_stream.evaluation.comparison import compare as changes_between
    from detection_stream.evaluation.evaluation import evaluate as measure
    from detection_stream.evaluation.labels import read_labelled
    from detection_stream.evaluation.outcomes import read_outcomes

    if fail_on_fall and compare is None:
        raise InputError("--fail-on-fall needs --compare: what it must not be worse than")
    labels = read_labelled(label_file)
    for name in by:
        if not any(name in label.groups for label in labels.values()):
            raise InputError(f"no label in {label_file} has the field {name}; check --by")
    found = measure(read_outcomes(verdicts, labels, tenant), by)
    report = evaluation_report.as_json(found)
    changes: list[MeasureChange] = []
    if compare is not None:
        before = _report(compare)
        if before is None:
            before = evaluation_report.as_json(measure(read_outcomes(compare, labels, tenant)))
        changes = changes_between(before, report)
    if html:
        new_directory(html.parent)
        page = evaluation_report.as_page(found, report, f"Evaluation of {verdicts}", changes)
        write_private(html, page.encode())
    if as_json:
        click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    else:
        print_evaluation(found, changes)
    if fail_on_fall and any(change.is_fall for change in changes):
        context.exit(1)


def _report(path: Path) -> dict[str, Any] | None:
    """A report written by ``--json``; None for anything else."""
    import orjson

    if not path.is_file():
        return None
    try:
        report = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return None
    return report if isinstance(report, dict) and "average_precision" in report else None
