"""The hyperparameters of the algorithm, as one table, and the check of a job's against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fieldstone.algorithms.amazon.interval import Interval
from fieldstone.algorithms.xgboost.kinds import CATEGORY, INTEGER, METRICS, NAMES, NESTED, REAL, TUPLE, Kind
from fieldstone.algorithms.xgboost.metrics import MAXIMIZE, MINIMIZE
from fieldstone.algorithms.xgboost.rules import RULES
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.training import UserError


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One row of the table; `until` is the last version whose image knows the name. Defaults are XGBoost's own."""

    name: str
    kind: Kind
    accepted: Interval | list[Any]
    alias: str | None = None
    required: bool = False
    until: Version | None = None
    default: None = None

    def parse(self, text: str) -> Any:
        """The value that a text stands for.

        Raises:
            UserError: The text is none of this kind, or the value is out of range.
        """
        try:
            value = self.kind.parse(text)
        except (ValueError, SyntaxError) as error:
            reason = f"Hyperparameter {self.name}: could not parse value (caused by {type(error).__name__})"
            raise UserError(reason) from error
        if self.kind.parts is None:
            if value not in self.accepted:
                raise UserError(f"Hyperparameter {self.name}: {value} is not in {self.accepted}")
        elif any(part not in self.accepted for part in self.kind.parts(value)):
            raise UserError(f"Hyperparameter {self.name}: value {value} not in range {self.accepted}")
        return value


POSITIVE = Interval(0, low_open=True)
NOT_NEGATIVE = Interval(0)
UNIT = Interval(0, 1)
SHARE = Interval(0, 1, low_open=True)
COUNT = Interval(1)
SWITCH = ["true", "false"]

TABLE = (
    Hyperparameter("num_round", INTEGER, COUNT, required=True),
    Hyperparameter("num_class", INTEGER, Interval(2)),
    Hyperparameter("csv_weights", INTEGER, UNIT),
    Hyperparameter("early_stopping_rounds", INTEGER, COUNT),
    Hyperparameter("booster", CATEGORY, ["gbtree", "gblinear", "dart"]),
    Hyperparameter("verbosity", INTEGER, Interval(0, 3)),
    Hyperparameter("silent", INTEGER, UNIT, until=Version(1, 0)),
    Hyperparameter("nthread", INTEGER, COUNT),
    Hyperparameter("eta", REAL, UNIT, alias="learning_rate"),
    Hyperparameter("gamma", REAL, NOT_NEGATIVE, alias="min_split_loss"),
    Hyperparameter("max_depth", INTEGER, NOT_NEGATIVE),
    Hyperparameter("min_child_weight", REAL, NOT_NEGATIVE),
    Hyperparameter("max_delta_step", REAL, NOT_NEGATIVE),
    Hyperparameter("subsample", REAL, SHARE),
    Hyperparameter("colsample_bytree", REAL, SHARE),
    Hyperparameter("colsample_bylevel", REAL, SHARE),
    Hyperparameter("colsample_bynode", REAL, SHARE),
    Hyperparameter("lambda", REAL, NOT_NEGATIVE, alias="reg_lambda"),
    Hyperparameter("alpha", REAL, NOT_NEGATIVE, alias="reg_alpha"),
    Hyperparameter("tree_method", CATEGORY, ["auto", "exact", "approx", "hist", "gpu_hist"]),
    Hyperparameter("sketch_eps", REAL, Interval(0, 1, low_open=True, high_open=True)),
    Hyperparameter("scale_pos_weight", REAL, POSITIVE),
    Hyperparameter(
        "updater",
        NAMES,
        [
            "grow_colmaker",
            "distcol",
            "grow_histmaker",
            "grow_skmaker",
            "sync",
            "refresh",
            "prune",
            "shotgun",
            "coord_descent",
        ],
    ),
    Hyperparameter("dsplit", CATEGORY, ["row", "col"]),
    Hyperparameter("refresh_leaf", INTEGER, UNIT),
    Hyperparameter("process_type", CATEGORY, ["default", "update"]),
    Hyperparameter("grow_policy", CATEGORY, ["depthwise", "lossguide"]),
    Hyperparameter("max_leaves", INTEGER, NOT_NEGATIVE),
    Hyperparameter("max_bin", INTEGER, NOT_NEGATIVE),
    Hyperparameter("predictor", CATEGORY, ["auto", "cpu_predictor", "gpu_predictor"]),
    Hyperparameter("monotone_constraints", TUPLE, [-1, 0, 1]),
    Hyperparameter("interaction_constraints", NESTED, COUNT),
    Hyperparameter("sample_type", CATEGORY, ["uniform", "weighted"]),
    Hyperparameter("normalize_type", CATEGORY, ["tree", "forest"]),
    Hyperparameter("rate_drop", REAL, UNIT),
    Hyperparameter("one_drop", INTEGER, UNIT),
    Hyperparameter("skip_drop", REAL, UNIT),
    Hyperparameter("lambda_bias", REAL, UNIT),
    Hyperparameter("tweedie_variance_power", REAL, Interval(1, 2, low_open=True, high_open=True)),
    Hyperparameter(
        "objective",
        CATEGORY,
        [
            "binary:logistic",
            "binary:logitraw",
            "binary:hinge",
            "count:poisson",
            "multi:softmax",
            "multi:softprob",
            "rank:pairwise",
            "rank:ndcg",
            "rank:map",
            "reg:linear",
            "reg:squarederror",
            "reg:logistic",
            "reg:gamma",
            "reg:pseudohubererror",
            "reg:squaredlogerror",
            "reg:absoluteerror",
            "reg:tweedie",
            "survival:aft",
            "survival:cox",
        ],
    ),
    Hyperparameter("base_score", REAL, NOT_NEGATIVE),
    Hyperparameter("eval_metric", METRICS, [*MAXIMIZE, *MINIMIZE]),
    Hyperparameter("seed", INTEGER, Interval(-(2**31), 2**31 - 1, low_open=True, high_open=True)),
    Hyperparameter("num_parallel_tree", INTEGER, COUNT),
    Hyperparameter("save_model_on_termination", CATEGORY, SWITCH),
    Hyperparameter("aft_loss_distribution", CATEGORY, ["normal", "logistic", "extreme"]),
    Hyperparameter("aft_loss_distribution_scale", REAL, NOT_NEGATIVE),
    Hyperparameter("deterministic_histogram", CATEGORY, SWITCH),
    Hyperparameter("single_precision_histogram", CATEGORY, SWITCH, until=Version(1, 7)),
    Hyperparameter("sampling_method", CATEGORY, ["uniform", "gradient_based"]),
    Hyperparameter("prob_buffer_row", REAL, Interval(1, low_open=True)),
    Hyperparameter("use_dask_gpu_training", CATEGORY, SWITCH),
    Hyperparameter("_kfold", INTEGER, Interval(2)),
    Hyperparameter("_num_cv_round", INTEGER, COUNT),
    Hyperparameter("_tuning_objective_metric", CATEGORY, [f"validation:{metric}" for metric in (*MAXIMIZE, *MINIMIZE)]),
)


def validate(given: Mapping[str, str], version: Version) -> dict[str, Any]:
    """Check and parse the hyperparameters of a job; aliases come back under the proper name.

    Raises:
        UserError: One is missing, unknown to the image, no value of its kind, out of range, or at odds with another.
    """
    known = {row.name: row for row in known_to(version)}
    named = _resolve_aliases(given, known)
    for row in known.values():
        if row.required and row.name not in named:
            raise UserError(f"Missing required hyperparameter: {row.name}")
    for name in named:
        if name not in known:
            raise UserError(f"Extraneous hyperparameter found: {name}")
    values = {name: known[name].parse(text) for name, text in named.items()}
    for check in RULES:
        check(values)
    return values


def known_to(version: Version) -> list[Hyperparameter]:
    """The rows of the table that an image of this version knows."""
    return [row for row in TABLE if row.until is None or version <= _any_revision(row.until)]


def _any_revision(version: Version) -> Version:
    return Version(version.major, version.minor, 99)


def _resolve_aliases(given: Mapping[str, str], known: Mapping[str, Hyperparameter]) -> dict[str, str]:
    proper = {row.alias: row.name for row in known.values() if row.alias}
    for alias, name in proper.items():
        if alias in given and name in given:
            raise UserError(f"Hyperparameters {name} and {alias} are the same: give only one of them")
    return {proper.get(name, name): text for name, text in given.items()}
