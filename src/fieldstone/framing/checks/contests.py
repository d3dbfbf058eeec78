"""Contests of a simple answer against the strong model, on the same unseen cases, by paired bootstrap."""

from dataclasses import dataclass

import numpy as np
from msgspec import UnsetType
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.checks import money
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import scores
from fieldstone.framing.trials.candidates import Candidate
from fieldstone.framing.trials.rules import Rule, evaluate
from fieldstone.framing.trials.scores import Floats, Interval
from fieldstone.framing.trials.trial import Trial

MARGIN, SHARE = 0.02, 0.1
MONEY_SHARE = 0.05
EXACT = 0.98


@dataclass(frozen=True, slots=True)
class Contest:
    """A simple answer against the strong model.

    Attributes:
        name: The simple answer's.
        by: The measure.
        simple: Its value for the simple answer.
        strong: Its value for the strong model.
        added: What the strong model adds.
        margin: What it would have to add to matter.
        rule: The simple answer, written out.
        reason: The reason against a model, if it does the job.
    """

    name: str
    by: str
    simple: float
    strong: float
    added: Interval
    margin: float
    rule: Rule
    reason: Reason

    @property
    def does(self) -> str:
        """Whether it does the job: yes, perhaps, no."""
        if self.added.high <= self.margin:
            return "yes"
        return "perhaps" if self.added.value <= self.margin else "no"


def margin(strong: float, chance: float) -> float:
    """Return the difference that would not matter: 0.02, or a tenth of what the strong model gains over chance."""
    return max(0.0, min(MARGIN, SHARE * (strong - chance)))


def ranked(candidate: Candidate, trial: Trial) -> Contest:
    """Compare by the measure of the kind; a formula counts only if it is all but exact."""
    added = trial.ahead(trial.strong, candidate.prediction)
    simple, strong = trial.measure(trial.truth, candidate.prediction), trial.quality.value
    edge = margin(max(simple, strong), trial.measure.chance)
    if candidate.name == "a formula" and simple < EXACT:
        edge = -np.inf
    by = trial.measure.name
    return Contest(candidate.name, by, simple, strong, added, edge, candidate.rule, candidate.reason)


def today(cases: Cases, problem: Problem, trial: Trial) -> list[Contest]:
    """Compare today's rule, where there is one and the question is a yes or no."""
    rule = problem.baseline.rule
    if isinstance(rule, UnsetType) or trial.kind != "binary":
        return []
    rows = trial.rows[trial.scored]
    flagged = evaluate(rule, cases, rows)
    values = money.worth(cases, problem, rows)
    spelled = Rule(rule, rule, _python(rule))
    if values is None:
        return [_by_halves(flagged, trial, spelled)]
    return [_by_money("today's rule", flagged, trial, values, (spelled, Reason.RULE_WORKS))]


def _python(rule: str) -> str:
    query = f"SELECT coalesce(({rule})::BOOLEAN, false) AS answer FROM cases"  # noqa: S608 - the author's own rule, handed back
    return f"import duckdb\n\n\ndef answer(cases):\n    return duckdb.sql({query!r}).fetchnumpy()['answer']\n"


def _by_halves(flagged: NDArray[np.bool_], trial: Trial, rule: Rule) -> Contest:
    """Compare by the share of right answers, each outcome counting half; the model answers yes above the average."""
    by_model, by_rule = _right(trial.strong > trial.truth.mean(), trial.truth), _right(flagged, trial.truth)
    added = scores.difference(by_model, by_rule, trial.draws, level=0.9)
    once = np.ones(len(flagged))
    simple, strong = by_rule(once), by_model(once)
    edge = margin(max(simple, strong), 0.5)
    return Contest("today's rule", "right answers", simple, strong, added, edge, rule, Reason.RULE_WORKS)


def _right(flagged: NDArray[np.bool_], truth: Floats) -> scores.Weigher:
    positive, right = truth > 0, (flagged == (truth > 0)).astype(float)

    def weigh(drawn: Floats) -> float:
        shares = [(drawn * right)[part].sum() / max(drawn[part].sum(), 1) for part in (positive, ~positive)]
        return float(np.mean(shares))

    return weigh


def alike(cases: Cases, problem: Problem, trial: Trial) -> list[Contest]:
    """Compare acting on everybody in money, where costs are stated and that pays better than acting on nobody."""
    values = money.worth(cases, problem, trial.rows[trial.scored]) if trial.kind == "binary" else None
    if values is None:
        return []
    everybody, nobody = (money.earned(np.full(len(values), act), trial.truth, values).mean() for act in (True, False))
    if everybody < nobody:
        return []
    rule = Rule("act on every case", "true", "def answer(row):\n    return True\n")
    acted = np.ones(len(values), dtype=bool)
    return [_by_money("acting on everybody", acted, trial, values, (rule, Reason.TOO_SIMPLE))]


def _by_money(
    name: str, acted: NDArray[np.bool_], trial: Trial, values: money.Worth, means: tuple[Rule, Reason]
) -> Contest:
    """Compare in money a case; the margin is a share of what perfect knowledge would bring over treating all alike."""
    by_model = money.earned(money.best_actions(trial.strong, values), trial.truth, values)
    by_rule = money.earned(acted, trial.truth, values)
    added = scores.difference(scores.mean_of(by_model), scores.mean_of(by_rule), trial.draws, level=0.9)
    ways = [money.earned(np.full(len(values), act), trial.truth, values) for act in (False, True)]
    edge = MONEY_SHARE * float(np.maximum(*ways).mean() - max(way.mean() for way in ways))
    return Contest(name, "money a case", float(by_rule.mean()), float(by_model.mean()), added, edge, *means)
