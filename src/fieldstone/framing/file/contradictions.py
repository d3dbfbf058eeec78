"""What a problem file says that cannot all be true: each with the path to blame, and what to type instead."""

import re
from collections.abc import Callable, Iterator

from msgspec import UNSET, UnsetType

from fieldstone.framing.file.costs import contradictory_costs, given_number
from fieldstone.framing.problem import Control, Data, Problem, Success, Target

_Found = Iterator[tuple[str, str]]
_SHARES = {"auc", "roc_auc", "f1", "f_beta", "precision", "recall", "accuracy", "average_precision"}
_NOTHING_TO_FORETELL = {"segments", "geographic clusters", "patterns"}


def contradictions(problem: Problem) -> list[tuple[str, str]]:
    """Everything in a problem that contradicts itself, as (dotted path, what is wrong and what to type)."""
    checks: tuple[Callable[[Problem], _Found], ...] = (
        contradictory_costs,
        lambda whole: _target_once(whole.target),
        lambda whole: _target_order(whole.target),
        _target_and_data,
        lambda whole: _columns(whole.data),
        _control,
        _rule,
        _measure,
        lambda whole: _test(whole.success),
        _capacity,
    )
    return [found for check in checks for found in check(problem)]


def _target_once(target: Target) -> _Found:
    ways = [key for key in ("column", "columns", "silence") if getattr(target, key) is not UNSET]
    if len(ways) > 1:
        yield (
            f"target.{ways[1]}",
            (
                f"the target is given twice, by {ways[0]} and by {ways[1]}. Keep the one that says what is to be known "
                "and delete the other."
            ),
        )


def _target_order(target: Target) -> _Found:
    if target.order is UNSET:
        return
    if len(set(target.order)) < len(target.order):
        yield "target.order", "a value stands twice in the order. Name each value once, from worst to best."
    elif len(target.order) < 2:
        yield "target.order", "an order needs two values at least. Write for example: order: [poor, fair, good]"
    if target.positive is not UNSET and _spelt(target.positive) not in target.order:
        yield (
            "target.positive",
            f"{target.positive!r} is not among the values of target.order ({', '.join(target.order)}).",
        )
    if target.kind not in (UNSET, "ordinal", "binary"):
        yield "target.kind", f"values with an order make an ordinal problem, not {target.kind!r}. Write: kind: ordinal"


def _spelt(value: str | float | bool) -> str:  # noqa: FBT001 - a value of a column may be a truth
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"


def _target_and_data(problem: Problem) -> _Found:
    target, data, kind = problem.target, problem.data, problem.target.kind
    events = data.events if data is not UNSET else UNSET
    if target.silence is not UNSET and data is not UNSET and events is UNSET:
        yield (
            "target.silence",
            (
                "a silence is defined over events, and data.events is not set. Write under data: "
                "events: {entity: customer_id, time: invoice_date}"
            ),
        )
    if target.silence is not UNSET and kind not in (UNSET, "binary"):
        yield "target.kind", f"silent or not is a yes-or-no question, not {kind!r}. Write: kind: binary"
    if target.horizon is not UNSET and kind not in (UNSET, "time series", "count", "value"):
        yield "target.horizon", f"a horizon is for a time series, and the kind is {kind!r}. Delete one of the two."
    if target.horizon is not UNSET and data is not UNSET and events is UNSET and data.time is UNSET:
        yield "target.horizon", "a horizon needs to know which column is the time. Write under data: time: date"
    if target.columns is not UNSET and kind not in (UNSET, "multilabel"):
        yield "target.kind", f"several target columns make a multi-label problem, not {kind!r}. Write: kind: multilabel"
    if target.groups is not UNSET and kind not in {UNSET, *_NOTHING_TO_FORETELL}:
        yield "target.groups", f"groups or places are not wanted where the kind is {kind!r}. Delete one of the two."
    if kind in _NOTHING_TO_FORETELL and (target.column is not UNSET or target.columns is not UNSET):
        yield "target.kind", f"{kind} are found without a target column. Delete the column, or the kind."


def _columns(data: Data | UnsetType) -> _Found:
    if data is UNSET:
        return
    if data.id is not UNSET and data.id == data.time:
        yield "data.id", f"the column {data.id!r} cannot be both the case's name and its time."
    if data.events is not UNSET and data.events.entity == data.events.time:
        yield "data.events.time", f"the column {data.events.time!r} cannot say both whose event it is and when it was."
    if data.events is not UNSET and data.events.item in {data.events.entity, data.events.time}:
        yield (
            "data.events.item",
            f"the column {data.events.item!r} says whose event it is or when. Name what was chosen.",
        )


def _control(problem: Problem) -> _Found:
    kind = problem.target.kind
    if problem.control != Control() and kind not in (UNSET, "control"):
        yield (
            "target.kind",
            f"a control block is for steering step by step, and the kind is {kind!r}. Write: kind: control.",
        )


def _rule(problem: Problem) -> _Found:
    column, data = problem.target.column, problem.data
    if column is UNSET:
        return
    for key in ("id", "time"):
        if data is not UNSET and getattr(data, key) == column:
            yield "target.column", f"{column!r} is also data.{key}. The target must be a column of its own."
    if data is not UNSET and column in data.ignore:
        yield (
            "data.ignore",
            f"{column!r} is the target and cannot be ignored. Take it out of the list; it is never a feature.",
        )
    rule = problem.baseline.rule
    if rule is not UNSET and re.search(rf"(?<!\w){re.escape(column)}(?!\w)", rule, re.IGNORECASE):
        yield (
            "baseline.rule",
            (
                f"the rule looks at {column!r}, which is the answer itself. Write the rule with what is known when "
                "the decision is taken, for example: rule: days_since_purchase > 60"
            ),
        )


def _measure(problem: Problem) -> _Found:
    success, costs = problem.success, problem.costs
    metric = success.ml_metric
    if success.beta != 1 and metric not in (UNSET, "f_beta"):
        yield (
            "success.beta",
            f"beta belongs to the measure f_beta, and the measure is {metric!r}. Write: ml_metric: f_beta",
        )
    if metric in _SHARES and success.at_least is not UNSET and not 0 <= success.at_least <= 1:
        yield (
            "success.at_least",
            f"{metric} lies between 0 and 1. Write for example: at_least: {_as_share(success.at_least):g}",
        )
    in_vain, missed = given_number(costs.false_positive), given_number(costs.false_negative)
    if in_vain is None or missed is None:
        return
    alarm = (given_number(costs.true_negative) or 0.0) - in_vain
    miss = (given_number(costs.true_positive) or 0.0) - missed
    if success.beta > 1 and miss < alarm:
        yield (
            "success.beta",
            (
                f"beta {success.beta:g} says that missing is worse than a false alarm, but the costs say {miss:g} a "
                f"miss and {alarm:g} a false alarm. Write a beta below 1, or correct the costs."
            ),
        )
    if success.beta < 1 and miss > alarm:
        yield (
            "success.beta",
            (
                f"beta {success.beta:g} says that a false alarm is worse than missing, but the costs say "
                f"{alarm:g} a false alarm and {miss:g} a miss. Write a beta above 1 (such as 2), or correct the costs."
            ),
        )


def _as_share(value: float) -> float:
    return value / 100 if 1 < value <= 100 else 0.8


def _test(success: Success) -> _Found:
    test = success.test
    if test is UNSET:
        return
    if test.effect == 0:
        yield (
            "success.test.effect",
            "no test can find a change of nothing. Write the change worth finding: effect: 0.05",
        )
    if test.power <= test.significance:
        yield (
            "success.test.power",
            f"the power must be above the significance ({test.significance:g}). Write: power: 0.8",
        )
    if test.deviation is UNSET and test.baseline is not UNSET and test.effect is not UNSET and 0 <= test.baseline <= 1:
        reached = test.baseline + test.effect
        if not 0 <= reached <= 1:
            yield (
                "success.test.effect",
                (
                    f"{test.baseline:g} changed by {test.effect:g} would be {reached:g}, and a share lies between "
                    "0 and 1. Write 5 points as 0.05; for a mean give its deviation."
                ),
            )


def _capacity(problem: Problem) -> _Found:
    if problem.constraints.capacity == 0:
        yield "constraints.capacity", "with room for no case nothing can be acted on. Write how many of each thousand."
