"""What the images stand for: a framework, the libraries that it needs, and how they are called in the log."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from pathlib import Path
from platform import python_version
from typing import Final

from fieldstone.contract.training import UserError


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework, as its images have it.

    Attributes:
        name: What it is called here.
        needs: The module without which it is not there; "" for none.
        install: What to type where that is missing.
        entry: The function of AWS's image that a script may see in SM_FRAMEWORK_MODULE; "" for none.
        shown: The distributions whose versions the log names.
        commands: Those of its commands that start scripts.
    """

    name: str
    needs: str = ""
    install: str = ""
    entry: str = ""
    shown: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


_COMMON: Final = ("numpy", "pandas", "scipy", "scikit-learn")
FRAMEWORKS: Final = {
    framework.name: framework
    for framework in (
        Framework("python", shown=_COMMON),
        Framework("scikit-learn", "sklearn", "scikit-learn", "sagemaker_sklearn_container.training:main", _COMMON),
        Framework(
            "xgboost", "xgboost", "xgboost-cpu", "sagemaker_xgboost_container.training:main", ("xgboost-cpu", *_COMMON)
        ),
        Framework(
            "pytorch",
            "torch",
            "fieldstone[torch]",
            "sagemaker_pytorch_container.training:main",
            ("torch", *_COMMON),
            ("torchrun",),
        ),
    )
}


def require(framework: Framework, paths: Sequence[str]) -> None:
    """Refuse a framework that is not installed.

    Args:
        framework: The framework.
        paths: Where the program will look for modules.

    Raises:
        UserError: It is missing; says what to type.
    """
    if framework.needs and PathFinder.find_spec(framework.needs, list(paths)) is None:
        raise UserError(how_to_install(framework))


def how_to_install(framework: Framework) -> str:
    """What to type where a framework is not installed."""
    return (
        f"this image needs {framework.name}, and {framework.needs} is not installed in Fieldstone's environment: "
        f"pip install '{framework.install}'"
    )


def describe_versions(framework: Framework, tag: str, paths: Sequence[str]) -> str:
    """The versions that a program really meets, whatever its image's tag says."""
    versions = [f"{name} {found}" for name in framework.shown if (found := _version(name, paths))]
    there = ", ".join([f"Python {python_version()}", *versions])
    return f"The image's tag is {tag or 'not given'}; this host has {there}."


def names_missing_gpu(tag: str) -> bool:
    """Whether an image is for a GPU, and this host has none."""
    return "-gpu" in tag and count_gpus() == 0


def count_gpus() -> int:
    """The GPUs that this host has."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([device for device in visible.split(",") if device.strip() not in {"", "-1"}])
    return sum(device.name.removeprefix("nvidia").isdigit() for device in Path("/dev").glob("nvidia*"))


def count_cores() -> int:
    """The cores that the program may use."""
    granted = os.environ.get("OMP_NUM_THREADS", "")
    return int(granted) if granted.isdigit() else len(os.sched_getaffinity(0))


def _version(name: str, paths: Sequence[str]) -> str | None:
    context = DistributionFinder.Context(name=name, path=list(paths))
    found: Distribution | None = next(iter(MetadataPathFinder.find_distributions(context)), None)
    return None if found is None else found.version
