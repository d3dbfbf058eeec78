"""What a check of this machine finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        fine: Whether it is as it should be.
        what: What was looked at.
        mend: What to type where it is not.
        needed: Whether Fieldstone cannot do without.
    """

    fine: bool
    what: str
    mend: str = ""
    needed: bool = True
