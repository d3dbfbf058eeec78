"""Where service models are found: botocore's, those of services that AWS has retired, and those a user adds.

All are laid out as botocore has them, ``<service>/<version>/service-2.json.gz`` or ``.json``. A service that is known
already is never replaced, and ``AWS_DATA_PATH`` is never read: what the server speaks does not change with its
surroundings.
"""

import gzip
from pathlib import Path
from typing import Final

import botocore

_KNOWN: Final = (Path(botocore.__file__).parent / "data", Path(__file__).parent / "retired")


def model_file(service: str, added: Path | None = None) -> bytes:
    """The JSON of a service's model, its latest version; ``added`` is the folder of those a user adds.

    Raises:
        LookupError: There is none.
    """
    for folder in (*_KNOWN, added) if added else _KNOWN:
        if files := _files(folder / service):
            data = files[-1].read_bytes()
            return gzip.decompress(data) if files[-1].suffix == ".gz" else data
    raise LookupError(f"There is no model of a service called {service!r}")


def added_services(folder: Path) -> list[str]:
    """The services that a user's folder adds to those that are known anyway."""
    found = sorted(place.name for place in folder.iterdir() if _files(place)) if folder.is_dir() else []
    return [name for name in found if not any(_files(known / name) for known in _KNOWN)]


def _files(place: Path) -> list[Path]:
    """The versions of a service's model, the oldest first."""
    return sorted((*place.glob("*/service-2.json"), *place.glob("*/service-2.json.gz")))
