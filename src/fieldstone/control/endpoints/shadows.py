"""Shadow variants: a sample of what a variant is asked is asked again of another model, whose answers are dropped."""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace
from typing import Final

from fieldstone.core.prediction import BadQuestionError, ModelUnavailableError, Predictor, Question, Reply

_MOST: Final = 64
"""How many questions a shadow works on; what comes while it is so far behind is not copied."""


class ShadowedPredictor:
    """A predictor with a shadow, which neither slows nor fails it.

    Args:
        predictor: Who answers.
        shadow: Who is asked as well.
        share: Of the questions that are copied; from 1 on all of them are.
    """

    def __init__(self, predictor: Predictor, shadow: Predictor, share: float) -> None:
        self._predictor = predictor
        self._shadow = shadow
        self._share = share
        self._copies: set[asyncio.Task[None]] = set()

    async def predict(self, question: Question) -> Reply:
        """Ask the model; its shadow is asked meanwhile.

        Raises:
            ModelUnavailableError: The model is not there, or went before it answered.
        """
        if len(self._copies) < _MOST and random.random() < self._share:  # noqa: S311  # a sample is no secret
            copy = asyncio.create_task(self._ask_shadow(question))
            self._copies.add(copy)
            copy.add_done_callback(self._copies.discard)
        return await self._predictor.predict(question)

    async def _ask_shadow(self, question: Question) -> None:
        with suppress(ModelUnavailableError, BadQuestionError):  # it is counted; nobody waits for it
            await self._shadow.predict(replace(question, streams=False))
