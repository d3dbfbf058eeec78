"""The equation, its gradient and its steps, each held against what the paper and MXNet say, written out."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.factorization_machines.judging import Tally, chances
from fieldstone.algorithms.factorization_machines.plans import Group, Plan
from fieldstone.algorithms.factorization_machines.training import Course

DRAWS = np.random.default_rng(0)
DENSE = (DRAWS.normal(size=(30, 7)) * (DRAWS.random((30, 7)) < 0.5)).astype(np.float32)
ROWS = csr_matrix(DENSE)
LABELS = (DRAWS.random(30) < 0.5).astype(np.float32)


def written_out(bias, linear, factors, rows=DENSE):
    """Every pair by itself, as in the paper's first equation."""
    scores = []
    for row in rows.astype(np.float64):
        pairs = sum(factors[i] @ factors[j] * row[i] * row[j] for i in range(len(row)) for j in range(i + 1, len(row)))
        scores.append(bias + linear @ row + pairs)
    return np.array(scores)


def loss(bias, linear, factors, *, classifier):
    """The sum over the rows."""
    scores = written_out(bias, linear, factors)
    if classifier:
        return np.logaddexp(0, np.where(LABELS > 0, -scores, scores)).sum()
    return ((scores - LABELS) ** 2).sum() / 2


def slopes(parameters, *, classifier, width=1e-5):
    """The gradient, by differences."""
    found = []
    for number, part in enumerate(parameters):
        flat = np.atleast_1d(part).ravel()
        slope = np.empty(len(flat))
        for place in range(len(flat)):
            ends = []
            for sign in (1, -1):
                moved = flat.copy()
                moved[place] += sign * width
                given = [*parameters[:number], moved.reshape(np.shape(part)), *parameters[number + 1 :]]
                ends.append(loss(*given, classifier=classifier))
            slope[place] = (ends[0] - ends[1]) / (2 * width)
        found.append(slope.reshape(np.shape(part)))
    return found


def begin(*, classifier, clip_gradient=None, rescale_grad=None, eps=1e-8):
    plan = Plan(
        7, 3, classifier, bias=Group(lr=0.1, wd=0.01), linear=Group(sigma=0.3, lr=0.02, wd=0.03),
        factor=Group(sigma=0.4, lr=0.05, wd=0.02), clip_gradient=clip_gradient, rescale_grad=rescale_grad, eps=eps,
    )  # fmt: skip
    return plan, Course(plan, np.random.default_rng(1))


def parts(course):
    found = course.parameters
    return [np.float64(found.bias), found.linear.astype(np.float64), found.factors.astype(np.float64)]


def test_scores_are_those_of_every_pair_of_features():
    """Of rows with many features, and with none."""
    _, course = begin(classifier=False)

    np.testing.assert_allclose(course.parameters.scores(ROWS), written_out(*parts(course)), rtol=1e-5, atol=1e-6)
    assert course.parameters.scores(csr_matrix((2, 7), dtype=np.float32)).tolist() == [course.parameters.bias] * 2


@pytest.mark.parametrize("classifier", [False, True])
@pytest.mark.parametrize("options", [{}, {"clip_gradient": 0.05}, {"rescale_grad": 0.2}, {"eps": 0.5}])
def test_steps_are_those_of_adam_along_the_gradient(classifier, options):
    """Two of them, held against Adam in double precision and a gradient by differences."""
    plan, course = begin(classifier=classifier, **options)
    expected = parts(course)
    means, squares = ([np.zeros(np.shape(part)) for part in expected] for _ in range(2))
    groups = (plan.bias, plan.linear, plan.factor)
    for number in (1, 2):
        given = slopes(expected, classifier=classifier)
        for at, group in enumerate(groups):
            slope = given[at] * (options.get("rescale_grad") or 1 / 30) + group.wd * expected[at]
            slope = np.clip(slope, -(plan.clip_gradient or np.inf), plan.clip_gradient or np.inf)
            means[at] = 0.9 * means[at] + 0.1 * slope
            squares[at] = 0.999 * squares[at] + 0.001 * slope**2
            size = group.lr * (1 - 0.999**number) ** 0.5 / (1 - 0.9**number)
            expected[at] = expected[at] - size * means[at] / (np.sqrt(squares[at]) + plan.eps)
        course.learn(ROWS, LABELS)

    for found, wanted in zip(parts(course), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4)


def test_features_that_a_batch_does_not_have_stay_as_they_are():
    """Weight decay too is theirs only when they occur."""
    _, course = begin(classifier=False)
    before = parts(course)
    course.learn(csr_matrix(DENSE * np.array([1, 1, 0, 1, 0, 1, 1], np.float32)), LABELS)
    after = parts(course)

    for was, now in zip(before[1:], after[1:], strict=True):
        assert (was[[2, 4]] == now[[2, 4]]).all()
        assert (was[[0, 1, 3, 5, 6]] != now[[0, 1, 3, 5, 6]]).all()


@pytest.mark.parametrize(
    ("group", "low", "high", "deviation"),
    [
        (Group("constant", value=0.5), 0.5, 0.5, 0),
        (Group("uniform", scale=2), -2, 2, 2 / 3**0.5),
        (Group("normal", sigma=3), -20, 20, 3),
    ],
)
def test_parameters_begin_as_was_asked_for(group, low, high, deviation):
    """Constant, uniform or normal."""
    drawn = group.draw((400, 50), np.random.default_rng(0))

    assert drawn.min() >= low
    assert drawn.max() <= high
    assert drawn.std() == pytest.approx(deviation, rel=0.02)


def test_chances_of_any_score_are_numbers():
    """Without overflow, and from 0 to 1."""
    assert chances(np.array([-1e6, 0, 1e6])).tolist() == [0, 0.5, 1]


def test_tallies_of_hosts_add_up():
    """As if one had seen all rows."""
    scores, labels = DRAWS.normal(size=90), (DRAWS.random(90) < 0.5).astype(np.float32)
    for classifier in (True, False):
        whole, *some = (Tally(classifier=classifier) for _ in range(3))
        whole.add(scores, labels)
        some[0].add(scores[:20], labels[:20])
        some[1].add(scores[20:], labels[20:])
        some[0].sums = some[0].sums + some[1].sums
        for found, expected in zip(some[0].scores(), whole.scores(), strict=True):
            assert found.value == pytest.approx(expected.value)
