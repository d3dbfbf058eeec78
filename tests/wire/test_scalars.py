"""Scalars as text."""

import math

import pytest

from fieldstone.wire import scalars
from fieldstone.wire.models import Traits, read_model


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-09-21T14:13:20Z", 1790000000.0),
        ("2026-09-21T14:13:20.250Z", 1790000000.25),
        ("2026-09-21T14:13:20", 1790000000.0),
        ("2026-09-21T15:13:20+01:00", 1790000000.0),
    ],
)
def test_iso_8601_is_read_as_seconds(text, moment):
    """UTC unless it says otherwise."""
    assert scalars.read_iso8601(text) == moment


def test_a_moment_is_written_no_finer_than_it_is():
    """Whole seconds without a fraction, others in milliseconds; S3 always with."""
    assert scalars.write_iso8601(1790000000) == "2026-09-21T14:13:20Z"
    assert scalars.write_iso8601(1790000000.25) == "2026-09-21T14:13:20.250Z"
    assert scalars.write_iso8601_millis(1790000000) == "2026-09-21T14:13:20.000Z"
    assert scalars.write_epoch(1790000000.0) == "1790000000"
    assert scalars.write_epoch(0.5) == "0.5"


@pytest.mark.parametrize("text", ["", " 1", "1.0", "1_0", "\u0661", "0x1", str(1 << 31), "9" * 10_000])
def test_an_integer_is_digits(text):
    """Python would take more, and more of them; a long has room for more, too."""
    with pytest.raises(ValueError, match="integer"):
        scalars.integer_reader("integer")(text)
    assert scalars.integer_reader("integer")("-12") == -12
    assert scalars.integer_reader("long")(str(1 << 31)) == 1 << 31


def test_booleans_are_two_words():
    """In any case."""
    assert scalars.read_boolean("TRUE") is True
    assert scalars.read_boolean("false") is False
    with pytest.raises(ValueError, match="boolean"):
        scalars.read_boolean("1")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_floats_that_are_no_numbers_have_names(value):
    """Which read back as what they were."""
    assert math.isnan(value) or scalars.NON_FINITE[scalars.write_float(value)] == value
    assert float(scalars.write_float(value)) == value or math.isnan(value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("Days", "7", 7), ("IsTruncated", "true", True), ("Date", "2026-09-21T14:13:20.000Z", 1790000000.0)],
)
def test_a_shape_is_written_as_it_is_read(name, text, value):
    """Through its reader and its writer."""
    shape = read_model("s3").shape(Traits(shape=name))
    assert scalars.reader(shape, "iso8601")(text) == value
    assert scalars.writer(shape, "iso8601")(value) == text


@pytest.mark.parametrize("text", ["0.5", "-3.0", "NaN", "Infinity"])
def test_a_float_is_written_as_it_is_read(text):
    """Numbers or not."""
    shape = read_model("sagemaker").shape(Traits(shape="DoubleParameterValue"))
    assert scalars.writer(shape, "iso8601")(scalars.reader(shape, "iso8601")(text)) == text


def test_documents_and_blobs_in_text_are_base64():
    """There and back."""
    assert scalars.read_json(scalars.write_json({"a": [1]})) == {"a": [1]}
    assert scalars.read_blob(scalars.write_blob(b"\x00\xff")) == b"\x00\xff"
    with pytest.raises(ValueError, match="base-64"):
        scalars.read_blob("*")
