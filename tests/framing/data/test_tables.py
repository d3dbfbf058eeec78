"""Cases out of a table: what columns are, the numbers they become, and what the target says."""

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.cases import Cases
from fieldstone.framing.data.tables import cases_from_table
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data, Problem, Target

N = 60
LONG = "a sentence of several words, number"


def table(**columns: object) -> pa.Table:
    rng = np.random.default_rng(0)
    usual = {
        "customer_id": [1000 + 7 * number for number in range(N)],
        "row_nr": list(range(N)),
        "age": [None, *rng.integers(18, 90, N - 1).tolist()],
        "income": [float("nan"), *rng.normal(size=N - 1).tolist()],
        "member": ["yes", "No", None] * (N // 3),
        "flag": [0, 1, 1] * (N // 3),
        "plan": ["b", "b", "a"] * (N // 3),
        "since": ["2024-01-02"] * (N - 1) + ["2023-05-06"],
        "joined": [date(2024, 1, 1 + number % 28) for number in range(N)],
        "note": [f"{LONG} {number}" for number in range(N)],
        "code": [f"x{number}" for number in range(N)],
        "same": ["here"] * N,
        "left": ["no", "no", "yes"] * (N // 3),
    }
    return pa.table({name: pa.array(values) for name, values in (usual | columns).items()})


def made(values: object = None, /, data: Data | None = None, **target: object) -> Cases:
    asked = Problem(question="?", data=data or Data(path="-"), target=Target(column="left", **target))
    return cases_from_table(table() if values is None else table(left=values), asked)


def test_a_column_s_kind_is_told_by_its_values():
    """Numbers, yes and no, categories and times are features; names, sentences and constants are described only."""
    cases = made()

    kinds = {column.name: column.kind for column in (*cases.columns, *cases.left_out)}
    assert kinds == {
        "customer_id": "identifier",
        "row_nr": "identifier",
        "age": "number",
        "income": "number",
        "member": "boolean",
        "flag": "boolean",
        "plan": "category",
        "since": "time",
        "joined": "time",
        "note": "text",
        "code": "identifier",
        "same": "constant",
    }
    assert [column.name for column in cases.columns] == ["age", "income", "member", "flag", "plan", "since", "joined"]


def test_features_are_numbers_and_nothing_is_nan():
    """Yes is 1, the most frequent level 0, a time its seconds; what is empty is NaN."""
    cases = made()
    places = {column.name: place for place, column in enumerate(cases.columns)}

    first = cases.features[0]
    assert cases.features.dtype == np.float32
    assert np.isnan(first[[places["age"], places["income"]]]).all()
    np.testing.assert_array_equal(cases.features[:3, places["member"]], [1, 0, np.nan])
    np.testing.assert_array_equal(cases.features[:3, places["plan"]], [0, 0, 1])
    assert cases.columns[places["plan"]].levels == ("b", "a")
    assert first[places["since"]] == np.float32(datetime(2024, 1, 2, tzinfo=UTC).timestamp())
    assert cases.columns[places["member"]].missing == pytest.approx(1 / 3)
    assert cases.columns[places["member"]].distinct == 2


def test_whatever_arrow_can_hold_has_a_kind():
    """Decimals, lists, bytes, times of day, zones, dictionaries, huge numbers: each is encoded, none fails."""
    odd = pa.table(
        {
            "decimal": pa.array([Decimal("1.5"), None, Decimal(2)]),
            "list": [[1], [2], None],
            "record": [{"a": 1}, {"a": 2}, None],
            "bytes": pa.array([b"x", b"y", b"x"]),
            "clock": pa.array([1, None, 3], pa.time64("us")),
            "date": pa.array([0, 86_400_000, None], pa.date64()),
            "span": pa.array([1, 2, 3], pa.duration("s")),
            "empty": pa.nulls(3),
            "words": pa.array(["a", "b", "a"]).dictionary_encode(),
            "huge": pa.array([1, 2, 2**63], pa.uint64()),
            "zoned": pa.array([1, 2, None], pa.timestamp("ns", tz="Europe/Vienna")),
            "half": pa.array([1, 2, 3], pa.float16()),
            "endless": [float("inf"), 1.0, 2.0],
        }
    )

    cases = cases_from_table(odd, Problem(question="?"))

    assert [column.name for column in cases.left_out] == ["empty"]
    assert cases.features.shape == (3, 12)
    assert np.isnan(cases.features).sum() == 7


@pytest.mark.parametrize(
    ("values", "target", "codes", "classes"),
    [
        (["no", "yes"], {}, [0, 1], ("no", "yes")),
        ([True, False], {}, [1, 0], ("no", "yes")),
        ([0, 1], {}, [0, 1], ("0", "1")),
        (["lost", "kept"], {"positive": "lost"}, [1, 0], ("kept", "lost")),
        (["lost", "kept"], {"kind": "multiclass"}, [1, 0], ("kept", "lost")),
        ([1, 2], {"positive": 2.0}, [0, 1], ("1", "2")),
        (["Yes", "No"], {"positive": True}, [1, 0], ("No", "Yes")),
        (["a", "b", "c"], {"positive": "c"}, [0, 0, 1], ("not c", "c")),
        (["a", "c", "c"], {"kind": "multiclass"}, [1, 0, 0], ("c", "a")),
        (["low", "high", "mid"], {"order": ["low", "mid", "high"]}, [0, 2, 1], ("low", "mid", "high")),
        ([5, 1, 3], {"kind": "ordinal"}, [2, 0, 1], ("1", "3", "5")),
        ([5, 1, 3], {}, [5, 1, 3], ()),
        ([1.5, 2.5], {}, [1.5, 2.5], ()),
        (["1.5", "2"], {"kind": "value"}, [1.5, 2], ()),
    ],
)
def test_a_target_is_decoded_by_what_is_said_of_it_else_by_its_values(values, target, codes, classes):
    """Two values, classes, an order, numbers: each becomes its codes and names."""
    cases = made((values * N)[:N], **target)

    np.testing.assert_array_equal(cases.target[: len(codes)], codes)
    assert cases.classes == classes
    assert "left" not in {column.name for column in (*cases.columns, *cases.left_out)}


def test_several_columns_are_labels():
    """Topics: one column of yes and no each."""
    asked = Problem(question="?", target=Target(columns=["flag", "left"]))

    cases = cases_from_table(table(), asked)

    assert cases.target.shape == (N, 2)
    np.testing.assert_array_equal(cases.target[:3], [[0, 0], [1, 0], [1, 1]])
    assert cases.classes == ("flag", "left")


def test_without_a_target_there_are_only_features():
    """Segments have nothing to foretell."""
    cases = cases_from_table(table(), Problem(question="?"))

    assert cases.target is None
    assert "left" in {column.name for column in cases.columns}


def test_cases_whose_end_is_not_known_are_left_out():
    """An empty target is no case; the rest keeps its order."""
    cases = made([None, "no", "yes", ""] * (N // 4))

    assert len(cases) == N // 2
    np.testing.assert_array_equal(cases.target[:4], [0, 1, 0, 1])


def test_what_must_not_be_used_is_no_feature():
    """Ignored columns, those known later, the name and the time are put aside, and described."""
    data = Data(path="-", id="customer_id", time="joined", ignore=["age"], known_later=["plan"])

    cases = made(data=data)

    assert not {"age", "plan", "joined", "customer_id"} & {column.name for column in cases.columns}
    assert {"age", "plan", "joined", "customer_id"} <= {column.name for column in cases.left_out}
    assert cases.ids[0] == 1000
    assert cases.time[1] == np.datetime64("2024-01-02T00:00:00", "us")
    assert cases.time.dtype == np.dtype("datetime64[us]")


def test_a_time_series_is_put_in_order_and_its_step_found():
    """Hours in any order, one missing: the step is an hour."""
    when = np.datetime64("2024-01-01", "us") + np.arange(200) * np.timedelta64(1, "h")
    when = np.delete(when, 50)[::-1]
    series = pa.table({"at": when, "load": np.arange(len(when), dtype=float)})
    asked = Problem(question="?", data=Data(path="-", time="at"), target=Target(column="load", horizon=24))

    cases = cases_from_table(series, asked)

    assert cases.periods == 3600
    assert (np.diff(cases.time) > np.timedelta64(0)).all()
    assert cases.target[0] == len(when) - 1


@pytest.mark.parametrize(
    ("values", "target", "words"),
    [
        (["no"] * N, {}, "'left' is 'no' in every row"),
        ([None] * N, {}, "'left' is empty in every row"),
        (["lost", "kept"] * (N // 2), {}, r"target\.positive: say which value of 'left' .*\(kept, lost\)"),
        (["lost", "kept"] * (N // 2), {"positive": "losst"}, "no value 'losst'. Did you mean 'lost'"),
        (["low", "hihg"] * (N // 2), {"order": ["low", "high"]}, r"'hihg' \(row 2 after the header\).*'high'"),
        (["meh", "super"] * (N // 2), {"kind": "ordinal"}, r"target\.order: say how"),
        (["1", "2 EUR"] * (N // 2), {"kind": "value"}, "row 2 after the header: '2 EUR' is no number"),
        ([f"name {number}" for number in range(N)], {}, "60 different values in 60 rows"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused_with_what_to_type(values, target, words):
    """One value, none, or values that do not fit what is said of them."""
    with pytest.raises(ProblemError, match=words):
        made(values, **target)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"id": "customer"}, r"data\.id: the data have no column 'customer'. Did you mean 'customer_id'"),
        ({"time": "join"}, r"data\.time: .*Did you mean 'joined'"),
        ({"ignore": ["agee"]}, r"data\.ignore: .*Did you mean 'age'"),
        ({"known_later": ["zzz"]}, r"data\.known_later: .*There are 'customer_id'"),
        ({"time": "note"}, r"row 1 after the header: 'a sentence .* is no time"),
        ({"time": "age"}, "which are no times"),
    ],
)
def test_a_column_that_cannot_be_used_is_refused_with_what_to_type(data, words):
    """A name that is no column is answered with the nearest; a time that is none with its row."""
    with pytest.raises(ProblemError, match=words):
        made(data=Data(path="-", **data))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-02-01T10:30:00+02:00", "2024-02-01T08:30:00"),
        ("2024-02-01", "2024-02-01"),
        ("21.02.2024 10:30", "2024-02-21T10:30"),
        ("21/02/2024", "2024-02-21"),
        ("02/21/2024 10:30:05", "2024-02-21T10:30:05"),
        (20240221, "2024-02-21"),
        (1708510205, "2024-02-21T10:10:05"),
        (1708510205000, "2024-02-21T10:10:05"),
        (2024, "2024-01-01"),
    ],
)
def test_times_are_read_as_people_write_them(written, read):
    """The usual forms, in UTC; whole numbers by their range."""
    values = pa.table({"at": [written] * 3, "left": [0.5, 1.5, 2.5]})

    cases = cases_from_table(
        values, Problem(question="?", data=Data(path="-", time="at"), target=Target(column="left"))
    )

    assert cases.time[0] == np.datetime64(read, "us")


def test_day_and_month_that_cannot_be_told_apart_are_not_guessed():
    """01/02/2024 alone may be either."""
    values = pa.table({"at": ["01/02/2024", "03/04/2024"], "left": [0.5, 1.5]})

    with pytest.raises(ProblemError, match="the day or the month first cannot be told"):
        cases_from_table(values, Problem(question="?", data=Data(path="-", time="at"), target=Target(column="left")))
