"""The hyperparameters: what is accepted, and in which words the rest is refused."""

import pytest

from fieldstone.algorithms.xgboost.hyperparameters import TABLE, validate
from fieldstone.algorithms.xgboost.versions import Version
from fieldstone.contract.training import UserError

NOW = Version(3, 0, 5)


def check(version=NOW, **given):
    return validate({"num_round": "10", **given}, version)


def test_texts_become_values():
    """Numbers, names, lists and tuples."""
    values = check(
        eta="0.3",
        max_depth="0",
        booster="dart",
        eval_metric="auc, error@0.7",
        objective="binary:logistic",
        tree_method="hist",
        monotone_constraints="(1, 0,-1)",
        interaction_constraints="[[1,2],[3,4]]",
    )

    assert (values["num_round"], values["eta"], values["max_depth"]) == (10, 0.3, 0)
    assert values["eval_metric"] == ["auc", "error@0.7"]
    assert values["monotone_constraints"] == (1, 0, -1)
    assert values["interaction_constraints"] == [[1, 2], [3, 4]]


def test_an_alias_stands_for_the_proper_name():
    """learning_rate is eta, and giving both is a mistake."""
    assert check(learning_rate="0.1", reg_lambda="2") == {"num_round": 10, "eta": 0.1, "lambda": 2.0}
    with pytest.raises(UserError, match="eta and learning_rate are the same"):
        check(learning_rate="0.1", eta="0.1")


def test_the_number_of_rounds_is_all_that_is_required():
    """Everything else has a default."""
    with pytest.raises(UserError, match="Missing required hyperparameter: num_round"):
        validate({"eta": "0.1"}, NOW)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"colour": "red"}, "Extraneous hyperparameter found: colour"),
        ({"max_depth": "six"}, "Hyperparameter max_depth: could not parse value (caused by ValueError)"),
        ({"max_depth": "6.0"}, "Hyperparameter max_depth: could not parse value (caused by ValueError)"),
        ({"monotone_constraints": "(1,"}, "Hyperparameter monotone_constraints: could not parse value"),
        ({"monotone_constraints": "1"}, "Hyperparameter monotone_constraints: could not parse value"),
        ({"eta": "2"}, "Hyperparameter eta: 2.0 is not in [0, 1]"),
        ({"eta": "nan"}, "Hyperparameter eta: nan is not in [0, 1]"),
        ({"subsample": "0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        ({"gamma": "-1"}, "Hyperparameter gamma: -1.0 is not in [0, +inf)"),
        ({"booster": "tree"}, "Hyperparameter booster: tree is not in ['gbtree', 'gblinear', 'dart']"),
        (
            {"eval_metric": "auc,beauty"},
            "Hyperparameter eval_metric: value ['auc', 'beauty'] not in range ['accuracy',",
        ),
        (
            {"eval_metric": "auc@2"},
            "Metric 'auc@2' is not supported. Parameter 'eval_metric' with customized threshold",
        ),
        ({"eval_metric": "error@half"}, "Threshold value 't' in 'error@t' expects float input."),
        ({"_tuning_objective_metric": "train:auc"}, "Hyperparameter _tuning_objective_metric: train:auc is not in"),
        ({"objective": "multi:softmax"}, "Require input for parameter 'num_class' for multi-classification"),
        ({"eval_metric": "auc"}, "Metric 'auc' can only be applied for classification and ranking problems."),
        ({"eval_metric": "aft-nloglik"}, "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective."),
        ({"monotone_constraints": "(1,)"}, "monotone_constraints can be used only when the tree_method"),
        ({"interaction_constraints": "[[1]]"}, "interaction_constraints can be used only when the tree_method"),
        ({"updater": "shotgun"}, "Tree updater should be selected from these options"),
        ({"updater": "grow_colmaker,distcol"}, "Only one tree grow plugin can be selected."),
        ({"updater": "prune", "booster": "gblinear"}, "Linear updater should be one of these options"),
        ({"updater": "sync", "process_type": "update"}, "process_type 'update' can only be used with updater"),
    ],
)
def test_a_mistake_is_refused_in_the_containers_words(given, reason):
    """Type, range, category, and the rules between hyperparameters."""
    with pytest.raises(UserError) as raised:
        check(**given)

    assert str(raised.value).startswith(reason)


@pytest.mark.parametrize(
    "given",
    [
        {"updater": "coord_descent", "booster": "gblinear"},
        {"updater": "refresh,prune", "process_type": "update"},
        {"updater": "grow_colmaker,prune"},
        {"tree_method": "exact", "monotone_constraints": "(1,)"},
        {"tree_method": "approx", "interaction_constraints": "[[1, 2]]"},
    ],
)
def test_what_keeps_the_rules_passes(given):
    """The rules forbid no more than they say."""
    assert given.keys() <= check(**given).keys()


def test_some_names_are_known_to_older_images_only():
    """An image refuses what came after it went, or went before it came."""
    assert check(Version(1, 0, 1), silent="1")["silent"] == 1
    assert check(Version(1, 7, 1), single_precision_histogram="true")
    for name, value in (("silent", "1"), ("single_precision_histogram", "true")):
        with pytest.raises(UserError, match=f"Extraneous hyperparameter found: {name}"):
            check(NOW, **{name: value})


def test_no_name_stands_twice_in_the_table():
    """Neither as a name nor as an alias."""
    names = [name for row in TABLE for name in (row.name, row.alias) if name]

    assert len(names) == len(set(names))
