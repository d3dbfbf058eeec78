"""What several checks need, computed once and only when asked for.

    cases ──▶ sample (bounded, stratified) ──▶ folds ──▶ predictions for cases that the model has not seen

Folds go forward in time where cases have a time, keep an entity's cases together where an id repeats, and are
stratified otherwise.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.problem import Kind
from fieldstone.framing.trials import learners, scores, series
from fieldstone.framing.trials.scores import NUMBERS, Floats, Interval

Rows = NDArray[np.intp]
FOLDS = 5
LIMIT = 20_000
_MANY, _LEAST = 10, 8_000
"""From so many classes on the sample is smaller, down to so many cases: a strong model costs as many times more."""
SUPERVISED = NUMBERS | {"binary", "multiclass", "ordinal", "multilabel"}


class Trial:
    """A bounded sample of the cases, and how well models foretell it out of fold.

    Attributes:
        cases: All cases.
        kind: The type of problem.
        seed: Everything random follows from it.
        rows: The rows of the cases that are in the sample; in order of time where there is a time.
        features: The sample's features; categories as codes, NaN where there is nothing.
        target: The sample's targets; empty where nothing is to be foretold.
        measure: What predictions are judged by.
        ahead_by: For a time series: how many periods before its time a value is foretold.
    """

    def __init__(self, cases: Cases, kind: Kind, *, seed: int = 0, limit: int = LIMIT, ahead_by: int = 1) -> None:
        self.cases = cases
        self.ahead_by = ahead_by
        self.kind: Kind = kind
        self.seed = seed
        many = len(cases.classes) if kind in scores.CLASSES | {"multilabel"} else 0
        self.rows = _sample(cases, kind, seed, min(limit, max(_LEAST, limit * _MANY // max(many, _MANY))))
        self.features = cases.features[self.rows]
        self.target = np.empty(0) if cases.target is None else cases.target[self.rows]
        self.measure = scores.measure_for(kind)

    @property
    def classes(self) -> int:
        """How many classes, or labels, there are; 0 for numbers."""
        return 0 if self.kind in NUMBERS else max(2, len(self.cases.classes))

    @cached_property
    def possible(self) -> bool:
        """Whether a model can be tried at all: enough cases, features, and more than one outcome."""
        if self.kind not in SUPERVISED or len(self.target) < 20 or not self.known.shape[1]:
            return False
        return bool(np.any(np.ptp(self.target, axis=0) > 0))

    @cached_property
    def groups(self) -> Rows | None:
        """A number for each entity, where an id repeats; else None."""
        if self.cases.ids is None:
            return None
        names, numbers = np.unique(self.cases.ids[self.rows].astype(str), return_inverse=True)
        return numbers.astype(np.intp) if 1 < len(names) < len(numbers) else None

    @property
    def ordered(self) -> bool:
        """Whether models are tried on later cases than they learnt from."""
        return len(self._edges) > 2

    @cached_property
    def _edges(self) -> list[int]:
        """Where the sample is cut into stretches of time; equal times stay together."""
        if self.cases.time is None or not len(self.rows):
            return []
        time = self.cases.time[self.rows]
        cuts = {int(np.searchsorted(time, time[len(time) * part // (FOLDS + 1)])) for part in range(1, FOLDS + 1)}
        return [*sorted(cuts - {0}), len(time)]

    @cached_property
    def folds(self) -> tuple[tuple[Rows, Rows], ...]:
        """Pairs of positions in the sample: to learn from, to foretell."""
        return tuple(self._forward() if self.ordered else self._crosswise())

    def _forward(self) -> Iterator[tuple[Rows, Rows]]:
        """Foretell each stretch of time from all before it."""
        for start, end in pairwise(self._edges):
            yield np.arange(start), np.arange(start, end)

    def _crosswise(self) -> Iterator[tuple[Rows, Rows]]:
        if self.groups is not None:
            yield from GroupKFold(min(FOLDS, int(self.groups.max()) + 1)).split(self.features, groups=self.groups)
            return
        strata = _strata(self.target, self.kind)
        if strata is None or np.bincount(strata).min() < FOLDS:
            yield from KFold(FOLDS, shuffle=True, random_state=self.seed).split(self.features)
        else:
            yield from StratifiedKFold(FOLDS, shuffle=True, random_state=self.seed).split(self.features, strata)

    @cached_property
    def scored(self) -> Rows:
        """Positions in the sample that out-of-fold predictions exist for, in their order."""
        return np.concatenate([test for _, test in self.folds])

    @cached_property
    def fold(self) -> Rows:
        """Which fold each scored case is in."""
        return np.repeat(np.arange(len(self.folds)), [len(test) for _, test in self.folds])

    @cached_property
    def truth(self) -> Floats:
        """What became of the scored cases."""
        return self.target[self.scored]

    @cached_property
    def mark(self) -> Floats:
        """What the forecast of a time series must beat: the level that is known in time; 0 for other kinds."""
        if self.kind != "time series" or not len(self.target):
            return np.zeros_like(self.target)
        return series.marks(self.target, self.ahead_by)

    @cached_property
    def known(self) -> learners.Features:
        """What models see: the features; for a time series also its own past, as far as it is known in time."""
        if self.kind != "time series" or not len(self.target):
            return self.features
        steps = series.season(self.target, self.cases.periods)
        past = series.recalled(self.target, steps, self.ahead_by) - self.mark[:, None]
        return np.hstack([self.features, past.astype(np.float32)])

    def foretell(self, learner: learners.Learner, train: Rows, test: Rows) -> Floats:
        """Return what a learner of these cases foretells of those; of a time series it learns what the mark misses."""
        learnt = learner(self.known[train], self.target[train] - self.mark[train], self.known[test])
        return learnt + self.mark[test] if self.kind == "time series" else learnt

    def out_of_fold(self, learner: learners.Learner, *, features: learners.Features | None = None) -> Floats:
        """Return a learner's predictions for the scored cases, each by a model that has not seen it."""
        if features is None:
            return np.concatenate([self.foretell(learner, train, test) for train, test in self.folds])
        told = [learner(features[train], self.target[train], features[test]) for train, test in self.folds]
        return np.concatenate(told)

    @cached_property
    def _bold_learner(self) -> learners.Learner:
        if self.kind == "time series":
            return learners.blended(self.kind, self.shape, self.classes, seed=self.seed)
        return learners.strong(self.kind, self.classes, seed=self.seed)

    @cached_property
    def _bold(self) -> Floats:
        return self.out_of_fold(self._bold_learner)

    @cached_property
    def plain_is_best(self) -> bool:
        """Whether the plain model is surely better than trees, as it may be where there is little to learn from."""
        return self.ahead(self.plain, self._bold).low > 0

    @property
    def strong_learner(self) -> learners.Learner:
        """The strong model, ready to learn: boosted trees, or the plain one where it is surely better."""
        return self._plain_learner if self.plain_is_best else self._bold_learner

    @property
    def strong(self) -> Floats:
        """The strong model's out-of-fold predictions for the scored cases."""
        return self.plain if self.plain_is_best else self._bold

    def fitted(self, train: Rows) -> learners.Predictor:
        """Return the strong model that has learnt from these positions of the sample, for who asks it more than once.

        Not for time series, whose models foretell what the level misses.
        """
        if self.plain_is_best:
            return learners.fit_plain(self.kind, self.shape, self.classes, self.known[train], self.target[train])
        return learners.fit_strong(self.kind, self.classes, self.known[train], self.target[train], seed=self.seed)

    @property
    def shape(self) -> tuple[Column, ...]:
        """The columns of what models see."""
        added = self.known.shape[1] - self.features.shape[1]
        return (*self.cases.columns, *(Column(f"past {place + 1}", "number", 0.0, 2) for place in range(added)))

    @cached_property
    def plain(self) -> Floats:
        """The plain model's out-of-fold predictions for the scored cases."""
        return self.out_of_fold(self._plain_learner)

    @cached_property
    def _plain_learner(self) -> learners.Learner:
        return learners.plain(self.kind, self.shape, self.classes)

    @cached_property
    def draws(self) -> list[Floats]:
        """Resamples of the scored cases."""
        groups = None if self.groups is None else np.unique(self.groups[self.scored], return_inverse=True)[1]
        return scores.draws(len(self.scored), self.seed, groups=groups)

    @cached_property
    def quality(self) -> Interval:
        """How well the strong model does."""
        return self.judge(self.strong)

    @cached_property
    def average(self) -> Floats:
        """For each scored case the average outcome of the cases learnt from: above it a model's yes is likelier."""
        return self.out_of_fold(learners.constant(self.kind, self.classes), features=self.features)

    def score(self, prediction: Floats, test: Rows) -> float:
        """Return the measure of predictions for these positions of the sample."""
        truth = self.target[test]
        if self.kind == "time series":
            return scores.beyond(truth, prediction, self.mark[test])(np.ones(len(truth)))
        return self.measure(truth, prediction)

    def _weigher(self, prediction: Floats) -> scores.Weigher:
        if self.kind == "time series":
            return scores.beyond(self.truth, prediction, self.mark[self.scored])
        return self.measure.prepare(self.truth, prediction, self.fold)

    def value(self, prediction: Floats) -> float:
        """Return the measure of out-of-fold predictions."""
        return self._weigher(prediction)(np.ones(len(self.truth)))

    def judge(self, prediction: Floats) -> Interval:
        """Return the measure of out-of-fold predictions with its interval."""
        return scores.spread(self._weigher(prediction), self.draws)

    def ahead(self, better: Floats, worse: Floats) -> Interval:
        """Return by how much one set of predictions beats another: paired bootstrap, 90 in 100 (95 on either side)."""
        return scores.difference(self._weigher(better), self._weigher(worse), self.draws, level=0.9)


def _sample(cases: Cases, kind: Kind, seed: int, limit: int) -> Rows:
    rows = np.arange(len(cases))
    if len(cases) > limit:
        rows = _spread(cases, kind, np.random.default_rng(seed), limit)
    return rows if cases.time is None else rows[np.argsort(cases.time[rows], kind="stable")]


def _spread(cases: Cases, kind: Kind, rng: np.random.Generator, limit: int) -> Rows:
    """Draw so many cases; of a time series the latest, of classes each in its share."""
    if kind == "time series" and cases.time is not None:
        return np.argsort(cases.time, kind="stable")[-limit:]
    mixed = rng.permutation(len(cases))
    strata = None if cases.target is None else _strata(cases.target, kind)
    if strata is None:
        return np.sort(mixed[:limit])
    ranked = mixed[np.argsort(strata[mixed], kind="stable")]
    return np.sort(ranked[np.linspace(0, len(ranked) - 1, limit).astype(np.intp)])


def _strata(target: Floats, kind: Kind) -> Rows | None:
    """Return the class of each case, numbered without gaps; None where the target is no single class."""
    if kind in NUMBERS or target.ndim > 1 or not len(target):
        return None
    return np.unique(target, return_inverse=True)[1].astype(np.intp)
