"""Hyperparameters as a document, for those who may not import an algorithm: its program prints it."""

import json
from collections.abc import Iterable
from typing import Any


def describe(table: Iterable[Any]) -> str:
    """The rows as JSON: of each its name, type, what is accepted (null for all), default, and whether it must be given.

    Args:
        table: An algorithm's, of `Hyperparameter`s; those that begin with `_` are the service's own, and left out.
    """
    return json.dumps(
        [
            {
                "name": row.name,
                "type": row.kind.name,
                "accepted": _accepted(row.accepted),
                "default": row.default,
                "required": row.required,
            }
            for row in table
            if not row.name.startswith("_")
        ]
    )


def _accepted(accepted: Any) -> str | None:
    """A range as mathematics writes it, or the values that there may be."""
    if accepted is None:
        return None
    return ", ".join(map(str, accepted)) if isinstance(accepted, list | tuple) else str(accepted)
