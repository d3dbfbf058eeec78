"""The networks as lists of operations, and as MXNet's JSON."""

import json
import math

import pytest

from fieldstone.algorithms.image_classification import graph, symbol
from fieldstone.algorithms.image_classification.graph import DEPTHS, Shape, build, describe, shapes

LARGE = Shape(3, 224, 224)


@pytest.mark.parametrize("layers", DEPTHS)
def test_a_network_has_as_many_layers_as_its_name_says(layers):
    """Convolutions on the way, and the last matrix; those in shortcuts are beside the way."""
    nodes = build(layers, LARGE, 10)
    weighted = [node for node in nodes if node.op in {"Convolution", "FullyConnected"}]

    assert sum(not node.name.endswith("_sc") for node in weighted) == layers
    assert describe(nodes) == (layers, 10)


def test_the_numbers_of_weights_are_those_of_mxnets_networks():
    """Of 1,000 classes: 11.7, 25.6 and 60.2 millions, as MXNet's model zoo has them; of 10: 0.27, as the paper says."""

    def count(layers, shape, classes):
        arguments = shapes(build(layers, shape, classes), 3)
        return sum(math.prod(size) for name, size in arguments.items() if name.startswith("arg:"))

    assert count(18, LARGE, 1000) == pytest.approx(11.69e6, rel=1e-3)
    assert count(50, LARGE, 1000) == pytest.approx(25.55e6, rel=1e-3)
    assert count(152, LARGE, 1000) == pytest.approx(60.19e6, rel=1e-2)
    assert count(20, Shape(3, 32, 32), 10) == pytest.approx(0.27e6, rel=0.02)


def test_small_images_are_not_made_smaller_at_once():
    """As in MXNet's example, from 33 rows on a convolution of 7 x 7 and pooling come first."""
    assert shapes(build(18, Shape(3, 32, 32), 2), 3)["arg:conv0_weight"] == (64, 3, 3, 3)
    assert shapes(build(18, Shape(1, 33, 33), 2), 1)["arg:conv0_weight"] == (64, 1, 7, 7)


@pytest.mark.parametrize("layers", [18, 20, 50])
def test_a_network_is_the_same_after_it_was_written_and_read(layers):
    """Operations, names, inputs and parameters."""
    nodes = build(layers, LARGE, 5, multi_label=layers == 20)
    read = symbol.read(symbol.write(nodes))

    assert read == nodes


def test_the_json_has_what_mxnet_looks_for():
    """Weights as nodes of their own, three outputs of a normalization, the running averages marked as changing."""
    document = json.loads(symbol.write(build(20, Shape(3, 28, 28), 5)))
    names = [node["name"] for node in document["nodes"]]
    bn = document["nodes"][names.index("bn_data")]

    assert names[:8] == ["data", "id", "bn_data_gamma", "bn_data_beta", "bn_data_moving_mean", "bn_data_moving_var",
                         "bn_data", "conv0_weight"]  # fmt: skip
    assert bn["attrs"] == {"eps": "2e-05", "fix_gamma": "True", "momentum": "0.9"}
    assert [entry[2] for entry in bn["inputs"]] == [0, 0, 0, 1, 1]
    assert names[-3:] == ["fc1", "softmax_label", "softmax"]
    assert document["heads"] == [[len(names) - 1, 0, 0]]
    assert document["node_row_ptr"][7] - document["node_row_ptr"][6] == 3
    assert [names[place] for place in document["arg_nodes"][:2]] == ["data", "bn_data_gamma"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"nodes": [{"op": "x"}]}', '{"nodes": [{"op": "x", "name": "x", "inputs": [[7, 0, 0]]}]}']
)
def test_what_is_no_network_is_refused(text):
    """In words of one kind."""
    with pytest.raises(symbol.UnknownNetworkError, match="it is no network of MXNet's"):
        symbol.read(text)


def test_a_network_of_another_kind_has_no_number_of_layers():
    """So a model of somebody else's is not taken for one of ours."""
    nodes = [node for node in build(20, LARGE, 2) if not node.name.startswith("stage3")]

    assert describe(nodes) == (None, 2)
    assert graph.LOGITS in {node.name for node in nodes}
