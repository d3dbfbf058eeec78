"""The container's log: one line on standard output, flushed, as `[2026-11-22:16:50:01:INFO] text`."""

import time


def info(text: str) -> None:
    """Say what is going on."""
    _write("INFO", text)


def warn(text: str) -> None:
    """Say what the user may not have meant."""
    _write("WARNING", text)


def _write(level: str, text: str) -> None:
    now = time.strftime("%Y-%m-%d:%H:%M:%S")
    print(f"[{now}:{level}] {text}", flush=True)  # noqa: T201 - standard output is the program's log
