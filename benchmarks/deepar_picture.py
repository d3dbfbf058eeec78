"""The picture on DeepAR's page: the last day of four hourly series, foretold and come.

    .venv-torch/bin/python benchmarks/deepar_picture.py docs/images/deepar.svg

The model has seen none of that week, and is asked with all that was before that day; it is the last day of the data,
whatever it shows. Needs what `make torch` makes.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from deepar import HOURLY, lay_out
from series import Panel, read_hours

from fieldstone.algorithms.deepar.serving import load
from fieldstone.contract.serving import Invocation

SHOWN = ("electricity", "traffic", "solar power", "wind power")
DAYS = 4
WIDTH, HEIGHT, LEFT, TOP = 400, 170, 46, 26


def _forecast(folder: Path, panel: Panel) -> list[dict[str, list[float]]]:
    lay_out(folder, panel, 0, cat=True)
    command = [sys.executable, "-m", "fieldstone.algorithms.deepar", "--image-version", "1", "train"]
    subprocess.run(command, env=os.environ | {"SAGEMAKER_BASE_DIR": str(folder)}, check=True)
    lines = (folder / "input/data/test/series.json").read_text().splitlines()[:: panel.times]
    wishes = {"num_samples": 500, "output_types": ["quantiles"], "quantiles": ["0.1", "0.5", "0.9"]}
    whole = [json.loads(line) for line in lines]
    instances = [one | {"target": one["target"][: -panel.ahead]} for one in whole]
    asked = {"instances": instances, "configuration": wishes}
    (reply,) = load(folder / "model").answer([Invocation(json.dumps(asked).encode(), "application/json", "", {})])
    return [prediction["quantiles"] for prediction in json.loads(reply.body)["predictions"]]


def _draw(target: np.ndarray, quantiles: dict[str, list[float]], left: int, top: int) -> str:
    shown = target[-24 * DAYS :]
    most = max(np.nanmax(shown), *quantiles["0.9"]) * 1.05
    begin = len(shown) - 24

    def place(hour: float, cars: float) -> str:
        across = left + LEFT + hour * (WIDTH - LEFT - 8) / (len(shown) - 1)
        return f"{across:.1f},{top + HEIGHT - 24 - max(cars, 0) * (HEIGHT - TOP - 24) / most:.1f}"

    def line(points: Iterable[tuple[float, float]]) -> str:
        return " ".join(place(*point) for point in points)

    hours = range(begin, begin + 24)
    band = line(zip(hours, quantiles["0.9"], strict=True)) + " "
    band += line([*zip(hours, quantiles["0.1"], strict=True)][::-1])
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="1.9"/>'
        for x, y in (place(hour, cars).split(",") for hour, cars in enumerate(shown) if np.isfinite(cars))
    )
    axis = "".join(
        f'<text x="{place(0, cars).split(",")[0]}" y="{place(0, cars).split(",")[1]}" dx="-6" dy="4" text-anchor="end">'
        f"{cars:.1f}</text>"
        for cars in (0, most / 2, most * 0.95)
    )
    days = "".join(
        f'<line class="day" x1="{place(24 * day, 0).split(",")[0]}" x2="{place(24 * day, 0).split(",")[0]}" '
        f'y1="{top + TOP}" y2="{top + HEIGHT - 24}"/>'
        for day in range(DAYS)
    )
    median = line(zip(hours, quantiles["0.5"], strict=True))
    return (
        f'{days}{axis}<polygon class="band" points="{band}"/><polyline class="median" points="{median}"/>'
        f'<g class="came">{dots}</g>'
    )


def main(file: str) -> None:
    """Train, ask, and write the picture."""
    panel = read_hours(HOURLY)
    with tempfile.TemporaryDirectory() as folder:
        found = _forecast(Path(folder), panel)
    parts = []
    for number, (name, quantiles) in enumerate(zip(SHOWN, found, strict=True)):
        left, top = number % 2 * WIDTH, number // 2 * HEIGHT
        parts.append(f'<text class="title" x="{left + LEFT}" y="{top + 16}">{name}</text>')
        parts.append(_draw(panel.targets[number], quantiles, left, top))
    style = (
        "text{font:11px sans-serif;fill:#57606a}.title{font-weight:bold}.day{stroke:#d0d7de;stroke-dasharray:2 3}"
        ".band{fill:#0969da;opacity:.22}.median{fill:none;stroke:#0969da;stroke-width:1.6}.came{fill:#cf222e}"
    )
    Path(file).write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {2 * HEIGHT}" role="img" '
        'aria-label="Four series, hour by hour: what came as dots, the forecast of the last day as a band">'
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
