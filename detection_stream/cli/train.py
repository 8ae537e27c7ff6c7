"""``train``: makes models from exported signals with labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from detection_stream.cli.groups import Group
from detection_stream.errors import InputError

if TYPE_CHECKING:
    from detection_stream.training.decision import Trained


@click.group(cls=Group)
def train() -> None:
    """Train models from exported signals with labels."""


@train.command()
@click.option(
    "--export",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Folder written by `export`; repeatable.",
)
@click.option(
    "--labels",
    "label_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Labels of an export, one file for each --export in the same order; repeatable.",
)
@click.option(
    "--rows",
    "kept",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Rows kept by --keep-rows; repeatable.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="decision.json",
    show_default=True,
    help="File to write.",
)
@click.option("--name", default="decision", show_default=True, help="Name of the model.")
@click.option(
    "--warm-up",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.4,
    show_default=True,
    help="First part of each export that is not trained with: there is too little history yet.",
)
@click.option(
    "--harm-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.02,
    show_default=True,
    help="Share of mail that is expected to be harmful; makes the score a probability.",
)
@click.option(
    "--trees", type=click.IntRange(1, 5_000), default=800, show_default=True, help="Trees to fit."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of all that is drawn.")
@click.option("--licence", default="not stated", help="Licence of the data, for the card.")
@click.option(
    "--rules-beside",
    is_flag=True,
    help="Let rules count beside the model, for organisations that it was not trained for.",
)
@click.option(
    "--keep-rows",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also keep the rows, numbers without text, in this Parquet file.",
)
def decision(
    *,
    folders: tuple[Path, ...],
    label_files: tuple[Path, ...],
    kept: tuple[Path, ...],
    out: Path,
    name: str,
    warm_up: float,
    harm_share: float,
    trees: int,
    seed: int,
    licence: str,
    rules_beside: bool,
    keep_rows: Path | None,
) -> None:
    """Train a decision model.

    Messages without a label are presumed harmless, but for those most like attacks. The figures
    of the card are for scenarios that the model was not trained with.
    """
    from detection_stream.evaluation.labels import read_labelled
    from detection_stream.training import dataset
    from detection_stream.training.boosting import Settings
    from detection_stream.training.decision import TrainingPlan, all_inputs, train

    if not folders and not kept:
        raise InputError("nothing to train with; pass --export DIR --labels FILE, or --rows FILE")
    if len(folders) != len(label_files):
        raise InputError("each --export needs its --labels")
    inputs = all_inputs()
    parts = [
        dataset.read_rows(folder, read_labelled(labels), inputs, warm_up, folder.stem)
        for folder, labels in zip(folders, label_files, strict=True)
    ]
    parts += [dataset.kept_rows(path, inputs) for path in kept]
    rows = dataset.concatenate_rows(parts)
    trained = train(
        rows,
        TrainingPlan(
            name, harm_share, Settings(trees, seed=seed), licence, weighs_rules=not rules_beside
        ),
    )
    out.write_bytes(trained.model.encode())
    if keep_rows is not None:
        dataset.write_rows(keep_rows, rows)
    _print(trained, out)


def _print(trained: Trained, out: Path) -> None:
    card = trained.model.card
    attacks = sum(card["attacks"].values())
    click.echo(f"trained with {attacks:,} attacks and {card['harmless']:,} harmless messages")
    recall = card["recall_at_1_in_1000"]
    click.echo(f"recall at 1 false alert in 1,000, on scenarios held out: {recall:.3f}")
    for kind, share in card["recall_by_type"].items():
        click.echo(f"  {kind:24} {share:6.3f} of {card['attacks'][kind]:>6}")
    for name, area in card["leaks"].items():
        click.echo(f"leak: {name} alone tells simulated from real harmless mail (AUC {area})")
    size = out.stat().st_size
    click.echo(f"written to {out} ({size:,} bytes, version {trained.model.version})")
