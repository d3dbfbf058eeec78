"""The training half: what a training program reads before it starts, and how it says that it failed."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldstone.contract.paths import Layout

FAILURE_CODE = 1
_MORE_MEMORY = (
    "Please use an instance type with more memory, or reduce the size of job data processed on an instance. A size "
    "among the hyperparameters may be larger than was meant."
)


class UserError(Exception):
    """What the user can put right: a hyperparameter, a channel, a file. Its text alone is the job's failure reason."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One input of the job, as `inputdataconfig.json` describes it."""

    name: str
    path: Path
    content_type: str | None = None
    mode: str = "File"
    distribution: str = "FullyReplicated"
    record_wrapper: str = "None"


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that the platform tells a training program."""

    layout: Layout
    hyperparameters: Mapping[str, str]
    channels: Mapping[str, Channel] = field(default_factory=dict[str, Channel])
    hosts: tuple[str, ...] = ("algo-1",)
    current_host: str = "algo-1"
    checkpoints: Path | None = None

    @classmethod
    def read(cls, layout: Layout) -> "Job":
        """Read the job's documents; one that is missing stands for an empty one, as on one host without channels."""
        resources = _document(layout.resource_config)
        hosts = tuple(resources.get("hosts") or ["algo-1"])
        checkpoint_config = _document(layout.checkpoint_config)
        return cls(
            layout=layout,
            hyperparameters={name: str(value) for name, value in _document(layout.hyperparameters).items()},
            channels={name: _channel(layout, name, config) for name, config in _channels(layout)},
            hosts=hosts,
            current_host=resources.get("current_host", hosts[0]),
            checkpoints=layout.rebase(checkpoint_config["LocalPath"]) if "LocalPath" in checkpoint_config else None,
        )


def run(train: Callable[[Job], None], layout: Layout | None = None) -> int:
    """Train, and give back the exit code; whatever goes wrong is written to `output/failure`.

    The rules are those of AWS's open training toolkit: an error that the user can put right, which more memory than
    there is counts as, leaves its own words, any other one `framework error` and its traceback on stderr; the code is
    1, or the errno of an operating system's error.
    """
    layout = layout or Layout.from_environment()
    try:
        train(Job.read(layout))
    except UserError as error:
        return _fail(layout, str(error))
    except MemoryError as error:
        return _fail(layout, f"OutOfMemory: {error or 'memory ran out'}. {_MORE_MEMORY}")
    except Exception as error:  # noqa: BLE001 - the program ends here, and nothing may end it without a reason
        traceback.print_exc()
        reason = f"framework error: {type(error).__name__}: {error}"
        return _fail(layout, reason, code=getattr(error, "errno", None) or FAILURE_CODE)
    return 0


def _fail(layout: Layout, reason: str, code: int = FAILURE_CODE) -> int:
    layout.failure.parent.mkdir(parents=True, exist_ok=True)
    layout.failure.write_text(reason, encoding="utf-8")
    sys.stdout.flush()
    print(reason, file=sys.stderr, flush=True)  # noqa: T201 - the job's log is this program's only way to speak
    return code


def _document(path: Path) -> dict[str, Any]:
    return json.loads(path.read_bytes()) if path.exists() else {}


def _channels(layout: Layout) -> list[tuple[str, dict[str, str]]]:
    return list(_document(layout.input_data_config).items())


def _channel(layout: Layout, name: str, config: dict[str, str]) -> Channel:
    return Channel(
        name=name,
        path=layout.channel(name),
        content_type=config.get("ContentType"),
        mode=config.get("TrainingInputMode", "File"),
        distribution=config.get("S3DistributionType", "FullyReplicated"),
        record_wrapper=config.get("RecordWrapperType", "None"),
    )
