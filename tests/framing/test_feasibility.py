"""The guide's step 4, feasibility: each of Elena's questions is answered, by a measurement or by a question."""

from pathlib import Path

import numpy as np
import pytest
from tests.framing.test_reasons import customers, framed

from fieldstone.framing.report import Report

MEASURED = {
    "Does the data exist?": ("enough", "There are 1,500 cases"),
    "Is there a pattern to learn?": ("signal", "There is a pattern to learn"),
    "Are simpler solutions possible?": ("simple", "Nothing simple does as well"),
}
ASKED = {
    "Is the problem well-defined?": "decision.when",
    "Do we have the resources?": "constraints.people",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder: Path = tmp_path_factory.mktemp("feasibility")
    return framed(folder, customers(np.random.default_rng(5), 1500), baseline={"rule": "visits < 0"})


@pytest.mark.parametrize("question", MEASURED)
def test_elenas_feasibility_question_is_answered_by_the_data(report, question):
    check, words = MEASURED[question]
    assert words in next(each.sentence for each in report.findings if each.check == check)


@pytest.mark.parametrize("question", ASKED)
def test_elenas_feasibility_question_stays_open_until_somebody_answers(report, question):
    assert any(ASKED[question] in each for each in report.open_questions)
