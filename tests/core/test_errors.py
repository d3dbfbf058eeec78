"""The error that operations raise."""

from fieldstone.core.errors import AwsError, validation_error


def test_an_error_carries_what_the_answer_says():
    """Code, message, status and whatever members its shape has."""
    error = AwsError("ModelError", "no", 424, OriginalStatusCode=500)

    assert (error.code, error.message, error.status) == ("ModelError", "no", 424)
    assert error.members == {"OriginalStatusCode": 500}
    assert str(error) == "ModelError: no"


def test_a_validation_error_is_the_callers_mistake():
    """Most services call it ValidationException, with status 400."""
    error = validation_error("not so")

    assert (error.code, error.status) == ("ValidationException", 400)
