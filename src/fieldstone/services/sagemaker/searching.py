"""Search over resources, and suggestions of what to search for: one mechanism for every kind in the table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from fieldstone.core.errors import AwsError, validation_error
from fieldstone.services.operation import Answer, Context, Request, read
from fieldstone.services.paging import cut_page
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.matching import Entity, check_expression, matches, values_of
from fieldstone.services.sagemaker.models import MODEL
from fieldstone.services.sagemaker.training_jobs import TRAINING_JOB
from fieldstone.store.kind import Kind
from fieldstone.store.resources import InvalidTokenError, Page

_MOST_RESULTS: Final = 10
_MOST_SUGGESTED: Final = 100


@dataclass(frozen=True, slots=True)
class Searched:
    """How a kind is found and shown.

    Attributes:
        kind: What it is.
        path: Where its document stands in a record, from outside to inside.
    """

    kind: Kind
    path: tuple[str, ...]


SEARCHED: Final = {
    "TrainingJob": Searched(TRAINING_JOB, ("TrainingJob",)),
    "Endpoint": Searched(ENDPOINT, ("Endpoint",)),
    "Model": Searched(MODEL, ("Model", "Model")),
}


@read
def search(ctx: Context, request: Request) -> Answer:
    """The resources for which an expression holds, sorted by any property.

    Differs from AWS: a property that no resource has is no mistake; nothing is shared between accounts; visibility
    conditions are passed over.
    """
    searched = _searched(request)
    expression = request.get("SearchExpression")
    if expression is not None:
        check_expression(expression)
    shared = request.get("CrossAccountFilterOption") == "CrossAccount"
    entities = [] if shared else _entities(ctx, searched.kind)
    found = [entity for entity in entities if expression is None or matches(entity, expression)]
    ordered = _sort(found, request.get("SortBy", "LastModifiedTime"), request.get("SortOrder", "Descending"))
    try:
        page, token = cut_page(ordered, request.get("MaxResults", _MOST_RESULTS), request.get("NextToken"))
    except InvalidTokenError:
        raise validation_error("Invalid pagination token: it was not returned by this operation.") from None
    results = [_record(searched, entity) for entity in page]
    return {"Results": results, "NextToken": token, "TotalHits": {"Value": len(found), "Relation": "EqualTo"}}


@read
def get_search_suggestions(ctx: Context, request: Request) -> Answer:
    """The hyperparameters, metrics and tags there are whose property names begin with a hint."""
    hint = request.get("SuggestionQuery", {}).get("PropertyNameQuery", {}).get("PropertyNameHint", "")
    names = {name for entity in _entities(ctx, _searched(request).kind) for name in _names(entity)}
    suggested = sorted(name for name in names if name.startswith(hint))[:_MOST_SUGGESTED]
    return {"PropertyNameSuggestions": [{"PropertyName": name} for name in suggested]}


def _searched(request: Request) -> Searched:
    searched = SEARCHED.get(request["Resource"])
    if searched is None:
        raise AwsError("NotImplemented", f"Search for {request['Resource']} is not built yet; nothing was done.", 501)
    return searched


def _entities(ctx: Context, kind: Kind) -> list[Entity]:
    rows, _ = ctx.store.resources.page(kind, ctx.account, ctx.region, Page(None, descending=False))
    return [row.document | _tags(ctx.store.tags.of(row.arn)) for row in rows]


def _tags(tags: dict[str, str]) -> Entity:
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}


def _names(entity: Entity) -> Iterable[str]:
    yield from (f"HyperParameters.{name}" for name in entity.get("HyperParameters", {}))
    yield from (f"Metrics.{metric['MetricName']}" for metric in entity.get("FinalMetricDataList", []))
    yield from (f"Tags.{tag['Key']}" for tag in entity.get("Tags", []))


def _sort(entities: list[Entity], name: str, order: str) -> list[Entity]:
    """Sorted by a property's first value, numbers before texts; what does not have it comes last."""
    valued = [(values_of(entity, name), entity) for entity in entities]
    having = [(_rank(values[0]), entity) for values, entity in valued if values]
    having.sort(key=lambda pair: pair[0], reverse=order == "Descending")
    return [entity for _, entity in having] + [entity for values, entity in valued if not values]


def _rank(value: Any) -> tuple[bool, float, str]:
    number = isinstance(value, int | float)
    return (not number, value if number else 0.0, "" if number else str(value))


def _record(searched: Searched, entity: Entity) -> dict[str, Any]:
    record: dict[str, Any] = entity
    for member in reversed(searched.path):
        record = {member: record}
    return record
