"""How a transform job wants its input cut, sent and put together."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from fieldstone.control.transform.association import Association, association_of
from fieldstone.control.transform.payloads import Cut
from fieldstone.core.prediction import Reply

MEGABYTE: Final = 1 << 20
_DEFAULTS: Final = {"MaxConcurrentTransforms": 1, "MaxPayloadInMB": 6, "BatchStrategy": "MULTI_RECORD"}
_STRATEGIES: Final = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a transform job wants its input cut, sent and put together.

    Attributes:
        headers: What every question carries.
        cut: How objects become payloads.
        compressed: Whether objects are compressed with gzip.
        ends_lines: Whether every answer ends its line.
        association: What is done before and after the model, if anything is.
        concurrency: How many payloads are on their way to one model server.
        seconds: How long an answer may take.
        retries: How often a payload is sent again.
        parameters: What the model server was told, or wished: concurrency, megabytes, strategy.
    """

    headers: dict[str, str]
    cut: Cut
    compressed: bool
    ends_lines: bool
    association: Association | None
    concurrency: int
    seconds: float
    retries: int
    parameters: dict[str, Any]

    @property
    def streams(self) -> bool:
        """Whether objects of any size go to the model as they are, in chunks."""
        whole = self.cut.split == "None" or self.cut.strategy == "MultiRecord"
        return self.cut.most is None and self.association is None and whole


def plan_of(job: dict[str, Any]) -> Plan:
    """The plan of a job's document, before its model says what it wishes.

    Raises:
        AssociationError: It asks for data processing that cannot be done.
    """
    given, wanted = job["TransformInput"], job["TransformOutput"]
    client = job.get("ModelClientConfig", {})
    headers = {"content-type": given.get("ContentType"), "accept": wanted.get("Accept")}
    plan = Plan(
        headers={name: value for name, value in headers.items() if value},
        cut=Cut(given.get("SplitType", "None"), "MultiRecord", None),
        compressed=given.get("CompressionType", "None") == "Gzip",
        ends_lines=wanted.get("AssembleWith", "None") == "Line",
        association=association_of(job),
        concurrency=1,
        seconds=client.get("InvocationsTimeoutInSeconds", 600),
        retries=client.get("InvocationsMaxRetries", 3),
        parameters={},
    )
    return _with_parameters(plan, _named(job))


def wished(plan: Plan, job: dict[str, Any], reply: Reply) -> Plan:
    """The plan with what the model wishes in its execution parameters, where the job says nothing."""
    try:
        wishes = json.loads(reply.body) if reply.status == 200 else {}
    except ValueError:
        wishes = {}
    known = {name: wishes[name] for name in _DEFAULTS if isinstance(wishes, dict) and _sensible(name, wishes.get(name))}
    return _with_parameters(plan, known | _named(job))


def _sensible(name: str, value: object) -> bool:
    if name == "BatchStrategy":
        return value in _STRATEGIES.values()
    return isinstance(value, int) and value > 0


def _named(job: dict[str, Any]) -> dict[str, Any]:
    """The parameters that the job itself names; a concurrency of 0 is none."""
    named = {name: job[name] for name in ("MaxConcurrentTransforms", "MaxPayloadInMB") if name in job}
    if not named.get("MaxConcurrentTransforms"):
        named.pop("MaxConcurrentTransforms", None)
    return named | ({"BatchStrategy": _STRATEGIES[job["BatchStrategy"]]} if "BatchStrategy" in job else {})


def _with_parameters(plan: Plan, named: dict[str, Any]) -> Plan:
    parameters: dict[str, Any] = _DEFAULTS | named
    strategy = "SingleRecord" if parameters["BatchStrategy"] == "SINGLE_RECORD" else "MultiRecord"
    most = parameters["MaxPayloadInMB"] * MEGABYTE or None
    concurrency = parameters["MaxConcurrentTransforms"]
    return replace(plan, cut=Cut(plan.cut.split, strategy, most), concurrency=concurrency, parameters=parameters)
