"""Seconds from the command to the first answer: `fieldstone up` against `moto_server`.

Fieldstone is timed on a folder that is not there yet, and again on the same folder: to its first line, which says that
it answers, and to the answer to a ListModels. moto is timed to that same answer.
"""

import shutil
import tempfile
import time
from pathlib import Path

from account import ANY_KEY
from connection import Connection
from pace import Pace, read_pace
from servers import Server, first_address, free_port, read_key, start_fieldstone, start_moto, stop, wait_for_port
from signing import sign_operation
from tables import ratios, show, spread


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    fresh, again, moto = [], [], []
    for _ in range(pace.tries):
        root = Path(tempfile.mkdtemp(prefix="fieldstone-benchmark-"))
        fresh.append(_start_fieldstone(root / "data"))
        moto.append(_start_moto())
        again.append(_start_fieldstone(root / "data"))
        shutil.rmtree(root)
    rows = []
    for label, times in (("Fieldstone, first start", fresh), ("Fieldstone, next start", again)):
        lines, answers = zip(*times, strict=True)
        rows.append((label, spread(lines), spread(answers), spread(ratios(answers, moto))))
    rows.append(("moto_server", "", spread(moto), ""))
    header = ("server", "first line", "first ListModels", "ratio to moto_server")
    show(f"Start, {pace.tries} tries; milliseconds", header, rows)


def _start_fieldstone(folder: Path) -> tuple[float, float]:
    """Milliseconds to the first line and to the first answer."""
    began = time.perf_counter()
    process = start_fieldstone(folder)
    try:
        url = first_address(process)
        line = time.perf_counter() - began
        _list_models(Server(url, process.pid, read_key(folder)))
        return line * 1e3, (time.perf_counter() - began) * 1e3
    finally:
        stop(process)


def _start_moto() -> float:
    """Milliseconds to the first answer."""
    port = free_port()
    began = time.perf_counter()
    process = start_moto(port)
    try:
        wait_for_port(port)
        _list_models(Server(f"http://127.0.0.1:{port}", process.pid, ANY_KEY))
        return (time.perf_counter() - began) * 1e3
    finally:
        stop(process)


def _list_models(server: Server) -> None:
    with Connection(server.url) as connection:
        connection.ask(sign_operation(server, "SageMaker.ListModels", {}))


if __name__ == "__main__":
    run(read_pace(__doc__))
