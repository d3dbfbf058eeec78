"""The bodies of requests and replies: series to go on with, and what is said of them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import numpy as np

from fieldstone.algorithms.amazon.content_types import ContentType
from fieldstone.algorithms.amazon.requests import RefusedError
from fieldstone.algorithms.deepar.judging import Floats, quantiles
from fieldstone.algorithms.deepar.reading import DECODER, Line
from fieldstone.algorithms.deepar.series import Series, SeriesError

JSON, LINES = "application/json", "application/jsonlines"
KINDS = ("mean", "quantiles", "samples")


class Configuration(msgspec.Struct, frozen=True):
    """What is wanted of each forecast."""

    num_samples: int = 100
    output_types: tuple[str, ...] = ("mean", "quantiles")
    quantiles: tuple[str | float, ...] = ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9")

    def levels(self) -> dict[str, float]:
        """The quantiles, by what they are called in the request.

        Raises:
            ValueError: One of the wishes cannot be met; the text says which.
        """
        if self.num_samples < 1:
            raise ValueError(f"num_samples is {self.num_samples}, and must be at least 1")
        if unknown := [kind for kind in self.output_types if kind not in KINDS]:
            raise ValueError(f"output_types has '{unknown[0]}', and may have {', '.join(KINDS)}")
        return {str(level): _read_level(level) for level in self.quantiles}


class Body(msgspec.Struct):
    """A body of JSON."""

    instances: list[Line]
    configuration: Configuration | None = None


class Asked(NamedTuple):
    """A request.

    Attributes:
        series: Those to go on with.
        configuration: What is wanted of them, if it says.
        lines: Whether it is of lines, and its reply too.
    """

    series: list[Series]
    configuration: Configuration | None
    lines: bool


_BODY = msgspec.json.Decoder(Body)
_CONFIGURATION = msgspec.json.Decoder(Configuration)


def refuse(reason: object) -> RefusedError:
    """The refusal of a body."""
    return RefusedError(400, f"unable to evaluate payload provided: {reason}")


def read(body: bytes, content_type: str, accept: str) -> Asked:
    """The series of a body.

    Args:
        body: The body.
        content_type: Its type as sent; without one it is taken for JSON.
        accept: What the reply may be, as sent.

    Raises:
        RefusedError: 415 or 406 for types that there are not, 400 for a body that is not what it should be.
    """
    kind = _choose(content_type)
    _check_accept(accept)
    if not body.strip():
        raise refuse("the body is empty")
    try:
        if kind == LINES or not _has_instances(body):
            lines = [line for line in body.splitlines() if line.strip()]
            return Asked([_read_line(line, number) for number, line in enumerate(lines, 1)], None, lines=True)
        whole = _BODY.decode(body)
        series = [_build(one, f"instance {number}") for number, one in enumerate(whole.instances, 1)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, SeriesError) as error:
        raise refuse(error) from error
    if not series:
        raise refuse("there are no instances")
    return Asked(series, whole.configuration, lines=False)


def read_configuration(text: str) -> Configuration:
    """The configuration that a text of JSON is.

    Raises:
        ValueError: It is none.
    """
    try:
        configuration = _CONFIGURATION.decode(text)
        configuration.levels()
    except (msgspec.MsgspecError, ValueError) as error:
        raise ValueError(f"DEEPAR_INFERENCE_CONFIG is not as it should be: {error}") from error
    return configuration


def tell(samples: Floats, configuration: Configuration, levels: Mapping[str, float]) -> dict[str, Any]:
    """What is wanted of one forecast.

    Args:
        samples: (samples, l) its paths.
        configuration: What is wanted.
        levels: The quantiles by their names.
    """
    told: dict[str, Callable[[], Any]] = {
        "mean": lambda: samples.mean(axis=0, dtype=np.float64).tolist(),
        "quantiles": lambda: dict(zip(levels, quantiles(samples, list(levels.values())).tolist(), strict=True)),
        "samples": samples.tolist,
    }
    return {kind: told[kind]() for kind in KINDS if kind in configuration.output_types}


@lru_cache(maxsize=256)
def _choose(content_type: str) -> str:
    name = ContentType.parse(content_type or JSON).name
    if name not in {JSON, LINES}:
        raise RefusedError(415, f"Content-Type header value '{content_type}' not supported")
    return name


@lru_cache(maxsize=256)
def _check_accept(accept: str) -> None:
    if not any(ContentType.parse(part).name in {"", "*/*", JSON, LINES} for part in accept.split(",")):
        raise RefusedError(406, f"Accept header value '{accept}' not supported")


def _has_instances(body: bytes) -> bool:
    """Whether JSON is a request, and not one line of a batch transform whose type says no more than JSON."""
    try:
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError):
        return True  # and the error is its own
    return "instances" in found or "target" not in found


def _read_line(line: bytes, number: int) -> Series:
    place = f"line {number}"
    try:
        return _build(DECODER.decode(line), place)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SeriesError(f"{place}: {error}") from error


def _build(line: Line, place: str) -> Series:
    try:
        return line.read(place)
    except SeriesError as error:
        raise SeriesError(f"{place}: {error}") from error


def _read_level(level: str | float) -> float:
    try:
        number = float(level)
    except ValueError:
        number = -1.0
    if not 0 < number < 1:
        raise ValueError(f"quantiles has '{level}', which is no number between 0 and 1")
    return number
