"""botocore's models as data."""

import pytest

from fieldstone.wire.models import LOCAL_INSTANCE_TYPES, Traits, read_metadata, read_model


def test_the_users_own_models_are_not_read(monkeypatch, tmp_path):
    """What the server speaks does not change with its surroundings."""
    (tmp_path / "sts" / "2099-01-01").mkdir(parents=True)
    (tmp_path / "sts" / "2099-01-01" / "service-2.json").write_text("{}")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert read_model("sts").metadata.api_version == "2011-06-15"


def test_a_service_botocore_does_not_know_is_no_service():
    """Said at once."""
    for read in (read_model, read_metadata):
        with pytest.raises(LookupError, match="no-such-service"):
            read("no-such-service")


def test_a_service_that_speaks_several_protocols_is_served_in_one_we_have():
    """CBOR, which botocore lists first for some, is not spoken."""
    assert read_metadata("cloudwatch").wire == "json"
    assert read_metadata("sagemaker").signed_as == "sagemaker"
    assert read_metadata("iam").signed_as == "iam"


def test_every_list_of_sagemakers_instance_types_ends_with_this_machine():
    """And no other list does."""
    model = read_model("sagemaker")
    for name in ("TrainingInstanceType", "ProcessingInstanceType", "TransformInstanceType", "AppInstanceType"):
        assert model.shape(Traits(shape=name)).traits.enum[-2:] == LOCAL_INSTANCE_TYPES
    assert "local" not in model.shape(Traits(shape="TrainingJobStatus")).traits.enum


def test_a_mention_speaks_over_the_shape():
    """Only where it says something."""
    model = read_model("s3")
    member = model.operation("PutObject").input.members["Body"]
    assert (member.type, member.traits.streaming) == ("blob", True)
    assert model.shape(Traits(shape="Body")).traits.streaming is False


def test_errors_are_known_by_name_and_by_code():
    """IAM's travel under another name than their shape's."""
    errors = read_model("iam").errors
    assert errors["NoSuchEntity"] is errors["NoSuchEntityException"]
