"""Pickled boosters, as AWS's images up to 1.2 left them: opened without running anything that is in them.

A pickle is a program: it names functions and has them called. Here the few names that a booster needs stand for
something harmless of our own, and a pickle that uses another one is refused.
"""

import io
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import xgboost

STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"ccopy_reg\n_reconstructor\n")
"""How pickles of objects begin, by protocol; the last is 0 and 1. A binary model may begin with any number."""
SERIALIZED = (b"CONFIG-offset:", b"{")
"""How the bytes of a booster from XGBoost 1.0 on begin; older ones are the binary model and nothing else."""
PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""Modules that had other names then; protocols up to 2 use those."""
LATIN = frozenset({"latin1", "latin-1"})
"""How old protocols write bytes as text."""


class RefusedPickleError(ValueError):
    """A pickle that is no booster."""


def load(content: bytes) -> xgboost.Booster:
    """The booster of a pickle.

    Raises:
        RefusedPickleError: It is something else, or damaged; nothing of it was run.
        XGBoostError: It is a booster that XGBoost cannot read.
    """
    handle = _open(content)
    booster = xgboost.Booster()
    if handle.startswith(SERIALIZED):
        booster.__setstate__({"handle": handle})
    else:
        booster.load_model(handle)
    return booster


def _open(content: bytes) -> bytearray:
    unpickler = _Unpickler(content)
    try:
        found = unpickler.load()
    except RefusedPickleError:
        raise
    except Exception as error:  # damaged pickles raise whatever there is
        raise RefusedPickleError(f"it cannot be read ({type(error).__name__}: {error})") from error
    handle = unpickler.handle_of(found)
    if handle is None:
        raise RefusedPickleError("there is no trained Booster in it")
    return handle


class _Unpickler(pickle.Unpickler):
    """Reads a pickle with a vocabulary of its own: made anew for each, since a pickle may change what it is given."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))

        class Booster:
            """Takes up what a pickled booster has."""

        self._booster = Booster
        self._vocabulary: dict[str, type | Callable[..., Any]] = {
            "xgboost.core.Booster": Booster,
            "builtins.object": object,
            "copyreg._reconstructor": lambda *_: Booster(),
            "builtins.bytes": partial(_to_bytes),
            "builtins.bytearray": partial(_to_bytes),
            "_codecs.encode": partial(_to_bytes),
        }

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """What a name stands for.

        Raises:
            RefusedPickleError: It is none of a booster's.
        """
        name = f"{PYTHON_2.get(module_name, module_name)}.{global_name}"
        if name not in self._vocabulary:
            raise RefusedPickleError(f"it asks for {name}, which no Booster needs")
        return self._vocabulary[name]

    def handle_of(self, found: Any) -> bytearray | None:
        """The bytes of a booster that was found; None if it is none."""
        handle = vars(found).get("handle") if isinstance(found, self._booster) else None
        return bytearray(handle) if isinstance(handle, bytes | bytearray) else None


def _to_bytes(content: Any = b"", encoding: Any = "latin1") -> bytes:
    if isinstance(content, bytes):
        return content
    if encoding not in LATIN or not isinstance(content, str):
        raise RefusedPickleError(f"it makes bytes of {type(content).__name__} in a way of its own")
    return content.encode("latin1")
