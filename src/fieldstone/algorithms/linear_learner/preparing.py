"""What is learnt of the data before training: normalisation and the weights of classes; and batches made ready."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.rows import Rows
from fieldstone.algorithms.linear_learner.losses import Array
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.scaling import Floats, Scaler, merge, moments, scaler

Batches = Iterable[tuple[Rows, Array]]
Read = Callable[[], Batches]


@dataclass(frozen=True, slots=True)
class Prepared:
    """How batches are made ready.

    Attributes:
        features: How many there are.
        data: Normalises rows.
        label: Normalises labels of a regressor; None of a classifier.
        signed: Whether labels 0 and 1 become -1 and 1.
        positive_weights: What positive examples may weigh.
        class_weights: What the examples of each class weigh.
    """

    features: int
    data: Scaler
    label: Scaler | None
    signed: bool
    positive_weights: tuple[float, ...]
    class_weights: Array

    @property
    def unit(self) -> float:
        """What labels were divided by."""
        return 1.0 if self.label is None else float(self.label.scale[0])

    def batches(self, read: Read) -> Iterator[tuple[Rows, Array]]:
        """The batches, normalised, with what the losses take for targets."""
        for rows, labels in read():
            yield self.data.apply(rows), self.targets(labels)

    def targets(self, labels: Array) -> Array:
        """What the losses take for labels."""
        if self.label is not None:
            return np.asarray((labels - self.label.shift) / self.label.scale, dtype=np.float32)
        return (2 * labels - 1 if self.signed else labels).astype(np.float32)

    def fold(self, weights: Floats) -> Floats:
        """Weights for rows, and of labels, as they came."""
        return self.data.fold(weights, self.label)


class NoRows(ValueError):  # noqa: N818 - a mistake in the data, named as one
    """There is nothing to train on."""


def prepare(read: Read, plan: Plan) -> Prepared:
    """Look at the first ``num_point_for_scaler`` rows, in whole batches at least one.

    Raises:
        NoRows: There is no row.
    """
    head, held = list[tuple[Rows, Array]](), 0
    for rows, labels in read():
        head.append((rows[: plan.num_point_for_scaler - held], labels[: plan.num_point_for_scaler - held]))
        held += len(head[-1][1])
        if held >= plan.num_point_for_scaler:
            break
    if not held:
        raise NoRows("The training data has no data points.")
    labels = np.concatenate([labels for _, labels in head]).astype(np.float64)
    known = reduce(merge, (moments(rows) for rows, labels in head if len(labels)))
    # A shift would make sparse rows dense.
    dense = not isinstance(head[0][0], csr_matrix)
    regressor = plan.predictor_type == "regressor"
    return Prepared(
        features=len(known.mean),
        data=scaler(known, normalize=plan.normalize_data, unbias=plan.unbias_data and dense),
        label=scaler(moments(labels[:, None]), normalize=plan.normalize_label, unbias=plan.unbias_label)
        if regressor
        else None,
        signed=plan.predictor_type == "binary_classifier",
        positive_weights=_positive_weights(labels, plan.positive_example_weight_mult),
        class_weights=_class_weights(labels, plan),
    )


def _positive_weights(labels: Floats, wanted: float | str) -> tuple[float, ...]:
    positives = float(np.count_nonzero(labels > 0))
    balanced = (len(labels) - positives) / positives if 0 < positives < len(labels) else 1.0
    match wanted:
        case "balanced":
            return (balanced,)
        case "auto":
            return tuple(dict.fromkeys((1.0, balanced)))
        case _:
            return (float(wanted),)


def _class_weights(labels: Floats, plan: Plan) -> Array:
    """The rows over K n_c for each class of n_c; a class that the first rows lack weighs as if it had one."""
    if not (plan.balance_multiclass_weights and plan.predictor_type == "multiclass_classifier"):
        return np.ones(max(plan.num_classes, 1), dtype=np.float32)
    counts = np.bincount(labels.astype(np.int64), minlength=plan.num_classes)
    return (len(labels) / (plan.num_classes * np.maximum(counts, 1))).astype(np.float32)
