"""The hyperparameters that say how to train."""

from dataclasses import dataclass, field

from fieldstone.algorithms.linear_learner.grid import Given
from fieldstone.algorithms.linear_learner.losses import Shape
from fieldstone.algorithms.linear_learner.packs import Start, Steps
from fieldstone.algorithms.linear_learner.selection import Wish


@dataclass(frozen=True, slots=True)
class Plan:
    """Under AWS's names and with its defaults, where those are not ``auto``."""

    predictor_type: str
    loss: str
    num_classes: int = 1
    epochs: int = 15
    num_models: int = 32
    num_calibration_samples: int = 10_000_000
    num_point_for_scaler: int = 10_000
    normalize_data: bool = True
    unbias_data: bool = True
    normalize_label: bool = True
    unbias_label: bool = True
    positive_example_weight_mult: float | str = 1.0
    balance_multiclass_weights: bool = False
    early_stopping_patience: int = 3
    early_stopping_tolerance: float = 0.001
    given: Given = field(default_factory=Given)
    steps: Steps = field(default_factory=Steps)
    start: Start = field(default_factory=Start)
    shape: Shape = field(default_factory=Shape)
    wish: Wish = field(default_factory=Wish)

    @property
    def columns(self) -> int:
        """How many scores a model gives a row."""
        return self.num_classes if self.predictor_type == "multiclass_classifier" else 1
