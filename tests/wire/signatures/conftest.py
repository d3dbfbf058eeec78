"""A key, its requests signed by botocore, and what is said when one is refused."""

import base64
import json

import pytest

from fieldstone.core.errors import AwsError


@pytest.fixture(scope="session")
def encode():
    """A policy document as a form's field has it."""
    return lambda policy: base64.b64encode(
        (policy if isinstance(policy, str) else json.dumps(policy)).encode()
    ).decode()


@pytest.fixture(scope="session")
def refusal_of():
    """The error that a call must give."""

    def call(function, *args):
        with pytest.raises(AwsError) as caught:
            function(*args)
        return caught.value

    return call
