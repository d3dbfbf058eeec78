"""Hyperparameters: decoded, told apart into the script's and the platform's, made into arguments."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_PREFIX: Final = "sagemaker_"
_ALSO_PLATFORM: Final = frozenset({"_tuning_objective_metric", "default_user_module_name"})
_ABOUT_THE_SCRIPT: Final = frozenset(
    {
        "sagemaker_program",
        "sagemaker_submit_directory",
        "sagemaker_enable_cloudwatch_metrics",
        "sagemaker_region",
        "sagemaker_container_log_level",
        "sagemaker_job_name",
        "sagemaker_s3_output",
        *_ALSO_PLATFORM,
    }
)


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """A job's hyperparameters.

    Attributes:
        own: What the script is given.
        platform: What is meant for the platform: `sagemaker_program` and its kin.
    """

    own: dict[str, Any]
    platform: dict[str, Any]

    @property
    def framework(self) -> dict[str, Any]:
        """What of the platform's asks for something special of the framework, such as a way to distribute."""
        return {name: value for name, value in self.platform.items() if name not in _ABOUT_THE_SCRIPT}


def decode(strings: Mapping[str, str]) -> Hyperparameters:
    """Decode each value from JSON; what is none stays the string that it is."""
    own: dict[str, Any] = {}
    platform: dict[str, Any] = {}
    for name, text in strings.items():
        (platform if name.startswith(_PREFIX) or name in _ALSO_PLATFORM else own)[name] = _decode(text)
    return Hyperparameters(own, platform)


def to_arguments(own: Mapping[str, Any]) -> list[str]:
    """The script's arguments: `--name value` in the order of the names, `-n value` for a name of one letter."""
    return [part for name in sorted(own) for part in (_option(name), _argument(own[name]))]


def _option(name: str) -> str:
    return f"--{name}" if len(name) > 1 else f"-{name}"


def _argument(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return "" if value is None else str(value)


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
