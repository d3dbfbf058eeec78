"""Compile functions by numba, each for the one signature it is called with, and keep the machine code.

The first process on a machine compiles when it imports such a function; later ones load what it left beside the source
or, where that is read-only, in numba's own cache. Where neither can be written to, every process compiles anew.
Functions let go of the interpreter's lock: threads of the caller's run them side by side. numba's own threads are not
used: one of its pools cannot be called by two threads, another does not survive a fork; compiling takes longer, too.
"""

from collections.abc import Callable
from typing import Any

import numba

_SUMS = {"reassoc", "contract", "nsz"}
"""What lets sums be taken eight at a time; infinities and NaN stay what they are."""


def compiled(signature: str | None, *, any_order: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function at once for a signature, or, for None, as a part of the functions that call it.

    Its sums may be taken in ``any_order`` only where no term can cancel another: a sum of differences becomes the
    difference of two sums otherwise, and narrow ones vanish beside large numbers.
    """

    def compile_function(function: Callable[..., Any]) -> Any:
        try:
            return _compile(function, signature, any_order=any_order, keep=True)
        except RuntimeError as fault:
            if "cannot cache" not in str(fault):
                raise
            return _compile(function, signature, any_order=any_order, keep=False)

    return compile_function


def _compile(function: Callable[..., Any], signature: str | None, *, any_order: bool, keep: bool) -> Any:
    options: dict[str, Any] = {
        "nogil": True,
        "fastmath": _SUMS if any_order else False,
        "error_model": "numpy",
        "cache": keep,
    }
    njit: Any = numba.njit
    return njit(signature, **options)(function)
