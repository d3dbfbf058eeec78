"""The equation of a factorization machine of second order, its gradient, and a step along it; compiled.

    y(x) = w0 + Σ w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j,    the last sum being ½ Σ_f [(Σ v_if x_i)² - Σ v_if² x_i²]

(S. Rendle, *Factorization Machines*, ICDM 2010, equation 1 and lemma 3.1), at a cost of one multiplication for each
factor of each feature that a row has. Rows are the three arrays of a CSR matrix. A batch touches few features: those get
places in the order in which they are met, and gradients are kept for them alone.
"""

from typing import Any

import numpy as np

from fieldstone.algorithms.amazon.compiling import compiled

_ROWS = "i4[::1], i4[::1], f4[::1]"


@compiled(None, any_order=True)
def _score(start: int, end: int, keys: Any, values: Any, linear: Any, factors: Any, sums: Any) -> float:
    """y(x) - w0 of one row; leaves Σ v_if x_i in ``sums``."""
    count = factors.shape[1]
    flat = np.float32(0)
    for factor in range(count):
        sums[factor] = np.float32(0)
    squares = np.float32(0)
    for place in range(start, end):
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


@compiled(f"void({_ROWS}, f8, f4[::1], f4[:,::1], f8[::1])")
def score(starts: Any, keys: Any, values: Any, bias: float, linear: Any, factors: Any, scores: Any) -> None:
    """y(x) of n rows, into ``scores``.

    Args:
        starts: (n + 1,) where each row begins, and the last ends.
        keys: The features that the rows have.
        values: What they are.
        bias: w0.
        linear: (d,) w.
        factors: (d, k) v.
        scores: (n,).
    """
    sums = np.empty(factors.shape[1], np.float32)
    for row in range(len(starts) - 1):
        scores[row] = bias + _score(starts[row], starts[row + 1], keys, values, linear, factors, sums)


@compiled("i8(i4[::1], i4[::1], i4[::1])")
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


@compiled(f"f8({_ROWS}, f4[::1], b1, f8, f4[::1], f4[:,::1], i4[::1], f4[:,::1], f8[::1])")
def gradient(
    starts: Any, keys: Any, values: Any, labels: Any, classifier: bool, bias: float, linear: Any, factors: Any,
    places: Any, slopes: Any, scores: Any,
) -> float:  # fmt: skip
    """The slopes of the summed losses of n rows: of the bias, which is given back, and of the features that occur.

    Args:
        starts: As in `score`, and so are `keys`, `values`, `bias`, `linear`, `factors` and `scores`.
        keys: See there.
        values: See there.
        labels: (n,) 0 or 1, or values.
        classifier: Whether the loss is logistic; else it is half of the square.
        bias: See there.
        linear: See there.
        factors: See there.
        places: As `find_places` leaves it.
        slopes: (places, 1 + k) zeros; afterwards of each feature the slope of its weight and of its factors.
        scores: Afterwards y(x), before the step.
    """
    count = factors.shape[1]
    sums = np.empty(count, np.float32)
    total = 0.0
    for row in range(len(labels)):
        start, end = starts[row], starts[row + 1]
        found = bias + _score(start, end, keys, values, linear, factors, sums)
        scores[row] = found
        predicted = 1.0 / (1.0 + np.exp(-found)) if classifier else found
        off = predicted - labels[row]
        total += off
        for place in range(start, end):
            key, value = keys[place], values[place]
            at, share = places[key], np.float32(off) * value
            slopes[at, 0] += share
            for factor in range(count):
                slopes[at, 1 + factor] += share * (sums[factor] - factors[key, factor] * value)
    return total


@compiled("void(f4[::1], f4[::1], f4[::1], f4[::1], f8[::1])")
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


@compiled("void(i4[::1], f4[:,::1], f4[::1], f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f8[::1], f8[::1])")
def step(
    touched: Any, slopes: Any, linear: Any, factors: Any, linear_means: Any, linear_squares: Any, means: Any,
    squares: Any, linear_rates: Any, rates: Any,
) -> None:  # fmt: skip
    """One step of Adam for the weights and factors of the features that occur; of others nothing changes.

    Args:
        touched: (u,) those features.
        slopes: (u, 1 + k) as `gradient` leaves them.
        linear: (d,) w, changed in place.
        factors: (d, k) v, changed in place.
        linear_means: (d, 1) the means of slopes.
        linear_squares: (d, 1) of their squares.
        means: (d, k) the same of factors.
        squares: (d, k) the same.
        linear_rates: For w: the size of the step, the decay, what slopes are multiplied by, between what they are held,
            epsilon, and the shares of what was in both means.
        rates: For v, the same.
    """
    for place in range(len(touched)):
        key = touched[place]
        _step(linear[key : key + 1], slopes[place, :1], linear_means[key], linear_squares[key], linear_rates)
        _step(factors[key], slopes[place, 1:], means[key], squares[key], rates)
