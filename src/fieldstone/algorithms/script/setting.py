"""What is asked for: the script, where its code lies, its parameters, hosts and channels."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fieldstone.algorithms.script.frameworks import Framework
from fieldstone.algorithms.script.hyperparameters import Hyperparameters, decode
from fieldstone.contract.paths import Layout
from fieldstone.contract.training import Job, UserError

_SAFE: Final = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._+-]*(/[A-Za-z0-9._+-]+)*")


@dataclass(frozen=True, slots=True)
class Setting:
    """One training with a script.

    Attributes:
        layout: The job's contract folder.
        framework: What the image stands for.
        parameters: The hyperparameters.
        program: The script's path inside its folder.
        source: Where the code lies: in S3, or in a file or folder of the job.
        resources: `resourceconfig.json`.
        channels: `inputdataconfig.json`.
    """

    layout: Layout
    framework: Framework
    parameters: Hyperparameters
    program: str
    source: str
    resources: dict[str, Any]
    channels: dict[str, Any]

    @classmethod
    def read(cls, job: Job, framework: Framework) -> "Setting":
        """The setting of a job.

        Raises:
            UserError: It names no script, or one that is no path inside the code's folder.
        """
        parameters = decode(job.hyperparameters)
        source = parameters.platform.get("sagemaker_submit_directory") or os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY")
        return cls(
            layout=job.layout,
            framework=framework,
            parameters=parameters,
            program=check_program(os.environ.get("SAGEMAKER_PROGRAM") or parameters.platform.get("sagemaker_program")),
            source=str(source or job.layout.code),
            resources={"hosts": list(job.hosts), "current_host": job.current_host, **_read(job.layout.resource_config)},
            channels=_read(job.layout.input_data_config),
        )

    @property
    def hosts(self) -> list[str]:
        """The names of all hosts of the job."""
        return self.resources["hosts"]

    @property
    def module(self) -> str:
        """The script's name as a module."""
        return self.program.removesuffix(".py")


def check_program(name: Any) -> str:
    """The name of a script, if it can be one.

    Raises:
        UserError: It is empty, or no plain path inside a folder.
    """
    if not name:
        raise UserError(
            "no script is named: the hyperparameter sagemaker_program must be the path of a script inside its folder, "
            "such as train.py; the SageMaker SDK sets it from entry_point"
        )
    if not _SAFE.fullmatch(str(name)) or {".", ".."} & set(str(name).split("/")):
        raise UserError(
            f"the script's name {name!r} cannot be used: it must be a path inside the code's folder, of "
            "letters, digits and . _ + - alone"
        )
    return str(name)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_bytes()) if path.exists() else {}
