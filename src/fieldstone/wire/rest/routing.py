"""Which operation of a REST service a request is for: path templates, query literals and what tells twins apart.

A service's operations are sorted into places (a method and a path template); the operations of one place differ by
the literals of their template's query (``?tagging``) and, where these are the same, by the query members and headers
they require (UploadPart and PutObject, CopyObject's source header).
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, parse_qsl

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.models import OperationModel, ServiceModel

Query = dict[str, list[str]]

_LABEL: Final = re.compile(r"\{(\w+)(\+?)\}")
_MAX_FIELDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Template:
    """An operation's path.

    Attributes:
        path: Matches raw paths; one group for each label.
        labels: The labels' wire names, in order.
        literals: What the query must hold; an empty value asks for the name alone.
    """

    path: re.Pattern[str]
    labels: tuple[str, ...]
    literals: Mapping[str, str]


def read_template(uri: str) -> Template:
    """Read a model's ``requestUri``, such as ``/{Bucket}/{Key+}?tagging``."""
    path, _, query = uri.partition("?")
    fixed = _LABEL.split(path)
    pattern = "".join(
        re.escape(part) if at % 3 == 0 else ("(.+)" if fixed[at + 1] else "([^/]+)")
        for at, part in enumerate(fixed)
        if at % 3 != 2
    )
    slash = "" if "+}" in path or path.endswith("/") else "/?"
    labels = tuple(fixed[1::3])
    return Template(re.compile(pattern + slash, re.DOTALL), labels, dict(parse_qsl(query, keep_blank_values=True)))


def read_query(query: str) -> Query:
    """The fields of a raw query string.

    Raises:
        AwsError: InvalidURI, where it cannot be decoded.
    """
    if not query:
        return {}
    try:
        # Bytes beyond ASCII arrive as HTTP has them, one character each.
        query = query if query.isascii() else query.encode("latin-1").decode()
        return parse_qs(query, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.") from None


@dataclass(frozen=True, slots=True)
class Route:
    """An operation among those of its place.

    Attributes:
        operation: Its name.
        literals: What the query must hold.
        fields: The query members it requires, where they tell it from others.
        headers: The headers it requires, where they tell it from others.
        known: Every query field it has a use for.
    """

    operation: str
    literals: Mapping[str, str]
    fields: tuple[str, ...]
    headers: tuple[str, ...]
    known: frozenset[str]

    def fits(self, query: Query, headers: Mapping[str, str]) -> bool:
        """Whether a request at this place is for this operation."""
        return (
            all(name in query and (not text or text in query[name]) for name, text in self.literals.items())
            and all(name in query for name in self.fields)
            and all(name in headers for name in self.headers)
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A path template and its operations by method, the choosiest first."""

    path: re.Pattern[str]
    routes: dict[str, list[Route]]

    def find(self, method: str, query: Query, headers: Mapping[str, str]) -> Route | None:
        """The first operation that fits."""
        return next((route for route in self.routes.get(method, ()) if route.fits(query, headers)), None)


class Router:
    """The places of one REST service."""

    def __init__(self, model: ServiceModel, *, without: frozenset[str] = frozenset()) -> None:
        operations = [model.operation(name) for name in model.operations if name not in without]
        uris = {operation.http.request_uri.partition("?")[0] for operation in operations}
        self._places = [_place(uri, operations) for uri in sorted(uris, key=_choosiness)]

    def places(self, path: str) -> list[Place]:
        """The places a raw path may mean, the choosiest first."""
        return [place for place in self._places if place.path.fullmatch(path)]

    def find(self, request: Request) -> str | None:
        """The name of the operation a request is for, if there is one."""
        query = read_query(request.query)
        found = (place.find(request.method, query, request.headers) for place in self.places(request.path))
        return next((route.operation for route in found if route), None)


def _choosiness(uri: str) -> tuple[bool, int, str]:
    """Sorts templates: greedy ones last, those with fewer labels first."""
    return "+}" in uri, uri.count("{"), uri


def _place(uri: str, operations: list[OperationModel]) -> Place:
    here = [operation for operation in operations if operation.http.request_uri.partition("?")[0] == uri]
    by_method: dict[str, list[OperationModel]] = defaultdict(list)
    for operation in here:
        by_method[operation.http.method].append(operation)
    routes = {method: _routes(group) for method, group in by_method.items()}
    return Place(read_template(uri).path, routes)


def _routes(group: list[OperationModel]) -> list[Route]:
    """The operations of one method and path; of twins the one not deprecated comes first."""
    literals = [_literals(operation) for operation in group]
    alone = [said for said in literals if literals.count(said) == 1 and (said or len(group) == 1)]
    ordered = sorted(group, key=lambda operation: operation.deprecated)
    routes = [_route(operation, alone=_literals(operation) in alone) for operation in ordered]
    return sorted(routes, key=lambda route: -10 * len(route.literals) - len(route.fields) - len(route.headers))


def _literals(operation: OperationModel) -> dict[str, str]:
    return dict(read_template(operation.http.request_uri).literals)


def _route(operation: OperationModel, *, alone: bool) -> Route:
    """Make a route; what is required tells operations apart only where literals do not, else validation misses it."""
    literals = _literals(operation)
    asked = operation.input.located("querystring") if operation.input else {}
    sent = operation.input.located("header") if operation.input else {}
    required = operation.input.traits.required if operation.input else ()
    fields = () if alone else tuple(member.wire_name(name) for name, member in asked.items() if name in required)
    headers = (
        () if alone else tuple(member.wire_name(name).lower() for name, member in sent.items() if name in required)
    )
    known = frozenset(member.wire_name(name) for name, member in asked.items()) | literals.keys()
    return Route(operation.name, literals, fields, headers, known)
