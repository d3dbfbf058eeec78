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


@pytest.mark.parametrize(
    ("image", "framework", "tag"),
    [
        (f"{REGISTRY}/sagemaker-scikit-learn:1.2-1-cpu-py3", "scikit-learn", "1.2-1-cpu-py3"),
        ("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3-cpu-py311", "pytorch", "2.3-cpu-py311"),
        ("python:3.11", "python", "3.11"),
        ("public.ecr.aws/docker/library/python:3.11-slim", "python", "3.11-slim"),
        ("python", "python", "latest"),
        ("python:{folder}", "python", "folder"),
    ],
)
def test_an_image_of_a_framework_runs_scripts_whatever_its_tag(image: str, framework: str, tag: str) -> None:
    """The tag is passed on; the libraries are those that are here."""
    command = find_program(image).command(Path("/folder"), "train")

    assert command[-5:] == ["--framework", framework, "--image-version", tag, "train"]


@pytest.mark.parametrize("image", ["763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow-training:2.14-cpu-py310"])
def test_a_framework_that_does_not_run_here_is_refused_with_those_that_do(image: str) -> None:
    """By the names of their repositories."""
    with pytest.raises(
        UnknownImageError, match=r"there are .*sagemaker-scikit-learn.*pytorch-training.*sagemaker-xgboost"
    ):
        find_program(image)


def test_spark_is_refused_with_a_reason_of_its_own() -> None:
    """And with what to use instead."""
    with pytest.raises(UnknownImageError, match=r"Spark and the Java that it needs do not run here; pandas"):
        find_program("173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.3-cpu")


@pytest.mark.parametrize("image", ["nobody/knows:1", "", "sagemaker-xgboost:99.9-1"])
def test_an_unknown_image_is_refused_with_what_there_is(image: str) -> None:
    """The message names what runs here."""
    with pytest.raises(UnknownImageError, match=r"there are .+"):
        find_program(image)
