"""Rows of a made-up organisation: what an attack is hangs on a few signals and their history."""

from __future__ import annotations

import numpy as np

from detection_stream.training.dataset import TrainingRows
from detection_stream.training.decision import all_inputs

TYPES = ("bec", "credential_phishing", "spam")


def made_rows(count: int, share: float = 0.05, seed: int = 1) -> TrainingRows:
    """Attacks are from strangers, and each type asks for something else; nothing is certain."""
    dice = np.random.default_rng(seed)
    inputs = tuple(all_inputs())
    values = np.full((count, len(inputs)), np.nan)
    place = {name: number for number, name in enumerate(inputs)}
    harmful = dice.random(count) < share
    types = np.where(harmful, dice.choice(TYPES, size=count), "")

    def flag(name: str, chance: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        values[:, place[name]] = dice.random(count) < chance

    flag("message.inbound", np.full(count, 0.8))
    flag("pair.stranger", np.where(harmful, 0.9, 0.15))
    flag("message.authenticated", np.where(harmful, 0.5, 0.95))
    flag("name.vip_match", np.where(types == "bec", 0.7, 0.005))
    flag("message.link_free_host", np.where(types == "credential_phishing", 0.6, 0.01))
    values[:, place["message.language_marketing"]] = dice.poisson(
        np.where(types == "spam", 2.0, 0.1)
    )
    known = np.where(harmful, 3.0, 60.0)
    values[:, place["sender.days_known"]] = dice.exponential(known)
    return TrainingRows(
        inputs,
        values,
        types,
        np.array([f"group-{number}" for number in range(count)]),
        harmful.copy(),
        np.full(count, "made"),
        np.arange(count) < count // 50,
    )
