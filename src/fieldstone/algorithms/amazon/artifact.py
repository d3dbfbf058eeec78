"""The file that a model is in: what it is called, and where it is."""

from pathlib import Path

MODEL = "model_algo-1"


def find_model(folder: Path) -> Path:
    """The file of the model in a folder, whatever it is called after `model`.

    Raises:
        ValueError: There is none.
    """
    files = sorted(folder.glob("model*"))
    if not files:
        raise ValueError(f"There is no file called {MODEL} in {folder}")
    return files[0]
