"""Which threshold suits a binary classifier, by each ``binary_classifier_model_selection_criteria``.

A row is given label 1 if its score is above the threshold. One look at the sorted scores tells what every threshold
does; those between two scores do the same, so one of each is looked at. `methods.thresholds` weighs money and acts
from a threshold on, with intervals; neither is wanted here.
"""

from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.linear_learner.scaling import Floats

CRITERIA = ("accuracy", "f_beta", "precision_at_target_recall", "recall_at_target_precision", "loss_function")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a threshold is chosen for, under AWS's names.

    Attributes:
        criterion: One of ``CRITERIA``; also ``f1`` and ``cross_entropy_loss``, which AWS's SDK lets through.
        f_beta: The beta of ``f_beta``.
        target_recall: To be reached under ``precision_at_target_recall``.
        target_precision: To be reached under ``recall_at_target_precision``.
    """

    criterion: str = "accuracy"
    f_beta: float = 1.0
    target_recall: float = 0.8
    target_precision: float = 0.8

    @property
    def by_loss(self) -> bool:
        """Whether the loss decides, and the threshold is the middle of the scores' scale."""
        return self.criterion in {"loss_function", "cross_entropy_loss"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A threshold and what the criterion makes of it; more is better. Where a target is out of reach it is below 0."""

    threshold: float
    value: float


@dataclass(frozen=True, slots=True)
class Cuts:
    """What every threshold that differs from the others finds, from the highest threshold to the lowest."""

    thresholds: Floats
    found: Floats
    acted: Floats
    positives: float
    rows: int

    def values(self, wish: Wish) -> Floats:
        """What the criterion makes of each."""
        precision = np.divide(self.found, self.acted, out=np.zeros(len(self.found)), where=self.acted > 0)
        recall = self.found / max(self.positives, 1)
        match wish.criterion:
            case "accuracy":
                return (self.rows - self.positives - self.acted + 2 * self.found) / self.rows
            case "precision_at_target_recall":
                return np.where(recall >= wish.target_recall, precision, recall - 2)
            case "recall_at_target_precision":
                return np.where(precision >= wish.target_precision, recall, precision - 2)
            case _:
                square = 1.0 if wish.criterion == "f1" else wish.f_beta**2
                denominator = self.acted + square * self.positives
                return np.divide(
                    (1 + square) * self.found, denominator, out=np.zeros(len(self.found)), where=denominator > 0
                )


def cuts(scores: Floats, labels: Floats) -> Cuts:
    """Every threshold that differs: halfway between two scores, at the highest one, and just below the lowest."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order].astype(np.float64)
    last = np.append(ranked[1:] != ranked[:-1], True)
    ends = np.flatnonzero(last)
    below = np.append(ranked[ends[:-1] + 1], -np.inf)
    # Halfway between two neighbouring numbers is one of them: the lower one still lies between.
    middle = np.minimum((ranked[ends] + below) / 2, np.nextafter(ranked[ends], -np.inf))
    middle = np.maximum(middle, below)
    middle[-1] = np.nextafter(ranked[-1], -np.inf)
    found = np.cumsum(labels[order].astype(np.float64))
    return Cuts(
        thresholds=np.append(ranked[0], middle),
        found=np.append(0.0, found[ends]),
        acted=np.append(0.0, ends + 1.0),
        positives=float(found[-1]),
        rows=len(ranked),
    )


def choose(scores: Floats, labels: Floats, wish: Wish) -> Choice:
    """The best threshold for scores whose labels, 0 or 1, are known; of several as good, the highest."""
    known = cuts(scores, labels)
    values = known.values(wish)
    best = int(np.argmax(values))
    return Choice(float(known.thresholds[best]), float(values[best]))
