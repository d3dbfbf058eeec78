"""What of a program's isolation this machine allows; tried out once, in a process of its own.

``python -m fieldstone.engine.ability`` prints it.
"""

import asyncio
import json
import os
import sys
import tempfile
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from fieldstone.core import namespaces
from fieldstone.engine.memory import Keeper, best_keeper
from fieldstone.engine.sandbox import View, Window, give_up_privileges, look_through

BASE: Final = "/opt/ml"
"""Where a program sees its contract folder."""
_USERS: Final = 20_000
_HIGH: Final = 1_879_048_192
_LOW: Final = 40_000


@dataclass(frozen=True, slots=True)
class Ability:
    """What works here.

    Attributes:
        namespaces: Programs see their folder at ``/opt/ml``, and nothing of the data folder.
        why: Why they do not.
        users: The first of the uids that programs run as, each as another; None where they run as ours.
        own_processes: Programs see no processes but their own.
        own_network: Programs can be kept from the network.
        memory: What holds them to their memory.
    """

    namespaces: bool
    why: str = ""
    users: int | None = None
    own_processes: bool = False
    own_network: bool = False
    memory: Keeper = "watching"

    def user(self, task_id: str) -> int | None:
        """The uid for a task."""
        return None if self.users is None else self.users + zlib.crc32(task_id.encode()) % _USERS


async def measure() -> Ability:
    """Try it out."""
    command = (sys.executable, "-P", "-m", "fieldstone.engine.ability")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    return Ability(**json.loads(printed)) if process.returncode == 0 else Ability(False, "the attempt failed")


def _measure() -> Ability:
    memory = best_keeper()
    users = _first_user()
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if child == 0:
            _try(folder, writing, users)
        os.close(writing)
        with os.fdopen(reading) as answer:
            said = answer.read()
        os.waitpid(child, 0)
    if not said.startswith("works"):
        return Ability(False, said or "the attempt ended without a word", memory=memory)
    return Ability(True, "", users, "alone" in said, "apart" in said, memory)


def _first_user() -> int | None:
    """Where uids for programs begin, as far as this process may take them."""
    if os.geteuid() != 0:
        return None
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    fitting = [first for first in (_HIGH, _LOW) if any(low <= first < low + count - _USERS for low, _, count in ranges)]
    return fitting[0] if fitting else None


def _try(folder: str, writing: int, user: int | None) -> None:
    """Enter a view, say how it went, and end."""
    said = ""
    try:
        if namespaces.enter(namespaces.NEW_PIDS) and user is not None:
            raise OSError("root may not make namespaces here")  # noqa: TRY301
        apart = _leave_network()
        first = os.fork()
        if first != 0:
            os.waitpid(first, 0)
            os._exit(0)
        look_through(View((), (Window(folder, BASE, writable=True),), user, "algo-1"))
        give_up_privileges(user)
        alone = Path("/proc/self").readlink() == Path("1")
        said = f"works{' alone' * alone}{' apart' * apart}"
    except OSError as error:
        said = str(error)
    finally:
        with suppress(OSError):
            os.write(writing, said.encode())
        os._exit(0)


def _leave_network() -> bool:
    with suppress(OSError):
        namespaces.enter_network()
        return True
    return False


if __name__ == "__main__":
    print(json.dumps(asdict(_measure())))  # noqa: T201  # the parent reads it
