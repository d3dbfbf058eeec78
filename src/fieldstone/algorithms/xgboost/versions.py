"""What an image's tag decides: defaults that have changed since, names that are gone, the shape of replies."""

import re
from dataclasses import dataclass
from typing import Any

from fieldstone.algorithms.xgboost import log
from fieldstone.contract.training import UserError

SMALL = 4 << 20
"""Rows from which XGBoost before 2.0 preferred its approximate tree method to the exact one."""

UNUSED = frozenset(
    {
        "deterministic_histogram",
        "dsplit",
        "lambda_bias",
        "predictor",
        "prob_buffer_row",
        "silent",
        "single_precision_histogram",
        "sketch_eps",
    }
)
"""Hyperparameters that older images acted upon and that XGBoost no longer knows."""

GONE_UPDATERS = frozenset({"distcol", "grow_skmaker"})
ERROR_METRICS = {"binary:logistic": "error", "multi:softmax": "merror", "multi:softprob": "merror"}
RENAMED_OBJECTIVES = {"reg:linear": "reg:squarederror"}


@dataclass(frozen=True, order=True, slots=True)
class Version:
    """The version of XGBoost behind a tag, and the revision of its image: 1.2-2 is 1, 2 and 2."""

    major: int
    minor: int
    revision: int = 0

    @classmethod
    def parse(cls, tag: str) -> "Version":
        """Read a tag such as `1.7-1`, `1.0-1-cpu-py3`, `0.72`, `latest` or `1` (both 0.72).

        Raises:
            ValueError: The tag does not begin like a version.
        """
        if tag in {"1", "latest"}:
            return cls(0, 72)
        found = re.match(r"(\d+)\.(\d+)(?:-(\d+))?(?=-|$)", tag)
        if found is None:
            raise ValueError(f"{tag} is not the version of an XGBoost image")
        major, minor, revision = found.groups(default="0")
        return cls(int(major), int(minor), int(revision))

    @property
    def joins_predictions(self) -> bool:
        """Whether a CSV reply is one line, joined by commas; the images of April 2022 give each row its own line."""
        return self < Version(1, 2, 2)

    @property
    def estimates_intercept(self) -> bool:
        """Whether `base_score` is estimated from the labels when it is not given, and `hist` the tree method."""
        return self >= Version(2, 0)


def translate(parameters: dict[str, Any], version: Version, rows: int, *, alone: bool = True) -> dict[str, Any]:
    """The parameters to give to the XGBoost we run, so that it does what the image's version did.

    Args:
        parameters: Validated hyperparameters, those of the container's own removed.
        version: The image's.
        rows: The number of training rows; it decides the tree method that versions before 2.0 chose by themselves.
        alone: Whether one host trains; those versions chose the approximate method for several.

    Raises:
        UserError: A tree updater is asked for that exists no longer.
    """
    _refuse_updaters(parameters.get("updater", []))
    for name in sorted(UNUSED & parameters.keys()):
        log.warn(f"Hyperparameter {name} has no effect in the XGBoost that runs here.")
    kept = {name: value for name, value in parameters.items() if name not in UNUSED and value != "auto"}
    translated = _defaults(parameters, version, can_be_exact=alone and rows < SMALL) | kept
    if translated.get("tree_method") == "gpu_hist":
        log.warn("There is no GPU here: tree_method gpu_hist is run as hist on the CPU.")
        translated["tree_method"] = "hist"
    objective = translated.get("objective", "reg:squarederror")
    return translated | {"objective": RENAMED_OBJECTIVES.get(objective, objective)}


def _refuse_updaters(updaters: list[str]) -> None:
    if gone := sorted(GONE_UPDATERS.intersection(updaters)):
        raise UserError(f"Tree updater {gone[0]} does not exist in the XGBoost that runs here.")


def _defaults(parameters: dict[str, Any], version: Version, *, can_be_exact: bool) -> dict[str, Any]:
    defaults: dict[str, Any] = {}
    objective = parameters.get("objective", "reg:squarederror")
    if not version.estimates_intercept:
        # XGBoost 1.7 already estimated the intercept of this one objective.
        if objective != "reg:absoluteerror":
            defaults["base_score"] = 0.5
        if parameters.get("booster") != "gblinear" and "updater" not in parameters:
            defaults["tree_method"] = "exact" if can_be_exact else "approx"
        if objective.startswith("rank:"):
            defaults["eval_metric"] = "map"
    if version < Version(1, 3) and objective in ERROR_METRICS:
        defaults["eval_metric"] = ERROR_METRICS[objective]
    return defaults
