"""When to stop: the accuracy on the validation data has not risen for some epochs."""

from dataclasses import dataclass


@dataclass(slots=True)
class Stopping:
    """Watches the accuracy of each epoch.

    Attributes:
        patience: The epochs without a rise after which it says stop.
        at_least: The epochs before which it does not.
        tolerance: The part of the best accuracy by which one must be better to count as a rise.
        best: The best accuracy until now; rises above it count.
        waited: The epochs since.
    """

    patience: int
    at_least: int
    tolerance: float
    best: float = 0.0
    waited: int = 0

    def stops(self, accuracy: float, epochs: int) -> bool:
        """Whether to stop after this accuracy of the last of so many epochs."""
        if accuracy > self.best and accuracy - self.best >= self.tolerance * self.best:
            self.best, self.waited = accuracy, 0
        else:
            self.waited += 1
        return epochs >= self.at_least and self.waited >= self.patience
