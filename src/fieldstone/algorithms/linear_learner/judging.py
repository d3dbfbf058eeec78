"""How good a finished model is on the rows of a channel: the scores that AWS's logs tell, under its names."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.amazon.peers import ALONE, Peers
from fieldstone.algorithms.linear_learner.fitted import Fitted
from fieldstone.algorithms.linear_learner.losses import Loss, class_probabilities, named
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.rows import Pair
from fieldstone.algorithms.linear_learner.scaling import Floats
from fieldstone.algorithms.linear_learner.winning import join

_OBJECTIVES = {
    "logistic": "binary_classification_cross_entropy",
    "softmax_loss": "multiclass_cross_entropy",
    "squared_loss": "mse",
}


class Score(NamedTuple):
    """A number that tells how good a model is: its name, whether it is a `loss` or a `score`, itself."""

    name: str
    kind: str
    value: float


def objective(plan: Plan) -> str:
    """What the loss is called in the log."""
    return f"{_OBJECTIVES.get(plan.loss, plan.loss)}_objective"


def judge(pairs: Iterable[Pair], fitted: Fitted, plan: Plan, top_k: int, peers: Peers = ALONE) -> list[Score]:
    """The scores of a model, each row counting once.

    Args:
        pairs: Batches of rows and labels; at least one host has some.
        fitted: The model.
        plan: The hyperparameters it was trained with.
        top_k: Among how many classes the right one may be for `multiclass_top_k_accuracy`.
        peers: The hosts that judge together. What is no sum over rows only the first one knows.
    """
    judges: dict[str, Callable[[], _Tally]] = {
        "binary_classifier": lambda: _Binary(fitted, plan.wish.f_beta),
        "multiclass_classifier": lambda: _Classes(plan.num_classes, plan.wish.f_beta, top_k),
        "regressor": _Values,
    }
    tally = judges[plan.predictor_type]()
    loss = named(plan.loss, plan.shape)
    own = np.zeros(2)
    for rows, labels in pairs:
        margins = fitted.margins(rows)
        own += _loss(loss, margins, labels, plan), len(labels)
        tally.add(margins, labels)
    total, count = peers.add(own)[0]
    return [Score(objective(plan), "loss", float(total / count)), *tally.scores(peers)]


def _loss(loss: Loss, margins: Floats, labels: NDArray[np.floating], plan: Plan) -> float:
    targets = (2 * labels - 1 if plan.predictor_type == "binary_classifier" else labels)[:, None]
    return float(loss.of(margins if plan.columns == 1 else margins[:, None], targets)[0].sum())


class _Tally(Protocol):
    """What is counted of rows that pass by."""

    def add(self, margins: Floats, labels: NDArray[np.floating]) -> None:
        """Count some rows."""
        ...

    def scores(self, peers: Peers) -> list[Score]:
        """What was counted on all hosts comes to."""
        ...


class _Values(_Tally):
    def __init__(self) -> None:
        self._counts = np.zeros(3)
        """Of squares, distances and rows."""

    def add(self, margins: Floats, labels: NDArray[np.floating]) -> None:
        off = margins[:, 0] - labels
        self._counts += (off**2).sum(), np.abs(off).sum(), len(off)

    def scores(self, peers: Peers) -> list[Score]:
        squares, distances, rows = peers.add(self._counts)[0].tolist()
        return [
            Score("mse", "loss", squares / rows),
            Score("absolute_loss", "loss", distances / rows),
            Score("rmse", "loss", float(np.sqrt(squares / rows))),
        ]


class _Binary(_Tally):
    def __init__(self, fitted: Fitted, beta: float) -> None:
        self._fitted, self._beta = fitted, beta
        self._margins, self._labels = [np.empty(0)], [np.empty(0, np.bool_)]
        self._counts = np.zeros(5)
        """Of right answers, positives that were found, rows said to be positive, positives, and rows."""

    def add(self, margins: Floats, labels: NDArray[np.floating]) -> None:
        said, positive = self._fitted.answer(margins)["predicted_label"] > 0, labels > 0
        self._counts += (said == positive).sum(), (said & positive).sum(), said.sum(), positive.sum(), len(labels)
        self._margins.append(margins[:, 0])
        self._labels.append(positive)

    def scores(self, peers: Peers) -> list[Score]:
        right, hits, acted, positives, rows = peers.add(self._counts)[0].tolist()
        precision, recall = hits / max(acted, 1), hits / max(positives, 1)
        found = {
            "binary_classification_accuracy": right / rows,
            f"binary_f_{self._beta:.3f}": float(_f(np.array([precision]), np.array([recall]), self._beta)[0]),
            "precision": precision,
            "recall": recall,
        }
        margins = join(self._margins, np.float64, peers)
        labels = join(self._labels, np.bool_, peers)
        if 0 < positives < rows and peers.leads:
            found["roc_auc_score"] = _area(margins, labels)
        return [Score(name, "score", value) for name, value in found.items()]


class _Classes(_Tally):
    def __init__(self, classes: int, beta: float, top_k: int) -> None:
        self._classes, self._beta, self._top_k = classes, beta, top_k
        self._right, self._said, self._are = (np.zeros(classes) for _ in range(3))
        self._sums = np.zeros(3)
        """Of rows whose class is near the top, of gains, and of surprise."""

    def add(self, margins: Floats, labels: NDArray[np.floating]) -> None:
        known = labels.astype(np.int64)
        at = np.arange(len(known)), known
        said = margins.argmax(axis=1)
        self._are += np.bincount(known, minlength=self._classes)
        self._said += np.bincount(said, minlength=self._classes)
        self._right += np.bincount(known[said == known], minlength=self._classes)
        ranks = 1 + (margins > margins[at][:, None]).sum(axis=1)
        chances = np.maximum(class_probabilities(margins)[at], np.finfo(np.float64).tiny)
        self._sums += (ranks <= self._top_k).sum(), (1 / np.log2(1 + ranks)).sum(), -np.log(chances).sum()

    def scores(self, peers: Peers) -> list[Score]:
        all_right, all_said, all_are, (near, gain, surprise) = peers.add(self._right, self._said, self._are, self._sums)
        rows = all_are.sum()
        # Classes that neither are nor are said there say nothing.
        there = (all_are + all_said) > 0
        precision = all_right[there] / np.maximum(all_said[there], 1)
        recall = all_right[there] / np.maximum(all_are[there], 1)
        found = {
            "multiclass_accuracy": all_right.sum() / rows,
            f"multiclass_top_k_accuracy_{self._top_k}": near / rows,
            "dcg": gain / rows,
            "macro_recall": recall.mean(),
            "macro_precision": precision.mean(),
            f"macro_f_{self._beta:.3f}": _f(precision, recall, self._beta).mean(),
            "multiclass_balanced_accuracy": recall[all_are[there] > 0].mean(),
        }
        log_loss = Score("multiclass_log_loss", "loss", float(surprise / rows))
        return [*(Score(name, "score", float(value)) for name, value in found.items()), log_loss]


def _f(precision: Floats, recall: Floats, beta: float) -> Floats:
    below = beta**2 * precision + recall
    return np.divide((1 + beta**2) * precision * recall, below, out=np.zeros_like(below), where=below > 0)


def _area(margins: Floats, positive: NDArray[np.bool_]) -> float:
    """The area under the ROC curve: how many pairs of a positive and a negative are in order, ties counting half."""
    higher, lower = np.sort(margins[positive]), np.sort(margins[~positive])
    ordered = sum(int(np.searchsorted(lower, higher, side).sum()) for side in ("left", "right"))
    return ordered / (2 * len(higher) * len(lower))
