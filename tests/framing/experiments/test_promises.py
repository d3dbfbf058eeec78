"""What a test promises, over hundreds of simulated ones.

The short form of ``benchmarks/framing_ab.py``. Limits are those that a binomial draw crosses once in a million.
"""

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from fieldstone.framing.experiments.analysis import analyse, check_balance
from fieldstone.framing.experiments.conclusion import conclude
from fieldstone.framing.experiments.design import Setup, design
from fieldstone.framing.experiments.peeking import false_alarms_when_peeking
from fieldstone.framing.experiments.samples import Columns
from fieldstone.framing.problem import Guardrail
from fieldstone.framing.problem import Test as Planned

TESTS = 300


def _as_often_as(share, seen):
    """Whether so many of the tests are no wonder where the true share is as given."""
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], len(seen), share)
    return low <= sum(seen) <= high


def _table(size, values, **more):
    arms = pa.array(["control"] * size.control + ["treatment"] * size.treatment)
    return pa.table({"arm": arms, "outcome": values} | more)


def _simulate(plan, draw, columns, truth):
    """Analyses of tests of the planned size, with the effect there or not."""
    size, levels = plan.size, plan.levels
    treated = np.arange(size.total) >= size.control
    rng = np.random.default_rng(20_261_122)
    for _ in range(TESTS):
        yield analyse(_table(size, **draw(rng, treated, truth)), columns, levels=levels)


def _proportions(rng, treated, effect):
    return {"values": (rng.random(treated.size) < 0.3 + effect * treated).astype(float)}


def _means(rng, treated, effect):
    return {"values": rng.normal(10, 5, treated.size) + effect * treated}


def _ratios(rng, treated, effect):
    visits = 1 + rng.poisson(rng.gamma(1.5, 2.0, treated.size))
    clicks = rng.binomial(visits, rng.beta(2, 6, treated.size) + effect * treated * 0.9)
    return {"values": clicks, "visits": visits}


def _cuped(rng, treated, effect):
    before = rng.normal(0, 1, treated.size)
    return {"values": 10 + 3 * before + rng.normal(0, 4, treated.size) + effect * treated, "before": before}


PLAIN = Columns("arm", "outcome")
FAMILIES = {
    "proportions": (Planned(metric="m", baseline=0.3, effect=0.1), Setup(), _proportions, PLAIN),
    "uneven proportions": (Planned(metric="m", baseline=0.3, effect=0.1), Setup(share=0.2), _proportions, PLAIN),
    "means": (Planned(metric="m", baseline=10, effect=1, deviation=5), Setup(), _means, PLAIN),
    "means with what was known": (
        Planned(metric="m", baseline=10, effect=1, deviation=5),
        Setup(correlation=0.6),
        _cuped,
        Columns("arm", "outcome", pre="before"),
    ),
}


@pytest.mark.parametrize(
    "family", ["means", *(pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES if name != "means")]
)
def test_false_alarms_power_and_coverage_are_as_promised(family):
    """5 %, 80 % and 95 %, by the whole way from plan to decision."""
    test, setup, draw, columns = FAMILIES[family]
    plan = design(test, setup)
    none, some = (list(_simulate(plan, draw, columns, truth)) for truth in (0.0, test.effect))

    assert _as_often_as(0.05, [not each.effect.low <= 0 <= each.effect.high for each in none])
    assert _as_often_as(0.80, [not each.effect.low <= 0 <= each.effect.high for each in some])
    assert _as_often_as(0.95, [each.effect.low <= test.effect <= each.effect.high for each in some])
    assert _as_often_as(0.025, [conclude(each).decision == "ship" for each in none])


GUARDED = Planned(
    metric="m",
    baseline=0.3,
    effect=0.1,
    guardrails=[
        Guardrail(metric="refunds", margin=0.06, better="lower", baseline=0.1),
        Guardrail(metric="calls", margin=0.4, better="lower", baseline=2.0, deviation=1.5),
    ],
)


def _guarded(plan, *, harm):
    """Decisions of tests in which the metric gets better as planned, and the guardrails worse by so many margins."""
    control = plan.cases // 2
    treated = np.arange(plan.cases) >= control
    rails = plan.setup.guardrails
    columns = Columns("arm", "outcome", guardrails=rails)
    rng = np.random.default_rng(7)
    for _ in range(TESTS):
        shift = harm * treated
        more = {
            "refunds": (rng.random(plan.cases) < 0.1 + shift * rails[0].margin).astype(float),
            "calls": rng.normal(2.0, 1.5, plan.cases) + shift * rails[1].margin,
            **_proportions(rng, treated, 0.1),
        }
        arms = pa.array(np.where(treated, "treatment", "control"))
        table = pa.table({"arm": arms, "outcome": more.pop("values")} | more)
        yield conclude(analyse(table, columns, levels=plan.levels)).decision


@pytest.mark.slow
def test_guardrails_pass_as_often_as_planned_and_let_harm_through_as_seldom():
    """Unharmed, both pass together in at least 80 of 100; harmed by their margins, both pass in 2.5 of 100 at most."""
    plan = design(GUARDED)

    assert sum(each == "ship" for each in _guarded(plan, harm=0.0)) >= stats.binom.ppf(1e-6, TESTS, 0.78)
    assert sum(each == "ship" for each in _guarded(plan, harm=1.0)) <= stats.binom.ppf(1 - 1e-6, TESTS, 0.025)


def test_ratios_keep_their_level_where_rows_as_cases_would_not():
    """Customers' visits are alike: the delta method counts customers."""
    plan = design(Planned(metric="m", baseline=0.25, effect=0.05, deviation=0.35), Setup(kind="ratio"))
    columns = Columns("arm", "outcome", denominator="visits")
    analyses = list(_simulate(plan, _ratios, columns, 0.0))

    assert _as_often_as(0.05, [not each.effect.low <= 0 <= each.effect.high for each in analyses])


def test_what_was_known_before_helps_as_its_correlation_foretells():
    """0.6 leaves 64 % of the variance."""
    test, setup, draw, columns = FAMILIES["means with what was known"]
    left = [each.reduction.variance_left for each in _simulate(design(test, setup), draw, columns, 1.0)]

    assert np.mean(left) == pytest.approx(0.64, abs=0.01)


def test_sound_assignments_are_seldom_called_broken():
    """Once in a thousand."""
    treatment = np.random.default_rng(5).binomial(10_000, 0.5, 20_000)

    assert _as_often_as(0.001, [not check_balance(10_000 - int(each), int(each), 0.5).fine for each in treatment])


@pytest.mark.parametrize(("looks", "exact"), [(1, 0.05), (2, 0.083), (5, 0.142), (10, 0.193), (20, 0.248), (50, 0.320)])
def test_peeking_raises_false_alarms_as_published(looks, exact):
    """Armitage, McPherson and Rowe, 1969, table 2."""
    assert false_alarms_when_peeking(looks, 0.05) == pytest.approx(exact, abs=0.006)
