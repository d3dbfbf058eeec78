"""K-Means as the program that runs it knows it: its hyperparameters, and how it is trained and loaded."""

from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.algorithms.amazon.hyperparameters import AUTO, BOOLEAN, INTEGER, JSON, REAL, Hyperparameter, Kind
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.kmeans.model import load
from fieldstone.algorithms.kmeans.seeding import METHODS
from fieldstone.algorithms.kmeans.train import train

_COUNT = Interval(1)


def _parse_method(text: str) -> str:
    """AWS's documents write `k-means++` as well."""
    return "kmeans++" if text == "k-means++" else text


_METHOD = Kind("string", _parse_method)

KMEANS = Algorithm(
    name="AWS/KMeansWebscale",
    hyperparameters=(
        Hyperparameter("feature_dim", INTEGER, _COUNT, required=True),
        Hyperparameter("k", INTEGER, _COUNT, required=True),
        Hyperparameter("mini_batch_size", INTEGER, _COUNT, default="5000"),
        Hyperparameter("epochs", INTEGER, _COUNT, default="1"),
        Hyperparameter("extra_center_factor", INTEGER, _COUNT, default=AUTO, auto=True),
        Hyperparameter("half_life_time_size", INTEGER, Interval(0), default="0"),
        Hyperparameter("init_method", _METHOD, METHODS, default="random"),
        Hyperparameter("local_lloyd_init_method", _METHOD, METHODS, default="kmeans++"),
        Hyperparameter("local_lloyd_max_iter", INTEGER, _COUNT, default="300"),
        Hyperparameter("local_lloyd_num_trials", INTEGER, _COUNT, default=AUTO, auto=True),
        Hyperparameter("local_lloyd_tol", REAL, Interval(0, 1), default="0.0001"),
        Hyperparameter("eval_metrics", JSON, ("msd", "ssd"), default='["msd"]'),
        Hyperparameter("force_dense", BOOLEAN, default="true"),
    ),
    train=train,
    load=load,
)
