"""The state of an alarm, as AWS's tables for missing data have it."""

import pytest

from fieldstone.services.cloudwatch.evaluation import judge

READ = {"0": False, "X": True, "-": None}


@pytest.mark.parametrize(
    ("periods", "needed", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0-X-X", 3, "OK", "OK", "OK", "OK"),
        ("----0", 3, "OK", "OK", "OK", "OK"),
        ("-----", 3, "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        ("0XX-X", 3, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("--X--", 3, "ALARM", None, "ALARM", "OK"),
        ("0-X-X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("00X0X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0-X--", 2, "OK", "OK", "ALARM", "OK"),
        ("----0", 2, "OK", "OK", "ALARM", "OK"),
        ("---X-", 2, "ALARM", None, "ALARM", "OK"),
        ("----X", 3, None, None, "ALARM", "OK"),
    ],
)
def test_missing_values_count_as_the_alarm_says(periods, needed, missing, ignore, breaching, not_breaching):
    """Three periods out of the five that are looked at."""
    values = [READ[letter] for letter in periods]
    found = [
        judge(values, needed=needed, of=3, missing=treatment)
        for treatment in ("missing", "ignore", "breaching", "notBreaching")
    ]

    assert found == [missing, ignore, breaching, not_breaching]


@pytest.mark.parametrize(("periods", "state"), [("000", "OK"), ("00X", "ALARM"), ("X00", "OK")])
def test_the_last_period_decides_where_one_is_asked_for(periods, state):
    """The others are to spare."""
    assert judge([READ[letter] for letter in periods], needed=1, of=1, missing="missing") == state
