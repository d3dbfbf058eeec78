"""An instance without a model of its own: inference components are on it."""

from typing import Final

from fieldstone.core.prediction import BadQuestionError, Question, Reply
from fieldstone.store.resources import Row

_WORDS: Final = (
    "Inference Component Name header is required for endpoints to which you plan to deploy inference components. "
    "Please include Inference Component Name header or consider using SageMaker models."
)


class Vacancy:
    """What such an instance has instead of a model's server."""

    name = "none"
    ready = True

    async def predict(self, question: Question) -> Reply:
        """Refuse.

        Raises:
            BadQuestionError: Always; in AWS's words.
        """
        del question
        raise BadQuestionError(_WORDS)

    async def bring_up(self, row: Row) -> None:
        """There is nothing to be brought up."""

    async def close(self, *, keep: bool = False) -> None:
        """There is nothing to be ended."""
