"""Frequencies: what they are called, when points are, what is told of them, how far one looks back."""

import numpy as np
import pandas as pd
import pytest

from fieldstone.algorithms.deepar.frequency import Frequency

OFFSETS = {"15min": "15min", "H": "h", "6H": "6h", "D": "D", "2W": "2W", "M": "MS", "3M": "3MS"}


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("M", 1, "M"), ("2M", 2, "M"), ("1W", 1, "W"), ("W-SUN", 1, "W"), ("7D", 7, "D"), ("H", 1, "H"),
        ("2H", 2, "H"), ("5min", 5, "min"), ("h", 1, "H"), ("30T", 30, "min"), ("ME", 1, "M"), ("MS", 1, "M"),
    ],
)  # fmt: skip
def test_aws_s_names_and_those_of_newer_pandas_are_read(text, count, unit):
    """A number may stand before them."""
    assert Frequency.parse(text) == Frequency(count, unit)


@pytest.mark.parametrize("text", ["", "5", "Y", "0D", "-1H", "1.5H", "hour", "1 D", "minutes"])
def test_what_is_no_frequency_is_refused(text):
    """Instead of guessed."""
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the one that was given
        Frequency.parse(text)


@pytest.mark.parametrize(("text", "offset"), OFFSETS.items())
def test_times_and_their_features_are_those_of_pandas(text, offset):
    """Across the ends of months and years, and before the series begins."""
    frequency = Frequency.parse(text)
    start = "2023-11-01 00:00" if "M" in text else "2023-12-24 00:00"
    places = np.arange(60)
    times = frequency.times(np.array([start], "M8[m]"), places[None])
    index = (
        pd.date_range(start, periods=60, freq=offset)
        if "W" not in text
        else pd.date_range(start, periods=60, freq="14D")
    )
    expected = {
        "minute_of_hour": index.minute / 59,
        "hour_of_day": index.hour / 23,
        "day_of_week": index.day_of_week / 6,
        "day_of_month": (index.day - 1) / 30,
        "day_of_year": (index.day_of_year - 1) / 365,
        "week_of_year": (index.isocalendar().week.to_numpy() - 1) / 52,
        "month_of_year": (index.month - 1) / 11,
    }

    assert (times[0].astype("M8[s]") == index.to_numpy().astype("M8[s]")).all()
    table = np.stack([np.asarray(expected[name], np.float64) - 0.5 for name in frequency.features], axis=-1)
    np.testing.assert_allclose(frequency.describe(times)[0], table, atol=1e-6)
    before = frequency.times(np.array([start], "M8[m]"), np.array([[-1, 0]]))[0]
    assert before[0] < before[1]


def around(*middles, near=1):
    return [lag for middle in middles for lag in range(middle - near, middle + near + 1)]


@pytest.mark.parametrize(
    ("text", "further"),
    [
        ("M", around(12, 24, 36)),
        ("W", [8, 12, *around(52, 104, 156)]),
        ("D", [8, *around(14, 21), 27, 28, 29, 30, 31, 56, 84, *around(364, 728, 1092)]),
        ("H", [*around(24, 48, 72, 96, 120, 144, 168, 336, 504), *around(672), *around(720)]),
    ],
)
def test_lags_are_the_last_seven_points_and_those_of_cycles_before(text, further):
    """None is longer than 1,200 points."""
    assert Frequency.parse(text).lags() == [1, 2, 3, 4, 5, 6, 7, *further]


def test_lags_of_minutes_reach_back_hours_and_days():
    """As far as 1,200 points do."""
    lags = Frequency.parse("5min").lags()

    assert set(around(12, 24, 36, near=2)) <= set(lags)
    assert set(around(288, 576, 864, 1152)) <= set(lags)
    assert max(lags) == 1153
