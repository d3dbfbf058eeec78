"""What comes of a transform job: outputs, kept back until the job ends, and objects that failed."""

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import JobFailedError, failing, see_logs
from fieldstone.core.s3uri import parse_s3_uri
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.store.blobs import Blob
from fieldstone.store.resources import Row


class Outcome:
    """What comes of a transform job.

    Args:
        facilities: What controllers work with.
        row: The job.

    Attributes:
        outputs: The whole outputs, by the names of their inputs.
        failures: The objects that failed, by their place: whose fault it is, and why.
    """

    def __init__(self, facilities: Facilities, row: Row) -> None:
        self._facilities = facilities
        self._row = row
        self._wanted = row.document["TransformOutput"]
        self._target = parse_s3_uri(self._wanted["S3OutputPath"])
        self.outputs: dict[str, Blob] = {}
        self.failures: dict[str, tuple[str, str]] = {}

    def check_bucket(self) -> None:
        """See whether outputs will find their bucket.

        Raises:
            JobFailedError: They will not; better said before the work than after it.
        """
        with failing(f"Output upload failed to {self._target}"):
            self._facilities.dispatch.read(
                caller_of(self._row), lambda ctx: find_bucket(ctx, {"Bucket": self._target.bucket})
            )

    async def publish(self) -> None:
        """Put the outputs into S3.

        Raises:
            JobFailedError: One cannot be put, or an object failed.
        """
        headers = self._headers()
        while self.outputs:
            name = next(iter(self.outputs))
            target = self._target.child(f"{name}.out")
            try:
                with failing(f"Output upload failed to {target}"):
                    await self._facilities.put(self._row, self.outputs.pop(name), target, **headers)
            except JobFailedError:
                self.discard()
                raise
        if self.failures:
            place, (kind, reason) = min(self.failures.items())
            others = f" ({len(self.failures)} objects failed.)" if len(self.failures) > 1 else ""
            raise see_logs(kind, f"{place}: {reason}{others}")

    def discard(self) -> None:
        """Give up the outputs."""
        for blob in self.outputs.values():
            self._facilities.dispatch.store.release(blob.id)
        self.outputs.clear()

    def _headers(self) -> dict[str, str]:
        headers = {"ContentType": self._wanted["Accept"]} if self._wanted.get("Accept") else {}
        if self._wanted.get("KmsKeyId"):
            headers |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._wanted["KmsKeyId"]}
        return headers
