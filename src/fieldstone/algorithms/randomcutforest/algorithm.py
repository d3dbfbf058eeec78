"""Random Cut Forest as the program that runs it knows it: its hyperparameters, and how it is trained and loaded."""

from fieldstone.algorithms.amazon.algorithm import Algorithm
from fieldstone.algorithms.amazon.hyperparameters import BOOLEAN, INTEGER, JSON, Hyperparameter
from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.randomcutforest.model import load
from fieldstone.algorithms.randomcutforest.train import train

RANDOM_CUT_FOREST = Algorithm(
    name="RandomCutForest",
    hyperparameters=(
        Hyperparameter("feature_dim", INTEGER, Interval(1, 10_000), required=True),
        Hyperparameter("num_trees", INTEGER, Interval(50, 1000), default="100"),
        Hyperparameter("num_samples_per_tree", INTEGER, Interval(1, 2048), default="256"),
        Hyperparameter(
            "eval_metrics",
            JSON,
            ("accuracy", "precision_recall_fscore"),
            default='["accuracy", "precision_recall_fscore"]',
        ),
        Hyperparameter("mini_batch_size", INTEGER, Interval(1), default="1000"),
        Hyperparameter("epochs", INTEGER, Interval(1), default="1"),
        Hyperparameter("force_dense", BOOLEAN, default="true"),
    ),
    train=train,
    load=load,
)
