"""The questions: all that the guide asks are there, thin answers are found, and what is open is listed."""

import pytest

from fieldstone.framing.asking.questions import open_questions, questions, weakness
from fieldstone.framing.file.schema import entry_at
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import (
    Baseline,
    Constraints,
    Costs,
    Data,
    Decision,
    Problem,
    Silence,
    Success,
    Target,
    Window,
)
from fieldstone.framing.problem import Test as Trial

BY_PATH = {each.path: each for each in questions()}
CRITICAL = {
    "Critical 1: What decision will this model enable?": {"decision.action", "decision.when", "decision.timing"},
    "Critical 2: What's the baseline?": {"baseline.rule", "baseline.description"},
    "Critical 3: What's the cost of being wrong?": {"costs.false_positive", "costs.false_negative"},
    "Critical 4: What are the constraints?": {
        "constraints.latency_ms",
        "constraints.training_budget",
        "constraints.inference_budget",
        "constraints.interpretability",
        "constraints.personal_data",
        "constraints.region",
    },
    "Critical 5: How will you measure success?": {
        "success.business_metric",
        "success.test.metric",
        "success.test.effect",
    },
}
STEP_1 = {
    'Step 1: What exactly counts as "churn"?': ("target.silence.none_for_days", "90 days", 90),
    "Critical 1: What decision will this model enable?": ("decision.action", "Send targeted retention offers", None),
    "Step 1: How much are we willing to spend?": ("costs.true_positive", "$450", 450),
    "Step 1: When do we need to predict?": ("target.silence.days_ahead", "30 days", 30),
}
STEP_4 = {
    "Does the data exist?": {"data.path"},
    "Is the problem well-defined?": {"data.known_later"},
    "Do we have the resources?": {"constraints.people", "constraints.capacity"},
}
ELENA = Problem(
    question="Predict which customers will churn in the next 30 days, so we can offer them incentives to stay.",
    decision=Decision(
        action="automatically send them personalized retention offers",
        timing="daily",
        when="every morning at 6 AM",
        automatic=True,
    ),
    data=Data(path="purchases.csv", events=Window(entity="customer", time="day")),
    target=Target(silence=Silence(none_for_days=90, days_ahead=30)),
    costs=Costs(true_positive=450, false_positive=-50, false_negative=-500),
    baseline=Baseline(rule="days_since_last > 60"),
    constraints=Constraints(
        training_budget=200,
        inference_budget=500,
        interpretability="reasons",
        personal_data=True,
        region="eu-central-1",
        people="two engineers with access to SageMaker",
        mistakes="tolerable",
        rules_change="once",
    ),
    success=Success(
        business_metric="reducing churn by 5 percentage points within 3 months, measured by A/B test",
        test=Trial(metric="retention rate", baseline=0.8, effect=0.05, traffic_a_day=400),
    ),
)


@pytest.mark.parametrize("guide", CRITICAL)
def test_the_critical_question_is_asked_with_its_sub_questions(guide):
    asked = {each.path for each in questions() if each.guide == guide and each.critical}
    assert asked >= CRITICAL[guide]


@pytest.mark.parametrize("guide", STEP_1)
def test_elenas_clarifying_question_is_asked_and_her_answer_understood(guide):
    path, typed, value = STEP_1[guide]
    assert BY_PATH[path].guide == guide
    assert BY_PATH[path].understand(typed) == (typed if value is None else value)


@pytest.mark.parametrize("step", STEP_4)
def test_elenas_feasibility_question_is_asked(step):
    assert {each.path for each in questions() if each.guide == f"Step 4: {step}"} >= STEP_4[step]


@pytest.mark.parametrize("path", BY_PATH)
def test_a_good_example_is_understood_and_strong_enough(path):
    question = BY_PATH[path]
    assert weakness(question, question.understand(question.good)) == ""


@pytest.mark.parametrize("path", [path for path in BY_PATH if path != "target.positive"])
def test_a_bad_example_is_refused_or_called_thin(path):
    """Only the value of a column can be anything."""
    question = BY_PATH[path]
    try:
        value = question.understand(question.bad)
    except ProblemError:
        return
    assert weakness(question, value)


def test_every_question_has_a_place_in_the_file():
    assert [path for path in BY_PATH if not entry_at(path)] == []


@pytest.mark.parametrize(
    ("path", "thin", "lacking"),
    [
        ("question", "Our customer churn is too high. Use AI to fix it.", "names a tool"),
        ("decision.action", "We'll have predictions", "changes nothing"),
        ("decision.action", "we get insights", "changes nothing"),
        ("decision.action", "predict churn", "not yet acting"),
        ("decision.action", "data-driven decisions for marketing", "which decision"),
        ("decision.action", "mail", "too short"),
        ("decision.when", "As soon as possible", "no moment"),
        ("baseline.description", "none", "even guessing"),
        ("success.business_metric", "customers are a lot happier", "no number"),
        ("success.business_metric", "churn down by 5 points", "by when"),
        ("success.ml_metric", "accuracy", "always saying the other"),
    ],
)
def test_a_thin_answer_is_found_with_what_it_lacks(path, thin, lacking):
    assert lacking in weakness(BY_PATH[path], thin)


def test_elenas_answers_leave_nothing_open():
    """The guide's own good answers are good enough, 6 AM and 5 percentage points included."""
    assert [each.path for each in open_questions(ELENA)] == []


def test_a_bare_question_leaves_the_critical_ones_open_first():
    still = open_questions(Problem(question="Will this customer churn?"))
    critical = [each.critical for each in still]
    assert critical == sorted(critical, reverse=True)
    assert {each.guide for each in still if each.critical} == set(CRITICAL)


def test_a_thin_answer_stays_open():
    thin = Problem(question="Will this customer churn?", decision=Decision(action="We'll have predictions"))
    assert "decision.action" in [each.path for each in open_questions(thin)]


def test_the_price_of_the_other_side_is_asked_for():
    """Too much has its price, so too little needs one; being off by one then needs none."""
    stock = Problem(question="How many units will we sell next month?", costs=Costs(per_unit_over=-1))
    still = [each.path for each in open_questions(stock)]
    assert "costs.per_unit_under" in still
    assert not {"costs.per_unit_error", "costs.per_unit_over"} & {*still}


def test_only_what_makes_sense_is_asked():
    """Numbers have a cost per unit, groups have none of them, and only who waits has a latency."""
    price = [each.path for each in open_questions(Problem(question="How much will this house sell for?"))]
    groups = [each.path for each in open_questions(Problem(question="What customer segments exist?"))]
    nightly = Problem(question="Will this customer churn?", decision=Decision(action="a", timing="daily"))
    assert "costs.per_unit_error" in price
    assert not {"costs.false_positive", "costs.false_negative"} & {*price, *groups}
    assert "target.column" not in groups
    assert "constraints.latency_ms" not in [each.path for each in open_questions(nightly)]
