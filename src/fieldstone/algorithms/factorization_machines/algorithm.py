"""Factorization Machines as the program that runs it knows it: hyperparameters, and how it is trained and loaded."""

from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.algorithms.amazon.hyperparameters import BOOLEAN, CHOICE, INTEGER, REAL, Hyperparameter
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.factorization_machines.model import load
from fieldstone.algorithms.factorization_machines.plans import INITIALISATIONS
from fieldstone.algorithms.factorization_machines.train import train

_COUNT = Interval(1)
_LARGEST = 1e30
"""Keeps infinity out, and NaN, which is in no interval."""
_ANY = Interval(-_LARGEST, _LARGEST)
_FROM_ZERO = Interval(0, _LARGEST)


def _group(name: str, sigma: str, rate: str, decay: str) -> tuple[Hyperparameter, ...]:
    """What each of the three groups of parameters has: how they begin, how fast they move, how they shrink."""
    return (
        Hyperparameter(f"{name}_init_method", CHOICE, INITIALISATIONS, default="normal"),
        Hyperparameter(f"{name}_init_scale", REAL, _FROM_ZERO),
        Hyperparameter(f"{name}_init_sigma", REAL, _FROM_ZERO, default=sigma),
        Hyperparameter(f"{name}_init_value", REAL, _ANY),
        Hyperparameter(f"{name}_lr", REAL, _FROM_ZERO, default=rate),
        Hyperparameter(f"{name}_wd", REAL, _FROM_ZERO, default=decay),
    )


FACTORIZATION_MACHINES = Algorithm(
    name="factorization-machines",
    hyperparameters=(
        Hyperparameter("feature_dim", INTEGER, _COUNT, required=True),
        Hyperparameter("num_factors", INTEGER, _COUNT, required=True),
        Hyperparameter("predictor_type", CHOICE, ("binary_classifier", "regressor"), required=True),
        Hyperparameter("mini_batch_size", INTEGER, _COUNT, default="1000"),
        Hyperparameter("epochs", INTEGER, _COUNT, default="1"),
        Hyperparameter("clip_gradient", REAL, Interval(0, _LARGEST, low_open=True)),
        Hyperparameter("eps", REAL, Interval(0, _LARGEST, low_open=True)),
        Hyperparameter("rescale_grad", REAL, _ANY),
        *_group("bias", sigma="0.01", rate="0.1", decay="0.01"),
        *_group("linear", sigma="0.01", rate="0.001", decay="0.001"),
        *_group("factors", sigma="0.001", rate="0.0001", decay="0.00001"),
        Hyperparameter("force_dense", BOOLEAN),
    ),
    train=train,
    load=load,
    formats=frozenset({"recordio-protobuf"}),
    tensors=frozenset({"Float32Tensor"}),
)
