"""What makes a booster's predictions: XGBoost's library, called directly where that gives what its Python part does.

For a few rows, `Booster.inplace_predict` takes ten times as long as the trees: it describes options anew, has a proxy
for the data made, for which the machine's limits are looked up, and asks for shapes. Here all that is done once.
Whether it comes to the same is tried before it is relied upon.
"""

import ctypes
import json
import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from xgboost.libpath import find_lib_path

from fieldstone.algorithms.xgboost import log
from fieldstone.algorithms.xgboost.errors import explain

Predict = Callable[[Any], NDArray[np.float32]]
"""From an array (n, d) of float32 with NaN for nothing, or a scipy CSR matrix, to (n,), or (n, classes)."""

_LIBRARY = ctypes.CDLL(find_lib_path()[0])  # the one that the Python part has loaded
_LIBRARY.XGBGetLastError.restype = ctypes.c_char_p
_FLOATS = np.dtype(np.float32)
_TRIED = 64
_TRIED_NUMBERS = 1 << 18
"""Rows that an engine is tried on, and numbers in them, as far as two rows have no more."""


def choose(booster: xgboost.Booster) -> Predict:
    """The fastest engine that predicts for a booster what XGBoost does; the log gets a line that names it."""
    booster.set_param({"nthread": 1})  # a batch of single rows is no work for two threads
    if json.loads(booster.save_config())["learner"]["gradient_booster"]["name"] == "gblinear":
        log.info("Predictions are made by Booster.predict: for a linear model XGBoost has no other way.")
        return lambda features: booster.predict(xgboost.DMatrix(features, nthread=1), validate_features=False)
    best = booster.attr("best_iteration")
    rounds = (0, 0) if best is None else (0, int(best) + 1)

    def predict_in_place(features: Any) -> NDArray[np.float32]:
        return booster.inplace_predict(features, iteration_range=rounds, validate_features=False)

    sample = _sample(booster.num_features())
    try:
        expected = predict_in_place(sample)
        direct = Direct(booster, rounds, expected.shape[1:])
        _check(direct, sample, expected)
    except (xgboost.core.XGBoostError, ValueError) as error:
        log.warn(
            "Predictions are made by Booster.inplace_predict: XGBoost's library cannot be called directly: "
            f"{explain(error)}"
        )
        return predict_in_place
    log.info(
        f"Predictions are made by XGBoost's library, called directly: on {len(sample)} rows it gives to the bit what "
        "Booster.inplace_predict does."
    )
    return lambda features: direct.predict(features) if isinstance(features, np.ndarray) else predict_in_place(features)


class Direct:
    """A booster behind `XGBoosterPredictFromDense`; may be asked by several threads at a time.

    Args:
        booster: What predicts.
        rounds: The first of its rounds that counts, and the first that counts no more; (0, 0) for all.
        shape: That of one row's prediction: () or (classes,).
    """

    def __init__(self, booster: xgboost.Booster, rounds: tuple[int, int], shape: tuple[int, ...]) -> None:
        self._booster = booster
        self._shape = shape
        self._bytes = _FLOATS.itemsize * math.prod(shape)
        self._call = _Call()
        first, end = rounds
        options = {"type": 0, "training": False, "iteration_begin": first, "iteration_end": end}
        options |= {"missing": math.nan, "strict_shape": False, "cache_id": 0}
        self._options = json.dumps(options).encode()

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict for an array (n, d), rows one after the other in memory: (n,), or (n, classes).

        Raises:
            XGBoostError: The library does not predict for it.
        """
        features = np.ascontiguousarray(features, np.float32)
        rows, columns = features.shape
        array = b'{"data":[%d,true],"shape":[%d,%d],"strides":null,"typestr":"%b","version":3}'
        array %= (features.__array_interface__["data"][0], rows, columns, _FLOATS.str.encode())
        call = self._call
        failed = _LIBRARY.XGBoosterPredictFromDense(
            self._booster.handle, array, self._options, call.proxy, *call.results
        )
        if failed:
            raise xgboost.core.XGBoostError(_last_error())
        content = ctypes.string_at(call.values, rows * self._bytes)
        return np.frombuffer(content, np.float32).reshape(rows, *self._shape)


class _Call(threading.local):
    """What a call needs, for each thread that calls: the proxy of its data, and where the results are put.

    The proxies are never freed: they are small, and the threads that predict live as long as the process.
    """

    def __init__(self) -> None:
        self.proxy = ctypes.c_void_p()
        self.values = ctypes.POINTER(ctypes.c_float)()
        self._shape = ctypes.POINTER(ctypes.c_uint64)()
        self._dimensions = ctypes.c_uint64()
        self.results = tuple(map(ctypes.byref, (self._shape, self._dimensions, self.values)))
        if _LIBRARY.XGProxyDMatrixCreate(ctypes.byref(self.proxy)):
            raise xgboost.core.XGBoostError(_last_error())


def _last_error() -> str:
    return _LIBRARY.XGBGetLastError().decode()


def _sample(width: int) -> NDArray[np.float32]:
    """Rows (n, width) of numbers of all sizes, some of them missing; of a very wide table only a few."""
    draw = np.random.default_rng(0)
    rows = min(_TRIED, max(2, _TRIED_NUMBERS // max(width, 1)))
    sample = draw.normal(size=(rows, width)) * 10.0 ** draw.integers(-6, 7, size=(rows, width))
    strange = draw.choice([math.nan, 0, math.inf, -math.inf], size=(rows, width))
    sample = np.where(draw.random((rows, width)) < 0.3, strange, sample)
    sample[0] = math.nan
    return sample.astype(np.float32)


def _check(direct: Direct, sample: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    """Ask an engine for all rows together and for each alone; a ValueError says that it predicts something else."""
    together = direct.predict(sample)
    alone = np.concatenate([direct.predict(row) for row in sample[:, np.newaxis]])
    if not all(np.array_equal(found, expected, equal_nan=True) for found in (together, alone)):
        raise ValueError("it predicts something else")
