"""A network as the JSON that MXNet loads (`mxnet.symbol.load`), both ways.

Every weight is a node of its own there (`null`), before the operation that takes it; the two running averages of a
batch normalization are marked as changing. An operation may give several outputs, of which only the first is taken.
"""

import ast
import json
from collections.abc import Sequence
from typing import Any

from fieldstone.algorithms.image_classification.graph import SIGMOID, SOFTMAX, Node

WEIGHTS = {
    "Convolution": ("weight",),
    "BatchNorm": ("gamma", "beta", "moving_mean", "moving_var"),
    "FullyConnected": ("weight", "bias"),
    SOFTMAX: ("label",),
    SIGMOID: ("label",),
}
"""What an operation takes beside the outputs of others, in its order."""
_OUTPUTS = {"BatchNorm": 3}
_CHANGING = ("moving_mean", "moving_var")
_VERSION = 10901
_SYNONYMS = {"_copy": "identity", "elemwise_add": "elemwise_add", "_plus": "elemwise_add", "_Plus": "elemwise_add"}


class UnknownNetworkError(ValueError):
    """A file that holds no network that can be read here."""


def write(nodes: Sequence[Node]) -> str:
    """The JSON of a network."""
    written: list[dict[str, Any]] = [{"op": "null", "name": "data", "inputs": []}]
    places = {"data": 0}
    pointers = [0, 1]
    for node in nodes:
        inputs = [[places[name], 0, 0] for name in node.inputs]
        for weight in WEIGHTS.get(node.op, ()):
            inputs.append([len(written), 0, int(weight in _CHANGING)])
            written.append({"op": "null", "name": f"{node.name}_{weight}", "inputs": []})
            pointers.append(pointers[-1] + 1)
        places[node.name] = len(written)
        attrs = {"attrs": {name: str(value) for name, value in node.attrs.items()}} if node.attrs else {}
        op = "_copy" if node.op == "identity" else node.op
        written.append({"op": op, "name": node.name, **attrs, "inputs": inputs})
        pointers.append(pointers[-1] + _OUTPUTS.get(node.op, 1))
    document = {
        "nodes": written,
        "arg_nodes": [place for place, node in enumerate(written) if node["op"] == "null"],
        "node_row_ptr": pointers,
        "heads": [[len(written) - 1, 0, 0]],
        "attrs": {"mxnet_version": ["int", _VERSION]},
    }
    return json.dumps(document, indent=2)


def read(text: str) -> list[Node]:
    """The network of such a JSON, of this or an older version of MXNet's.

    Raises:
        UnknownNetworkError: It is none.
    """
    try:
        written = json.loads(text)["nodes"]
        return [_read(node, written) for node in written if node["op"] != "null"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, SyntaxError) as error:
        raise UnknownNetworkError(f"it is no network of MXNet's ({type(error).__name__}: {error})") from error


def _read(node: dict[str, Any], written: Sequence[dict[str, Any]]) -> Node:
    op: str = node["op"]
    given: dict[str, str] = node.get("attrs") or node.get("attr") or node.get("param") or {}
    inputs = [written[entry[0]] for entry in node["inputs"]]
    names = tuple(found["name"] for found in inputs if found["op"] != "null" or found["name"] == "data")
    attrs = {name: _value(value) for name, value in given.items() if not name.startswith("__")}
    return Node(_SYNONYMS.get(op, op), node["name"], names, attrs)


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
