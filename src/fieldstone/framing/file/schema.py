"""The problem file's JSON schema, and what it says of each key in plain words."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from fieldstone.framing import problem as blocks
from fieldstone.framing.problem import Problem

_TYPE_WORDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list of texts",
    "object": "a block of keys",
}
_MORE: dict[str, dict[str, dict[str, Any]]] = {
    "Problem": {"question": {"examples": ["Which customers will churn in the next 30 days?"]}},
    "Data": {
        "id": {"examples": ["customer_id"]},
        "time": {"examples": ["signed_up"]},
        "ignore": {"examples": [["row_number"]]},
        "known_later": {"examples": [["closing_reason"]]},
    },
    "Target": {
        "column": {"examples": ["churned"]},
        "columns": {"examples": [["politics", "economics"]]},
        "order": {"examples": [["poor", "fair", "good"]]},
        "horizon": {"examples": [3]},
    },
    "Costs": {"currency": {"description": "The currency of all amounts here", "examples": ["USD"]}},
    "Baseline": {"description": {"examples": ["the shop manager decides by eye"]}},
    "Constraints": {
        "latency_ms": {"examples": [100]},
        "training_budget": {"examples": [200]},
        "inference_budget": {"examples": [500]},
        "capacity": {"examples": [50]},
    },
    "Success": {"beta": {"examples": [2]}, "at_least": {"examples": [0.7]}},
    "Test": {
        "deviation": {"examples": [12]},
        "traffic_a_day": {"examples": [400]},
        "power": {"description": "How surely a true effect is found"},
        "significance": {"description": "How often a change is seen where there is none"},
    },
}
_FALLBACK_EXAMPLES: dict[str, Any] = {"string": "text", "number": 1, "integer": 1, "boolean": True, "array": ["a", "b"]}


@cache
def json_schema() -> dict[str, Any]:
    """The schema of a problem file (draft 2020-12), for editors to complete and check from."""
    found = msgspec.json.schema(Problem)
    definitions: dict[str, Any] = found["$defs"]
    orders = {frozenset(each): list(each) for each in _choices()}
    for name, block in definitions.items():
        for key, entry in block["properties"].items():
            entry.update({} if "examples" in entry else _MORE.get(name, {}).get(key, {}))
            if "enum" in entry:
                entry["enum"] = orders[frozenset(entry["enum"])]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Fieldstone problem file",
        **definitions["Problem"],
        "$defs": {name: each for name, each in definitions.items() if name != "Problem"},
    }


def _choices() -> Iterator[tuple[str, ...]]:
    """The choices of every key that has some, in the order in which they are written in the records."""
    records = (each for each in vars(blocks).values() if isinstance(each, type) and issubclass(each, msgspec.Struct))
    hints = (hint for record in records for hint in get_type_hints(record).values())
    for part in (part for hint in hints for part in (hint, *get_args(hint))):
        if get_origin(part) is Literal:
            yield get_args(part)


def keys_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The keys of a block with what the schema says of each; empty if the entry is no block."""
    return _block(entry).get("properties", {})


def needed_keys(entry: dict[str, Any]) -> list[str]:
    """The keys that a block cannot be without."""
    return _block(entry).get("required", [])


def block_words(entry: dict[str, Any]) -> str:
    """The sentence that describes a block."""
    return _block(entry).get("description", "")


def _block(entry: dict[str, Any]) -> dict[str, Any]:
    for each in (entry, *entry.get("anyOf", [])):
        if "$ref" in each:
            return json_schema()["$defs"][each["$ref"].rpartition("/")[2]]
    return entry


def entry_at(path: str) -> dict[str, Any]:
    """What the schema says of a dotted path such as ``costs.false_positive``; empty where it knows nothing."""
    entry = json_schema()
    for key in filter(None, path.split(".")):
        entry = keys_of(entry).get(key, {})
    return entry


def types_of(entry: dict[str, Any]) -> tuple[str, ...]:
    """The JSON types that an entry accepts."""
    if keys_of(entry):
        return ("object",)
    return tuple(each["type"] for each in entry.get("anyOf", [entry]) if "type" in each) or ("string",)


def expectation(entry: dict[str, Any]) -> str:
    """What an entry expects, in words: "a number or the name of a column"."""
    if "enum" in entry:
        return f"one of {listed(entry['enum'])}"
    types = types_of(entry)
    if set(types) == {"number", "string"}:
        return "a number or a column name"
    return " or ".join(_TYPE_WORDS[each] for each in types) + _bounds(entry)


def listed(words: list[str]) -> str:
    """Words as one writes a list: ``a, b or c``."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _bounds(entry: dict[str, Any]) -> str:
    low, high = entry.get("exclusiveMinimum"), entry.get("exclusiveMaximum")
    least, most = entry.get("minimum"), entry.get("maximum")
    if low is not None and high is not None:
        return f" between {low:g} and {high:g}"
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    if low is not None:
        return f" above {low:g}"
    if least is not None:
        return f" of {least:g} or more"
    return " that is not empty" if entry.get("minLength") else ""


def example(entry: dict[str, Any]) -> Any:
    """A value that would be accepted, as the schema gives it; a whole block's needed keys for a block."""
    if entry.get("examples"):
        return entry["examples"][0]
    if entry.get("enum"):
        return entry["enum"][0]
    block = keys_of(entry)
    if block:
        return {
            key: example(block[key])
            for key in needed_keys(entry) or [next(each for each in block if "default" not in block[each])]
        }
    return entry.get("default", _FALLBACK_EXAMPLES[types_of(entry)[0]])
