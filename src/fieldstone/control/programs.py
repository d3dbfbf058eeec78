"""Which program runs for an image: one registered under its repository, or a built-in one.

A repository with the tag ``fieldstone:program`` stands for the executable of that name in the data folder's
``programs``. Who may use the API chooses among those; only who can write to that folder adds one.
"""

from pathlib import Path
from typing import Any

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import client_error
from fieldstone.core.ports import UnknownImageError
from fieldstone.engine.images import Program, find_program, local_program
from fieldstone.services.ecr.programs import registered_program
from fieldstone.services.operation import Context, Images
from fieldstone.store.resources import Row


def program_of(facilities: Facilities, row: Row, image: str) -> Program:
    """The program behind an image for a row's account.

    Raises:
        JobFailedError: There is none; says what there is.
    """
    try:
        return facilities.dispatch.read(caller_of(row), lambda ctx: _find(ctx, facilities.programs, image))
    except UnknownImageError as error:
        raise client_error(error) from None


def images(programs: Path) -> Images:
    """What operations are told of images: the metrics of the program behind one."""

    def metrics(ctx: Context, image: str) -> list[dict[str, str]]:
        return [{"Name": metric.name, "Regex": metric.regex} for metric in _find(ctx, programs, image).metrics]

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


def _find(ctx: Context, programs: Path, image: str) -> Program:
    name = registered_program(ctx, image)
    return find_program(image) if name is None else local_program(programs, name)
