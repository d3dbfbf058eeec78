"""What instance types have."""

import pytest
from botocore.session import get_session

from fieldstone.core.instances import Instance, cores_of, find_instance, gpus_of, instance_types, memory_of

GIB = 1 << 30


@pytest.mark.parametrize(
    ("instance_type", "vcpus", "gib", "gpus"),
    [
        ("ml.m5.large", 2, 8, 0),
        ("ml.m5.xlarge", 4, 16, 0),
        ("ml.c5.9xlarge", 36, 72, 0),
        ("ml.c4.xlarge", 4, 7.5, 0),
        ("ml.c4.8xlarge", 36, 60, 0),
        ("ml.r5.24xlarge", 96, 768, 0),
        ("ml.t3.medium", 2, 4, 0),
        ("ml.m6g.medium", 1, 4, 0),
        ("ml.m7i-flex.large", 2, 8, 0),
        ("ml.p3.2xlarge", 8, 61, 1),
        ("ml.g5.12xlarge", 48, 192, 4),
        ("ml.p5.48xlarge", 192, 2048, 8),
    ],
)
def test_an_instance_type_has_what_aws_says(instance_type, vcpus, gib, gpus):
    """By the rule of its family, or as an exception."""
    assert find_instance(instance_type) == Instance(vcpus, int(gib * GIB), gpus)


@pytest.mark.parametrize("shape", ["Training", "Processing", "Transform", "ProductionVariant"])
def test_every_instance_type_that_jobs_and_endpoints_may_name_is_known(shape):
    """AWS's model names them."""
    model = get_session().get_service_model("sagemaker")

    assert [name for name in model.shape_for(f"{shape}InstanceType").enum if find_instance(name) is None] == []


@pytest.mark.parametrize("name", ["", "local", "local_gpu", "ml.nope.xlarge", "ml.m5.huge", "ml.m5.0large", "m5"])
def test_what_is_no_type_of_awss_gets_the_whole_machine(name):
    """As `local` does."""
    assert (cores_of(name, 64), memory_of(name, 5 * GIB)) == (64, 5 * GIB)


def test_no_instance_type_has_more_than_the_machine():
    """A job for a large instance runs on what there is."""
    assert (cores_of("ml.m5.24xlarge", 2), memory_of("ml.m5.24xlarge", GIB)) == (2, GIB)
    assert (cores_of("ml.m5.large", 64), memory_of("ml.m5.large", 64 * GIB)) == (2, 8 * GIB)


def test_some_types_promise_a_gpu():
    """Locally one; others none."""
    types = ("local_gpu", "ml.g4dn.12xlarge", "ml.trn1.2xlarge", "local", "ml.m5.large", "")
    assert [gpus_of(name) for name in types] == [1, 4, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("resources", "types"),
    [
        ({"InstanceType": "a"}, ["a"]),
        ({"InstanceGroups": [{"InstanceType": "a"}, {"InstanceType": "b"}]}, ["a", "b"]),
        ({"InstancePreferences": [{"InstanceType": "a"}], "SelectedInstanceType": "a"}, ["a"]),
        ({}, []),
    ],
)
def test_a_jobs_resources_tell_the_types_of_its_instances(resources, types):
    """However they are named."""
    assert instance_types(resources) == types
