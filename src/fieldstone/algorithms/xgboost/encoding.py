"""The bodies of replies: predictions as CSV, in the shape that the image's version gave it, or as JSON."""

import json
import os
from collections.abc import Callable
from functools import lru_cache

from fieldstone.algorithms.xgboost.payloads import RefusedError
from fieldstone.algorithms.xgboost.versions import Version

ACCEPTED = ("application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv")
"""What the container lets pass; the second and third only with its selectable output, which is not here yet."""

Scores = list[float] | list[list[float]]
"""One prediction a row, or the classes of each."""
Encode = Callable[[Scores], bytes]


@lru_cache(maxsize=1024)
def choose_accept(accept: str) -> str:
    """The content type to reply with: `text/csv` or `application/json`.

    Raises:
        RefusedError: 406, there is no such reply.
    """
    name = accept.partition(";")[0].strip().lower()
    if name in {"", "*/*"}:
        name = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv")
    if name not in ACCEPTED:
        raise RefusedError(
            406, f"Accept type {accept} is not supported. Please use supported accept types: {list(ACCEPTED)}."
        )
    if name not in {"text/csv", "application/json"}:
        raise RefusedError(406, f"Accept type {name} needs SAGEMAKER_INFERENCE_OUTPUT, which is not supported yet.")
    return name


def choose_encoders(version: Version, *, batch: bool) -> dict[str, Encode]:
    """The function that writes predictions, by content type; a batch transform gets lines whatever it accepts."""
    if batch:
        return {"text/csv": as_lines, "application/json": as_lines}
    return {"text/csv": as_joined if version.joins_predictions else as_csv, "application/json": as_json}


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
