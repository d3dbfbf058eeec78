"""Compiled functions, where their machine code can be kept and where it cannot."""

import numpy as np
from numba.core import caching

from fieldstone.algorithms.amazon.compiling import compiled


def _total(numbers):
    total = 0.0
    for number in numbers:
        total += number
    return total


def test_a_function_is_compiled_for_one_signature_only():
    """Others are refused instead of compiled when they are first met."""
    total = compiled("float64(float64[::1])")(_total)

    assert total(np.arange(10.0)) == 45
    assert len(total.signatures) == 1
    assert not total._can_compile


def test_where_nothing_can_be_kept_functions_are_compiled_all_the_same(monkeypatch):
    """A read-only system without a home: numba refuses to keep them there."""
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])

    assert compiled("float64(float64[::1])")(_total)(np.arange(10.0)) == 45
