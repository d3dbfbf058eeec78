"""Which labels rows may have."""

from dataclasses import dataclass

import numpy as np

from fieldstone.algorithms.amazon.batch import Batch
from fieldstone.algorithms.amazon.recordio import RecordError


@dataclass(frozen=True, slots=True)
class Labels:
    """One a row: any number, or only integers.

    Attributes:
        predictor_type: Whose they are.
        whole: Whether they must be integers.
        classes: How many there are, from 0 on; None if they may be any.
    """

    predictor_type: str
    whole: bool = False
    classes: int | None = None

    def check(self, batch: Batch) -> None:
        """Look at the labels of some rows; `Source.batches` names file and row of one that may not be.

        Raises:
            RecordError: A row has none, more than one, or one that may not be.
        """
        found = 0 if batch.labels is None else batch.labels.shape[1]
        if batch.labels is None or found != 1:
            raise RecordError(0, f"Rows must have one label, and this one has {found}")
        if not self.whole:
            return
        labels = batch.labels[:, 0]
        wrong = labels != np.floor(labels)
        if self.classes is not None:
            wrong |= (labels < 0) | (labels >= self.classes)
        if wrong.any():
            row = int(np.argmax(wrong))
            known = "" if self.classes is None else f" from 0 to {self.classes - 1}"
            raise RecordError(
                row, f"Labels of a {self.predictor_type} must be integers{known}, and this one is {labels[row]:g}"
            )
