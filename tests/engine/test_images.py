"""Image URIs."""

from pathlib import Path

import pytest

from fieldstone.engine.images import UnknownImageError, find_program

REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("image", "version"),
    [
        (f"{REGISTRY}/sagemaker-xgboost:1.7-1", "1.7-1"),
        (f"{REGISTRY}/sagemaker-xgboost:1.0-1-cpu-py3", "1.0-1"),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "0.72"),
        ("xgboost:latest", "0.72"),
        ("sagemaker-xgboost:3.0-5@sha256:0123", "3.0-5"),
    ],
)
def test_the_tag_selects_the_version(image: str, version: str) -> None:
    """Whatever registry it is pulled from, and with or without the suffixes that AWS's tags have."""
    command = find_program(image).command(Path("/folder"), "train")

    assert command[-3:] == ["--image-version", version, "train"]


def test_the_command_line_names_the_tasks_folder() -> None:
    """So that one can see, and find, what runs for whom."""
    assert "task=/some/folder" in find_program("xgboost:1").command(Path("/some/folder"), "train")


@pytest.mark.parametrize("image", ["nobody/knows:1", "", "sagemaker-xgboost:99.9-1"])
def test_an_unknown_image_is_refused_with_what_there_is(image: str) -> None:
    """The message names what runs here."""
    with pytest.raises(UnknownImageError, match=r"there are .+"):
        find_program(image)
