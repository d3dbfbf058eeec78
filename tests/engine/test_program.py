"""One run of one program, below its warden."""

import subprocess
import sys
from pathlib import Path

SUPERVISE = """
import os, select, signal, sys
from pathlib import Path
from fieldstone.engine.memory import limit_memory
from fieldstone.engine.program import start
from fieldstone.engine.task import Task

signal.signal(signal.SIGTERM, lambda *_: None)
folder = Path(sys.argv[1])
running = start(Task(["sleep", "60"], {"PATH": os.environ["PATH"]}, ""), folder, limit_memory(folder, None, "watching"))
os.kill(running.warden, signal.SIGTERM)
ended = bool(select.select([running.report], [], [], 20)[0])
os.killpg(running.warden, signal.SIGKILL)
print(ended)
"""


def test_a_program_ends_that_is_asked_to_while_it_is_being_started(tmp_path: Path) -> None:
    """The signal waits for it: it comes when there is a warden, and no program yet."""
    done = subprocess.run([sys.executable, "-P", "-c", SUPERVISE, tmp_path], capture_output=True, text=True, check=True)

    assert done.stdout == "True\n"
