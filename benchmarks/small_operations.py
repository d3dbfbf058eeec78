"""Small JSON operations per second, and per CPU second of the server: Fieldstone against moto's server.

Both get the same requests, signed by botocore, from wrk on 8 connections. Fieldstone checks every signature and every
constraint, and syncs each write to disk before it answers; moto looks at no signature and keeps everything in memory.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from account import IMAGE, REGION, ROLE
from connection import Connection
from load import drive
from pace import Pace, read_pace
from servers import Server, run_fieldstone, run_moto
from signing import sign_operation
from tables import ratios, show, spread

_CONNECTIONS = 8
_MOST_WRITES_A_SECOND = 12_000
_SETTINGS = {f"SAGEMAKER_SETTING_{number}": f"value-{number}" * 6 for number in range(32)}
_new_names = (f"written-{number}" for number in count())


@dataclass(frozen=True, slots=True)
class Case:
    """An operation under load.

    Attributes:
        label: What the table calls it.
        operation: Its name.
        region: Where it is asked for; what is written has a region of its own, so that the lists stay short.
        parameters: The parameters of the requests of a try of so many seconds; they take turns.
    """

    label: str
    operation: str
    region: str
    parameters: Callable[[int], list[dict[str, Any]]]


@dataclass(slots=True)
class Tries:
    """What the tries of one case on one server gave, in their order; latencies in milliseconds."""

    per_cpu_second: list[float] = field(default_factory=list[float])
    per_second: list[float] = field(default_factory=list[float])
    p50: list[float] = field(default_factory=list[float])
    p99: list[float] = field(default_factory=list[float])

    def columns(self) -> tuple[list[float], ...]:
        """Everything, in the order of the table."""
        return self.per_cpu_second, self.per_second, self.p50, self.p99


def describe_model(name: str, settings: dict[str, str]) -> dict[str, Any]:
    """The parameters of CreateModel."""
    container = {"Image": IMAGE, "ModelDataUrl": "s3://models/model.tar.gz", "Environment": settings}
    return {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": ROLE}


CASES = (
    Case("ListModels, 3 models", "ListModels", REGION, lambda _: [{}]),
    Case("DescribeModel, 3 kB", "DescribeModel", REGION, lambda _: [{"ModelName": "model-1"}]),
    Case(
        "CreateModel",
        "CreateModel",
        "eu-west-1",
        lambda seconds: [describe_model(name, {}) for name in islice(_new_names, _MOST_WRITES_A_SECOND * seconds)],
    ),
)


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    with run_fieldstone() as fieldstone, run_moto() as moto:
        for server in (fieldstone, moto):
            _prepare(server)
        ours, theirs = ({case.label: Tries() for case in CASES} for _ in range(2))
        for _ in range(pace.tries):
            for case in CASES:
                _measure(fieldstone, case, pace.seconds, ours[case.label])
                _measure(moto, case, pace.seconds, theirs[case.label])
    title = f"Small operations, {_CONNECTIONS} connections, {pace.tries} tries of {pace.seconds} s"
    header = ("operation", "server", "per CPU second", "per second", "p50 ms", "p99 ms")
    show(title, header, [row for case in CASES for row in _rows(case.label, ours[case.label], theirs[case.label])])


def _prepare(server: Server) -> None:
    """Make three models, and see that the server tells of them."""

    def ask(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        with Connection(server.url) as connection:
            return json.loads(connection.ask(sign_operation(server, f"SageMaker.{operation}", parameters)))

    names = ["model-0", "model-1", "model-2"]
    for name in names:
        ask("CreateModel", describe_model(name, _SETTINGS))
    assert sorted(model["ModelName"] for model in ask("ListModels", {})["Models"]) == names
    assert ask("DescribeModel", {"ModelName": "model-1"})["PrimaryContainer"]["Environment"] == _SETTINGS


def _measure(server: Server, case: Case, seconds: int, tries: Tries) -> None:
    requests = [
        sign_operation(server, f"SageMaker.{case.operation}", parameters, case.region)
        for parameters in case.parameters(seconds)
    ]
    before = server.cpu()
    seen = drive(server.url, requests, connections=_CONNECTIONS, seconds=seconds)
    tries.per_cpu_second.append(seen.answers / (server.cpu() - before))
    tries.per_second.append(seen.per_second)
    tries.p50.append(seen.p50)
    tries.p99.append(seen.p99)


def _rows(label: str, ours: Tries, theirs: Tries) -> list[tuple[str, ...]]:
    compared = [ratios(mine, other) for mine, other in zip(ours.columns(), theirs.columns(), strict=True)]
    return [
        (label, "Fieldstone", *map(spread, ours.columns())),
        ("", "moto_server", *map(spread, theirs.columns())),
        ("", "ratio", *map(spread, compared)),
    ]


if __name__ == "__main__":
    run(read_pace(__doc__))
