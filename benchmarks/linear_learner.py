"""Linear Learner's search over 32 models, against scikit-learn's logistic regression with 32 penalties.

Both are given the same rows, on one thread, and choose by other rows; CPU time is of training and choosing. AUC is
taken on rows that neither has seen.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pace
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from fieldstone.algorithms.linear_learner.packs import scores
from fieldstone.algorithms.linear_learner.plans import Plan
from fieldstone.algorithms.linear_learner.selection import Wish
from fieldstone.algorithms.linear_learner.training import train

_BATCH = 1000
_FEATURES = 20


def _make(rows: int) -> Any:
    draws = np.random.default_rng(0)
    table = draws.normal(size=(rows, _FEATURES))
    chances = 1 / (1 + np.exp(2 - table @ draws.normal(size=_FEATURES) * 0.7))
    labels = (draws.random(rows) < chances).astype(np.float32)
    return (table * draws.uniform(0.1, 10, _FEATURES)).astype(np.float32), labels


def _reader(rows: Any, labels: Any) -> Any:
    return lambda: ((rows[at : at + _BATCH], labels[at : at + _BATCH]) for at in range(0, len(rows), _BATCH))


def _ours(seen: Any, held: Any, others: Any) -> Any:
    plan = Plan("binary_classifier", "logistic", wish=Wish("loss_function"))
    model = train(_reader(*seen), plan, np.random.default_rng(0), validation=_reader(*held))
    return scores(others, model.weights)[:, 0]


def _scikit_learn(seen: Any, held: Any, others: Any) -> Any:
    scaler = StandardScaler().fit(seen[0])
    rows, checked = scaler.transform(seen[0]), scaler.transform(held[0])
    models = [LogisticRegression(C=c).fit(rows, seen[1]) for c in np.logspace(-4, 4, 32)]
    best = min(models, key=lambda model: log_loss(held[1], model.predict_proba(checked)[:, 1]))
    return best.decision_function(scaler.transform(others))


def _measure(search: Callable[[Any, Any, Any], Any], parts: Any, tries: int) -> tuple[float, float]:
    """AUC, and the median of the CPU seconds."""
    seen, held, (others, truth) = parts
    taken, found = [], None
    for _ in range(tries):
        begun = time.process_time()
        found = search(seen, held, others)
        taken.append(time.process_time() - begun)
    return float(roc_auc_score(truth, found)), float(np.median(taken))


def run(pace: pace.Pace) -> None:
    """Print AUC and CPU time of both, and the ratio."""
    print("\nlinear_learner: one thread, CPU seconds of a search over 32 models; AUC of unseen rows")
    with threadpool_limits(1):
        for size in (100_000, 1_000_000) if pace.tries >= 5 else (100_000,):
            rows, labels = _make(size * 6 // 5)
            cuts = (size, size * 11 // 10)
            parts = list(zip(np.split(rows, cuts), np.split(labels, cuts), strict=True))
            auc, taken = _measure(_ours, parts, min(pace.tries, 3))
            theirs, their_time = _measure(_scikit_learn, parts, min(pace.tries, 3))
            print(
                f"  {size:,} x {_FEATURES}: Fieldstone AUC {auc:.5f} {taken:.2f} s; "
                f"scikit-learn AUC {theirs:.5f} {their_time:.2f} s ({their_time / taken:.1f}x)"
            )


if __name__ == "__main__":
    run(pace.read_pace(__doc__))
