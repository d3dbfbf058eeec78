"""The problem file: a business question and everything that decides whether, and how, a model can answer it.

Each record is one block of ``problem.yaml``. The descriptions become the JSON schema that editors complete from.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Timing = Literal["real time", "hourly", "daily", "weekly", "monthly", "once"]
Kind = Literal[
    "binary",
    "multiclass",
    "multilabel",
    "ordinal",
    "value",
    "count",
    "time series",
    "remaining life",
    "segments",
    "geographic clusters",
    "patterns",
    "anomalies",
    "recommendation",
    "control",
]
Amount = float | str
"""Money: a number, or the name of the column that holds it for each case."""

_Text = Annotated[str, Meta(min_length=1)]
_Days = Annotated[float, Meta(gt=0)]
_Positive = Annotated[float, Meta(gt=0)]
_NotNegative = Annotated[float, Meta(ge=0)]
_AtLeastOne = Annotated[int, Meta(ge=1)]
_PerThousand = Annotated[int, Meta(ge=0, le=1000)]
_Share = Annotated[float, Meta(gt=0, lt=1)]


class _Block(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, frozen=True):
    """A block: unknown keys are mistakes."""


class Decision(_Block, frozen=True):
    """What is done with an answer, by whom, and when."""

    action: Annotated[_Text, Meta(description="What happens because of an answer", examples=["send a retention offer"])]
    timing: Annotated[
        Timing | UnsetType, Meta(description="How often, or how soon after a case arises, the decision is taken")
    ] = UNSET
    when: Annotated[str | UnsetType, Meta(description="In words", examples=["every morning at 6"])] = UNSET
    automatic: Annotated[bool | UnsetType, Meta(description="Whether nobody looks at an answer before it acts")] = UNSET


class Window(_Block, frozen=True):
    """How cases are cut out of an event log."""

    entity: Annotated[_Text, Meta(description="The column that says whose event it is", examples=["customer_id"])]
    time: Annotated[_Text, Meta(description="The column with the event's time", examples=["invoice_date"])]
    value: Annotated[str | UnsetType, Meta(description="A column to add up and average", examples=["amount"])] = UNSET
    item: Annotated[
        _Text | UnsetType,
        Meta(description="For recommendation: the column that says what was chosen", examples=["product"]),
    ] = UNSET
    lookback_days: Annotated[_Days, Meta(description="How far back features look")] = 365.0
    every_days: Annotated[_Days, Meta(description="Days between two snapshots of the same entity")] = 30.0
    gap_days: Annotated[float, Meta(description="How late events become known: days that features miss", ge=0)] = 0.0


class Data(_Block, frozen=True):
    """Where the cases are."""

    path: Annotated[
        _Text,
        Meta(
            description="CSV, Parquet, a pattern, or s3://bucket/key", examples=["churn.csv", "s3://mine/a/*.parquet"]
        ),
    ]
    id: Annotated[str | UnsetType, Meta(description="The column that names a case")] = UNSET
    time: Annotated[str | UnsetType, Meta(description="The column that tells when a case arose")] = UNSET
    ignore: Annotated[list[str], Meta(description="Columns that must not be used")] = []
    known_later: Annotated[list[str], Meta(description="Columns filled in only after the decision")] = []
    events: Annotated[Window | UnsetType, Meta(description="Set if a row is an event, not a case")] = UNSET


class Silence(_Block, frozen=True):
    """A target over events: nothing happens for so many days, foretold so many days ahead."""

    none_for_days: Annotated[_Days, Meta(description="No event for so long makes a case positive", examples=[90])]
    days_ahead: Annotated[_Days, Meta(description="How long before the end of the silence to predict", examples=[30])]


class Target(_Block, frozen=True):
    """What is to be known."""

    column: Annotated[str | UnsetType, Meta(description="The column that holds it in past cases")] = UNSET
    columns: Annotated[
        list[str] | UnsetType, Meta(description="Several columns of yes and no: topics and the like")
    ] = UNSET
    positive: Annotated[
        str | float | bool | UnsetType, Meta(description="The value that the question asks about", examples=["yes"])
    ] = UNSET
    order: Annotated[
        list[str] | UnsetType, Meta(description="The values from worst to best, where they have an order")
    ] = UNSET
    silence: Annotated[Silence | UnsetType, Meta(description="A definition over an event log")] = UNSET
    horizon: Annotated[_AtLeastOne | UnsetType, Meta(description="Periods to look ahead in a time series")] = UNSET
    groups: Annotated[
        _AtLeastOne | UnsetType,
        Meta(description="How many groups or places are wanted, if that is settled", examples=[3]),
    ] = UNSET
    kind: Annotated[Kind | UnsetType, Meta(description="The type of problem, where it should not be found out")] = UNSET


class Control(_Block, frozen=True):
    """Where an agent would act step by step: for questions of control alone."""

    simulator: Annotated[
        _Text | UnsetType,
        Meta(
            description="What can be tried without harm: a Python file with reset(seed) and step(action), or words",
            examples=["junction.py"],
        ),
    ] = UNSET
    reward: Annotated[
        _Text | UnsetType, Meta(description="What a step earns, in words", examples=["minus one for each waiting car"])
    ] = UNSET
    actions: Annotated[
        list[str | float] | UnsetType,
        Meta(
            description="What can be done at each step; step(action) is given one of these",
            examples=[["keep", "switch"]],
        ),
    ] = UNSET
    steps_a_second: Annotated[
        _Positive | UnsetType, Meta(description="How many steps can be tried in a second", examples=[1000])
    ] = UNSET


class Costs(_Block, frozen=True):
    """What each outcome costs (negative) or brings (positive), in the business's money, for one case."""

    currency: str = "USD"
    true_positive: Annotated[Amount | UnsetType, Meta(description="Acted, and rightly", examples=[450])] = UNSET
    false_positive: Annotated[Amount | UnsetType, Meta(description="Acted in vain", examples=[-50])] = UNSET
    false_negative: Annotated[Amount | UnsetType, Meta(description="Missed", examples=[-500])] = UNSET
    true_negative: Annotated[Amount | UnsetType, Meta(description="Rightly left alone", examples=[0])] = UNSET
    per_unit_error: Annotated[
        Amount | UnsetType, Meta(description="For numbers: the cost of being off by one", examples=[-0.1])
    ] = UNSET
    per_unit_over: Annotated[
        Amount | UnsetType,
        Meta(description="For numbers: the cost of answering one too many, such as stock left over", examples=[-1]),
    ] = UNSET
    per_unit_under: Annotated[
        Amount | UnsetType,
        Meta(description="For numbers: the cost of answering one too few, such as a sale missed", examples=[-3]),
    ] = UNSET


class Baseline(_Block, frozen=True):
    """How the decision is taken today."""

    rule: Annotated[
        str | UnsetType, Meta(description="A condition over columns, in SQL", examples=["days_since_purchase > 60"])
    ] = UNSET
    description: Annotated[str | UnsetType, Meta(description="In words, where it is no rule over columns")] = UNSET


class Constraints(_Block, frozen=True):
    """What a solution must respect."""

    latency_ms: Annotated[_Positive | UnsetType, Meta(description="An answer must come within, in ms")] = UNSET
    training_budget: Annotated[_NotNegative | UnsetType, Meta(description="Money for one training")] = UNSET
    inference_budget: Annotated[_NotNegative | UnsetType, Meta(description="Money a month for answers")] = UNSET
    interpretability: Annotated[
        Literal["none", "reasons", "full"] | UnsetType,
        Meta(description="none; reasons for each answer; or a model that can be read whole"),
    ] = UNSET
    personal_data: Annotated[bool | UnsetType, Meta(description="Whether the data tell of persons")] = UNSET
    region: Annotated[str | UnsetType, Meta(description="Where data must stay", examples=["eu-central-1"])] = UNSET
    capacity: Annotated[
        _PerThousand | UnsetType, Meta(description="How many cases can be acted on for each thousand")
    ] = UNSET
    people: Annotated[
        str | UnsetType, Meta(description="Who builds it and looks after it", examples=["two engineers with access"])
    ] = UNSET
    mistakes: Annotated[
        Literal["tolerable", "never"] | UnsetType, Meta(description="Whether a wrong answer may happen at all")
    ] = UNSET
    rules_change: Annotated[Timing | UnsetType, Meta(description="How often the rules behind the answers change")] = (
        UNSET
    )


class Guardrail(_Block, frozen=True):
    """A metric that must not get worse while the one that is tested gets better."""

    metric: Annotated[_Text, Meta(description="What must not get worse", examples=["refund rate"])]
    margin: Annotated[_Positive, Meta(description="How much worse still does no harm", examples=[0.01])]
    better: Annotated[Literal["higher", "lower"], Meta(description="Which way is good")] = "higher"
    baseline: Annotated[float | UnsetType, Meta(description="Its value today", examples=[0.03])] = UNSET
    deviation: Annotated[_Positive | UnsetType, Meta(description="The standard deviation, for means")] = UNSET


class Test(_Block, frozen=True):
    """The A/B test that will show whether it works."""

    metric: Annotated[_Text, Meta(description="What is compared", examples=["retention rate"])]
    baseline: Annotated[float | UnsetType, Meta(description="Its value today", examples=[0.8])] = UNSET
    effect: Annotated[float | UnsetType, Meta(description="The change worth finding", examples=[0.05])] = UNSET
    deviation: Annotated[_Positive | UnsetType, Meta(description="The standard deviation, for means")] = UNSET
    traffic_a_day: Annotated[_Positive | UnsetType, Meta(description="Cases a day")] = UNSET
    kind: Annotated[
        Literal["proportion", "mean", "ratio"] | UnsetType,
        Meta(description="A share, an average, or a sum over a sum; found out where it is not said"),
    ] = UNSET
    share: Annotated[_Share, Meta(description="The new treatment's share of the cases")] = 0.5
    days: Annotated[_AtLeastOne | UnsetType, Meta(description="How many days there are to take cases in")] = UNSET
    outcome_days: Annotated[_NotNegative, Meta(description="After how many days a case's outcome is known")] = 0.0
    guardrails: Annotated[list[Guardrail], Meta(description="Metrics that must not get worse")] = []
    power: _Share = 0.8
    significance: _Share = 0.05


class Success(_Block, frozen=True):
    """How one will know."""

    ml_metric: Annotated[
        str | UnsetType, Meta(description="The model's measure", examples=["f_beta", "auc", "rmse"])
    ] = UNSET
    beta: Annotated[_Positive, Meta(description="For f_beta: over 1 where missing is worse than a false alarm")] = 1.0
    at_least: Annotated[float | UnsetType, Meta(description="The value of the measure below which it is no use")] = (
        UNSET
    )
    business_metric: Annotated[str | UnsetType, Meta(description="In words", examples=["churn down by 5 points"])] = (
        UNSET
    )
    test: Annotated[Test | UnsetType, Meta(description="The A/B test")] = UNSET


class Problem(_Block, frozen=True):
    """A whole problem file."""

    question: Annotated[_Text, Meta(description="The business question, in one sentence")]
    decision: Decision | UnsetType = UNSET
    data: Data | UnsetType = UNSET
    target: Target = Target()
    control: Control = Control()
    costs: Costs = Costs()
    baseline: Baseline = Baseline()
    constraints: Constraints = Constraints()
    success: Success = Success()
