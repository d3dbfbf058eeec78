"""Inference components by boto3: several models on the instances of one endpoint, each with its share and copies."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.conftest import ROLE
from tests.journeys.endpoints import ANSWERING, ask, configure, create_model, deploy, variant
from tests.journeys.measured import told
from tests.journeys.programs import install
from tests.services.conftest import refusal

NUMBERED = (
    """
import os

os.environ["NAME"] = os.environ.get("NAME", "") + os.urandom(4).hex()
"""
    + ANSWERING
)
"""A program each process of which answers with a name of its own."""


@pytest.fixture
def image(server: Server) -> str:
    """The image of a program that tells what it is asked."""
    return install(server.data_dir, "answering", ANSWERING)


@pytest.fixture
def endpoint(aws: Any, image: str) -> str:
    """An endpoint of two instances with two cores and 8 GiB each, and no model."""
    return make_endpoint(aws("sagemaker"))


def make_endpoint(sagemaker: Any) -> str:
    empty = variant("", name="one", InitialInstanceCount=2, RoutingConfig={"RoutingStrategy": "RANDOM"})
    del empty["ModelName"]
    configure(sagemaker, "config", empty, ExecutionRoleArn=ROLE)
    deploy(sagemaker, "config")
    return "endpoint"


def component(name: str, copies: int = 1, cores: float = 1.0, megabytes: int = 128, **served: Any) -> dict[str, Any]:
    """A request for a component."""
    needs = {"NumberOfCpuCoresRequired": cores, "MinMemoryRequiredInMb": megabytes}
    return {
        "InferenceComponentName": name,
        "EndpointName": "endpoint",
        "VariantName": "one",
        "Specification": served | {"ComputeResourceRequirements": needs},
        "RuntimeConfig": {"CopyCount": copies},
    }


def own(image: str, name: str) -> dict[str, Any]:
    """A container that answers with a name."""
    return {"Image": image, "Environment": {"NAME": name}}


def settled(sagemaker: Any, name: str) -> dict[str, Any]:
    """The component's description, once nothing is being changed."""

    def found() -> dict[str, Any] | None:
        described = sagemaker.describe_inference_component(InferenceComponentName=name)
        return described if described["InferenceComponentStatus"] in {"InService", "Failed"} else None

    return wait_until(found, 60)


def test_components_share_an_endpoint(aws: Any, endpoint: str, image: str) -> None:
    """Each is asked by its name: one of a model, one of a container; the endpoint alone has no answer."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    create_model(sagemaker, "model", own(image, "a"))
    made = sagemaker.create_inference_component(**component("a", ModelName="model"))
    sagemaker.create_inference_component(**component("b", Container=own(image, "b")))
    described = [settled(sagemaker, name) for name in "ab"]

    assert [item["InferenceComponentStatus"] for item in described] == ["InService", "InService"]
    assert [ask(runtime, InferenceComponentName=name) for name in "ab"] == ["a(x)", "b(x)"]
    assert "Inference Component Name header is required" in refusal(ask, runtime=runtime).message
    assert "not found" in refusal(ask, runtime=runtime, InferenceComponentName="c").message
    assert described[0]["InferenceComponentArn"] == made["InferenceComponentArn"]
    assert described[0]["Specification"]["ModelName"] == "model"
    assert described[1]["Specification"]["Container"]["DeployedImage"]["SpecifiedImage"] == image
    listed = sagemaker.list_inference_components(EndpointNameEquals=endpoint, SortBy="Name", SortOrder="Ascending")
    assert [item["InferenceComponentName"] for item in listed["InferenceComponents"]] == ["a", "b"]
    assert not sagemaker.list_inference_components(EndpointNameEquals="other")["InferenceComponents"]
    refused = refusal(sagemaker.delete_endpoint, EndpointName=endpoint)
    assert (refused.code, "inference components" in refused.message) == ("ValidationException", True)


def test_what_has_no_room_fails(aws: Any, endpoint: str, image: str) -> None:
    """Four cores there are, two an instance; what serves already is not harmed, and an endpoint can go at last."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    for name, copies, cores, megabytes in (("a", 2, 1.5, 128), ("b", 1, 1.0, 128), ("c", 1, 0.5, 9000)):
        request = component(name, copies, cores, megabytes, Container=own(image, name))
        sagemaker.create_inference_component(**request)
        settled(sagemaker, name)
    sagemaker.create_inference_component(**component("d", cores=0.5, Container=own(image, "d")))
    found = [settled(sagemaker, name) for name in "abcd"]

    assert [item["InferenceComponentStatus"] for item in found] == ["InService", "Failed", "Failed", "InService"]
    assert found[1]["FailureReason"].startswith("There is not enough hardware resources on the instances")
    more = {"InferenceComponentName": "d", "DesiredRuntimeConfig": {"CopyCount": 3}}
    sagemaker.update_inference_component_runtime_config(**more)
    described = settled(sagemaker, "d")
    assert described["InferenceComponentStatus"] == "InService"
    assert "not enough hardware resources" in described["FailureReason"]
    assert described["RuntimeConfig"] == {"DesiredCopyCount": 1, "CurrentCopyCount": 1}
    assert ask(runtime, InferenceComponentName="d") == "d(x)"
    for name in "abcd":
        sagemaker.delete_inference_component(InferenceComponentName=name)
    wait_until(lambda: not sagemaker.list_inference_components()["InferenceComponents"])
    sagemaker.delete_endpoint(EndpointName=endpoint)


def test_copies_and_specifications_are_changed(aws: Any, server: Server, endpoint: str, image: str) -> None:
    """Two copies are two processes; another specification answers once it is up; each question counts for a copy."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    numbered = install(server.data_dir, "numbered", NUMBERED)
    sagemaker.create_inference_component(**component("a", cores=0.5, Container=own(numbered, "a")))
    settled(sagemaker, "a")
    resize = sagemaker.update_inference_component_runtime_config
    resize(InferenceComponentName="a", DesiredRuntimeConfig={"CopyCount": 2})
    two = settled(sagemaker, "a")["RuntimeConfig"]
    answers = {ask(runtime, InferenceComponentName="a") for _ in range(20)}

    def counted(name: str, **dimensions: str) -> float | None:
        return told(aws("cloudwatch"), "AWS/SageMaker", name, "Sum", **dimensions)

    wait_until(lambda: counted("InvocationsPerCopy", InferenceComponentName="a") == 10)
    assert counted("Invocations", EndpointName=endpoint, VariantName="one") == 20
    assert two == {"DesiredCopyCount": 2, "CurrentCopyCount": 2}
    assert len(answers) == 2
    sagemaker.update_inference_component(InferenceComponentName="a", Specification={"Container": own(image, "new")})
    refused = refusal(resize, InferenceComponentName="a", DesiredRuntimeConfig={"CopyCount": 1})
    assert "in status Updating" in refused.message
    settled(sagemaker, "a")
    assert ask(runtime, InferenceComponentName="a") == "new(x)"


def test_copies_follow_a_scalable_target(aws: Any, endpoint: str, image: str) -> None:
    """The minimum of the target is kept."""
    sagemaker = aws("sagemaker")
    sagemaker.create_inference_component(**component(f"{endpoint}-a", Container=own(image, "a")))
    settled(sagemaker, "endpoint-a")
    aws("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="inference-component/endpoint-a",
        ScalableDimension="sagemaker:inference-component:DesiredCopyCount",
        MinCapacity=2,
        MaxCapacity=3,
    )

    wait_until(lambda: settled(sagemaker, "endpoint-a")["RuntimeConfig"]["CurrentCopyCount"] == 2)
    (done,) = aws("application-autoscaling").describe_scaling_activities(ServiceNamespace="sagemaker")[
        "ScalingActivities"
    ]
    assert done["Description"] == "Setting desired copy count to 2."


def test_components_answer_again_after_a_kill(own_server: Callable[..., Server], account: str) -> None:
    """The first question is answered by the process that was there before."""
    server = own_server("--auth", "off")
    sagemaker = client(server.url, "sagemaker", account)
    numbered = install(server.data_dir, "numbered", NUMBERED)
    make_endpoint(sagemaker)
    sagemaker.create_inference_component(**component("a", Container=own(numbered, "a")))
    settled(sagemaker, "a")
    before = ask(client(server.url, "sagemaker-runtime", account), InferenceComponentName="a")
    server.kill()
    server = own_server("--auth", "off")

    assert ask(client(server.url, "sagemaker-runtime", account), InferenceComponentName="a") == before


def test_what_cannot_be_a_component_is_refused(aws: Any, endpoint: str, image: str) -> None:
    """In AWS's words where they are known."""
    empty = {"VariantName": "one", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    configure_it = aws("sagemaker").create_endpoint_config
    refused = refusal(configure_it, EndpointConfigName="other", ProductionVariants=[empty])
    assert refused.message.startswith("ExecutionRoleArn is required")
    create = aws("sagemaker").create_inference_component
    served = {"Container": own(image, "a")}
    assert "Could not find endpoint" in refusal(create, **component("a") | {"EndpointName": "none"}).message
    assert 'variant "two"' in refusal(create, **component("a", **served) | {"VariantName": "two"}).message
    assert "larger than 0" in refusal(create, **component("a", copies=0, **served)).message
    assert "Exactly one of ModelName and Container" in refusal(create, **component("a")).message
    assert "Could not find model" in refusal(create, **component("a", ModelName="none")).message
    adapter = refusal(create, **component("a", BaseInferenceComponentName="b", **served))
    assert (adapter.status, adapter.code) == (501, "NotImplemented")
    create(**component("a", **served))
    assert "already existing" in refusal(create, **component("a", **served)).message
