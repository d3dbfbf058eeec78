"""Endpoints by boto3: changed, resized, of several containers, of models that are no archive."""

from typing import Any

import pytest
from tests.conftest import Server
from tests.journeys.endpoints import ANSWERING, archive, ask, configure, create_model, deploy, in_service, variant
from tests.journeys.programs import install
from tests.services.conftest import refusal


@pytest.fixture
def image(server: Server) -> str:
    """The image of a program that tells what it is asked."""
    return install(server.data_dir, "answering", ANSWERING)


@pytest.fixture
def named(aws: Any, image: str) -> Any:
    """Create models that answer with their names."""

    def named(*names: str) -> None:
        for name in names:
            create_model(aws("sagemaker"), name, {"Image": image, "Environment": {"NAME": name}})

    return named


def test_an_update_serves_another_configuration(aws: Any, named: Any) -> None:
    """Describe names it, and the model of before is gone."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    named("a", "b")
    configure(sagemaker, "first", variant("a"))
    configure(sagemaker, "second", variant("b", InitialInstanceCount=2))
    deploy(sagemaker, "first")
    before = ask(runtime)
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="second")
    refused = refusal(sagemaker.update_endpoint, EndpointName="endpoint", EndpointConfigName="first")
    found = in_service(sagemaker)

    assert (before, ask(runtime)) == ("a(x)", "b(x)")
    assert refused.code == "ValidationException"
    assert refused.message.startswith("Cannot update in-progress endpoint")
    assert found["EndpointConfigName"] == "second"
    assert [item["CurrentInstanceCount"] for item in found["ProductionVariants"]] == [2]


def test_an_update_that_cannot_be_leaves_what_there_was(aws: Any, named: Any, image: str) -> None:
    """The endpoint is in service, and says why it was not changed."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    named("a")
    create_model(sagemaker, "gone", {"Image": image, "ModelDataUrl": "s3://nowhere/model.tar.gz"})
    configure(sagemaker, "first", variant("a"))
    configure(sagemaker, "second", variant("gone"))
    deploy(sagemaker, "first")
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="second")
    found = in_service(sagemaker)

    assert found["EndpointConfigName"] == "first"
    assert "Could not find model data at s3://nowhere/model.tar.gz" in found["FailureReason"]
    assert ask(runtime) == "a(x)"


def test_weights_and_counts_are_changed_in_place(aws: Any, named: Any) -> None:
    """All traffic goes to the other variant, which has two instances by then."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    named("a", "b")
    configure(sagemaker, "config", variant("a"), variant("b", 0.0))
    deploy(sagemaker, "config")
    before = {ask(runtime) for _ in range(10)}
    desired = [
        {"VariantName": "a", "DesiredWeight": 0.0},
        {"VariantName": "b", "DesiredWeight": 2.0, "DesiredInstanceCount": 2},
    ]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="endpoint", DesiredWeightsAndCapacities=desired)
    found = in_service(sagemaker)["ProductionVariants"]

    assert before == {"a(x)"}
    assert {ask(runtime) for _ in range(10)} == {"b(x)"}
    assert [(item["CurrentWeight"], item["CurrentInstanceCount"]) for item in found] == [(0.0, 1), (2.0, 2)]
    unknown = [{"VariantName": "c", "DesiredWeight": 1.0}]
    change = sagemaker.update_endpoint_weights_and_capacities
    assert 'variant "c"' in refusal(change, EndpointName="endpoint", DesiredWeightsAndCapacities=unknown).message


def test_containers_in_a_row_hand_their_answers_on(aws: Any, image: str) -> None:
    """The first that refuses is named in the error, and the others are not asked."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    containers = [{"Image": image, "Environment": {"NAME": name}} for name in ("one", "two", "three")]
    create_model(sagemaker, "row", *containers)
    configure(sagemaker, "config", variant("row"))
    deploy(sagemaker, "config")
    refused = refusal(ask, runtime=runtime, body="503")

    assert ask(runtime) == "three(two(one(x)))"
    assert 'Received server error (503) from container-1 with message "one(503)"' in refused.message


def test_a_container_is_asked_directly_by_its_name(aws: Any, image: str) -> None:
    """In Direct mode one has to be named."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    containers = [
        {"Image": image, "ContainerHostname": name, "Environment": {"NAME": name}} for name in ("first", "second")
    ]
    create_model(sagemaker, "direct", *containers, InferenceExecutionConfig={"Mode": "Direct"})
    configure(sagemaker, "config", variant("direct"))
    deploy(sagemaker, "config")

    assert ask(runtime, TargetContainerHostname="second") == "second(x)"
    assert "must be one of first, second" in refusal(ask, runtime=runtime).message


@pytest.mark.parametrize(
    ("kind", "compression", "key", "told"),
    [("S3Prefix", "None", "m/", "plain"), ("S3Object", "None", "m/name", "plain"), ("S3Object", "Gzip", "z", "packed")],
)
def test_a_model_need_not_be_an_archive(
    aws: Any, bucket: str, image: str, kind: str, compression: str, key: str, told: str
) -> None:
    """It may be all below a prefix, or one object, as it is."""
    s3, sagemaker = aws("s3"), aws("sagemaker")
    s3.put_object(Bucket=bucket, Key="m/name", Body=b"plain")
    s3.put_object(Bucket=bucket, Key="z", Body=archive(name="packed"))
    source = {"S3Uri": f"s3://{bucket}/{key}", "S3DataType": kind, "CompressionType": compression}
    create_model(sagemaker, "model", {"Image": image, "ModelDataSource": {"S3DataSource": source}})
    configure(sagemaker, "config", variant("model"))
    deploy(sagemaker, "config")

    assert ask(aws("sagemaker-runtime")) == f"{told}(x)"
