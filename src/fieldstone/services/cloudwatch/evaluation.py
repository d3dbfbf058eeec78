"""Which state an alarm is in, from the values of its last periods, by AWS's rules for missing data."""

import operator
from collections.abc import Callable, Sequence
from typing import Final, Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

COMPARISONS: Final[dict[str, tuple[Callable[[float, float], bool], str]]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

SPARE: Final = 2
"""How many periods more are looked at than an alarm asks for, to make up for missing ones."""


def judge(breaching: Sequence[bool | None], *, needed: int, of: int, missing: str) -> State | None:
    """The state that the last periods put an alarm in; None where it stays as it is.

    Args:
        breaching: For each period, oldest first, whether its value breaches; None where it has none. It holds ``of``
            periods and some to spare.
        needed: How many have to breach.
        of: Out of how many.
        missing: How missing values count: ``breaching``, ``notBreaching``, ``ignore`` or ``missing``.
    """
    real = [value for value in breaching if value is not None][-of:]
    count = sum(real)
    lacking = of - len(real)
    if missing in {"breaching", "notBreaching"}:
        return "ALARM" if count + (lacking if missing == "breaching" else 0) >= needed else "OK"
    if not real:
        return None if missing == "ignore" else "INSUFFICIENT_DATA"
    if count >= needed:
        return "ALARM"
    if count < len(real) or not lacking:
        return "OK"
    oldest = len(breaching) - next(at for at, value in enumerate(breaching) if value is not None)
    if missing == "ignore" or oldest < needed:
        return None
    return "ALARM"
