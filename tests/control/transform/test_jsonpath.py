"""AWS's part of JSONPath."""

import pytest

from fieldstone.control.transform.jsonpath import InvalidPathError, NoMatchError, Path

DOCUMENT = {"id": 7, "features": [1.5, 2, 3], "deep": {"a": {"b": [{"c": 1}, {"c": 2}]}, "x": "y"}}


@pytest.mark.parametrize(("path", "value"), [
    ("$", DOCUMENT),
    ("$.id", 7),
    ("$['id']", 7),
    ("$.features", [1.5, 2, 3]),
    ("$.features[0]", 1.5),
    ("$.features[-1]", 3),
    ("$.features[0,2]", [1.5, 3]),
    ("$.features[1:]", [2, 3]),
    ("$.features[:2]", [1.5, 2]),
    ("$.deep.*", [{"b": [{"c": 1}, {"c": 2}]}, "y"]),
    ("$.deep.a.b[*].c", [1, 2]),
    ("$['id','features']", {"id": 7, "features": [1.5, 2, 3]}),
    ("$.deep.['x','a']", {"x": "y", "a": {"b": [{"c": 1}, {"c": 2}]}}),
])  # fmt: skip
def test_a_path_selects(path, value):
    """One value, an object with the names of a list, or an array of what is found."""
    assert Path(path).select(DOCUMENT) == value


@pytest.mark.parametrize("path", ["", "id", "$.", "$[", "$..id", "$[?(@.a>1)]", "$.features[", "$ | $.id", "$.a["])
def test_what_aws_does_not_have_is_refused(path):
    """In its words."""
    with pytest.raises(InvalidPathError, match="Invalid JsonPath: "):
        Path(path)


@pytest.mark.parametrize("path", ["$.nothing", "$.features[3]", "$.id.deeper"])
def test_a_path_to_nothing_says_so(path):
    """Rather than give nothing."""
    with pytest.raises(NoMatchError):
        Path(path).select(DOCUMENT)


@pytest.mark.parametrize(("path", "columns"), [
    ("$[0]", [0]), ("$[-1]", [4]), ("$[1:]", [1, 2, 3, 4]), ("$[0,-1]", [0, 4]), ("$[0,3:]", [0, 3, 4]),
    ("$[:2]", [0, 1]), ("$[*]", [0, 1, 2, 3, 4]), ("$[1,3,2]", [1, 3, 2]), ("$[1:4]", [1, 2, 3]),
])  # fmt: skip
def test_a_path_names_columns(path, columns):
    """A row of CSV is an array."""
    assert Path(path).selects_columns
    assert Path(path).columns(5) == columns


def test_a_column_that_a_row_does_not_have_is_an_error():
    """From either end."""
    for path in ("$[5]", "$[-6]", "$[0,9]"):
        with pytest.raises(NoMatchError, match="there is no column"):
            Path(path).columns(5)


@pytest.mark.parametrize("path", ["$.id", "$['id','x']", "$[0].id", "$"])
def test_names_select_no_columns(path):
    """CSV has none."""
    assert not Path(path).selects_columns
