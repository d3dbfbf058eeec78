"""PyTorch, which is an extra: whoever imports this needs it, and nothing else of ours does."""

from importlib import import_module
from typing import Any

torch: Any = import_module("torch")
Tensor = Any
