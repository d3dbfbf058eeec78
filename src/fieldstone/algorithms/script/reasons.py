"""Why a user's script failed, in the form of AWS's toolkit, with what that leaves out: the end of the traceback."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEADER: Final = "Traceback (most recent call last):\n"
_CRASH: Final = re.compile(r"^(Fatal Python error: .*)$(?s:.*?most recent call first.:\n)", re.MULTILINE)
_FRAME: Final = re.compile(r'\s*File "(?P<file>[^"]+)", line \d+')
_MOST: Final = 960
"""Characters of a reason: of the 1,024 that AWS shows, some go to what is put around it."""
_MOST_COMMAND: Final = 220
_LAST_LINES: Final = 10
_MOST_LINES: Final = 10
_NATIVE: Final = re.compile(r"^Stack trace:$", re.MULTILINE)


def describe(kind: str, code: int, message: str, command: Sequence[str]) -> str:
    """A reason as AWS's toolkit writes it.

    Args:
        kind: The name of the failure, such as ExecuteUserScriptError.
        code: The exit code of the program.
        message: What it said.
        command: What was run.
    """
    shown = " ".join(command)
    shown = shown if len(shown) <= _MOST_COMMAND else f"{shown[: _MOST_COMMAND - 4]} ..."
    before, after = f'{kind}:\nExitCode {code}\nErrorMessage "', f'"\nCommand "{shown}"'
    return before + _cut(message, _MOST - len(before) - len(after)) + after


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a program's last words say of its end.

    Attributes:
        text: The words to show.
        own: Whether they lead to a line of the user's code.
    """

    text: str
    own: bool


def explain(said: str, folder: Path) -> Explanation:
    """The exception, then the user's own lines from the innermost out; the last lines where there is no exception.

    Args:
        said: The end of what the program said.
        folder: The folder of the contract, below which the user's code lies.
    """
    if crash := _CRASH.search(said):
        frames, _ = _read(said[crash.end() :])
        own = _own(frames, folder)
        return Explanation("\n".join([crash[1], *(own or frames)]), bool(own))
    _, *blocks = said.split(_HEADER)
    told = [_tell(block, folder) for block in blocks]
    last = Explanation(tail(said, _LAST_LINES), own=False)
    return next((one for one in reversed(told) if one.own), told[-1] if told else last)


def tail(said: str, lines: int) -> str:
    """The last lines of a text that are not empty."""
    return "\n".join([line.rstrip() for line in said.splitlines() if line.strip()][-lines:])


def _tell(block: str, folder: Path) -> Explanation:
    """What one traceback says. A line that the next one's header cuts short belongs to neither."""
    frames, after = _read(block[: block.rfind("\n") + 1])
    own = _own(frames, folder)
    return Explanation("\n".join([*_exception(after), *reversed(own or frames)]), bool(own))


def _exception(after: str) -> list[str]:
    """The lines of an exception's message, without the addresses in a library's own code that XGBoost adds."""
    lines = [line.rstrip() for line in _NATIVE.split(after)[0].splitlines() if line.strip()]
    return lines[:_MOST_LINES]


def _read(block: str) -> tuple[list[str], str]:
    """The frames at the beginning of a traceback's body, and what comes after them.

    The drivers of SDK v3 take the indentation away; then a frame is the line that names it and the one of its code.
    """
    frames: list[list[str]] = []
    lines = block.splitlines()
    indented = block.startswith("  ")
    for number, line in enumerate(lines):
        if _FRAME.match(line):
            frames.append([line])
        elif not frames or not _belongs(line, frames[-1], indented=indented):
            return ["\n".join(frame) for frame in frames], "\n".join(lines[number:])
        elif line.strip(" ~^"):
            frames[-1].append(line)
    return ["\n".join(frame) for frame in frames], ""


def _belongs(line: str, frame: list[str], *, indented: bool) -> bool:
    if indented:
        return line.startswith("  ")
    return len(frame) == 1 or not line.strip(" ~^")


def _own(frames: list[str], folder: Path) -> list[str]:
    """The frames in the user's code."""
    files = [(frame, Path(match["file"])) for frame in frames if (match := _FRAME.match(frame))]
    return [frame for frame, file in files if folder in file.parents and "sm_drivers" not in file.parts]


def _cut(text: str, most: int) -> str:
    """A text that is short enough: whole lines from its beginning, and never nothing."""
    if len(text) <= most:
        return text
    whole = text[: most - 4].rpartition("\n")[0]
    return f"{whole}\n ..." if len(whole) > most // 2 else f"{text[: most - 4]} ..."
