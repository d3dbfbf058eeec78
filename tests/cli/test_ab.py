"""``fieldstone ab``."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from fieldstone.cli.main import main

NAMED = ("--arm", "arm", "--control", "old", "--treatment", "new")


@pytest.fixture
def ab(tmp_path, monkeypatch):
    """The command, run in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["ab", *arguments])


@pytest.fixture
def csv(tmp_path):
    """A test of 4,000 customers, 6 points more of whom stay with the new way."""
    rng = np.random.default_rng(12)
    rows = ["customer,arm,stayed,spend,visits,before,refund"]
    for number in range(4_000):
        new = number % 2
        stayed = "yes" if rng.random() < 0.8 + 0.06 * new else "no"
        before = rng.normal(40, 10)
        spend = 0.8 * before + rng.normal(10, 6) + new
        arm = "new" if new else "old"
        rows.append(
            f"c{number},{arm},{stayed},{spend:.2f},{rng.poisson(3) + 1},{before:.2f},{int(rng.random() < 0.03)}"
        )
    (tmp_path / "test.csv").write_text("\n".join(rows) + "\n")
    return ("test.csv", *NAMED)


def test_plan_tells_the_cases(ab):
    """Percentages are read as people write them."""
    told = ab("plan", "--baseline", "80%", "--effect", "5%", "--traffic", "150", "--days", "14")

    assert (told.exit_code, told.stderr) == (0, "")
    assert "1,812 cases are needed" in told.stdout
    assert "14 days bring 2,100 cases" in told.stdout


def test_plan_asks_for_what_is_missing(ab):
    """It is no error."""
    told = ab("plan")

    assert told.exit_code == 0
    assert told.stdout.count("Still open") == 3


def test_plan_reads_a_problem_file_and_options_come_first(ab, tmp_path):
    """Its ``success.test``."""
    (tmp_path / "problem.yaml").write_text(
        "question: Which customers will leave?\n"
        "success:\n  test: {metric: retention rate, baseline: 0.8, effect: 0.05, traffic_a_day: 150}\n"
    )
    whole = json.loads(ab("plan", "--problem", "problem.yaml", "--json").stdout)
    larger = json.loads(ab("plan", "--problem", "problem.yaml", "--effect", "0.1", "--json").stdout)

    assert (whole["metric"], whole["size"]["total"], whole["weeks"]) == ("retention rate", 1812, 2)
    assert larger["size"]["total"] < 500


def test_plan_says_what_to_write_into_a_problem_file_without_a_test(ab, tmp_path):
    """With an example."""
    (tmp_path / "problem.yaml").write_text("question: Which customers will leave?\n")
    told = ab("plan", "--problem", "problem.yaml")

    assert told.exit_code == 1
    assert "there is no success.test. Write for example" in told.stderr


def test_plan_measures_past_cases(ab, csv):
    """Baseline, spread and correlation need not be known."""
    options = ("plan", "--from", csv[0], "--outcome", "spend", "--pre", "before", "--effect", "1", "--json")
    plan = json.loads(ab(*options).stdout)
    ratio = json.loads(ab(*options[:5], "--denominator", "visits", "--effect", "1", "--json").stdout)
    share = json.loads(ab(*options[:4], "stayed", "--effect", "5%", "--json").stdout)

    assert (plan["kind"], ratio["kind"], share["kind"]) == ("mean", "ratio", "proportion")
    assert plan["deviation"] == pytest.approx(10, abs=0.5)
    assert "saves 6" in " ".join(plan["sentences"])


def test_plan_sizes_guardrails(ab):
    """NAME:MARGIN:BASELINE."""
    told = ab(
        "plan", "--baseline", "0.8", "--effect", "0.05", "--guardrail", "refunds:1%:3%", "--guardrail", "calls:1:9:4"
    )

    assert "To show that refunds gets worse by less than 0.01" in told.stdout
    assert "To show that calls gets worse by less than 1" in told.stdout


GUARDED = """\
question: Which customers will leave?
success:
  test:
    {metric: stayed, baseline: 0.8, effect: 0.06, traffic_a_day: 150, share: 0.5, days: 14, outcome_days: 30,
     guardrails: [{metric: refund, margin: 0.05, better: lower, baseline: 0.03}]}
"""


def test_plan_takes_guardrails_days_and_share_from_a_problem_file(ab, tmp_path):
    """What the options can say, the file can say too."""
    (tmp_path / "problem.yaml").write_text(GUARDED)
    told = ab("plan", "--problem", "problem.yaml")

    assert (told.exit_code, told.stderr) == (0, "")
    assert "To show that refund gets worse by less than 0.05" in told.stdout
    assert "14 days bring 2,100 cases" in told.stdout
    assert "30 days later" in told.stdout


def test_analyse_watches_the_problem_files_guardrails(ab, csv, tmp_path):
    """If the table has such a column; else it says that nothing measures them."""
    (tmp_path / "problem.yaml").write_text(GUARDED)
    watched = ab("analyse", *csv, "--outcome", "stayed", "--problem", "problem.yaml")
    (tmp_path / "problem.yaml").write_text(GUARDED.replace("metric: refund", "metric: refund rate"))
    unseen = ab("analyse", *csv, "--outcome", "stayed", "--problem", "problem.yaml")

    assert "Guardrail refund: not worse by its margin" in watched.stdout
    assert "Guardrail refund rate is planned, but nothing measures it" in unseen.stderr


def test_analyse_decides(ab, csv):
    """In words, and as one JSON document."""
    told = ab("analyse", *csv, "--outcome", "stayed", "--effect", "5%")
    document = json.loads(ab("analyse", *csv, "--outcome", "stayed", "--effect", "5%", "--json").stdout)

    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith("Ship: stayed is better")
    assert document["decision"] == "ship"
    assert told.stdout.splitlines() == document["sentences"]


def test_analyse_takes_every_column_there_is(ab, csv):
    """Ratio, pre-period, unit and guardrail."""
    options = ("--denominator", "visits", "--pre", "before", "--unit", "customer", "--guardrail", "refund:0.05:lower")
    document = json.loads(ab("analyse", *csv, "--outcome", "spend", *options, "--json").stdout)

    assert (document["kind"], document["guardrails"][0]["harm"]) == ("ratio", "unharmed")
    assert document["reduction"]["variance_left"] < 1


def test_analyse_holds_a_test_against_its_plan(ab, csv, tmp_path):
    """A test that is not over is not decided; what should fall is better lower."""
    (tmp_path / "problem.yaml").write_text(
        "question: Which customers will leave?\nsuccess:\n  test: {metric: stayed, baseline: 0.8, effect: 0.01}\n"
    )
    early = ab("analyse", *csv, "--outcome", "stayed", "--problem", "problem.yaml")
    fallen = ab("analyse", *csv, "--outcome", "stayed", "--effect", "-5%")

    assert early.stdout.startswith("Wait: ")
    assert fallen.stdout.startswith("Don't ship: stayed got worse.")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("analyse", "tset.csv", "--arm", "arm", "--outcome", "stayed"), "there is no file 'tset.csv'"),
        (("analyse", "test.csv", "--arm", "arm", "--outcome", "stayed"), "--control new --treatment old"),
        (("analyse", "test.csv", "--arm", "ram", "--outcome", "stayed"), "no column 'ram'"),
        (("analyse", "test.csv", *NAMED, "--outcome", "customer"), "write numbers, or yes and no"),
        (("analyse", "test.csv", "--arm", "arm", "--outcome", "x", "--guardrail", "refund"), "write NAME:MARGIN"),
        (("analyse", "test.csv", "--arm", "arm", "--outcome", "x", "--guardrail", "refund:1:up"), "not 'up'"),
        (("plan", "--baseline", "eighty"), "'eighty' is not a number; write 0.05 or 5%"),
        (("plan", "--baseline", "0.8", "--effect", "5"), "from 80 % to 85 % is 0.05"),
        (("plan", "--from", "test.csv"), "--from needs --outcome"),
        (("plan", "--problem", "problem.yml"), "there is no such file"),
    ],
)
def test_mistakes_are_told_without_a_traceback(ab, csv, options, told):
    """Where, what, and what to type."""
    answer = ab(*options)

    assert answer.exit_code in (1, 2)
    assert told in answer.stderr
    assert isinstance(answer.exception, SystemExit)
    assert answer.stdout == ""


def test_assign_draws_each_unit_once_and_always_the_same(ab, csv):
    """Customers, not visits; a tenth of them; another test draws anew."""
    asked = ("assign", csv[0], "--unit", "customer", "--share", "10%", "--test")
    first, again, other = (ab(*asked, name).output for name in ("winter", "winter", "spring"))
    arms = [line.split(",")[1] for line in first.splitlines()[1:]]

    assert len(arms) == 4_000
    assert 320 < arms.count("treatment") < 480
    assert first == again != other


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--unit", "custmer"), "Did you mean 'customer'"), (("--share", "1"), "leaves one arm empty")],
)
def test_an_assignment_that_cannot_be_says_what_to_type(ab, csv, options, words):
    """No traceback."""
    result = ab("assign", csv[0], "--unit", "customer", "--test", "t", *options)

    assert result.exit_code == 1
    assert words in result.output


def test_arms_may_be_called_yes_and_no(ab, tmp_path):
    """As the file has them, though they are read as truths."""
    rows = "".join(f"{'yes' if number % 2 else 'no'},{number % 7}\n" for number in range(2_000))
    (tmp_path / "offers.csv").write_text(f"offered,spend\n{rows}")
    result = ab(
        "analyse", "offers.csv", "--arm", "offered", "--control", "no", "--treatment", "yes", "--outcome", "spend"
    )

    assert result.exit_code == 0, result.output
    assert "(1,000 units)" in result.output
