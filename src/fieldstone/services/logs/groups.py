"""Log groups and log streams."""

from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.core.ids import opaque_id
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.kind import Kind
from fieldstone.store.logs import LogFile
from fieldstone.store.resources import InvalidTokenError, Page, Row

LOG_GROUP = Kind("LogGroup", "logs", "log-group:{name}:*")
LOG_STREAM = Kind("LogStream", "logs", "log-group:{name}")
"""A stream's row is named ``group:log-stream:stream``; the id of the file with its events is internal."""

_MOST_STREAMS = 50
_LONGEST_NUMBER = 9
_PAST_EVERY_NAME = "\U0010ffff"


@write
def create_log_group(ctx: Context, request: Request) -> Answer:
    """Make a log group."""
    name = request["logGroupName"]
    if ctx.store.resources.find(LOG_GROUP, ctx.account, ctx.region, name):
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    members = {member: request[member] for member in ("kmsKeyId", "logGroupClass") if member in request}
    row = _insert(ctx, LOG_GROUP, name, {"logGroupName": name, **members}, {})
    ctx.store.tags.put(row.arn, request.get("tags", {}))
    return {}


@write
def create_log_stream(ctx: Context, request: Request) -> Answer:
    """Make a log stream in a group."""
    group, stream = request["logGroupName"], request["logStreamName"]
    find_group(ctx, group)
    name = _stream_row_name(group, stream)
    if ctx.store.resources.find(LOG_STREAM, ctx.account, ctx.region, name):
        raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
    _insert(ctx, LOG_STREAM, name, {"logStreamName": stream}, {"file": opaque_id(), "end": 0})
    return {}


@read
def describe_log_groups(ctx: Context, request: Request) -> Answer:
    """A page of log groups in the order of their names.

    Differs from AWS: the bytes they hold are not counted up.
    """
    if "logGroupNamePrefix" in request and "logGroupNamePattern" in request:
        words = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        raise AwsError("InvalidParameterException", words)
    rows, token = _page(ctx, LOG_GROUP, request, request.get("logGroupNamePrefix", ""))
    return {"logGroups": [_describe_group(row) for row in rows], "nextToken": token}


@read
def list_log_groups(ctx: Context, request: Request) -> Answer:
    """A page of log groups, as DescribeLogGroups gives them."""
    rows, token = _page(ctx, LOG_GROUP, request, "")
    return {"logGroups": [_describe_group(row) for row in rows], "nextToken": token}


@read
def describe_log_streams(ctx: Context, request: Request) -> Answer:
    """A page of a group's streams: in the order of their names, or of their last events."""
    group = group_name(ctx, request)
    find_group(ctx, group)
    prefix = request.get("logStreamNamePrefix", "")
    if request.get("orderBy") == "LastEventTime":
        if prefix:
            raise AwsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
        return _by_last_event(ctx, group, request)
    rows, token = _page(ctx, LOG_STREAM, request, _stream_row_name(group, prefix))
    return {"logStreams": [_describe_stream(ctx, row) for row in rows], "nextToken": token}


def group_name(ctx: Context, request: Request) -> str:
    """The name of the group that a request names by ``logGroupName``, or by ``logGroupIdentifier``: a name or an ARN.

    Raises:
        AwsError: InvalidParameterException, when it names none or two.
    """
    given = [request[member] for member in ("logGroupName", "logGroupIdentifier") if member in request]
    if len(given) != 1:
        words = "Exactly one of logGroupName and logGroupIdentifier must be specified."
        raise AwsError("InvalidParameterException", words)
    return given[0].removeprefix(LOG_GROUP.arn(ctx.account, ctx.region, "").removesuffix(":*"))


def find_stream(ctx: Context, group: str, stream: str) -> Row:
    """The row of a stream.

    Raises:
        AwsError: ResourceNotFoundException, when the group or the stream is not there.
    """
    find_group(ctx, group)
    row = ctx.store.resources.find(LOG_STREAM, ctx.account, ctx.region, _stream_row_name(group, stream))
    if row is None:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    return row


def invalid_token() -> AwsError:
    """The error for a token that was not made here."""
    return AwsError("InvalidParameterException", "The specified nextToken is invalid.")


def open_stream(ctx: Context, group: str, stream: str, file: str | None = None) -> str:
    """Make sure that a group and a stream in it exist for a program to write to; the id of the file for its events.

    With ``file`` a new stream shows the events of that file.
    """
    resources = ctx.store.resources
    if resources.find(LOG_GROUP, ctx.account, ctx.region, group) is None:
        ctx.call("logs", "create_log_group", {"logGroupName": group})
    row = resources.find(LOG_STREAM, ctx.account, ctx.region, _stream_row_name(group, stream))
    if row is None:
        internal = {"file": file or opaque_id()}
        row = _insert(ctx, LOG_STREAM, _stream_row_name(group, stream), {"logStreamName": stream}, internal)
    elif "end" in row.internal:  # a client made it: from now on a program writes there
        del row.internal["end"]
        resources.update(row)
    return row.internal["file"]


def log_of(ctx: Context, stream: Row) -> LogFile:
    """The file of a stream's events, as much of it as clients see."""
    return LogFile(ctx.logs.path(stream.internal["file"]), stream.internal.get("start", 0), stream.internal.get("end"))


def _by_last_event(ctx: Context, group: str, request: Request) -> Answer:
    streams = [_describe_stream(ctx, row) for row in streams_of(ctx, group)]
    streams.sort(key=lambda stream: stream.get("lastEventTimestamp", 0), reverse=request.get("descending", False))
    token = request.get("nextToken", "0")
    if not token.isdecimal() or len(token) > _LONGEST_NUMBER:
        raise invalid_token()
    start = int(token)
    end = start + request.get("limit", _MOST_STREAMS)
    return {"logStreams": streams[start:end], "nextToken": str(end) if end < len(streams) else None}


def _page(ctx: Context, kind: Kind, request: Request, prefix: str) -> tuple[list[Row], str | None]:
    filters = _with_prefix(prefix)
    if "logGroupNamePattern" in request:
        filters["name_contains"] = request["logGroupNamePattern"]
    page = Page(
        request.get("limit", _MOST_STREAMS),
        request.get("nextToken"),
        order="name",
        descending=request.get("descending", False),
        filters=filters,
    )
    try:
        return ctx.store.resources.page(kind, ctx.account, ctx.region, page)
    except InvalidTokenError:
        raise invalid_token() from None


def _with_prefix(prefix: str) -> dict[str, Any]:
    return {"name_from": prefix, "name_before": prefix + _PAST_EVERY_NAME}


def streams_of(ctx: Context, group: str, prefix: str = "") -> list[Row]:
    """Every stream of a group whose name begins so, by name."""
    everything = Page(None, order="name", descending=False, filters=_with_prefix(_stream_row_name(group, prefix)))
    return ctx.store.resources.page(LOG_STREAM, ctx.account, ctx.region, everything)[0]


def find_group(ctx: Context, name: str) -> Row:
    """The row of a group.

    Raises:
        AwsError: ResourceNotFoundException.
    """
    row = ctx.store.resources.find(LOG_GROUP, ctx.account, ctx.region, name)
    if row is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return row


def _stream_row_name(group: str, stream: str) -> str:
    return f"{group}:log-stream:{stream}"


def _insert(ctx: Context, kind: Kind, name: str, members: dict[str, Any], internal: dict[str, Any]) -> Row:
    arn = kind.arn(ctx.account, ctx.region, name)
    document = {"arn": arn, "creationTime": int(ctx.now * 1000), **members}
    row = Row(kind.name, ctx.account, ctx.region, name, arn, document, created=ctx.now, modified=ctx.now)
    row.internal = internal
    return ctx.store.resources.insert(row)


def _describe_stream(ctx: Context, row: Row) -> dict[str, Any]:
    span = log_of(ctx, row).span()
    times = {} if span is None else {"firstEventTimestamp": span[0], "lastEventTimestamp": span[1]}
    return row.document | times | {"storedBytes": 0}


def _describe_group(row: Row) -> dict[str, Any]:
    usual = {"logGroupArn": row.arn.removesuffix(":*"), "logGroupClass": "STANDARD", "metricFilterCount": 0}
    return usual | {"storedBytes": 0} | row.document
