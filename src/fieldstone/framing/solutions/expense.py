"""What it costs to learn and to answer: machine time here, instance hours on AWS, held against the budget.

An estimate, good to a factor of two or three: its speeds were measured on one machine (``prices.toml``), and AWS's
machines and prices are not ours to know. It says so wherever it is shown.
"""

import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import UNSET, Struct, UnsetType

from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Kind, Problem
from fieldstone.framing.solutions.catalogue import delivery

_RUNS_A_MONTH = {"real time": 30.4, "hourly": 730.0, "daily": 30.4, "weekly": 4.35, "monthly": 1.0, "once": 1.0}
_WORK: dict[Kind, str] = {
    "segments": "groups",
    "geographic clusters": "groups",
    "patterns": "groups",
    "anomalies": "cuts",
}
_MEASURED_CPUS = 2
_START_HOURS = 4 / 60
"""An instance is paid for while it starts and loads: some minutes a job."""
_BYTES = 16
"""A number of four bytes is held about four times while a table is read and learnt from."""
_GIB = 2**30
_BUSY = 0.5
"""An endpoint that is busier than half the time keeps people waiting."""
_DAY_PEAK = 3
"""The busiest hour has about three times the average traffic."""


class _Instance(Struct, frozen=True, forbid_unknown_fields=True):
    hour: float
    cpus: int
    memory: float


class _Work(Struct, frozen=True, forbid_unknown_fields=True):
    what: str
    rounds: int
    learn: float
    answer: float


class Prices(Struct, frozen=True, forbid_unknown_fields=True):
    """The table: where and when its prices were read, the instances, and the speeds measured here."""

    region: str
    currency: str
    read: date
    source: str
    hours_a_month: float
    instances: dict[str, _Instance]
    work: dict[str, _Work]


@dataclass(frozen=True, slots=True)
class Bill:
    """So many hours of an instance, and what they cost in dollars."""

    instance: str
    count: int
    hours: float
    cost: float


@dataclass(frozen=True, slots=True)
class Expense:
    """What learning and answering take.

    Attributes:
        mode: ``real time`` or ``batch``, whichever the decision asks for.
        training_seconds: Machine time here for one training on two cores.
        answering_seconds: Machine time here for a month of answers on two cores.
        training: One training on AWS.
        endpoint: A month of an endpoint that answers at any time.
        batch: A month of batch transforms.
        answers_a_month: How many answers were counted.
        assumptions: What was assumed, in sentences.
        findings: How it compares with the budget.
    """

    mode: str
    training_seconds: float
    answering_seconds: float
    training: Bill
    endpoint: Bill
    batch: Bill
    answers_a_month: float
    assumptions: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def monthly(self) -> Bill:
        """The bill for a month of answers in the way that the decision asks for."""
        return self.endpoint if self.mode == "real time" else self.batch


@dataclass(frozen=True, slots=True)
class _Load:
    """How much there is to do: cases, columns, models (one a class or label), answers and runs a month."""

    rows: int
    columns: int
    models: int
    answers: float
    runs: float


def estimate(
    problem: Problem, kind: Kind, *, rows: int, columns: int, models: int = 1, answers_a_month: float | None = None
) -> Expense | None:
    """Estimate what a problem takes; None for control, whose cost is that of its simulator.

    Args:
        problem: Says when the decision is taken, and the budget.
        kind: Which work is to be done.
        rows: Cases to learn from.
        columns: Features.
        models: How many are learnt: one a class where there are more than two, one a label.
        answers_a_month: How many answers are asked for. Without it, the traffic of the A/B test counts, or else each
            run answers as many cases as there are to learn from.
    """
    if kind == "control":
        return None
    prices = prices_table()
    work = prices.work[_WORK.get(kind, "trees")]
    load = _load(problem, rows, columns, models, answers_a_month)
    learning = load.rows * load.columns * load.models * work.rounds * work.learn
    answering = load.answers * load.models * work.rounds * work.answer
    expense = Expense(
        mode=delivery(problem).mode,
        training_seconds=learning,
        answering_seconds=answering,
        training=_training(prices, load, learning),
        endpoint=_endpoint(prices, load, answering),
        batch=_batch(prices, load, answering),
        answers_a_month=load.answers,
        assumptions=_assumptions(prices, work, load, given=answers_a_month is not None),
        findings=(),
    )
    return replace(expense, findings=tuple(_held(problem, expense, prices)))


@cache
def prices_table() -> Prices:
    """The dated table of prices and speeds."""
    text = files("fieldstone.framing.solutions").joinpath("prices.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Prices)


def _load(problem: Problem, rows: int, columns: int, models: int, answers: float | None) -> _Load:
    timing = problem.decision.timing if problem.decision is not UNSET else UNSET
    runs = _RUNS_A_MONTH[timing] if timing is not UNSET else _RUNS_A_MONTH["daily"]
    test = problem.success.test
    if answers is None and test is not UNSET and test.traffic_a_day is not UNSET:
        answers = test.traffic_a_day * _RUNS_A_MONTH["daily"]
    return _Load(rows, columns, models, rows * runs if answers is None else answers, runs)


def _memory(rows: float, columns: int) -> float:
    """GiB that a table takes while it is worked on."""
    return 1 + rows * columns * _BYTES / _GIB


def _fitting(prices: Prices, rows: float, columns: int) -> tuple[str, _Instance]:
    """The cheapest instance whose memory holds the table, or the largest there is."""
    needed = _memory(rows, columns)
    ordered = sorted(prices.instances.items(), key=lambda pair: pair[1].hour)
    return next((each for each in ordered if each[1].memory >= needed), ordered[-1])


def _training(prices: Prices, load: _Load, seconds: float) -> Bill:
    name, instance = _fitting(prices, load.rows, load.columns)
    hours = _START_HOURS + seconds * _MEASURED_CPUS / instance.cpus / 3600
    return Bill(name, 1, hours, hours * instance.hour)


def _endpoint(prices: Prices, load: _Load, seconds: float) -> Bill:
    """As many instances as the busiest hour needs, day and night."""
    name, instance = _fitting(prices, 1, load.columns)
    busy = seconds * _DAY_PEAK * _MEASURED_CPUS / instance.cpus / (prices.hours_a_month * 3600)
    count = max(1, math.ceil(busy / _BUSY))
    hours = prices.hours_a_month * count
    return Bill(name, count, hours, hours * instance.hour)


def _batch(prices: Prices, load: _Load, seconds: float) -> Bill:
    name, instance = _fitting(prices, load.answers / load.runs, load.columns)
    hours = load.runs * _START_HOURS + seconds * _MEASURED_CPUS / instance.cpus / 3600
    return Bill(name, 1, hours, hours * instance.hour)


def _assumptions(prices: Prices, work: _Work, load: _Load, *, given: bool) -> tuple[str, ...]:
    answers = "" if given else " (not stated: taken from the A/B test's traffic, or every case in each run)"
    largest = max(each.memory for each in prices.instances.values())
    fits = _memory(load.rows, load.columns) <= largest
    return (
        f"Prices of {prices.region} in {prices.currency}, read on {prices.read.isoformat()}; no storage, no discounts.",
        f"The work is that of {work.what}; its measured speed may be off by a factor of two or three.",
        f"Each job pays for {_START_HOURS * 60:.0f} minutes of starting and loading.",
        f"{load.answers:,.0f} answers a month{answers}.",
        *(
            ()
            if fits
            else (f"The table is larger than the largest instance's {largest:.0f} GiB: learn from a sample.",)
        ),
    )


def _held(problem: Problem, expense: Expense, prices: Prices) -> Iterator[Finding]:
    """The two bills against the two budgets."""
    limits = problem.constraints
    currency = problem.costs.currency
    monthly = expense.monthly
    way = f"an endpoint on {monthly.count} x {monthly.instance}" if expense.mode == "real time" else "batches"
    yield _against(expense.training, limits.training_budget, "One training", (currency, prices.currency))
    yield _against(monthly, limits.inference_budget, f"A month of answers by {way}", (currency, prices.currency))


def _against(bill: Bill, budget: float | UnsetType, what: str, currencies: tuple[str, str]) -> Finding:
    here, there = currencies
    evidence = {
        "instance": bill.instance,
        "count": bill.count,
        "hours": bill.hours,
        "cost": bill.cost,
        "currency": there,
    }
    sentence = f"{what} takes about {_hours(bill.hours)} on AWS, {_money(bill.cost)} {there}"
    if budget is UNSET:
        return Finding("expense", "fine", f"{sentence}; no budget is stated.", evidence)
    evidence |= {"budget": budget, "budget_currency": here}
    if here.upper() != there:
        return Finding("expense", "fine", f"{sentence}; the budget is {_money(budget)} {here}.", evidence)
    if bill.cost <= budget:
        return Finding("expense", "fine", f"{sentence}, within the budget of {_money(budget)}.", evidence)
    advice = "Answer in batches, more rarely, or on machines of your own; or raise the budget."
    return Finding("expense", "caution", f"{sentence}, over the budget of {_money(budget)}.", evidence, advice)


def _hours(hours: float) -> str:
    return f"{hours * 60:.0f} minutes" if hours < 1 else f"{hours:,.0f} hours"


def _money(amount: float) -> str:
    return f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"
