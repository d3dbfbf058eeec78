"""How good a finished model is on the rows of a channel: the scores that AWS's logs tell, under its names."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fieldstone.algorithms.linear_learner.losses import Loss, class_probabilities, named
from fieldstone.algorithms.linear_learner.model import Fitted
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.rows import Pair
from fieldstone.algorithms.linear_learner.scaling import Floats
from fieldstone.algorithms.linear_learner.selection import cuts

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


def judge(pairs: Iterable[Pair], fitted: Fitted, plan: Plan, top_k: int) -> list[Score]:
    """The scores of a model, each row counting once.

    Args:
        pairs: At least one batch of rows and labels.
        fitted: The model.
        plan: The hyperparameters it was trained with.
        top_k: Among how many classes the right one may be for `multiclass_top_k_accuracy`.
    """
    judges: dict[str, Callable[[], _Tally]] = {
        "binary_classifier": lambda: _Binary(fitted, plan.wish.f_beta),
        "multiclass_classifier": lambda: _Classes(plan.num_classes, plan.wish.f_beta, top_k),
        "regressor": _Values,
    }
    tally = judges[plan.predictor_type]()
    loss = named(plan.loss, plan.shape)
    total, count = 0.0, 0
    for rows, labels in pairs:
        margins = fitted.margins(rows)
        total += _loss(loss, margins, labels, plan)
        count += len(labels)
        tally.add(margins, labels)
    return [Score(objective(plan), "loss", total / count), *tally.scores()]


def _loss(loss: Loss, margins: Floats, labels: NDArray[np.floating], plan: Plan) -> float:
    targets = (2 * labels - 1 if plan.predictor_type == "binary_classifier" else labels)[:, None]
    return float(loss.of(margins if plan.columns == 1 else margins[:, None], targets)[0].sum())


class _Tally(Protocol):
    """What is counted of rows that pass by."""

    def add(self, margins: Floats, labels: NDArray[np.floating]) -> None:
        """Count some rows."""
        ...

    def scores(self) -> list[Score]:
        """What was counted comes to."""
        ...


class _Values(_Tally):
    def __init__(self) -> None:
        self._squares, self._distances, self._count = 0.0, 0.0, 0

    def add(self, margins: Floats, labels: NDArray[np.floating]) -> None:
        off = margins[:, 0] - labels
        self._squares += float((off**2).sum())
        self._distances += float(np.abs(off).sum())
        self._count += len(off)

    def scores(self) -> list[Score]:
        mse = self._squares / self._count
        return [
            Score("mse", "loss", mse),
            Score("absolute_loss", "loss", self._distances / self._count),
            Score("rmse", "loss", float(np.sqrt(mse))),
        ]


class _Binary(_Tally):
    def __init__(self, fitted: Fitted, beta: float) -> None:
        self._fitted, self._beta = fitted, beta
        self._margins, self._labels = list[Floats](), list[Floats]()
        self._right, self._found, self._acted = 0, 0, 0

    def add(self, margins: Floats, labels: NDArray[np.floating]) -> None:
        said = self._fitted.answer(margins)["predicted_label"]
        self._right += int((said == labels).sum())
        self._found += int((said * labels).sum())
        self._acted += int(said.sum())
        self._margins.append(margins[:, 0])
        self._labels.append(labels.astype(np.float64))

    def scores(self) -> list[Score]:
        labels = np.concatenate(self._labels)
        positives = float(labels.sum())
        precision, recall = self._found / max(self._acted, 1), self._found / max(positives, 1)
        found = {
            "binary_classification_accuracy": self._right / len(labels),
            f"binary_f_{self._beta:.3f}": float(_f(np.array([precision]), np.array([recall]), self._beta)[0]),
            "precision": precision,
            "recall": recall,
        }
        if 0 < positives < len(labels):
            found["roc_auc_score"] = _area(np.concatenate(self._margins), labels)
        return [Score(name, "score", value) for name, value in found.items()]


class _Classes(_Tally):
    def __init__(self, classes: int, beta: float, top_k: int) -> None:
        self._classes, self._beta, self._top_k = classes, beta, top_k
        self._right, self._said, self._are = (np.zeros(classes) for _ in range(3))
        self._near, self._gain, self._surprise = 0, 0.0, 0.0

    def add(self, margins: Floats, labels: NDArray[np.floating]) -> None:
        known = labels.astype(np.int64)
        at = np.arange(len(known)), known
        said = margins.argmax(axis=1)
        self._are += np.bincount(known, minlength=self._classes)
        self._said += np.bincount(said, minlength=self._classes)
        self._right += np.bincount(known[said == known], minlength=self._classes)
        ranks = 1 + (margins > margins[at][:, None]).sum(axis=1)
        self._near += int((ranks <= self._top_k).sum())
        self._gain += float((1 / np.log2(1 + ranks)).sum())
        self._surprise -= float(np.log(np.maximum(class_probabilities(margins)[at], np.finfo(np.float64).tiny)).sum())

    def scores(self) -> list[Score]:
        rows = self._are.sum()
        # Classes that neither are nor are said there say nothing.
        there = (self._are + self._said) > 0
        precision = self._right[there] / np.maximum(self._said[there], 1)
        recall = self._right[there] / np.maximum(self._are[there], 1)
        found = {
            "multiclass_accuracy": self._right.sum() / rows,
            f"multiclass_top_k_accuracy_{self._top_k}": self._near / rows,
            "dcg": self._gain / rows,
            "macro_recall": recall.mean(),
            "macro_precision": precision.mean(),
            f"macro_f_{self._beta:.3f}": _f(precision, recall, self._beta).mean(),
            "multiclass_balanced_accuracy": recall[self._are[there] > 0].mean(),
        }
        log_loss = Score("multiclass_log_loss", "loss", self._surprise / rows)
        return [*(Score(name, "score", float(value)) for name, value in found.items()), log_loss]


def _f(precision: Floats, recall: Floats, beta: float) -> Floats:
    below = beta**2 * precision + recall
    return np.divide((1 + beta**2) * precision * recall, below, out=np.zeros_like(below), where=below > 0)


def _area(scores: Floats, labels: Floats) -> float:
    """The area under the curve of true over false positives, from threshold to threshold."""
    known = cuts(scores, labels)
    false = known.acted - known.found
    area = ((known.found[1:] + known.found[:-1]) / 2 * np.diff(false)).sum()
    return float(area / (known.positives * (known.rows - known.positives)))
