"""Are there enough cases: in all, of each class, in each period; and what would more of them bring.

The learning curve trains the strong model on growing parts of the sample and follows its error with ``a + b n^-c``. All
such curves that fit are kept, each as likely as it fits, so the forecast for more cases is a range, not a line. How
wide the range must be was set on families whose truth is known (``benchmarks/framing_checks.py``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.scores import NUMBERS, Floats, Interval
from fieldstone.framing.trials.trial import SUPERVISED, Rows, Trial

FEWEST, FEWEST_OF_CLASS = 100, 15
FEW, FEW_OF_CLASS = 1_000, 100
_SHARES = (0.06, 0.1, 0.16, 0.25, 0.4, 0.63, 1.0)
_REPEATS = 3
_FEWEST_SIZES = 4
_POWERS = np.linspace(0.3, 1.5, 25)
_SMALLEST = 40
_SCATTER, _SHIFT = 0.5, 1.05
"""The shares of an attempt's scatter, and of the sample's, that a later result has: the rest comes of the tests."""
_LATE, _LATE_SIZE = 0.045, 160
"""Of few cases learning often speeds up before it slows: what a doubling may take off the error beyond the curve, where
the curve ends at so few cases; where it ends later, in proportion less. Cases count as far as classes are even."""
_DRAWS = 4_000
_WORTH = 0.02


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """How the measure grows with the number of cases learnt from.

    Attributes:
        sizes: Numbers of cases learnt from, one an attempt.
        values: The measure at each.
        shift: How far off the whole curve may be, because it was measured on a sample: a standard deviation.
        even: The rarest class's share beside an even one: of 1 in 10 cases, a fifth of all say as much as even ones.
    """

    sizes: Floats
    values: Floats
    shift: float
    even: float = 1.0

    def forecast(self, size: float, *, seed: int = 0, level: float = 0.8) -> Interval:
        """Return the measure to expect from learning from so many cases, with the range that holds at this level."""
        rng = np.random.default_rng(seed)
        drawn = _draw(self.sizes, 1 - self.values, np.array([size]), rng)[:, 0]
        told = self.even * self.sizes.max()
        doublings = np.log2(max(1.0, size / self.sizes.max())) * min(1.0, _LATE_SIZE / told)
        drawn *= 1 - np.minimum(_LATE * doublings * np.abs(rng.standard_normal(len(drawn))), 1)
        drawn = 1 - drawn + _SHIFT * self.shift * rng.standard_normal(len(drawn))
        low, middle, high = np.quantile(np.minimum(drawn, 1.0), [(1 - level) / 2, 0.5, (1 + level) / 2])
        return Interval(float(middle), float(low), float(high))

    def gain(self, factor: float, *, seed: int = 0) -> Interval:
        """Return what learning from so many times the cases would add to the measure, at 80 in 100."""
        full = float(self.sizes.max())
        drawn = _draw(
            self.sizes, 1 - self.values, np.array([full, factor * full]), np.random.default_rng(seed), noise=0
        )
        low, middle, high = np.quantile(drawn[:, 0] - drawn[:, 1], [0.1, 0.5, 0.9])
        return Interval(float(middle), float(low), float(high))


def _draw(
    sizes: Floats, errors: Floats, asked: Floats, rng: np.random.Generator, *, noise: float = _SCATTER
) -> NDArray[np.float64]:
    """Return draws x asked sizes of errors, from every curve a + b n^-c in proportion to how well it fits."""
    if len(np.unique(sizes[sizes >= _SMALLEST])) >= _FEWEST_SIZES:
        sizes, errors = sizes[sizes >= _SMALLEST], errors[sizes >= _SMALLEST]
    weight = sizes / sizes.max()  # attempts with more cases scatter less
    fits = [_line(sizes**-power, errors, weight) for power in _POWERS]
    likelihood = np.array([fit[2] for fit in fits])
    chance = np.exp(likelihood - likelihood.max())
    picked = rng.choice(len(fits), _DRAWS, p=chance / chance.sum())
    drawn = np.empty((_DRAWS, len(asked)))
    freedom = max(1, len(sizes) - 3)
    for place in np.unique(picked):
        mine = np.flatnonzero(picked == place)
        centre, covariance, _, scale = fits[place]
        factor = np.linalg.cholesky(covariance + 1e-18 * np.eye(2))
        stretch = np.sqrt(freedom / rng.chisquare(freedom, len(mine)))[:, None]
        lines = centre + stretch * (rng.standard_normal((len(mine), 2)) @ factor.T)
        lines = np.column_stack([np.maximum(lines[:, 0], 0), np.maximum(lines[:, 1], 0)])
        drawn[mine] = lines @ np.vstack([np.ones(len(asked)), asked ** -_POWERS[place]])
        drawn[mine] += noise * stretch * scale * rng.standard_normal((len(mine), 1)) * np.sqrt(sizes.max() / asked)
    return drawn


def _line(inputs: Floats, errors: Floats, weight: Floats) -> tuple[Floats, NDArray[np.float64], float, float]:
    """Return the weighted line through the errors: coefficients, their covariance, log likelihood, residual scale."""
    design = np.column_stack([np.ones(len(inputs)), inputs])
    gram = design.T @ (design * weight[:, None])
    inverse = np.linalg.pinv(gram)
    centre = inverse @ (design.T @ (weight * errors))
    freedom = max(1, len(errors) - 3)
    variance = max(float(np.sum(weight * (errors - design @ centre) ** 2)) / freedom, 1e-12)
    unfit = 1e3 * float(max(0.0, -centre[0]) + max(0.0, -centre[1]) > 0.01)
    return (
        centre,
        np.asarray(variance * inverse, dtype=np.float64),
        -0.5 * freedom * float(np.log(variance)) - unfit,
        float(np.sqrt(variance)),
    )


def curve(trial: Trial, *, repeats: int = _REPEATS) -> LearningCurve:
    """Return the learning curve over growing parts of the sample, tried on the cases of the last fold or two."""
    rng = np.random.default_rng(trial.seed)
    sizes: list[int] = []
    values: list[float] = []
    for repeat in range(repeats):
        train, test = trial.folds[-1 - repeat % len(trial.folds)] if not trial.ordered else trial.folds[-1]
        mixed = rng.permutation(train)
        for share in _SHARES:
            part = mixed[: int(share * len(mixed))]
            if _learnable(trial, part):
                sizes.append(len(part))
                values.append(_attempt(trial, part, test))
    shift = (trial.quality.high - trial.quality.low) / 3.92
    return LearningCurve(np.array(sizes, float), np.array(values), shift, _even(trial))


def _even(trial: Trial) -> float:
    """The rarest class's share, as part of what it would be if all were as frequent; 1 where there are no classes."""
    if trial.kind in NUMBERS or trial.target.ndim > 1:
        return 1.0
    shares = np.unique(trial.target, return_counts=True)[1] / len(trial.target)
    return float(len(shares) * shares.min())


def _learnable(trial: Trial, part: Rows) -> bool:
    target = trial.target[part]
    return len(part) >= 20 and bool(np.all(np.ptp(target, axis=0) > 0))


def _attempt(trial: Trial, train: Rows, test: Rows) -> float:
    return trial.score(trial.foretell(trial.strong_learner, train, test), test)


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say whether there are enough cases, and what more of them would bring."""
    del problem
    counts, periods = class_counts(cases, trial), period_counts(cases)
    evidence = {"cases": len(cases), "classes": counts, "periods": periods}
    few = _too_few(len(cases), counts, trial)
    if few:
        advice = (
            "Decide by a simple rule or by hand for now, and keep every outcome: most models need thousands of cases."
        )
        return Finding("enough", "stop", few, evidence, advice, Reason.TOO_LITTLE_DATA)
    barren = _barren(trial)
    if barren:
        advice = "Add columns that are known when the decision is taken, and cases of every outcome."
        return Finding("enough", "stop", barren, evidence, advice, Reason.TOO_LITTLE_DATA)
    if not trial.possible:
        return Finding("enough", "fine", f"There are {len(cases):,} cases.", evidence)
    grown = curve(trial)
    if len(np.unique(grown.sizes)) < _FEWEST_SIZES:
        sentence = f"There are {len(cases):,} cases, too few to draw a learning curve."
        return Finding("enough", "caution", sentence, evidence, "Collect more cases.")
    return _with_curve(cases, trial, evidence, grown)


def _with_curve(cases: Cases, trial: Trial, evidence: dict[str, Any], grown: LearningCurve) -> Finding:
    full = int(grown.sizes.max())
    bring = grown.gain(2.0, seed=trial.seed)
    evidence = {
        **evidence,
        "measure": trial.measure.name,
        "curve": {"sizes": grown.sizes.astype(int).tolist(), "values": grown.values.tolist()},
        "forecast": [_forecast(grown, factor, trial.seed) for factor in (1, 2, 4, 8)],
        "doubling_adds": [bring.value, bring.low, bring.high],
        "learnt_from": full,
    }
    added = f"{bring.low:.3f} to {bring.high:.3f} of {trial.measure.name}"
    doubled = f"learning from {2 * full:,} instead of {full:,} would add {added}"
    rare = _rare(evidence["classes"])
    few = len(cases) < FEW or rare
    sentence = f"There are {len(cases):,} cases{rare and f', but few of {rare}'}; {doubled} (80 in 100 sure)."
    if few or (bring.value > _WORTH and full > 0.7 * len(cases)):
        return Finding(
            "enough", "caution", sentence, evidence, "More cases would make a better model; keep collecting."
        )
    return Finding("enough", "fine", sentence, evidence)


def _forecast(grown: LearningCurve, factor: int, seed: int) -> dict[str, float]:
    size = factor * float(grown.sizes.max())
    expected = grown.forecast(size, seed=seed)
    return {"cases": size, "value": expected.value, "low": expected.low, "high": expected.high}


def class_counts(cases: Cases, trial: Trial) -> dict[str, int]:
    """Return how many cases each class, or label, has; nothing for numbers."""
    if cases.target is None or trial.kind in NUMBERS:
        return {}
    if cases.target.ndim > 1:
        return {name: int(total) for name, total in zip(cases.classes, cases.target.sum(axis=0), strict=True)}
    counted = np.bincount(cases.target.astype(int), minlength=len(cases.classes))
    names = [*cases.classes, *(str(code) for code in range(len(cases.classes), len(counted)))]
    return {name: int(count) for name, count in zip(names, counted, strict=True)}


def period_counts(cases: Cases) -> dict[str, int]:
    """Return how many cases arose in each year, month or day: the coarsest of them that makes at least four periods."""
    if cases.time is None or not len(cases):
        return {}
    units = [np.unique(cases.time.astype(f"datetime64[{unit}]"), return_counts=True) for unit in ("Y", "M", "D")]
    names, counts = next((found for found in units if len(found[0]) >= 4), units[-1])
    return {str(name): int(count) for name, count in zip(names[-60:], counts[-60:], strict=True)}


def _too_few(cases: int, counts: dict[str, int], trial: Trial) -> str:
    if cases < FEWEST:
        return f"There are {cases} cases; fewer than {FEWEST} are too few to learn from and to check what was learnt."
    present = sorted(counts.values())
    second = present[-2] if len(present) > 1 else None
    if trial.kind != "multilabel" and second is not None and second < FEWEST_OF_CLASS:
        names = [name for name, count in counts.items() if count < FEWEST_OF_CLASS]
        told = " or ".join(map(repr, names[:3]))
        return f"Of {cases:,} cases only {second} are {told}: too few to learn what sets them apart."
    return ""


def _barren(trial: Trial) -> str:
    """Return why nothing can be learnt however many cases there are; empty if something can."""
    if trial.kind not in SUPERVISED or trial.possible:
        return ""
    if not trial.known.shape[1]:
        return "There is no column that a model could learn from."
    return "Every case had the same outcome, so there is nothing to tell apart."


def _rare(counts: object) -> str:
    if not isinstance(counts, dict):
        return ""
    return ", ".join(f"{name!r} ({count})" for name, count in counts.items() if count < FEW_OF_CLASS)
