"""Amazon resource names."""

from typing import NamedTuple


class Arn(NamedTuple):
    """The parts of ``arn:aws:service:region:account:resource``."""

    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:aws:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse_arn(text: str) -> Arn:
    """Take an ARN apart.

    Raises:
        ValueError: The text is no ARN.
    """
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise ValueError(f"{text!r} is no ARN")
    return Arn(*parts[2:])
