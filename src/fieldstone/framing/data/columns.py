"""What a column's values are, and the numbers they become."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fieldstone.framing.cases import Column, ColumnKind
from fieldstone.framing.data.arrow import Array, Type, compute

FEATURES = frozenset({"number", "boolean", "category", "time"})
"""The kinds that a model learns from; the others are only described."""

YES = frozenset({"yes", "y", "true", "t"})
NO = frozenset({"no", "n", "false", "f"})

_FEW = 20
"""Up to so many values are levels, even if hardly one comes twice."""

_MOST_LEVELS = 1000
_WORDS = 4.0
"""From so many words on average, values are sentences."""

_SAMPLE = 10_000


def describe(name: str, values: Array) -> Column:
    """Tell what a column's values are."""
    values = plain(values)
    count = len(values) - values.null_count
    distinct = int(compute.count_distinct(values).as_py())
    kind = _kind(name, values, count, distinct)
    levels = _levels(values) if kind == "category" else ()
    return Column(name, kind, 1 - count / len(values) if len(values) else 0.0, distinct, levels)


def plain(values: Array) -> Array:
    """The values without dictionary and outer spaces, with empty text, NaN and infinities taken as missing."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_duration(values.type) or pa.types.is_time(values.type):
        values = values.cast(pa.int32() if values.type.bit_width == 32 else pa.int64())
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    if pa.types.is_floating(values.type):
        return compute.if_else(compute.is_finite(values), values, pa.scalar(None, values.type))
    if not (is_number(values.type) or pa.types.is_temporal(values.type) or pa.types.is_boolean(values.type)):
        words = compute.utf8_trim_whitespace(_text(values))
        return compute.if_else(compute.equal(words, ""), pa.scalar(None, words.type), words)
    return values


def encode(values: Array, column: Column) -> NDArray[np.float32]:
    """The numbers of a feature: see ``Cases.features``."""
    values = plain(values)
    if column.kind == "category":
        codes = compute.index_in(_text(values), value_set=pa.array(column.levels, pa.string()))
        return _floats(codes)
    if column.kind == "boolean" and is_text(values.type):
        return _floats(compute.is_in(_folded(values), pa.array(sorted(YES))), values)
    if column.kind == "time":
        return _floats(
            compute.divide(values.cast(pa.timestamp("us"), safe=False).cast(pa.int64()).cast(pa.float64()), 1e6)
        )
    return _floats(values.cast(pa.float64(), safe=False) if not pa.types.is_boolean(values.type) else values)


def is_text(kind: Type) -> bool:
    """Whether values are strings."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def is_number(kind: Type) -> bool:
    """Whether values are numbers."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def by_frequency(values: Array) -> list[Any]:
    """The different values, the most frequent first; equals in the order of the alphabet."""
    counted = compute.value_counts(values.drop_null())
    return [value for value, _ in sorted(_pairs(counted), key=lambda pair: (-pair[1], str(pair[0])))]


def _pairs(counted: Array) -> list[tuple[Any, int]]:
    return list(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))


def _kind(name: str, values: Array, count: int, distinct: int) -> ColumnKind:
    """The kind of a column with so many filled and so many different values."""
    kind = values.type
    if not distinct or (distinct == 1 and count == len(values)):
        return "constant"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_temporal(kind):
        return "time"
    if is_number(kind):
        return _kind_of_numbers(name, values, count, distinct)
    return _kind_of_text(_text(values), count, distinct)


def _kind_of_numbers(name: str, values: Array, count: int, distinct: int) -> ColumnKind:
    if distinct == 2 and sorted(compute.unique(values.drop_null()).to_pylist()) == [0, 1]:
        return "boolean"
    if pa.types.is_integer(values.type) and distinct == count > _FEW and (_is_name(name) or _counts_up(values)):
        return "identifier"
    return "number"


def _kind_of_text(values: Array, count: int, distinct: int) -> ColumnKind:
    if distinct == 2 and _is_yes_or_no(values):
        return "boolean"
    sentences = _words(values) >= _WORDS
    if distinct > _FEW and distinct > count / 2:
        return "text" if sentences else "identifier"
    if distinct > _MOST_LEVELS:
        return "text" if sentences else "identifier"
    return "category"


def _is_name(name: str) -> bool:
    """Whether a column is called as identifiers are."""
    word = name.casefold()
    return word in {"id", "uuid", "key", "index", "row", "rownames", "nr", "no"} or word.endswith(
        ("_id", " id", "_key")
    )


def _counts_up(values: Array) -> bool:
    """Whether whole numbers, all different, are those of a count."""
    ends = compute.min_max(values).as_py()
    return ends["max"] - ends["min"] + 1 == len(values)


def _is_yes_or_no(values: Array) -> bool:
    found = set(compute.unique(_folded(values).drop_null()).to_pylist())
    return len(found & YES) == 1 and len(found & NO) == 1


def _words(values: Array) -> float:
    """How many words the values have on average, of the first ten thousand."""
    some = values.drop_null().slice(0, _SAMPLE)
    return float(compute.mean(compute.add(compute.count_substring(some, " "), 1)).as_py() or 0.0)


def _levels(values: Array) -> tuple[str, ...]:
    return tuple(by_frequency(_text(values)))


def _text(values: Array) -> Array:
    """Values as words, whatever they are."""
    if pa.types.is_nested(values.type) or pa.types.is_binary(values.type):
        return pa.chunked_array(
            [pa.array([None if each is None else str(each) for each in values.to_pylist()], pa.string())]
        )
    return values.cast(pa.string())


def _folded(values: Array) -> Array:
    return compute.utf8_lower(compute.utf8_trim_whitespace(values))


def _floats(values: Array, missing: Array | None = None) -> NDArray[np.float32]:
    """As float32, NaN where there is nothing (or where ``missing`` has nothing)."""
    numbers = np.array(values.cast(pa.float32(), safe=False).to_numpy(), dtype=np.float32)
    if missing is not None:
        numbers[missing.is_null().to_numpy()] = np.nan
    return numbers
