"""Content types: the format that one stands for, and what its parameters say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FORMATS = {
    "text/csv": "csv",
    "text/libsvm": "libsvm",
    "text/x-libsvm": "libsvm",
    "application/x-parquet": "parquet",
    "application/x-recordio-protobuf": "recordio-protobuf",
    "application/json": "json",
    "application/jsonlines": "jsonlines",
}
"""The format behind each content type."""


@dataclass(frozen=True, slots=True)
class ContentType:
    """A content type: its name and parameters, in lower case."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def parse(cls, text: str) -> "ContentType":
        """Read one, such as `text/csv; label_size=0`."""
        name, *parts = (part.strip() for part in text.lower().split(";"))
        pairs = (part.partition("=") for part in parts if part)
        return cls(name, {key.strip(): value.strip() for key, _, value in pairs})

    @property
    def format(self) -> str | None:
        """The format that it stands for; None for none that there is."""
        return FORMATS.get(self.name)
