"""Batches: several requests in one, each of which may fail by itself."""

import re
from collections.abc import Callable
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context

_MOST: Final = 10
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")


def each(ctx: Context, entries: list[dict[str, Any]], work: Callable[[dict[str, Any]], dict[str, Any]]) -> Answer:
    """Do ``work`` with each entry, in a savepoint; what it answers, or why not, by the entry's id.

    Raises:
        AwsError: The batch is none: EmptyBatchRequest, TooManyEntriesInBatchRequest, InvalidBatchEntryId,
            BatchEntryIdsNotDistinct.
    """
    _check(entries)
    answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            done = ctx.store.attempt(lambda _, entry=entry: work(entry))
        except AwsError as error:
            told = {"Code": error.code, "Message": error.message, "SenderFault": error.status < 500}
            answer["Failed"].append({"Id": entry["Id"]} | told)
        else:
            answer["Successful"].append({"Id": entry["Id"]} | done)
    return {name: found for name, found in answer.items() if found}


def _check(entries: list[dict[str, Any]]) -> None:
    if not entries:
        raise AwsError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > _MOST:
        words = f"Maximum number of entries per request are {_MOST}. You have sent {len(entries)}."
        raise AwsError("TooManyEntriesInBatchRequest", words)
    seen: set[str] = set()
    for entry in entries:
        name = entry["Id"]
        if not _ID.fullmatch(name):
            words = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            raise AwsError("InvalidBatchEntryId", words + "It can be at most 80 letters long.")
        if name in seen:
            raise AwsError("BatchEntryIdsNotDistinct", f"Id {name} repeated.")
        seen.add(name)
