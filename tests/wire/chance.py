"""Values of botocore's shapes made by chance: members there or not, every kind of text, moments, numbers at the edge.

Nothing is empty: two of the protocols cannot say of an empty structure or list that it is there.
"""

import string
from collections.abc import Callable
from random import Random
from typing import Any, Final

from botocore.model import Shape

WORDS: Final = "aé漢😀 <&>\"'%+/?#=;,:\\\t\n.-_~()[]{}@$!*^`|0Z"
EDGES: Final = {
    "integer": (0, 1, -1, 2**31 - 1, -(2**31)),
    "long": (0, 1, -1, 2**53, -(2**53)),
    "float": (0.0, 1.5, -0.25, 3.0e10),
    "double": (0.0, 0.1, -1e-9, 1.7e300),
}
MOST_DEEP: Final = 6


class Chance:
    """Makes values, the same for the same seed.

    Args:
        seed: What it all follows from.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def value(self, shape: Shape, depth: int = 0, *, located: bool = False) -> Any:
        """A value of a shape; one that is bound to a header, query or path is plain."""
        match shape.type_name:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                return [self.value(shape.member, depth + 1, located=located) for _ in range(self._random.randint(1, 3))]
            case "map":
                keys = (self.value(shape.key, depth + 1, located=True) for _ in range(self._random.randint(1, 3)))
                return {key: self.value(shape.value, depth + 1, located=located) for key in keys}
            case "string":
                return self._text(shape, located=located)
            case kind:
                return _SCALARS[kind](self._random, kind)

    def _structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        if shape.is_document_type:
            return {"any": [1, 2.5, "text", None, {"thing": True}]}
        names = list(shape.members)
        if shape.is_tagged_union:
            chosen = [self._random.choice(names)]
        else:
            often = 0.7 if depth < MOST_DEEP else 0.1 if depth < 2 * MOST_DEEP else 0
            chosen = [n for n in names if n in shape.required_members or self._random.random() < often]
        members = {name: shape.members[name] for name in chosen}
        made = {name: self.value(m, depth + 1, located=_is_located(m)) for name, m in members.items()}
        return {name: value for name, value in made.items() if not _is_empty(value)}

    def _text(self, shape: Shape, *, located: bool) -> str:
        if shape.enum:
            return self._random.choice(shape.enum)
        letters = string.ascii_lowercase + string.digits + "-." if located else WORDS
        return "".join(self._random.choice(letters) for _ in range(self._random.randint(1, 12)))


def _is_empty(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_empty(item) for item in value)
    return value == {} or (isinstance(value, dict) and any(_is_empty(item) for item in value.values()))


def _is_located(member: Shape) -> bool:
    return member.serialization.get("location") in {"header", "headers", "uri", "querystring"}


def _moment(random: Random, _: str) -> float:
    return float(random.randint(1, 2**32))


_SCALARS: Final[dict[str, Callable[[Random, str], Any]]] = {
    "boolean": lambda random, _: random.random() < 0.5,
    "blob": lambda random, _: random.randbytes(random.randint(1, 40)),
    "timestamp": _moment,
} | dict.fromkeys(EDGES, lambda random, kind: random.choice(EDGES[kind]))
