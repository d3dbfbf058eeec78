"""Instance types, as far as this machine can stand for them: how many cores a job asks for."""

import re
from typing import Final

_SIZE: Final = re.compile(r"ml\.[a-z0-9-]+\.(?:(?P<factor>\d*)x)?(?P<size>medium|large)|ml\.[a-z0-9-]+\.metal")


def cores_of(instance_type: str, everything: int) -> int:
    """The vCPUs of an instance type by the rule that AWS's families follow: large has 2, xlarge 4, 2xlarge 8.

    Args:
        instance_type: Such as ``ml.m5.xlarge``; ``local`` and what does not follow the rule get ``everything``.
        everything: The cores of this machine; no type has more here.
    """
    match = _SIZE.fullmatch(instance_type)
    if match is None or match["size"] is None:
        return everything
    if match["factor"] is None:
        return min(2, everything)
    return min(4 * int(match["factor"] or 1), everything)
