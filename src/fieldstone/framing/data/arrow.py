"""Arrow's tables, columns and functions by their names, for a type checker that Arrow tells nothing."""

from typing import Any

import pyarrow.compute

Table = Any
"""A ``pyarrow.Table``."""

Array = Any
"""A ``pyarrow.ChunkedArray`` or ``pyarrow.Array``."""

Type = Any
"""A ``pyarrow.DataType``."""

compute: Any = pyarrow.compute
