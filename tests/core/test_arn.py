"""Amazon resource names."""

import pytest

from fieldstone.core.arn import Arn, parse_arn


def test_an_arn_is_taken_apart_and_put_together_again():
    """Parsing what was printed gives the same parts."""
    arn = Arn("sagemaker", "eu-west-1", "111122223333", "training-job/a")

    assert str(arn) == "arn:aws:sagemaker:eu-west-1:111122223333:training-job/a"
    assert parse_arn(str(arn)) == arn


def test_colons_after_the_account_belong_to_the_resource():
    """A log stream's ARN has them."""
    assert parse_arn("arn:aws:logs:us-east-1:1:log-group:g:log-stream:s").resource == "log-group:g:log-stream:s"


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:s3::bucket", "urn:aws:s3:::bucket"])
def test_what_is_no_arn_is_refused(text):
    """It has too few parts, or begins otherwise."""
    with pytest.raises(ValueError, match="is no ARN"):
        parse_arn(text)
