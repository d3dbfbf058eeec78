"""Why a job failed, in the form AWS gives it."""

from collections.abc import Generator
from contextlib import contextmanager

from fieldstone.core.errors import AwsError
from fieldstone.store.faults import FULL, fault_of

_LONGEST = 1024
_LEFT_OUT = "\n ...\n"


class JobFailedError(Exception):
    """The job cannot succeed; its text is the FailureReason."""


def client_error(reason: object) -> JobFailedError:
    """A failure that the caller can mend: data, image, permissions."""
    return JobFailedError(f"ClientError: {reason}"[:_LONGEST])


def see_logs(kind: str, detail: str) -> JobFailedError:
    """A failure of a transform job: AWS's words, and what AWS leaves to the logs.

    Args:
        kind: ``ClientError`` or ``AlgorithmError``.
        detail: Where it failed, and why.
    """
    return JobFailedError(f"{kind}: See job logs for more information. {detail}"[:_LONGEST])


def from_aws(error: AwsError, doing: str) -> JobFailedError:
    """A failure because an operation was refused."""
    return client_error(f"{doing}: {error.code}: {error.message}")


@contextmanager
def failing(doing: str) -> Generator[None]:
    """Fail the job where S3 refuses what the block does, or the disk has no room for it.

    Args:
        doing: What went wrong then, in words.

    Raises:
        JobFailedError: Says so.
    """
    try:
        yield
    except AwsError as error:
        raise from_aws(error, doing) from None
    except Exception as error:
        if fault_of(error) is not FULL:
            raise
        raise client_error(f"{doing}: No space left on device: the disk with the data folder is full") from None


def from_program(failure: str, code: int | None) -> JobFailedError:
    """A failure of the program.

    Args:
        failure: What it left in ``/opt/ml/output/failure``; else the last lines it printed. Amazon's own algorithms
            say there whether it is a ClientError.
        code: Its exit status, negative for a signal.
    """
    start = "" if failure.startswith("ClientError: ") else "AlgorithmError: "
    ending = f", exit code: {shown(code)}"
    return JobFailedError(f"{start}{_shorten(failure.strip(), _LONGEST - len(start) - len(ending))}{ending}")


def shown(code: int | None) -> int | None:
    """An exit status as a shell shows it, signals too."""
    return 128 - code if code is not None and code < 0 else code


def from_memory() -> JobFailedError:
    """A failure because the program took more memory than its instance has."""
    return client_error(
        "OutOfMemory: Please use an instance type with more memory, or reduce the size of job data processed on an "
        "instance., exit code: 137"
    )


def lost(times: int) -> JobFailedError:
    """A failure because a job's processes were lost again and again, which is nobody's fault."""
    return JobFailedError(
        f"InternalServerError: the job's process, or one that it needs, was lost {times} times (killed, or out of "
        "memory); it was not tried again"
    )


def _shorten(text: str, most: int) -> str:
    """A text that is short enough: a quarter of it from the beginning, the rest from the end, where the cause is."""
    if len(text) <= most:
        return text
    beginning = text[: most // 4]
    return f"{beginning}{_LEFT_OUT}{text[len(beginning) + len(_LEFT_OUT) - most :]}"
