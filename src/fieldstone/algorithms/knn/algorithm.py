"""k-nearest neighbours as the program that runs it knows it: its hyperparameters, and how it is trained and loaded."""

from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.algorithms.amazon.hyperparameters import AUTO, BOOLEAN, CHOICE, INTEGER, Hyperparameter
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.knn.index import METRICS, TYPES
from fieldstone.algorithms.knn.model import load
from fieldstone.algorithms.knn.reducing import METHODS
from fieldstone.algorithms.knn.train import train

_COUNT = Interval(1)
_CODES = (1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96)

KNN = Algorithm(
    name="AWS/KNN",
    hyperparameters=(
        Hyperparameter("feature_dim", INTEGER, _COUNT, required=True),
        Hyperparameter("k", INTEGER, _COUNT, required=True),
        Hyperparameter("predictor_type", CHOICE, ("classifier", "regressor"), required=True),
        Hyperparameter("sample_size", INTEGER, _COUNT, required=True),
        Hyperparameter("dimension_reduction_type", CHOICE, METHODS),
        Hyperparameter("dimension_reduction_target", INTEGER, _COUNT),
        Hyperparameter("index_type", CHOICE, TYPES, default="faiss.Flat"),
        Hyperparameter("index_metric", CHOICE, METRICS, default="L2"),
        Hyperparameter("faiss_index_ivf_nlists", INTEGER, _COUNT, default=AUTO, auto=True),
        Hyperparameter("faiss_index_pq_m", INTEGER, _CODES),
        Hyperparameter("mini_batch_size", INTEGER, _COUNT, default="5000"),
        Hyperparameter("force_dense", BOOLEAN),
    ),
    train=train,
    load=load,
)
