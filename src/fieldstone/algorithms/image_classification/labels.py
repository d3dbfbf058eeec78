"""Labels: the class of an image, or which of the classes it is of, and what is wrong with them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.contract.training import UserError

CLASS_ID = "class-id"
MULTI_HOT = "multi-hot"
FORMATS = (MULTI_HOT, CLASS_ID)
"""What the parameter `label-format` of a content type may say of images of several classes."""


class LabelError(ValueError):
    """What is wrong with a label."""


@dataclass(frozen=True, slots=True)
class Labels:
    """How the labels of a channel are to be understood.

    Attributes:
        classes: How many there are.
        multi_label: Whether an image may be of several.
        by_number: Whether these are then given by their numbers, and not by a 0 or 1 for each class.
    """

    classes: int
    multi_label: bool = False
    by_number: bool = False

    def read(self, given: Sequence[float]) -> NDArray[np.float32]:
        """The label of one image: (1,) the number of its class, or (classes,) a 0 or 1 for each.

        Raises:
            LabelError: They are not what they must be.
            UserError: There is not one for each class, in AWS's words.
        """
        if not self.multi_label:
            return np.array([self._number(given)], np.float32)
        if self.by_number:
            hot = np.zeros(self.classes, np.float32)
            for number in given:
                hot[self._in_range(number)] = 1
            return hot
        if len(given) != self.classes:
            raise UserError(
                f"Mismatch between number of labels in the multi-label data ({len(given)}) and the num_classes "
                f"parameter ({self.classes})."
            )
        if any(label not in {0, 1} for label in given):
            raise LabelError(f"its labels {_told(given)} are not all 0 or 1")
        return np.array(given, np.float32)

    def _number(self, given: Sequence[float]) -> int:
        if len(given) != 1:
            raise LabelError(f"it has {len(given)} labels, and without multi_label there is one")
        return self._in_range(given[0])

    def _in_range(self, label: float) -> int:
        if not (0 <= label < self.classes and label == int(label)):
            raise LabelError(f"its label {label:g} is no number of a class from 0 to {self.classes - 1}")
        return int(label)


def parse(text: str) -> list[float]:
    """The labels in the text of an attribute: a number, or a JSON list of numbers.

    Raises:
        LabelError: It is neither.
    """
    try:
        value = json.loads(text)
        numbers = [float(label) for label in (value if isinstance(value, list) else [value])]
    except (ValueError, TypeError) as error:
        raise LabelError(f"its label {text[:40]!r} is no number and no list of numbers") from error
    if not np.isfinite(numbers).all():
        raise LabelError(f"its label {text[:40]!r} is not finite")
    return numbers


def _told(labels: Sequence[float]) -> str:
    return "[" + ", ".join(f"{label:g}" for label in labels[:10]) + (", ..." if len(labels) > 10 else "") + "]"
