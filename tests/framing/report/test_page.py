"""The page: one file, everything on it for people who see, who hear, who print, and who have a phone."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.choice import choose
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.insights import Group, Importance, lift
from fieldstone.framing.problem import Costs, Problem
from fieldstone.framing.report import Report, render, to_json
from fieldstone.framing.report.record import Candidate, Comparison, Fact, Framed, LearningCurve, Score, Verdict
from fieldstone.methods.resampling import Interval

QUESTION = "Who will leave, & why <not>?"
VOID = {"meta", "link", "br", "hr", "img", "input", "line", "rect", "path", "circle"}


class _Reader(HTMLParser):
    """Checks that tags close as they opened, and keeps what there is."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _read(page):
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


def _choice(**costs):
    rng = np.random.default_rng(0)
    truth = 1 / (1 + np.exp(-rng.normal(-2, 1.5, 1500)))
    features = rng.normal(size=(1500, 1)).astype(np.float32)
    cases = Cases(
        pa.table({"x": features[:, 0].astype(float)}),
        (Column("x", "number", 0.0, 1500),),
        features,
        target=(rng.random(1500) < truth).astype(float),
        classes=("no", "yes"),
    )
    return choose(truth, cases, Problem(question="q", costs=Costs(**costs))), cases.target


@pytest.fixture(scope="module")
def filled():
    """A report with every section."""
    choice, target = _choice(true_positive=-50, false_positive=-50, false_negative=-500)
    return Report(
        question=QUESTION,
        verdict=Verdict(True, "Use a model.", ("It pays.",), "train it", "fieldstone train"),
        framed=Framed("binary classification", "Yes or no.", "F2", "batch", (Candidate("XGBoost", "SageMaker"),)),
        findings=(
            Finding("drift", "fine", "Nothing drifts."),
            Finding("leakage", "stop", "`refund` knows the answer.", {"auc": 1.0}, "Leave it out.", Reason.RULE_WORKS),
        ),
        choice=choice,
        comparison=Comparison("AUC", (Score("XGBoost", Interval(0.9, 0.88, 0.92), ours=True),), "Better."),
        lift=tuple(lift(choice.probabilities, target)),
        learning_curve=LearningCurve(
            "AUC",
            (100, 1000),
            (Interval(0.7, 0.6, 0.8), Interval(0.8, 0.75, 0.85)),
            (5000,),
            (Interval(0.85, 0.8, 0.9),),
            "More brings little.",
        ),
        importances=(Importance("x", Interval(0.5, 0.4, 0.6)),),
        groups=(Group("x 1 to 2", 100, Interval(90.0, 80.0, 100.0), 20.0),),
        ab_plan=("Two groups.", "41 days."),
        open_questions=("How often do rules change?",),
        costs=(Fact("training", "0.02 USD", "prices of today"),),
        data=(Fact("cases", "1,500"),),
        made="fieldstone",
    )


def test_the_verdict_comes_first(filled):
    """Nothing but the question is before it, and nothing but its reasons before the first picture."""
    page = render(filled)

    assert page.index("Use a model.") < page.index("<nav") < page.index("<svg")
    assert "Use machine learning" in page


@pytest.mark.parametrize(
    ("use_ml", "words"),
    [(True, "Use machine learning"), (False, "Do not use machine learning"), (None, "It cannot be told yet")],
)
def test_each_verdict_is_said_in_words(use_ml, words):
    """Not by colour alone."""
    page = render(Report(question="q", verdict=Verdict(use_ml, "So it is.", instead="do it", code="SELECT 1")))

    assert words in page
    assert "<pre" in page


def test_the_page_needs_nothing_but_itself(filled):
    """No script, no address, no style or picture from elsewhere; it can be mailed and kept."""
    page = render(filled)
    reader = _read(page)

    assert re.findall(r"https?://[^\s\"']+", page.replace("http://www.w3.org/2000/svg", "")) == []
    assert {"script", "link", "img", "iframe"} & set(reader.tags) == set()
    assert "@import" not in page
    assert "url(" not in page


def test_the_page_is_for_light_dark_phone_and_paper(filled):
    """Colour schemes, viewport and print are in the one file."""
    page = render(filled)

    for word in ('name="viewport"', "color-scheme: light dark", "prefers-color-scheme: dark", "@media print"):
        assert word in page


@pytest.mark.parametrize(
    "heading",
    [
        "What it is worth",
        "Against plain ways",
        "What was found",
        "Can the probabilities be trusted?",
        "What more cases bring",
        "What the model uses",
        "Where it fails",
        "Which problem it is",
        "The A/B test",
        "What it costs to run",
        "The data",
        "Open questions",
    ],
)
def test_each_section_has_its_heading_and_is_named_by_it(filled, heading):
    """A heading that assistive technology and the contents find."""
    page = render(filled)

    name = re.search(rf'<h2 id="(\w+)">{re.escape(heading)}</h2>', page)
    assert name
    assert f'<section aria-labelledby="{name[1]}">' in page
    assert f'<a href="#{name[1]}">' in page


def test_absent_parts_do_not_show():
    """A report of a question alone has no headings, no tables, no pictures."""
    reader = _read(render(Report(question=QUESTION)))

    assert {"h2", "table", "svg", "figure", "nav", "footer"} & set(reader.tags) == set()


def test_every_chart_is_named_and_has_its_numbers_beside_it(filled):
    """A role, a title and a description each; and a table with row and column heads under "Data"."""
    page = render(filled)
    reader = _read(page)

    charts = [attributes for tag, attributes in reader.attributes if tag == "svg"]
    ids = {attributes["id"] for _, attributes in reader.attributes if "id" in attributes}
    assert len(charts) == 10
    assert all(chart["role"] == "img" and chart["width"] and chart["viewbox"] for chart in charts)
    assert all(set(chart["aria-labelledby"].split()) <= ids for chart in charts)
    assert page.count("<summary>Data</summary>") == len(charts)
    assert page.count('scope="col"') > len(charts)


def test_precision_recall_and_cost_are_told_at_the_choice(filled):
    """With their intervals, in a table."""
    page = render(filled)

    for word in ("Threshold", "Cost per 1,000 cases", "Precision", "Recall", "F1", "acted on", "missed"):
        assert f'<th scope="row">{word}</th>' in page


def test_words_of_users_are_escaped(filled):
    """A question, a column or a rule may hold any letters."""
    page = render(filled)

    assert "Who will leave, &amp; why &lt;not&gt;?" in page
    assert "<code>refund</code> knows the answer." in page


def test_what_stops_comes_before_what_is_fine(filled):
    """Findings by weight."""
    page = render(filled)

    assert page.index("knows the answer") < page.index("Nothing drifts")


def test_a_choice_without_threshold_shows_its_alternatives_alone():
    """Numbers have no threshold, no precision and no calibration."""
    rng = np.random.default_rng(0)
    target = rng.normal(100, 10, 300)
    features = target[:, None].astype(np.float32)
    cases = Cases(pa.table({"x": target}), (Column("x", "number", 0.0, 300),), features, target=target)
    choice = choose(target + rng.normal(size=300), cases, Problem(question="q"))

    page = render(Report(question="q", choice=choice))

    assert page.count("<svg") == 1
    assert "Precision" not in page


def test_a_choice_in_false_alarms_and_by_case_renders():
    """Costs by column show each case's own threshold."""
    choice, _ = _choice(false_positive=-50, false_negative="-100 * (1 + abs(x))")

    assert "own threshold</th>" in render(Report(question="q", choice=choice))


def test_the_document_for_programs_says_the_same(filled):
    """Valid JSON, nothing that is as long as the cases are many, unknown numbers as null."""
    document = json.loads(to_json(filled))

    assert document["verdict"]["use_ml"] is True
    assert document["findings"][1]["reason"] == "simple rules work fine"
    assert document["choice"]["threshold"]["value"] == pytest.approx(0.1)
    assert document["choice"]["curve"]["precision"][-1] is None
    assert "probabilities" not in document["choice"]
    assert len(document["choice"]["curve"]["thresholds"]) <= 500


def test_a_score_far_below_guessing_does_not_hide_the_others():
    """It is drawn up to -1, and written out."""
    scores = (Score("the model", Interval(0.2, 0.1, 0.3), ours=True), Score("always 7", Interval(-44.2, -44.2, -44.2)))
    page = render(Report(question="q", comparison=Comparison("skill", scores)))

    assert "always 7: -44.2" in page
    assert ">\N{MINUS SIGN}50<" not in page
    assert ">\N{MINUS SIGN}1<" in page


def test_what_to_do_is_only_instead_where_the_answer_is_no():
    """Where it cannot be told yet, it comes next."""
    pages = {
        use_ml: render(Report(question="q", verdict=Verdict(use_ml, "So.", instead="Wait.")))
        for use_ml in (None, False)
    }

    assert "Next:" in pages[None]
    assert "Instead:" in pages[False]
