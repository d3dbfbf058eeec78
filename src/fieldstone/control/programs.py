"""Which program runs for an image: one registered under its repository, or a built-in one.

A repository with the tag ``fieldstone:program`` stands for the executable of that name in the data folder's
``programs``. Who may use the API chooses among those; only who can write to that folder adds one.
"""

from typing import Any

from fieldstone.control.facilities import Facilities, caller_of
from fieldstone.control.failures import client_error
from fieldstone.engine.images import Program, UnknownImageError, find_program, local_program
from fieldstone.services.ecr.programs import registered_program
from fieldstone.store.resources import Row


def program_of(facilities: Facilities, row: Row, image: str) -> Program:
    """The program behind an image for a row's account.

    Raises:
        JobFailedError: There is none; says what there is.
    """
    name = facilities.dispatch.read(caller_of(row), lambda ctx: registered_program(ctx, image))
    try:
        return find_program(image) if name is None else local_program(facilities.programs, name)
    except UnknownImageError as error:
        raise client_error(error) from None


def training_image(job: dict[str, Any]) -> str:
    """The image that a training job names.

    Raises:
        JobFailedError: It names none.
    """
    image = job["AlgorithmSpecification"].get("TrainingImage")
    if image is None:
        raise client_error("AlgorithmSpecification.TrainingImage is needed; AlgorithmName is not supported here yet")
    return image
