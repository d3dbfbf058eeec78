"""PCA as the program that runs it knows it: its hyperparameters, and how it is trained and loaded."""

from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.algorithms.amazon.hyperparameters import BOOLEAN, CHOICE, INTEGER, Hyperparameter
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.pca.model import load
from fieldstone.algorithms.pca.train import train

_COUNT = Interval(1)

PCA = Algorithm(
    name="PCA",
    hyperparameters=(
        Hyperparameter("feature_dim", INTEGER, _COUNT, required=True),
        Hyperparameter("num_components", INTEGER, _COUNT, required=True),
        Hyperparameter("mini_batch_size", INTEGER, _COUNT, required=True),
        Hyperparameter("algorithm_mode", CHOICE, ("regular", "randomized"), default="regular"),
        Hyperparameter("subtract_mean", BOOLEAN, default="true"),
        Hyperparameter("extra_components", INTEGER, Interval(-1), default="-1"),
        Hyperparameter("epochs", INTEGER, _COUNT, default="1"),
        Hyperparameter("force_dense", BOOLEAN, default="true"),
    ),
    train=train,
    load=load,
)
