"""Time, as everybody reads it."""

from collections.abc import Callable

Clock = Callable[[], float]
"""Tells the seconds since the epoch; ``time.time`` is one."""
