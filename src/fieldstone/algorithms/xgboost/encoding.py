"""The bodies of replies: predictions as CSV, in the shape that the image's version gave it, or as JSON."""

import json
import os
from collections.abc import Callable
from functools import lru_cache

from fieldstone.algorithms.xgboost.payloads import RefusedError
from fieldstone.algorithms.xgboost.versions import Version

ACCEPTED = ("application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv")
"""What the container lets pass; the second and third only with its selectable output."""
ACCEPTED_OF_MANY = {"text/csv": "text/csv", "csv": "text/csv", "application/json": "application/json"}
ACCEPTED_OF_MANY["json"] = "application/json"
"""What it knows on endpoints of many models, and what it means."""
TYPES = {"text/csv": "text/csv; charset=utf-8"}
"""Content types of replies that are not just what was accepted."""

Scores = list[float] | list[list[float]]
"""One prediction a row, or the classes of each."""
Encode = Callable[[Scores], bytes]


@lru_cache(maxsize=1024)
def choose_accept(accept: str, *, selectable: bool) -> str:
    """The content type to reply with.

    Args:
        accept: The header.
        selectable: Whether the parts of answers are named.

    Raises:
        RefusedError: 406, there is no such reply.
    """
    name = _name(accept, "text/csv")
    if name not in ACCEPTED:
        raise RefusedError(
            406, f"Accept type {accept} is not supported. Please use supported accept types: {list(ACCEPTED)}."
        )
    if not selectable and name not in {"text/csv", "application/json"}:
        raise RefusedError(
            406,
            f"Accept type {name} is for selectable output: name what to reply in SAGEMAKER_INFERENCE_OUTPUT, in the "
            "environment of the model's container.",
        )
    return name


@lru_cache(maxsize=1024)
def choose_accept_of_many(accept: str) -> str:
    """The content type to reply with on an endpoint of many models, where nothing stands for JSON.

    Raises:
        RefusedError: 415, there is no such reply.
    """
    name = _name(accept, "application/json")
    if name not in ACCEPTED_OF_MANY:
        raise RefusedError(
            415,
            f"Encoding to accept type {accept} failed with exception: {accept} is not an accepted Accept type. Please "
            "choose one of the following: ['text/csv', 'application/json'].",
        )
    return ACCEPTED_OF_MANY[name]


def _name(accept: str, usual: str) -> str:
    """The content type that a header asks for; without one it is the container's default, or else the usual one."""
    name = accept.partition(";")[0].strip().lower()
    return os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", usual) if name in {"", "*/*"} else name


def choose_encoders(version: Version, *, batch: bool) -> dict[str, Encode]:
    """The function that writes predictions, by content type; a batch transform gets lines whatever it accepts."""
    if batch:
        return {"text/csv": as_lines, "application/json": as_lines}
    return {"text/csv": as_joined if version.joins_predictions else as_csv, "application/json": as_json}


def choose_encoders_of_many() -> dict[str, Encode]:
    """The same on an endpoint of many models, in the shapes that all endpoints had before."""
    return {"text/csv": as_joined, "application/json": as_array}


def as_csv(scores: Scores) -> bytes:
    """One row a line; the classes of a row joined by commas."""
    return "".join([f"{','.join(map(str, row)) if isinstance(row, list) else row}\n" for row in scores]).encode()


def as_joined(scores: Scores) -> bytes:
    """All rows on one line; the classes of a row as Python prints a list, which is what the old images did."""
    return ",".join(map(str, scores)).encode()


def as_lines(scores: Scores) -> bytes:
    """One row a line for batch transform; the classes of a row as Python prints a list, as the container does."""
    return "\n".join([*map(repr, scores), ""]).encode()


def as_json(scores: Scores) -> bytes:
    """`{"predictions": [{"score": 0.5}, …]}`; a score is a list where there are classes."""
    return json.dumps({"predictions": [{"score": score} for score in scores]}).encode()


def as_array(scores: Scores) -> bytes:
    """The bare scores: a list, of lists where there are classes."""
    return json.dumps(scores).encode()
