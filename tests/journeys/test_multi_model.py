"""Multi-model endpoints by boto3: many archives below a prefix, loaded when they are asked for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.endpoints import ANSWERING, archive, ask, ask_soon, configure, create_model, deploy, variant
from tests.journeys.programs import install
from tests.services.conftest import refusal

Serve = Callable[..., dict[str, Any]]

HUNGRY = "held = bytearray(b'x' * (60 << 20))\n" + ANSWERING
"""Each model takes 60 MB, and is what it is asked."""


@pytest.fixture
def serve(aws: Any, bucket: str, server: Server) -> Serve:
    """Bring an endpoint over the models ``one``, ``two`` and ``deep/three`` into service."""

    def serve(script: str = ANSWERING, **members: Any) -> dict[str, Any]:
        image = install(server.data_dir, "hungry" if script == HUNGRY else "answering", script)
        for name in ("one", "two", "deep/three"):
            aws("s3").put_object(Bucket=bucket, Key=f"models/{name}.tar.gz", Body=archive(name=name))
        container = {"Image": image, "Mode": "MultiModel", "ModelDataUrl": f"s3://{bucket}/models/", **members}
        create_model(aws("sagemaker"), "many", container)
        configure(aws("sagemaker"), "config", variant("many"))
        return deploy(aws("sagemaker"), "config")

    return serve


def test_a_question_names_the_model_that_answers(aws: Any, bucket: str, serve: Serve) -> None:
    """By its path below the prefix; archives that come later are there at once, those that are replaced are not."""
    s3, runtime = aws("s3"), aws("sagemaker-runtime")
    serve()
    answers = [ask(runtime, TargetModel=f"{name}.tar.gz") for name in ("one", "two", "deep/three")]
    s3.put_object(Bucket=bucket, Key="models/four.tar.gz", Body=archive(name="four"))
    s3.put_object(Bucket=bucket, Key="models/one.tar.gz", Body=archive(name="another"))

    assert answers == ["one(x)", "two(x)", "deep/three(x)"]
    assert ask(runtime, TargetModel="four.tar.gz") == "four(x)"
    assert ask(runtime, TargetModel="one.tar.gz") == "one(x)"


def test_what_names_no_model_is_refused(aws: Any, bucket: str, serve: Serve) -> None:
    """One that is not there, none at all, a broken archive; and a model on an endpoint that has but one."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    serve()
    aws("s3").put_object(Bucket=bucket, Key="models/broken.tar.gz", Body=b"no archive")
    unknown = refusal(ask, runtime=runtime, TargetModel="nine.tar.gz")
    missing = refusal(ask, runtime=runtime)
    broken = refusal(ask, runtime=runtime, TargetModel="broken.tar.gz")
    image = sagemaker.describe_model(ModelName="many")["PrimaryContainer"]["Image"]
    create_model(sagemaker, "single", {"Image": image})
    configure(sagemaker, "single", variant("single"))
    deploy(sagemaker, "single", "single")
    single = refusal(ask, runtime=runtime, endpoint="single", TargetModel="one.tar.gz")

    assert [error.code for error in (unknown, missing, broken, single)] == [*["ValidationError"] * 2, "ModelError",
                                                                            "ValidationError"]  # fmt: skip
    assert unknown.message.startswith(f"Failed to download model data(bucket: {bucket}, key: models/nine.tar.gz).")
    assert "missing a target model header" in missing.message
    assert "no tar archive" in broken.message
    assert single.message == "Endpoint single is not a multi-model endpoint and does not support target model header."


def test_the_model_asked_longest_ago_makes_room(aws: Any, bucket: str, serve: Serve) -> None:
    """With two at a time: the third has the one before the last unloaded, so that one is got anew."""
    s3, runtime = aws("s3"), aws("sagemaker-runtime")
    serve(Environment={"FIELDSTONE_MOST_MODELS": "2"})
    for name in ("one", "two", "one", "deep/three"):
        ask(runtime, TargetModel=f"{name}.tar.gz")
    for name in ("one", "two"):
        s3.put_object(Bucket=bucket, Key=f"models/{name}.tar.gz", Body=archive(name=f"new {name}"))

    assert ask(runtime, TargetModel="one.tar.gz") == "one(x)"
    assert ask(runtime, TargetModel="two.tar.gz") == "new two(x)"
    expected = [
        ("ModelCacheHit", "Sum", 2),
        ("ModelCacheHit", "SampleCount", 6),
        ("ModelLoadingTime", "SampleCount", 4),
        ("ModelUnloadingTime", "SampleCount", 2),
        ("LoadedModelCount", "Maximum", 2),
    ]
    for metric, statistic, value in expected:
        namespace = "/aws/sagemaker/Endpoints" if metric == "LoadedModelCount" else "AWS/SageMaker"
        wait_until(lambda told=(metric, statistic, namespace), value=value: _told(aws("cloudwatch"), *told) == value)


def test_models_that_take_much_memory_make_room_too(aws: Any, bucket: str, serve: Serve) -> None:
    """Two of sixty megabytes do not stay in a hundred."""
    serve(HUNGRY, Environment={"FIELDSTONE_MODELS_MB": "100"})
    runtime = aws("sagemaker-runtime")
    ask(runtime, TargetModel="one.tar.gz")
    ask(runtime, TargetModel="two.tar.gz")
    aws("s3").put_object(Bucket=bucket, Key="models/one.tar.gz", Body=archive(name="new"))

    wait_until(lambda: ask(runtime, TargetModel="one.tar.gz") == "new(x)")


def test_without_a_cache_every_question_loads_its_model(aws: Any, bucket: str, serve: Serve) -> None:
    """So one that was replaced is seen."""
    runtime = aws("sagemaker-runtime")
    serve(MultiModelConfig={"ModelCacheSetting": "Disabled"})
    before = ask(runtime, TargetModel="one.tar.gz")
    aws("s3").put_object(Bucket=bucket, Key="models/one.tar.gz", Body=archive(name="new"))

    assert (before, ask(runtime, TargetModel="one.tar.gz")) == ("one(x)", "new(x)")


def test_models_that_are_loaded_outlive_a_kill_of_the_server(own_server: Any) -> None:
    """They are found again, not loaded again; and all go with the endpoint."""
    server = own_server("--auth", "off")
    image = install(server.data_dir, "answering", ANSWERING)

    def clients(running: Server) -> tuple[Any, ...]:
        return tuple(client(running.url, name, "1" * 12) for name in ("s3", "sagemaker", "sagemaker-runtime"))

    s3, sagemaker, runtime = clients(server)
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="one.tar.gz", Body=archive(name="one"))
    create_model(sagemaker, "many", {"Image": image, "Mode": "MultiModel", "ModelDataUrl": "s3://lake"})
    configure(sagemaker, "config", variant("many"))
    deploy(sagemaker, "config")
    ask(runtime, TargetModel="one.tar.gz")
    server.kill()
    server = own_server("--auth", "off")
    s3, sagemaker, runtime = clients(server)
    s3.put_object(Bucket="lake", Key="one.tar.gz", Body=archive(name="new"))

    assert ask_soon(runtime, TargetModel="one.tar.gz") == "one(x)"
    sagemaker.delete_endpoint(EndpointName="endpoint")
    wait_until(lambda: not list((server.data_dir / "tasks").glob("endpoint-*")))


def _told(cloudwatch: Any, metric: str, statistic: str, namespace: str = "AWS/SageMaker") -> float:
    dimensions = [{"Name": "EndpointName", "Value": "endpoint"}, {"Name": "VariantName", "Value": "many"}]
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=dimensions,
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=[statistic],
    )["Datapoints"]
    return sum(point[statistic] for point in found)
