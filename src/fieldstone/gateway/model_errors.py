"""What becomes of a prediction that fails, in AWS's words: before the answer, and in the middle of one in pieces."""

from typing import Final, NamedTuple

from fieldstone.core.errors import AwsError
from fieldstone.core.prediction import (
    BadQuestionError,
    ModelFailedError,
    ModelLostError,
    ModelTimeoutError,
    ModelUnavailableError,
    Reply,
)

_TIMEOUT: Final = (
    "Your invocation timed out while waiting for a response from container {container}. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)
_LOST: Final = (
    "Amazon SageMaker could not get a response from the {endpoint} endpoint. This can occur when CPU or memory "
    "utilization is high. To check your utilization, see Amazon CloudWatch. To fix this problem, use an instance type "
    "with more CPU capacity or memory."
)
_NO_STATUS: Final = 0
"""What AWS says of a container that gave none."""


class Place(NamedTuple):
    """The endpoint that was asked."""

    account: str
    region: str
    endpoint: str

    def error(self, failure: Exception, variant: str) -> AwsError:
        """What a failure to get an answer is for the client."""
        match failure:
            case BadQuestionError():
                return AwsError("ValidationError", str(failure))
            case ModelTimeoutError():
                return self._said(_NO_STATUS, failure.container, _TIMEOUT.format(container=failure.container))
            case ModelLostError():
                return self._said(_NO_STATUS, failure.container, _LOST.format(endpoint=self.endpoint))
            case ModelFailedError():
                beginning = f"Received server error ({_NO_STATUS}) from {failure.container}"
                return self._model_error(
                    f"{beginning} and could not load the entire response body.", _NO_STATUS, str(failure)
                )
            case _:
                return AwsError("ServiceUnavailable", f"The model of variant {variant} is not there: {failure}.", 503)

    def refusal(self, reply: Reply) -> AwsError:
        """What a container's refusal is for the client."""
        return self._said(reply.status, reply.container, reply.body.decode("utf-8", "replace"))

    def _said(self, status: int, container: str, said: str) -> AwsError:
        side = "client" if 400 <= status < 500 else "server"
        words = f'Received {side} error ({status}) from {container} with message "{said}".'
        return self._model_error(words, status, said)

    def _model_error(self, words: str, status: int, said: str) -> AwsError:
        console = f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}"
        group = f"/aws/sagemaker/Endpoints/{self.endpoint}"
        return AwsError(
            "ModelError",
            f"{words} See {console}#logEventViewer:group={group} in account {self.account} for more information.",
            424,
            OriginalStatusCode=status,
            OriginalMessage=said,
            LogStreamArn=f"arn:aws:logs:{self.region}:{self.account}:log-group:{group}",
        )


def stream_error(failure: ModelUnavailableError) -> AwsError:
    """What breaks off an answer in pieces is for the client."""
    late = isinstance(failure, ModelTimeoutError)
    code = "ModelInvocationTimeExceeded" if late else "StreamBroken"
    words = (
        "The model failed to finish sending the response within the timeout period allowed by Amazon SageMaker."
        if late
        else "The connection between Amazon SageMaker and the model was reset or closed."
    )
    return AwsError("ModelStreamError", words, ErrorCode=code)
