# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
# pyright: reportUnknownLambdaType=false
"""Losses, and accuracies as they are counted."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from fieldstone.algorithms.image_classification.samples import Floats

Loss = Callable[[Tensor, Tensor], Tensor]
"""Gives the mean loss of (n, classes) numbers for (n, l) labels."""


def make_loss(*, multi_label: bool, weighted: bool, labels: Floats | None) -> Loss:
    """The loss of a job: cross-entropy; of several labels, that of each class by itself.

    Args:
        multi_label: Whether an image may be of several classes.
        weighted: Whether the images of a class weigh as much as all that are not of it.
        labels: (n, classes) those of all images; None where they are counted as they come.
    """
    if not multi_label:
        return lambda logits, labels: functional.cross_entropy(logits, labels[:, 0].long())
    if not weighted:
        return functional.binary_cross_entropy_with_logits
    return _Weighted(labels)


class _Weighted:
    """Cross-entropy in which the rarer of yes and no weighs more, by their numbers."""

    def __init__(self, labels: Floats | None) -> None:
        self._counts = labels is None
        self._seen = 0 if labels is None else len(labels)
        self._hits = torch.zeros(()) if labels is None else torch.from_numpy(labels.sum(axis=0))

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        hits = self._hits.to(labels.device)
        if self._counts:
            self._seen += len(labels)
            hits = hits + labels.sum(dim=0)
            self._hits = hits
        weights = torch.where(hits > 0, (self._seen - hits) / hits.clamp(min=1), 1.0)
        return functional.binary_cross_entropy_with_logits(logits, labels, pos_weight=weights)


@dataclass(slots=True)
class Tally:
    """How many answers were right: of images, or with several labels of images and classes.

    Attributes:
        top: How many of the likeliest classes may hold the right one, to count as right in `within`.
    """

    top: int | None = None
    right: float = 0
    within: float = 0
    count: int = 0

    def add(self, logits: Tensor, labels: Tensor, *, multi_label: bool) -> None:
        """Count some answers, (n, classes) numbers, against their labels."""
        logits = logits.detach()
        if multi_label:
            self.right += float(((logits > 0) == (labels > 0.5)).float().mean(dim=1).sum())
        else:
            self.right += float((logits.argmax(dim=1) == labels[:, 0]).sum())
            if self.top is not None:
                self.within += float((logits.topk(self.top, dim=1).indices == labels).any(dim=1).sum())
        self.count += len(labels)

    @property
    def accuracy(self) -> float:
        """The part of the answers that were right."""
        return self.right / max(self.count, 1)

    @property
    def top_accuracy(self) -> float:
        """The part of the images whose class was among the likeliest."""
        return self.within / max(self.count, 1)
