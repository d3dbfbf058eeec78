"""The interview, with a person whose lines are written down."""

from collections.abc import Iterator

import pytest
from msgspec import UNSET

from fieldstone.framing.asking.interview import Peek, interview
from fieldstone.framing.asking.questions import open_questions, questions, section
from fieldstone.framing.data.loading import peek
from fieldstone.framing.file.reading import read_problem
from fieldstone.framing.file.writing import write_problem
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem, Target

ASKED = {each.ask.strip(): each.path for each in questions()}
ELENA = {
    "question": "Which customers will churn in the next 30 days, so that we can offer them incentives to stay?",
    "decision.action": "send targeted retention offers",
    "decision.when": "every morning at 6",
    "decision.timing": "every morning",
    "decision.automatic": "yes",
    "data.path": "purchases.csv",
    "data.events.entity": "customer_id",
    "data.events.time": "invoice_date",
    "data.events.value": "amount",
    "target.silence.none_for_days": "90 days",
    "target.silence.days_ahead": "30",
    "baseline.rule": "days_since_last > 60",
    "costs.false_positive": "$50",
    "costs.false_negative": "500",
    "costs.true_positive": "450",
    "costs.true_negative": "0",
    "constraints.training_budget": "200",
    "constraints.inference_budget": "500 a month",
    "constraints.interpretability": "reasons",
    "constraints.personal_data": "yes",
    "constraints.region": "eu-central-1",
    "constraints.capacity": "5 %",
    "constraints.people": "two engineers with access",
    "constraints.mistakes": "tolerable",
    "constraints.rules_change": "once",
    "success.business_metric": "churn down by 5 points within 3 months",
    "success.ml_metric": "f_beta",
    "success.beta": "2",
    "success.test.metric": "retention rate",
    "success.test.baseline": "80 %",
    "success.test.effect": "5 points",
    "success.test.traffic_a_day": "400",
}


class Person:
    """Answers by what is asked; for a list, one line after the other. Unknown questions: does not know."""

    def __init__(self, lines: dict[str, str | list[str]]) -> None:
        self.lines: dict[str, Iterator[str]] = {
            path: iter([said] if isinstance(said, str) else said) for path, said in lines.items()
        }
        self.asked: list[str] = []
        self.heard: list[str] = []

    def answer(self, prompt: str) -> str:
        path = ASKED[prompt.strip()]
        self.asked.append(path)
        return next(self.lines.get(path, iter(())), "don't know")

    def interviewed(self, known: Problem | None = None, peek: Peek | None = None) -> Problem:
        return interview(self.answer, self.heard.append, known, peek=peek)

    def heard_of(self, words: str) -> bool:
        return any(words in line for line in self.heard)


def test_elena_is_asked_each_question_once_and_leaves_none_open():
    elena = Person(ELENA)
    problem = elena.interviewed()
    assert sorted(elena.asked) == sorted(ELENA)
    assert open_questions(problem) == []
    assert problem.costs.false_positive == -50
    assert problem.constraints.capacity == 50
    assert problem.success.test.effect == 0.05


def test_what_the_interview_gives_can_be_written_and_read(tmp_path):
    problem = Person(ELENA).interviewed()
    write_problem(problem, tmp_path / "problem.yaml")
    assert read_problem(tmp_path / "problem.yaml") == problem


def test_the_guides_bad_answer_is_sent_back_with_an_example():
    person = Person(ELENA | {"decision.action": ["We'll have predictions", "send targeted retention offers"]})
    assert person.interviewed().decision.action == "send targeted retention offers"
    assert person.heard_of("That answer is thin: having predictions changes nothing")


def test_a_thin_answer_given_twice_is_kept_and_stays_open():
    person = Person(ELENA | {"decision.action": ["We'll have predictions", "We'll have predictions"]})
    assert [each.path for each in open_questions(person.interviewed())] == ["decision.action"]


def test_not_knowing_leaves_a_question_open_and_goes_on():
    person = Person(ELENA | {"baseline.rule": "I don't know yet", "costs.false_negative": ""})
    still = [each.path for each in open_questions(person.interviewed())]
    assert still == ["baseline.description", "costs.false_negative"]


def test_without_an_action_the_rest_of_the_decision_is_not_asked():
    person = Person({"question": ELENA["question"]})
    problem = person.interviewed()
    assert problem == Problem(question=ELENA["question"])
    assert "decision.timing" not in person.asked


def test_back_changes_the_answer_before():
    person = Person(ELENA | {"costs.false_positive": ["5", "50"], "costs.false_negative": ["back", "500"]})
    assert person.interviewed().costs.false_positive == -50
    assert person.heard_of("Your answer was: -5")


def test_back_at_the_first_question_stays_there():
    person = Person(ELENA | {"question": ["back", ELENA["question"]]})
    assert person.interviewed().question == ELENA["question"]
    assert person.heard_of("This is the first question.")


def test_back_over_several_target_columns_forgets_them_all():
    lines = {"question": "Which topics does this article cover?", "data.path": "a.csv"}
    person = Person(
        lines | {"target.column": ["politics, economics", "topic_a, topic_b"], "baseline.rule": ["back", "a > 1"]}
    )
    assert person.interviewed().target == Target(columns=["topic_a", "topic_b"])


def test_example_shows_a_good_and_a_bad_answer():
    person = Person(ELENA | {"decision.action": ["example", "send targeted retention offers"]})
    person.interviewed()
    assert person.heard_of("A good answer: send the customer a personal retention offer")
    assert person.heard_of("A bad one: We'll have predictions (having predictions changes nothing")


def test_what_cannot_be_understood_is_asked_again():
    person = Person(ELENA | {"decision.timing": ["often", "daily"]})
    assert person.interviewed().decision.timing == "daily"
    assert person.heard_of("Write one of real time, hourly, daily")


def test_a_contradiction_is_told_at_once():
    """Acting in vain cannot cost more than acting rightly brings, if acting never pays."""
    person = Person(ELENA | {"costs.true_positive": ["-900", "450"]})
    assert person.interviewed().costs.true_positive == 450
    assert person.heard_of("That does not fit:")


def test_none_is_an_answer_where_it_means_something():
    person = Person(ELENA | {"constraints.interpretability": "none", "constraints.region": "none"})
    problem = person.interviewed()
    assert problem.constraints.interpretability == "none"
    assert problem.constraints.region == "anywhere"


def test_stop_keeps_what_was_said():
    person = Person(ELENA | {"data.path": "stop"})
    problem = person.interviewed()
    assert problem.decision.timing == "daily"
    assert problem.data is UNSET


def test_the_end_of_the_input_keeps_what_was_said():
    lines = iter(["Will this customer churn next month?", "call the customer at home"])

    def ask(_: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    assert interview(ask, lambda _: None).decision.action == "call the customer at home"


@pytest.mark.parametrize("lines", [["stop"], ["", "stop"]])
def test_an_end_before_the_question_is_a_mistake_with_words(lines):
    person = Person({"question": lines})
    with pytest.raises(ProblemError, match="before there was a question"):
        person.interviewed()


def test_what_is_known_already_is_not_asked():
    known = Person(ELENA | {"decision.timing": "?"}).interviewed()
    again = Person({"decision.timing": "weekly"})
    problem = again.interviewed(known)
    assert again.asked[0] == "decision.timing"
    assert "question" not in again.asked
    assert problem.decision.timing == "weekly"
    assert problem.costs == known.costs


def test_the_columns_of_the_data_are_shown_and_held_against_the_answers(tmp_path):
    """With an example of each, from the first row that has one."""
    (tmp_path / "cases.csv").write_text("age,churned\n,no\n41,yes\n")
    lines = ELENA | {"data.path": "cases.csv", "data.events.entity": "none", "target.column": ["churn", "churned"]}
    person = Person(lines)
    problem = person.interviewed(peek=lambda path: peek(path, tmp_path))

    assert person.heard_of("2 columns, with an example of each: age (41), churned (no)")
    assert person.heard_of("The data have no column 'churn'. Did you mean 'churned'?")
    assert problem.target.column == "churned"


def test_a_file_that_is_not_there_is_told_and_kept_if_meant(tmp_path):
    """The data may come later."""
    person = Person(ELENA | {"data.path": ["later.csv", "later.csv"]})
    problem = person.interviewed(peek=lambda path: peek(path, tmp_path))

    assert person.heard_of("there is no file 'later.csv'")
    assert problem.data.path == "later.csv"


def test_every_question_stands_in_a_section():
    """The interview's headings name what is asked, not where the guide asks it."""
    assert [section(each) for each in questions()][:3] == ["The question", "The decision", "The decision"]
