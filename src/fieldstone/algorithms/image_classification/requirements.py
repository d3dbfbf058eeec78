"""What this program needs and may not be there: PyTorch, and Pillow for images."""

from importlib.util import find_spec

MODULES = {"torch": "PyTorch", "PIL": "Pillow"}


def find_missing() -> str | None:
    """What is missing, in words that say how to mend it; None if nothing is."""
    missing = [name for module, name in MODULES.items() if find_spec(module) is None]
    if not missing:
        return None
    are = "is" if len(missing) == 1 else "are"
    return (
        f"this image needs {' and '.join(MODULES.values())}, and {' and '.join(missing)} {are} not installed in "
        "Fieldstone's environment: pip install 'fieldstone[torch]'"
    )
