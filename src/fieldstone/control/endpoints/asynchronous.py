"""Predictions made later: the input got from S3, the model asked in its turn, the answer put into S3, once."""

import asyncio
import base64
import logging
import time
from contextlib import suppress
from typing import Final

from fieldstone.control.endpoints.lines import GoneError, Line, Lines
from fieldstone.control.endpoints.notices import notify
from fieldstone.control.endpoints.outcomes import InvocationFailedError, Outcome, answered, failed
from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.core.errors import AwsError
from fieldstone.core.prediction import BadQuestionError, ModelUnavailableError, Question, Reply
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.core.threads import in_thread
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker_runtime.asynchronous import ASYNC_INVOCATION
from fieldstone.store.resources import Row

_ATTEMPTS: Final = 3
"""How often a model is asked whose server goes before it answers."""
_RETRY_SECONDS: Final = 0.2
_LARGEST: Final = 1 << 30
_GONE: Final = frozenset({"Failed", "Deleting"})
_log = logging.getLogger(__name__)


class AsyncController:
    """Makes queued predictions, those of each endpoint in the order in which they came.

    Args:
        facilities: What controllers work with.
        lines: The lines before the endpoints, and who serves them.
    """

    kind = ASYNC_INVOCATION

    def __init__(self, facilities: Facilities, lines: Lines) -> None:
        self._facilities = facilities
        self._lines = lines

    async def drive(self, row: Row, halt: asyncio.Event) -> None:
        """Make one prediction."""
        del halt  # nobody stops one
        try:
            outcome = await self._await_turn(row)
        except InvocationFailedError as failure:
            outcome = failed(row, failure)
        except GoneError:
            outcome = failed(row, InvocationFailedError("The endpoint was deleted before the request was processed."))
        await self._settle(row, outcome)

    async def _await_turn(self, row: Row) -> Outcome:
        """What comes of the invocation once it is its turn.

        Raises:
            GoneError: Its endpoint goes before.
            InvocationFailedError: It is not its turn in time.
        """
        seconds = row.document["RequestTTLSeconds"]
        left, line = row.created + seconds - time.time(), self._line(row)
        words = f"The request expired: it was queued for more than {seconds} seconds."
        expired = InvocationFailedError(words, "ExpiredRequests")
        if left <= 0:
            raise expired
        with suppress(TimeoutError):
            async with asyncio.timeout(left) as patience, line.place(row):
                patience.reschedule(None)
                return await self._serve(row, line)
        raise expired

    def _line(self, row: Row) -> Line:
        """The line before the endpoint that was asked; another one of its name is not meant.

        Raises:
            GoneError: It is not there any more.
        """
        uid = row.internal["endpoint"]
        endpoint = self._facilities.dispatch.store.read(lambda tx: tx.resources.get(uid))
        if endpoint is None or endpoint.status in _GONE or "AsyncInferenceConfig" not in endpoint.document:
            raise GoneError
        return self._lines.line(uid)

    async def _serve(self, row: Row, line: Line) -> Outcome:
        """Get the input and ask the model, and note how long all of it took."""
        began, waited = time.perf_counter(), time.time() - row.created
        try:
            outcome = await self._process(row, line)
        except InvocationFailedError as failure:
            outcome = failed(row, failure)
        outcome.metrics["TimeInBacklog"] = waited * 1e3, "Milliseconds"
        outcome.metrics["TotalProcessingTime"] = (time.perf_counter() - began) * 1e3, "Milliseconds"
        return outcome

    async def _process(self, row: Row, line: Line) -> Outcome:
        began, limit = time.perf_counter(), row.document["InvocationTimeoutSeconds"]
        body, content_type = await self._input(row)
        downloaded = time.perf_counter() - began
        headers = ({"content-type": content_type} if content_type else {}) | row.internal["headers"]
        try:
            async with asyncio.timeout(limit):
                variant, reply = await self._ask(line, Question(body, headers, unlimited=True))
        except TimeoutError:
            raise InvocationFailedError(f"Model invocation timed out after {limit} seconds.") from None
        outcome = answered(row, reply)
        outcome.variant = variant
        outcome.metrics["RequestDownloadLatency"] = downloaded * 1e6, "Microseconds"
        return outcome

    async def _input(self, row: Row) -> tuple[bytes, str]:
        """The payload and its type."""
        if "body" in row.internal:
            return base64.b64decode(row.internal["body"]), ""
        source = row.document["InputLocation"]
        uri = parse_s3_uri(source)
        request = {"Bucket": uri.bucket, "Key": uri.key}
        try:
            found = await self._facilities.dispatch.perform("s3", "get_object", request, caller_of(row))
        except AwsError as error:
            words = f"Failed to download the input {source}: {error.code}: {error.message}"
            raise InvocationFailedError(words, "RequestDownloadFailures") from None
        content = found["Body"]
        if content.length > _LARGEST:
            words = f"The input {source} has more than {_LARGEST} bytes."
            raise InvocationFailedError(words, "RequestDownloadFailures")
        reading = self._facilities.dispatch.store.open(content.extents)
        try:
            return await in_thread(lambda: b"".join(reading.chunks())), found.get("ContentType", "")
        finally:
            reading.close()

    async def _ask(self, line: Line, question: Question) -> tuple[str, Reply]:
        """Ask whoever serves the endpoint by then, as it may be updated meanwhile; the variant and its answer."""
        trouble = ""
        for attempt in range(1, _ATTEMPTS + 1):
            if line.route is None:
                raise GoneError
            variant = line.route.choose()
            try:
                return variant.name, await variant.predictor.predict(question)
            except ModelUnavailableError as error:
                trouble = f"The model of variant {variant.name} is not there: {error}."
            except BadQuestionError as error:
                raise InvocationFailedError(str(error)) from None
            await asyncio.sleep(_RETRY_SECONDS * attempt)
        raise InvocationFailedError(f"{trouble} It was asked {_ATTEMPTS} times.")

    async def _settle(self, row: Row, outcome: Outcome) -> None:
        """Put the object and forget the invocation. What S3 refuses is a failure, and that may be refused as well."""
        try:
            await self._finish(row, outcome)
        except AwsError as error:
            words = f"Failed to upload the answer to {outcome.address}: {error.code}: {error.message}"
            _log.warning("%s of endpoint %s: %s", row.name, row.document["EndpointName"], words)
            failure = failed(row, InvocationFailedError(words, "ResponseUploadFailures"))
            with suppress(AwsError):
                await self._finish(row, failure)
                return
            failure.address = None
            await self._finish(row, failure)

    async def _finish(self, row: Row, outcome: Outcome) -> None:
        """Put the object, tell the topic, forget the invocation: one commit, so that none is without the others."""
        store = self._facilities.dispatch.store
        blob = None if outcome.address is None else await in_thread(store.blobs.store, [outcome.body])

        def finish(ctx: Context) -> None:
            if blob is not None:
                ctx.call("s3", "put_object", outcome.request(row) | {"Body": blob})
            notify(ctx, row, outcome)
            keep_recent(ctx, "AWS/SageMaker", outcome.data(row, ctx.now))
            ctx.store.resources.delete(row)

        try:
            await self._facilities.dispatch.write(caller_of(row), finish)
        except BaseException:
            if blob is not None:
                store.release(blob.id)
            raise
