"""What is learnt of the data before training: normalisation and the weights of classes; and batches made ready."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.sparse import issparse

from fieldstone.algorithms.amazon.peers import ALONE, Peers
from fieldstone.algorithms.amazon.rows import Rows
from fieldstone.algorithms.linear_learner.checkpoints import State
from fieldstone.algorithms.linear_learner.losses import Array
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.scaling import Floats, Moments, Scaler, merge, moments, scaler

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

    @classmethod
    def of(cls, saved: State, plan: Plan) -> "Prepared":
        """What was learnt of the data before, for the same plan."""
        return cls(
            features=len(saved["data_shift"]),
            data=Scaler(saved["data_shift"], saved["data_scale"]),
            label=Scaler(saved["label_shift"], saved["label_scale"]) if "label_shift" in saved else None,
            signed=plan.predictor_type == "binary_classifier",
            positive_weights=tuple(saved["positive_weights"].tolist()),
            class_weights=saved["class_weights"],
        )

    def state(self) -> State:
        """What a training that goes on must know again."""
        scalers = {"data": self.data} | ({} if self.label is None else {"label": self.label})
        weights = {"positive_weights": np.array(self.positive_weights), "class_weights": self.class_weights}
        return weights | {
            f"{name}_{part}": getattr(one, part) for name, one in scalers.items() for part in ("shift", "scale")
        }

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


def prepare(read: Read, plan: Plan, peers: Peers = ALONE) -> Prepared:
    """Look at the first ``num_point_for_scaler`` rows; of several hosts, each at as many of its own as is its share.

    Raises:
        NoRows: There is no row on any host.
    """
    head = [part for part in first_rows(read(), -(-plan.num_point_for_scaler // peers.count)) if len(part[1])]
    labels = np.concatenate([np.empty(0), *(labels for _, labels in head)])
    known = _join(reduce(merge, (moments(rows) for rows, _ in head)) if head else None, peers)
    regressor = plan.predictor_type == "regressor"
    label = _join(moments(labels[:, None]) if head else None, peers) if regressor else None
    classes = plan.num_classes if plan.predictor_type == "multiclass_classifier" else 2
    counts = np.zeros(0) if regressor else np.bincount(labels.astype(np.int64), minlength=classes)
    counts, sparse = peers.add(counts.astype(np.float64), np.array([float(any(issparse(rows) for rows, _ in head))]))
    return Prepared(
        features=len(known.mean),
        # A shift would make sparse rows dense.
        data=scaler(known, normalize=plan.normalize_data, unbias=plan.unbias_data and not sparse[0]),
        label=label and scaler(label, normalize=plan.normalize_label, unbias=plan.unbias_label),
        signed=plan.predictor_type == "binary_classifier",
        positive_weights=_positive_weights(counts, plan),
        class_weights=_class_weights(counts, plan),
    )


def first_rows(batches: Batches, count: int) -> Iterator[tuple[Rows, Array]]:
    """The first so many rows, or all if there are fewer, in batches."""
    held = 0
    for rows, labels in batches:
        yield rows[: count - held], labels[: count - held]
        held += len(labels)
        if held >= count:
            return


def _join(own: Moments | None, peers: Peers) -> Moments:
    """The moments of the rows of all hosts."""
    word = b"" if own is None else np.concatenate([[own.rows], own.mean, own.squares]).tobytes()
    told = [np.frombuffer(said) for said in peers.exchange(word) if said]
    if not told:
        raise NoRows("The training data has no data points.")
    return reduce(merge, (Moments(int(one[0]), *np.split(one[1:], 2)) for one in told))


def _positive_weights(counts: Floats, plan: Plan) -> tuple[float, ...]:
    """What positive examples may weigh, where so many have each label."""
    if plan.predictor_type != "binary_classifier":
        return (1.0,)
    negatives, positives = counts
    balanced = float(negatives / positives) if counts.all() else 1.0
    match plan.positive_example_weight_mult:
        case "balanced":
            return (balanced,)
        case "auto":
            return tuple(dict.fromkeys((1.0, balanced)))
        case given:
            return (float(given),)


def _class_weights(counts: Floats, plan: Plan) -> Array:
    """The rows over K n_c for each class of n_c; a class that the first rows lack weighs as if it had one."""
    if not (plan.balance_multiclass_weights and plan.predictor_type == "multiclass_classifier"):
        return np.ones(max(plan.num_classes, 1), dtype=np.float32)
    return (counts.sum() / (plan.num_classes * np.maximum(counts, 1))).astype(np.float32)
