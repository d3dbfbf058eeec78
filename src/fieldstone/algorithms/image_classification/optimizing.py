# pyright: reportMissingImports=false, reportUnknownParameterType=false
"""The optimizers, as MXNet defines them, and the learning rate of each epoch."""

import torch

from fieldstone.algorithms.image_classification.hyperparameters import Options
from fieldstone.algorithms.image_classification.network import Network


def make_optimizer(network: Network, options: Options) -> torch.optim.Optimizer:
    """The optimizer of a job. Weights decay under sgd and nag; shifts and biases never do, as in MXNet."""
    rate = options["learning_rate"]
    named = [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]
    if options["optimizer"] == "adam":
        betas = (options["beta_1"], options["beta_2"])
        return torch.optim.Adam([weight for _, weight in named], rate, betas, options["eps"])
    if options["optimizer"] == "rmsprop":
        return torch.optim.RMSprop([weight for _, weight in named], rate, options["gamma"], options["eps"])
    groups = [
        {"params": [weight for name, weight in named if not name.endswith(".bias")]},
        {"params": [weight for name, weight in named if name.endswith(".bias")], "weight_decay": 0.0},
    ]
    momentum = options["momentum"]
    looks_ahead = options["optimizer"] == "nag" and momentum > 0
    return torch.optim.SGD(groups, rate, momentum, weight_decay=options["weight_decay"], nesterov=looks_ahead)


def rate_of(epoch: int, options: Options) -> float:
    """The learning rate of an epoch, counted from 0: it falls by the factor after each epoch of `lr_scheduler_step`."""
    falls = sum(step <= epoch for step in options["lr_scheduler_step"] or ())
    return options["learning_rate"] * options["lr_scheduler_factor"] ** falls
