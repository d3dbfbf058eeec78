"""A job that is stopped: it gets SIGTERM, and ends with the best model that it has."""

import signal
from types import FrameType


class Stop:
    """Whether the job is to end."""

    def __init__(self) -> None:
        self.asked = False

    def watch(self) -> None:
        """Notice SIGTERM from now on."""
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
