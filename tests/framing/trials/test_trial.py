"""The trial: sample, folds and predictions that several checks share."""

import numpy as np
import pytest

from fieldstone.framing.trials.trial import Trial


def days(count):
    return np.datetime64("2024-01-01", "us") + np.arange(count).astype("timedelta64[D]")


def test_the_sample_is_bounded_and_keeps_the_share_of_each_class(make_cases, rng):
    """A rare class has the same share in the sample."""
    cases = make_cases(rng.normal(size=(5000, 3)), rng.random(5000) < 0.05)
    trial = Trial(cases, "binary", limit=1000)

    assert len(trial.rows) == 1000
    assert trial.target.mean() == pytest.approx(cases.target.mean(), abs=0.002)


def test_folds_go_forward_in_time(make_cases, rng):
    """No model learns from a case later than one it foretells, whatever the order of the rows."""
    time = rng.permutation(days(600))
    trial = Trial(make_cases(rng.normal(size=(600, 2)), rng.random(600) < 0.5, time=time), "binary")
    when = time[trial.rows]

    assert trial.ordered
    assert all(when[train].max() < when[test].min() for train, test in trial.folds)


def test_cases_of_one_entity_stay_on_one_side(make_cases, rng):
    """An id that repeats is never both learnt from and foretold."""
    ids = np.repeat(np.arange(100), 5)
    trial = Trial(make_cases(rng.normal(size=(500, 2)), rng.random(500) < 0.5, ids=ids), "binary")

    assert all(not set(ids[trial.rows[a]]) & set(ids[trial.rows[b]]) for a, b in trial.folds)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "ordinal", "multilabel", "value", "count"])
def test_every_kind_is_foretold_better_than_by_guessing(make_cases, rng, kind):
    """The strong and the plain model both learn an easy problem of each kind."""
    features = rng.normal(size=(400, 4))
    features[rng.random(features.shape) < 0.05] = np.nan
    told = np.nan_to_num(features[:, 0])
    target = {
        "binary": told > 0,
        "multiclass": np.digitize(told, [-0.5, 0.5]),
        "ordinal": np.digitize(told, [-0.5, 0.5]),
        "multilabel": np.column_stack([told > 0, told < 0.5]),
        "value": told,
        "count": rng.poisson(np.exp(1 + told)),
    }[kind]
    classes = () if kind in {"value", "count"} else ("low", "middle", "high")
    trial = Trial(make_cases(features, target, classes=classes[: 2 if kind in {"binary", "multilabel"} else 3]), kind)

    assert trial.quality.low > trial.measure.chance + 0.2
    assert trial.judge(trial.plain).low > trial.measure.chance + 0.2


def test_the_same_seed_gives_the_same_predictions(make_cases, rng):
    """Everything random follows from the seed."""
    cases = make_cases(rng.normal(size=(300, 3)), rng.random(300) < 0.5)

    assert np.array_equal(Trial(cases, "binary", seed=3).strong, Trial(cases, "binary", seed=3).strong)


def test_one_outcome_only_makes_a_trial_impossible(make_cases, rng):
    """Nothing can be learnt where every case ended alike."""
    assert not Trial(make_cases(rng.normal(size=(100, 2)), np.ones(100)), "binary").possible


def test_segments_have_nothing_to_foretell(make_cases, rng):
    """A kind without a target is no trial."""
    assert not Trial(make_cases(rng.normal(size=(100, 2))), "segments").possible


def test_a_series_is_foretold_from_its_past_only(make_cases):
    """What a forecaster of three periods ahead sees does not contain the last two values."""
    values = np.arange(100.0)
    trial = Trial(make_cases(np.zeros((100, 1)), values, time=days(100)), "time series", ahead_by=3)

    assert trial.mark[50] <= 47
    assert np.nanmax(trial.known[50]) + trial.mark[50] == pytest.approx(47)


def test_a_class_that_appears_late_breaks_nothing(make_cases, rng):
    """Early folds that know one outcome only still foretell."""
    cases = make_cases(rng.normal(size=(300, 2)), np.arange(300) > 250, time=days(300))

    assert np.isfinite(Trial(cases, "binary").strong).all()
