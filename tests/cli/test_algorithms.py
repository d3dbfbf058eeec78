"""`fieldstone algorithms`."""

import json
from functools import partial

import pytest


@pytest.fixture
def run(run):
    """No server and no data folder are needed."""
    return partial(run, folder=None)


def test_the_algorithms_are_listed_with_their_images(run):
    """A line each, and what to ask next."""
    lines = run("algorithms").stdout.splitlines()

    assert "K-Means kmeans groups of rows around k centres" in [" ".join(line.split()) for line in lines]
    assert "fieldstone algorithms IMAGE" in lines[-1]


def test_an_algorithm_tells_its_hyperparameters(run):
    """As the table that its program checks a job's against has them."""
    told = run("algorithms", "kmeans").stdout
    rows = [line.split() for line in told.splitlines()]

    assert told.startswith("K-Means: ")
    assert ["feature_dim", "integer", "required", "[1,", "+inf)"] in rows
    assert ["init_method", "string", "random", "random,", "kmeans++"] in rows
    assert "train (required), test" in told


def test_an_image_may_be_given_with_registry_and_tag(run):
    """As `sagemaker.image_uris` gives it."""
    assert run("algorithms", "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1").stdout.startswith("K-Means: ")


@pytest.mark.slow
def test_every_algorithm_can_be_asked_for_a_document(run):
    """By title or image; each has a purpose, channels and hyperparameters, none of which is the service's own."""
    for listed in json.loads(run("algorithms", "--json").stdout):
        told = json.loads(run("algorithms", listed["images"][-1], "--json").stdout)
        assert told["purpose"]
        assert told["training"]["required_channels"]
        assert told["hyperparameters"]
        assert not [row for row in told["hyperparameters"] if row["name"].startswith("_")]


def test_an_algorithm_that_is_not_there_is_refused_with_those_that_are(run):
    """The image that was meant may be among them."""
    refused = run("algorithms", "lda")

    assert refused.returncode == 2
    assert "There is no algorithm lda here; there are " in refused.stderr
    assert "kmeans, knn, linear-learner, pca" in refused.stderr
