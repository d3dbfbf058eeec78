"""What a network learns by: optimizers, learning rates, losses and accuracies."""

import numpy as np
import pytest
from tests.algorithms.image_classification.conftest import needs_torch

pytestmark = needs_torch

STEPS = """
import json, sys
import torch
from fieldstone.algorithms.image_classification import graph
from fieldstone.algorithms.image_classification.graph import Shape
from fieldstone.algorithms.image_classification.hyperparameters import validate
from fieldstone.algorithms.image_classification.network import Network
from fieldstone.algorithms.image_classification.optimizing import make_optimizer, rate_of
options = validate({"num_classes": "2", "num_training_samples": "8"} | json.loads(sys.argv[1]))
network = Network(graph.build(20, Shape(1, 8, 8), 2), 1)
network.draw(1)
optimizer = make_optimizer(network, options)
weight, shift = network.layers["fc1"].weight, network.layers["bn1"].bias
said = {"w": [weight[0, 0].item()], "b": [shift[0].item()], "rates": [rate_of(epoch, options) for epoch in range(5)]}
for gradient in (0.5, 0.25, -1.0):
    for tensor in (weight, shift):
        tensor.grad = torch.full_like(tensor, gradient)
    optimizer.step()
    said["w"].append(weight[0, 0].item())
    said["b"].append(shift[0].item())
said["fixed"] = network.layers["bn_data"].weight.requires_grad
print(json.dumps(said))
"""


def sgd(weight, decay, *, ahead):
    """MXNet's `sgd` and `nag` with a rate of 0.1 and a momentum of 0.9."""
    speed = 0.0
    for gradient in (0.5, 0.25, -1.0):
        given = gradient + decay * weight
        speed = 0.9 * speed + given
        weight -= 0.1 * (given + 0.9 * speed if ahead else speed)
        yield weight


def adam(weight, _decay):
    mean = square = 0.0
    for step, gradient in enumerate((0.5, 0.25, -1.0), 1):
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        weight -= 0.1 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step) * mean / (np.sqrt(square) + 1e-8)
        yield weight


def rmsprop(weight, _decay):
    square = 0.0
    for gradient in (0.5, 0.25, -1.0):
        square = 0.9 * square + 0.1 * gradient**2
        weight -= 0.1 * gradient / np.sqrt(square + 1e-8)
        yield weight


METHODS = {
    "sgd": lambda weight, decay: sgd(weight, decay, ahead=False),
    "nag": lambda weight, decay: sgd(weight, decay, ahead=True),
    "adam": adam,
    "rmsprop": rmsprop,
}


@pytest.mark.parametrize("name", METHODS)
def test_an_optimizer_goes_the_steps_that_mxnets_goes(by_torch, name):
    """Weights decay under sgd and nag, shifts never do; the scale of the pixels is fixed."""
    told = by_torch(STEPS, f'{{"optimizer": "{name}", "weight_decay": "0.01"}}')

    np.testing.assert_allclose(told["w"][1:], list(METHODS[name](told["w"][0], 0.01)), rtol=1e-4)
    np.testing.assert_allclose(told["b"][1:], list(METHODS[name](told["b"][0], 0)), rtol=1e-4, atol=1e-6)
    assert told["fixed"] is False


def test_the_learning_rate_falls_after_the_epochs_that_are_named(by_torch):
    """By the factor, each time."""
    told = by_torch(STEPS, '{"lr_scheduler_step": "1, 3", "lr_scheduler_factor": "0.5", "learning_rate": "0.4"}')

    assert told["rates"] == pytest.approx([0.4, 0.2, 0.2, 0.1, 0.1])


LOSSES = """
import json
import numpy as np
import torch
from fieldstone.algorithms.image_classification.scoring import Tally, make_loss
logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.0, 3.0]])
one, hot = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
whole = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]], np.float32)
tally, several = Tally(2), Tally()
tally.add(logits, one, multi_label=False)
several.add(logits, hot, multi_label=True)
print(json.dumps({
    "one": make_loss(multi_label=False, weighted=False, labels=None)(logits, one).item(),
    "hot": make_loss(multi_label=True, weighted=False, labels=None)(logits, hot).item(),
    "weighted": make_loss(multi_label=True, weighted=True, labels=whole)(logits, hot).item(),
    "counted": make_loss(multi_label=True, weighted=True, labels=None)(logits, hot).item(),
    "accuracy": [tally.accuracy, tally.top_accuracy, several.accuracy],
}))
"""


def test_losses_and_accuracies_are_what_their_formulas_say(by_torch):
    """Weights of several labels: absences over presences, from all labels, or as far as they have come."""
    told = by_torch(LOSSES)
    logits, hot = np.array([[2, -1, 0.5], [0, 1, 3]]), np.array([[1, 0, 0], [1, 1, 0]])
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    yes, no = np.log1p(np.exp(-logits)), np.log1p(np.exp(logits))

    def expect(weights):
        return (np.array(weights) * hot * yes + (1 - hot) * no).mean()

    assert told["one"] == pytest.approx(-np.log([shares[0, 0], shares[1, 1]]).mean(), rel=1e-5)
    assert told["hot"] == pytest.approx(expect([1, 1, 1]), rel=1e-5)
    assert told["weighted"] == pytest.approx(expect([1 / 3, 3, 1]), rel=1e-5)
    assert told["counted"] == pytest.approx(expect([0, 1, 1]), rel=1e-5)
    assert told["accuracy"] == pytest.approx([0.5, 1, 3 / 6])
