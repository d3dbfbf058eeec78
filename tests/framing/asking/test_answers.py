"""Understanding what people type."""

import pytest

from fieldstone.framing.asking.answers import READERS
from fieldstone.framing.mistakes import ProblemError


@pytest.mark.parametrize(
    ("read", "typed", "value"),
    [
        ("money", "$1,200.50", 1200.5),
        ("money", "-50 USD", -50),
        ("money", "\u221250", -50),
        ("money", "loan_amount", "loan_amount"),
        ("money", '"loan amount"', "loan amount"),
        ("cost", "50", -50),
        ("cost", "-50", -50),
        ("cost", "0", 0),
        ("cost", "loss_given_default", "loss_given_default"),
        ("amount", "500 a month", 500),
        ("share", "5 %", 0.05),
        ("share", "5 percentage points", 0.05),
        ("share", "0.8", 0.8),
        ("days", "3 months", 90),
        ("days", "2 weeks", 14),
        ("days", "90", 90),
        ("milliseconds", "100ms", 100),
        ("milliseconds", "2 s", 2000),
        ("milliseconds", "4 hours", 14_400_000),
        ("per_thousand", "5 %", 50),
        ("per_thousand", "50 per thousand", 50),
        ("timing", "every morning", "daily"),
        ("timing", "while the customer waits", "real time"),
        ("timing", "Weekly", "weekly"),
        ("timing", "never", "once"),
        ("truth", "Yes.", True),
        ("truth", "no", False),
        ("columns", "a, b", ["a", "b"]),
        ("target", "churned", "churned"),
        ("target", "politics, economics", ["politics", "economics"]),
        ("value", "1", 1),
        ("value", "yes", "yes"),
        ("region", "none", "anywhere"),
        ("region", "eu-central-1", "eu-central-1"),
        ("interpretability", "Reason", "reasons"),
        ("interpretability", "none", "none"),
        ("mistakes", "never", "never"),
        ("metric", "F-beta", "f_beta"),
        ("file", "s3://mine/a/*.parquet", "s3://mine/a/*.parquet"),
        ("rule", "days > 60", "days > 60"),
    ],
)
def test_an_answer_is_understood_as_people_mean_it(read, typed, value):
    assert READERS[read](typed) == value


@pytest.mark.parametrize(
    ("read", "typed", "told"),
    [
        ("money", "not much", "Write for example: 450"),
        ("money", "nothing", "neither an amount nor the name"),
        ("money", "1,2", "neither an amount"),
        ("amount", "9" * 400, "too large"),
        ("amount", "-5", "0 or more"),
        ("positive", "0", "above 0"),
        ("days", "a while", "90"),
        ("days", "-3", "above 0"),
        ("milliseconds", "5 bananas", "100 ms"),
        ("per_thousand", "2000", "from 1 to 1000"),
        ("per_thousand", "0.5", "from 1 to 1000"),
        ("timing", "often", "real time, hourly"),
        ("truth", "perhaps", "yes or no"),
        ("column", "the customers", "does not look like the name of a column"),
        ("rule", "by experience", "days_since_purchase > 60"),
        ("file", "in the warehouse", "customers.csv"),
        ("region", "in the cloud", "eu-central-1"),
        ("interpretability", "xyz", "none, reasons or full"),
    ],
)
def test_what_cannot_be_understood_says_what_to_type(read, typed, told):
    with pytest.raises(ProblemError) as caught:
        READERS[read](typed)
    assert told in str(caught.value)
