"""Which program runs for an image: one that the owner has registered, or a built-in one.

Who may use the API chooses among those; only who can write to the data folder adds one (``engine.registry``).
"""

from pathlib import Path
from typing import Any

from fieldstone.control.facilities import Facilities
from fieldstone.control.failures import client_error
from fieldstone.core.ports import UnknownImageError
from fieldstone.engine.images import Program, find_program
from fieldstone.engine.registry import find_registered
from fieldstone.services.operation import Images


def program_of(facilities: Facilities, image: str) -> Program:
    """The program behind an image.

    Raises:
        JobFailedError: There is none; says what there is.
    """
    try:
        return _find(facilities.programs, image)
    except UnknownImageError as error:
        raise client_error(error) from None


def images(programs: Path) -> Images:
    """What operations are told of images: the metrics of the program behind one."""

    def metrics(image: str) -> list[dict[str, str]]:
        return [{"Name": metric.name, "Regex": metric.regex} for metric in _find(programs, image).metrics]

    return metrics


def training_image(job: dict[str, Any]) -> str:
    """The image that a training job names.

    Raises:
        JobFailedError: It names none.
    """
    image = job["AlgorithmSpecification"].get("TrainingImage")
    if image is None:
        raise client_error("AlgorithmSpecification.TrainingImage is needed; AlgorithmName is not supported here yet")
    return image


def _find(programs: Path, image: str) -> Program:
    return find_registered(programs, image) or find_program(image)
