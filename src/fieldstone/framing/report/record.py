"""What a report says. Every part may be absent, and then does not show."""

from dataclasses import dataclass

from fieldstone.framing.choice.record import Choice
from fieldstone.framing.discovery.record import Discovery
from fieldstone.framing.findings import Finding
from fieldstone.framing.insights import Group, Importance, Lift
from fieldstone.framing.recommending.record import Suggestions
from fieldstone.methods.resampling import Interval


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to use machine learning.

    Attributes:
        use_ml: None where that cannot be told yet.
        sentence: The verdict, in one sentence.
        reasons: Why, the weightiest first.
        instead: What to do instead, in words.
        code: The same, ready to run; or the command to go on with.
    """

    use_ml: bool | None
    sentence: str
    reasons: tuple[str, ...] = ()
    instead: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An algorithm that might do, and its price."""

    name: str
    service: str = ""
    why: str = ""
    accuracy: str = ""
    latency: str = ""
    interpretability: str = ""


@dataclass(frozen=True, slots=True)
class Framed:
    """Which problem it is.

    Attributes:
        kind: Such as ``binary classification``.
        why: What in the question and the data says so.
        metric: How a model is measured, and why so.
        timing: Real time or batch, and why.
        candidates: The recommended one first.
    """

    kind: str
    why: str
    metric: str = ""
    timing: str = ""
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """How well one way of answering does; ``ours`` marks the model."""

    name: str
    score: Interval
    note: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The model and plain ways of answering, by one metric."""

    metric: str
    scores: tuple[Score, ...]
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """What more cases bring: scores at sizes, and the forecast at sizes not reached yet."""

    metric: str
    sizes: tuple[int, ...]
    scores: tuple[Interval, ...]
    forecast_sizes: tuple[int, ...] = ()
    forecast: tuple[Interval, ...] = ()
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a table: what, and how much."""

    what: str
    amount: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that framing found.

    Attributes:
        question: The business question.
        verdict: Machine learning, or what instead.
        framed: Which problem it is.
        findings: What the examination found.
        choice: The choice under costs; its calibration and threshold show with it.
        discovery: What was found where no outcome is given.
        comparison: Baselines side by side.
        lift: Groups by rank, the likeliest first.
        learning_curve: What more cases bring.
        importances: What the model uses.
        groups: Where it fails, in ``group_unit``.
        ab_plan: The A/B test, line by line.
        open_questions: What the problem file does not say yet.
        suggestions: For recommendation: lists side by side, and what stands in them.
        costs: What training and answering cost.
        data: What the data are.
        made: When and by which version, for the foot of the page.
    """

    question: str
    verdict: Verdict | None = None
    framed: Framed | None = None
    findings: tuple[Finding, ...] = ()
    choice: Choice | None = None
    discovery: Discovery | None = None
    comparison: Comparison | None = None
    lift: tuple[Lift, ...] = ()
    learning_curve: LearningCurve | None = None
    importances: tuple[Importance, ...] = ()
    groups: tuple[Group, ...] = ()
    group_unit: str = "mean error of a case"
    ab_plan: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    suggestions: Suggestions | None = None
    costs: tuple[Fact, ...] = ()
    data: tuple[Fact, ...] = ()
    made: str = ""
