"""The equation of a factorization machine of second order, its gradient, and a step along it; compiled.

    y(x) = w0 + Σ w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j,    the last sum being ½ Σ_f [(Σ v_if x_i)² - Σ v_if² x_i²]

(S. Rendle, *Factorization Machines*, ICDM 2010, equation 1 and lemma 3.1), at a cost of one multiplication for each
factor of each feature that a row has. Rows are the three arrays of a CSR matrix: where each row begins and the last
ends, the features that they have, and what these are. A batch touches few features: those get places in the order in
which they are met, and gradients are kept for them alone.
"""

from typing import Any

import numpy as np

from fieldstone.algorithms.amazon.compiling import compiled

_ROWS = "Tuple((int32[::1], int32[::1], float32[::1]))"
_MACHINE = "Tuple((float64, float32[::1], float32[:,::1]))"
_MEANS = "UniTuple(float32[:,::1], 2)"


@compiled(None, any_order=True)
def _score(rows: Any, row: int, linear: Any, factors: Any, sums: Any) -> float:
    """y(x) - w0 of one of the rows; leaves Σ v_if x_i in ``sums``."""
    starts, keys, values = rows
    count = factors.shape[1]
    flat = np.float32(0)
    for factor in range(count):
        sums[factor] = np.float32(0)
    squares = np.float32(0)
    for place in range(starts[row], starts[row + 1]):
        value, key = values[place], keys[place]
        flat += linear[key] * value
        for factor in range(count):
            product = factors[key, factor] * value
            sums[factor] += product
            squares += product * product
    pairs = np.float32(0)
    for factor in range(count):
        pairs += sums[factor] * sums[factor]
    return np.float64(flat) + np.float64(0.5) * (np.float64(pairs) - np.float64(squares))


@compiled(f"void({_ROWS}, {_MACHINE}, float64[::1])")
def score(rows: Any, machine: Any, scores: Any) -> None:
    """y(x) of n rows, into ``scores``.

    Args:
        rows: (n + 1,), and twice as many numbers as the rows have features.
        machine: w0, w (d,), and v (d, k).
        scores: (n,).
    """
    bias, linear, factors = machine
    sums = np.empty(factors.shape[1], np.float32)
    for row in range(len(scores)):
        scores[row] = bias + _score(rows, row, linear, factors, sums)


@compiled("int64(int32[::1], int32[::1], int32[::1])")
def find_places(keys: Any, places: Any, touched: Any) -> int:
    """Give each feature that occurs a place, in the order in which they are met; how many there are.

    Args:
        keys: The features that some rows have.
        places: (d,) -1 for all features; afterwards the place of each that occurs.
        touched: Room for the features by their places, as many as there are keys.
    """
    count = 0
    for place in range(len(keys)):
        key = keys[place]
        if places[key] < 0:
            places[key] = count
            touched[count] = key
            count += 1
    return count


@compiled(f"float64({_ROWS}, Tuple((float32[::1], boolean)), {_MACHINE}, int32[::1], float32[:,::1], float64[::1])")
def gradient(rows: Any, truth: Any, machine: Any, places: Any, slopes: Any, scores: Any) -> float:
    """The slopes of the summed losses of n rows: of the bias, which is given back, and of the features that occur.

    Args:
        rows: As in `score`.
        truth: The labels (n,), and whether these are 0 and 1 and the loss is logistic; else it is half of the square.
        machine: As in `score`.
        places: As `find_places` leaves it.
        slopes: (places, 1 + k) zeros; afterwards of each feature the slope of its weight and of its factors.
        scores: (n,) afterwards y(x).
    """
    starts, keys, values = rows
    labels, classifier = truth
    bias, linear, factors = machine
    count = factors.shape[1]
    sums = np.empty(count, np.float32)
    total = 0.0
    for row in range(len(labels)):
        found = bias + _score(rows, row, linear, factors, sums)
        scores[row] = found
        predicted = 1.0 / (1.0 + np.exp(-found)) if classifier else found
        off = predicted - labels[row]
        total += off
        for place in range(starts[row], starts[row + 1]):
            key, value = keys[place], values[place]
            at, share = places[key], np.float32(off) * value
            slopes[at, 0] += share
            for factor in range(count):
                slopes[at, 1 + factor] += share * (sums[factor] - factors[key, factor] * value)
    return total


@compiled(None)
def _step(weights: Any, slopes: Any, means: Any, squares: Any, rates: Any) -> None:
    """One step of Adam for some parameters; ``rates`` are those that `step` lists."""
    size, decay = np.float32(rates[0]), np.float32(rates[1])
    scale, clip, epsilon = np.float32(rates[2]), np.float32(rates[3]), np.float32(rates[4])
    first, second = np.float32(rates[5]), np.float32(rates[6])
    one = np.float32(1)
    for place in range(len(weights)):
        slope = slopes[place] * scale + decay * weights[place]
        slope = min(max(slope, -clip), clip)
        means[place] = first * means[place] + (one - first) * slope
        squares[place] = second * squares[place] + (one - second) * slope * slope
        weights[place] -= size * means[place] / (np.sqrt(squares[place]) + epsilon)


@compiled(f"void(int32[::1], float32[:,::1], {_MACHINE}, {_MEANS}, {_MEANS}, float64[:,::1])")
def step(touched: Any, slopes: Any, machine: Any, linear_means: Any, means: Any, rates: Any) -> None:
    """One step of Adam for the weights and factors of the features that occur, in place; others stay as they are.

    Args:
        touched: (u,) those features.
        slopes: (u, 1 + k) as `gradient` leaves them.
        machine: As in `score`.
        linear_means: (d, 1) the means of the slopes of w, and of their squares.
        means: (d, k) the same of v.
        rates: (2, 7) for w, and for v: the size of the step, the decay, what slopes are multiplied by, between what
            they are held, epsilon, and the shares of what was in both means.
    """
    _, linear, factors = machine
    for place in range(len(touched)):
        key = touched[place]
        _step(linear[key : key + 1], slopes[place, :1], linear_means[0][key], linear_means[1][key], rates[0])
        _step(factors[key], slopes[place, 1:], means[0][key], means[1][key], rates[1])
