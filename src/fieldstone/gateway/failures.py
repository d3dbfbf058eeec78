"""Failures that are nobody's mistake: what the client is told of them, and what the log."""

import logging

from fieldstone.core.errors import AwsError
from fieldstone.store.faults import fault_of

_log = logging.getLogger(__name__)


def failure(error: Exception, request_id: str) -> AwsError:
    """The answer to a request that failed; the server's log says more under the same id.

    Where the disk or the database refuses for a time it is ServiceUnavailable, which clients try again.
    """
    fault = fault_of(error)
    if fault is None:
        _log.error("request %s failed", request_id, exc_info=error)
        message = f"We encountered an internal error (request {request_id}). The server's log says more."
        return AwsError("InternalFailure", message, 500)
    _log.error("request %s failed: %s", request_id, error)
    if fault.passing:
        return AwsError("ServiceUnavailable", fault.words, 503)
    return AwsError("InternalFailure", f"We encountered an internal error. {fault.words}", 500)
