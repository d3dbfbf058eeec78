"""Every constraint of the model, in AWS's words."""

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.wire.catalog import Catalog
from fieldstone.wire.constraints import pattern, shown
from fieldstone.wire.models import Traits, read_model

GOOD_JOB = {
    "TrainingJobName": "job-1",
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/r",
    "OutputDataConfig": {"S3OutputPath": "s3://b/k"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}


def failure(catalog, service, name, params, *, lenient=False):
    with pytest.raises(AwsError) as caught:
        catalog.operation(service, name).validate(params, lenient=lenient)
    return caught.value


def words(catalog, changes, **options):
    return failure(catalog, "sagemaker", "CreateTrainingJob", GOOD_JOB | changes, **options).message


def test_a_good_request_passes(catalog):
    """With and without constraints."""
    operation = catalog.operation("sagemaker", "CreateTrainingJob")
    operation.validate(GOOD_JOB)
    operation.validate(GOOD_JOB, lenient=True)


def test_what_must_be_there_must_not_be_null(catalog):
    """Absent and None are the same."""
    error = failure(catalog, "sagemaker", "DescribeModel", {})
    assert (error.code, error.status) == ("ValidationException", 400)
    assert error.message == (
        "1 validation error detected: Value null at 'modelName' failed to satisfy constraint: Member must not be null"
    )
    assert failure(catalog, "sagemaker", "DescribeModel", {"ModelName": None}).message == error.message


def test_a_pattern_holds_for_the_whole_value(catalog):
    """Java's matches() is anchored at both ends."""
    assert words(catalog, {"TrainingJobName": "bad name!!"}) == (
        "1 validation error detected: Value 'bad name!!' at 'trainingJobName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )
    assert "pattern" in words(catalog, {"TrainingJobName": "good-name\n"})


def test_lengths_are_measured(catalog):
    """Of strings, lists and maps."""
    assert "Member must have length less than or equal to 63;" in words(catalog, {"TrainingJobName": "x" * 64})
    assert words(catalog, {"Tags": [{"Key": "k", "Value": "v"}] * 51}).endswith(
        "at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"
    )
    assert words(catalog, {"InputDataConfig": []}) == (
        "1 validation error detected: Value '[]' at 'inputDataConfig' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )
    assert "Value '{k0=, k1=, " in words(catalog, {"HyperParameters": {f"k{n}": "" for n in range(101)}})


def test_numbers_have_bounds(catalog):
    """Shown in quotes like everything else."""
    resources = GOOD_JOB["ResourceConfig"] | {"InstanceCount": -1}
    assert words(catalog, {"ResourceConfig": resources}) == (
        "1 validation error detected: Value '-1' at 'resourceConfig.instanceCount' failed to satisfy constraint: "
        "Member must have value greater than or equal to 0"
    )
    assert failure(catalog, "sagemaker", "ListModels", {"MaxResults": 101}).message.endswith(
        "Member must have value less than or equal to 100"
    )


def test_an_enum_is_a_set_in_the_models_order(catalog):
    """All its values are shown."""
    mode = GOOD_JOB["AlgorithmSpecification"] | {"TrainingInputMode": "Slow"}
    assert words(catalog, {"AlgorithmSpecification": mode}) == (
        "1 validation error detected: Value 'Slow' at 'algorithmSpecification.trainingInputMode' failed to satisfy "
        "constraint: Member must satisfy enum value set: [Pipe, File, FastFile]"
    )


def test_structures_in_lists_fail_at_their_own_place(catalog):
    """Counted from one."""
    channel = {"ChannelName": "train", "DataSource": {}}
    assert words(catalog, {"InputDataConfig": [channel, channel | {"ChannelName": "*"}]}) == (
        "1 validation error detected: Value '*' at 'inputDataConfig.2.member.channelName' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: [A-Za-z0-9\.\-_]+"
    )
    assert "Value null at 'inputDataConfig.1.member'" in words(catalog, {"InputDataConfig": [None]})


def test_scalars_in_lists_and_maps_fail_together(catalog):
    """The words list everything that is asked of them."""
    vpc = {"SecurityGroupIds": ["sg-1", "s g"], "Subnets": ["subnet-1"]}
    assert words(catalog, {"VpcConfig": vpc}) == (
        "1 validation error detected: Value '[sg-1, s g]' at 'vpcConfig.securityGroupIds' failed to satisfy "
        "constraint: Member must satisfy constraint: [Member must have length less than or equal to 32, "
        "Member must have length greater than or equal to 0, "
        "Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]"
    )
    assert "failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less" in words(
        catalog, {"HyperParameters": {"a": "b" * 2501}}
    )
    assert "failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less" in words(
        catalog, {"HyperParameters": {"a" * 257: "b"}}
    )
    assert words(catalog, {"HyperParameters": {"a": None}}).endswith("Member must not be null]")


def test_several_violations_are_told_at_once(catalog):
    """One after the other, counted."""
    message = failure(catalog, "sagemaker", "CreateModel", {"ModelName": "!" * 64}).message
    assert message.startswith("2 validation errors detected: Value '")
    assert "less than or equal to 63" in message
    message = failure(catalog, "sagemaker", "CreateModel", {"ModelName": "!", "Containers": [{"Mode": "x"}]}).message
    assert message.startswith("2 validation errors detected: Value '!'")
    assert "; Value 'x' at 'containers.1.member.mode' failed" in message


def test_a_secret_is_not_shown(catalog):
    """Not even to the one who sent it."""
    params = {"UserName": "u", "Password": "x" * 129}
    assert failure(catalog, "iam", "CreateLoginProfile", params).message == (
        "1 validation error detected: Value at 'password' failed to satisfy constraint: "
        "Member must have length less than or equal to 128"
    )


def test_the_code_is_the_services_own(catalog):
    """What the operation's model lists, else its protocol's."""
    assert failure(catalog, "iam", "GetRole", {}).code == "ValidationError"
    assert failure(catalog, "logs", "CreateLogGroup", {}).code == "InvalidParameterException"
    assert failure(catalog, "sagemaker-runtime", "InvokeEndpoint", {"Body": b""}).code == "ValidationError"


@pytest.mark.parametrize("kind", ["local", "local_gpu"])
def test_this_machine_is_an_instance_type_wherever_sagemaker_has_them(catalog, kind):
    """Users ask for it by the names the SDK's local mode has."""
    catalog.operation("sagemaker", "CreateTrainingJob").validate(
        GOOD_JOB | {"ResourceConfig": {"InstanceType": kind, "InstanceCount": 1, "VolumeSizeInGB": 1}}
    )
    variant = {"VariantName": "a", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": kind}
    catalog.operation("sagemaker", "CreateEndpointConfig").validate(
        {"EndpointConfigName": "c", "ProductionVariants": [variant]}
    )


def test_lenient_leaves_lengths_ranges_and_patterns_alone(catalog):
    """What must be there, types and enums still hold."""
    operation = catalog.operation("sagemaker", "CreateTrainingJob")
    operation.validate(GOOD_JOB | {"TrainingJobName": "any name, and a long one" * 9}, lenient=True)
    assert "not be null" in words(catalog, {"RoleArn": None}, lenient=True)
    assert "enum value set" in words(catalog, {"AlgorithmSpecification": {"TrainingInputMode": "Slow"}}, lenient=True)
    assert "can not be converted" in words(catalog, {"TrainingJobName": 1}, lenient=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TrainingJobName": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"TrainingJobName": 1.5}, "DECIMAL_VALUE can not be converted to a String"),
        ({"TrainingJobName": True}, "TRUE_VALUE can not be converted to a String"),
        ({"TrainingJobName": {}}, "Start of structure or map found where not expected"),
        ({"TrainingJobName": []}, "Start of list found where not expected"),
        ({"ResourceConfig": "large"}, "Unexpected field type"),
        ({"ResourceConfig": {"InstanceCount": "1"}}, "STRING_VALUE can not be converted to an Integer"),
        ({"ResourceConfig": {"InstanceCount": False}}, "FALSE_VALUE can not be converted to an Integer"),
        ({"ResourceConfig": {"InstanceCount": 1.5}}, "DECIMAL_VALUE can not be converted to an Integer"),
        ({"EnableManagedSpotTraining": "yes"}, "STRING_VALUE can not be converted to a Boolean"),
        ({"Tags": {}}, "Start of structure or map found where not expected"),
        ({"Tags": "a=b"}, "Unexpected field type"),
        ({"HyperParameters": []}, "Start of list found where not expected"),
        ({"HyperParameters": {"depth": 5}}, "NUMBER_VALUE can not be converted to a String"),
    ],
)
def test_a_wrong_type_comes_before_every_constraint(catalog, changes, message):
    """The body is not the operation's at all."""
    error = failure(catalog, "sagemaker", "CreateTrainingJob", {"RoleArn": None} | changes)
    assert (error.code, error.message) == ("SerializationException", message)


def test_bytes_are_measured_and_streams_passed_by(catalog):
    """Nobody can know the length of what is not read yet."""
    operation = catalog.operation("sagemaker-runtime", "InvokeEndpoint")
    operation.validate({"EndpointName": "e", "Body": object()})
    error = failure(catalog, "sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e", "Body": b"x" * 6291457})
    assert "Value at 'body' failed" in error.message


def test_a_stream_of_events_is_passed_by():
    """It is looked at by whoever reads it."""
    params = {"botId": "a" * 10, "botAliasId": "TSTALIASID", "localeId": "en", "sessionId": "s1"}
    operation = Catalog(["lexv2-runtime"]).operation("lexv2-runtime", "StartConversation")
    operation.validate(params | {"requestEventStream": object()})


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ([True, None, 1.5], " '[true, null, 1.5]'"),
        ({"a": {"b": ["c"]}}, " '{a={b=[c]}}'"),
        (b"abc", " 'java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]'"),
    ],
)
def test_values_are_shown_as_java_prints_them(value, seen):
    """As AWS does."""
    assert shown(read_model("sagemaker").shape(Traits(shape="Tag")), value) == seen


def test_javas_classes_are_ascii_and_unicode_properties_are_not():
    r"""``\w`` knows no umlauts there, ``\p{L}`` does; what only Java reads constrains nothing."""
    assert pattern(r"\w+\d")("a1")
    assert not pattern(r"\w+")("é")
    assert pattern(r"[\p{L}\p{Z}]+")("é 漢")
    assert pattern(r"[\uD800\uDC00-\uDBFF\uDFFF]*")("😀")
    assert pattern(r"\p{all}") is None


@pytest.mark.parametrize("length", [28, 1000])
def test_a_value_made_to_keep_a_pattern_busy_just_fails(catalog, length):
    """This pattern of AWS's own takes exponential time: it is given up."""
    params = {"Name": "q", "ComputeQuotaTarget": {"TeamName": "a" * length + "!"}}
    message = failure(catalog, "sagemaker", "CreateComputeQuota", params).message
    assert "at 'computeQuotaTarget.teamName' failed to satisfy constraint: Member must satisfy regular" in message


def test_operations_without_input_take_anything(catalog):
    """There is nothing to hold it against."""
    catalog.operation("iam", "GetAccountSummary").validate({})
