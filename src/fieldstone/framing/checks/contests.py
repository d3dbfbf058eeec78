"""Contests of a simple answer against a model, on the same unseen cases, by paired bootstrap."""

from dataclasses import dataclass

import numpy as np
from msgspec import UnsetType
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.amounts import amounts_of
from fieldstone.framing.data.expressions import condition
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials import scores
from fieldstone.framing.trials.candidates import Candidate
from fieldstone.framing.trials.rules import Rule
from fieldstone.framing.trials.scores import Floats, Interval
from fieldstone.framing.trials.trial import Trial
from fieldstone.methods.thresholds import Amounts, expected_gain, realised_gain, values

MARGIN, SHARE = 0.02, 0.1
MONEY_SHARE = 0.05
EXACT = 0.98


@dataclass(frozen=True, slots=True)
class Contest:
    """A simple answer against a model.

    Attributes:
        name: The simple answer's.
        by: The measure.
        simple: Its value for the simple answer.
        strong: Its value for the model.
        added: What the model adds.
        margin: What it would have to add to matter.
        rule: The simple answer, written out.
        reason: The reason against a model, if it does the job.
        ranked: For a yes or no: what the model's scores add to telling who is likelier, which an answer cannot.
    """

    name: str
    by: str
    simple: float
    strong: float
    added: Interval
    margin: float
    rule: Rule
    reason: Reason
    ranked: Interval | None = None

    @property
    def does(self) -> str:
        """Whether it does the job: yes, perhaps, no."""
        ranked = self.ranked or self.added
        if self.added.high <= self.margin and ranked.value <= self.margin:
            return "yes"
        return "perhaps" if self.added.value <= self.margin and ranked.low <= self.margin else "no"


def margin(strong: float, chance: float) -> float:
    """Return the difference that would not matter: 0.02, or a tenth of what the strong model gains over chance."""
    return max(0.0, min(MARGIN, SHARE * (strong - chance)))


def tried(candidate: Candidate, cases: Cases, problem: Problem, trial: Trial) -> Contest:
    """Compare with the strong model; where that does not settle it, with the plain model and in money too.

    The hardest of the contests counts, so a simple answer does the job only if it does against each.
    """
    contest = _against(trial.strong, candidate, trial)
    if contest.does != "no":
        other = _against(trial.plain, candidate, trial)
        contest = max(contest, other, key=lambda one: (_HARDNESS[one.does], one.added.value))
    amounts = amounts_of(problem, cases.table.take(trial.rows[trial.scored])) if trial.kind == "binary" else None
    if contest.does == "no" or amounts is None:
        return contest
    acted = candidate.prediction > 0 if candidate.decides else expected_gain(candidate.prediction, amounts) > 0
    paid = _by_money(candidate.name, acted, trial, amounts, (candidate.rule, candidate.reason))
    return paid if paid.does == "no" else contest


_HARDNESS = {"yes": 0, "perhaps": 1, "no": 2}


def _against(model: Floats, candidate: Candidate, trial: Trial) -> Contest:
    """Compare by the measure of the kind, or decision by decision; a formula counts only if it is all but exact."""
    ranked = trial.ahead(model, candidate.prediction)
    simple, strong = trial.value(candidate.prediction), trial.value(model)
    edge = margin(max(simple, strong), trial.measure.chance)
    if candidate.name == "a formula" and simple < EXACT:
        edge = -np.inf
    means = (edge, candidate.rule, candidate.reason)
    if not candidate.decides:
        return Contest(candidate.name, trial.measure.name, simple, strong, ranked, *means)
    by_model, by_rule = (_right(acted, trial.truth) for acted in (model > trial.average, candidate.prediction > 0))
    added = scores.difference(by_model, by_rule, trial.draws, level=0.9)
    once = np.ones(len(model))
    return Contest(candidate.name, "right answers", by_rule(once), by_model(once), added, *means, ranked)


def today(cases: Cases, problem: Problem, trial: Trial) -> list[Contest]:
    """Compare today's rule, where there is one and the question is a yes or no."""
    rule = problem.baseline.rule
    if isinstance(rule, UnsetType) or trial.kind != "binary":
        return []
    rows = trial.rows[trial.scored]
    table = cases.table.take(rows)
    flagged = condition(table, rule, where="baseline.rule")
    amounts = amounts_of(problem, table)
    spelled = Rule(rule, rule, in_python(rule))
    if amounts is None:
        return [_by_halves(flagged, trial, spelled)]
    return [_by_money("today's rule", flagged, trial, amounts, (spelled, Reason.RULE_WORKS))]


def in_python(rule: str) -> str:
    """Return a SQL condition as a Python function over a table of cases."""
    query = f"SELECT coalesce(({rule})::BOOLEAN, false) AS answer FROM cases"  # noqa: S608 - the author's own rule, handed back
    return f"import duckdb\n\n\ndef answer(cases):\n    return duckdb.sql({query!r}).fetchnumpy()['answer']\n"


def _by_halves(flagged: NDArray[np.bool_], trial: Trial, rule: Rule) -> Contest:
    """Compare by the share of right answers, each outcome counting half; the model answers yes above the average."""
    by_model, by_rule = _right(trial.strong > trial.average, trial.truth), _right(flagged, trial.truth)
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
    if trial.kind != "binary":
        return []
    amounts = amounts_of(problem, cases.table.take(trial.rows[trial.scored]))
    if amounts is None or realised_gain(trial.truth, amounts).mean() < 0:
        return []
    rule = Rule("act on every case", "true", "def answer(row):\n    return True\n")
    acted = np.ones(len(trial.truth), dtype=bool)
    return [_by_money("acting on everybody", acted, trial, amounts, (rule, Reason.TOO_SIMPLE))]


def _by_money(
    name: str, acted: NDArray[np.bool_], trial: Trial, amounts: Amounts, means: tuple[Rule, Reason]
) -> Contest:
    """Compare in money a case; the margin is a share of what perfect knowledge would bring over treating all alike."""
    by_model = values(expected_gain(trial.strong, amounts) > 0, trial.truth, amounts)
    by_rule = values(acted, trial.truth, amounts)
    added = scores.difference(scores.mean_of(by_model), scores.mean_of(by_rule), trial.draws, level=0.9)
    nobody, everybody = (values(np.full(len(acted), act), trial.truth, amounts) for act in (False, True))
    edge = MONEY_SHARE * float(np.maximum(nobody, everybody).mean() - max(nobody.mean(), everybody.mean()))
    return Contest(name, "money a case", float(by_rule.mean()), float(by_model.mean()), added, edge, *means)
