"""A script of the user's own: Fieldstone's whole job against AWS's toolkit, which runs scripts in AWS's containers.

The toolkit (`sagemaker-training`, in an environment of its own, .venv-toolkit, with the same XGBoost) gets a folder in
which everything lies ready, and is timed as a process: no request, no container, no download, no upload. Fieldstone is
timed from CreateTrainingJob until Describe says Completed. Both models must have the same trees.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import xgboost
from account import BUCKET, make_client
from jobs import fetch_model, run_job, upload
from pace import Pace, read_pace
from servers import Server, run_fieldstone
from tables import ratios, show, spread
from tabular import TABLES

_SCRIPT = Path(__file__).with_name("user_script.py")
TOOLKIT = Path(sys.prefix).with_name(".venv-toolkit") / "bin"
_TABLE = TABLES[0]
_THREADS = "1"
"""Several would wait for each other by spinning under the toolkit, and not under Fieldstone: another matter."""


def run(pace: Pace) -> None:
    """Measure, and print the table."""
    ours: list[float] = []
    theirs: list[float] = []
    with run_fieldstone() as server, tempfile.TemporaryDirectory() as scratch:
        files = _TABLE.write(Path(scratch))
        upload(server, _TABLE.folder, files)
        _upload_script(server)
        for number in range(pace.tries):
            ours.append(run_job(server, f"script-{number}", _TABLE.folder, _hyperparameters()).completed * 1e3)
            root = Path(scratch) / f"toolkit-{number}"
            theirs.append(_run_toolkit(root, files) * 1e3)
            model = fetch_model(server, f"script-{number}")
            other = xgboost.Booster(model_file=bytearray((root / "model" / "xgboost-model").read_bytes()))
            assert model.get_dump() == other.get_dump()
    title = f"A script that trains on {_TABLE.label}, one thread, {pace.tries} tries; milliseconds"
    header = ("job completed", "the toolkit's process", "job / toolkit")
    show(title, header, [(spread(ours), spread(theirs), spread(ratios(ours, theirs)))])


def _upload_script(server: Server) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.add(_SCRIPT, "train.py")
    s3 = make_client(server.url, server.key, "s3")
    s3.put_object(Bucket=BUCKET, Key="script/sourcedir.tar.gz", Body=packed.getvalue())


def _hyperparameters(source: str = f"s3://{BUCKET}/script/sourcedir.tar.gz") -> dict[str, str]:
    own = {"sagemaker_program": json.dumps("train.py"), "sagemaker_submit_directory": json.dumps(source)}
    return own | {"threads": _THREADS}


def _run_toolkit(root: Path, files: dict[str, Path]) -> float:
    """Lay a job out as the platform would, and time the toolkit's process."""
    for folder in ("input/config", "input/data/train", "model", "output/data", "source"):
        (root / folder).mkdir(parents=True)
    (root / "source" / "train.py").write_bytes(_SCRIPT.read_bytes())
    (root / "input/data/train/part.csv").write_bytes(files["train"].read_bytes())
    documents = {
        "hyperparameters": _hyperparameters(str(root / "source")),
        "inputdataconfig": {"train": {"ContentType": "text/csv", "TrainingInputMode": "File"}},
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"},
    }
    for name, document in documents.items():
        (root / "input" / "config" / f"{name}.json").write_text(json.dumps(document))
    # Outside of AWS it would ask AWS for the region of its uploads, and wait for the answer.
    own = {"SAGEMAKER_BASE_DIR": str(root), "SM_STUDIO_LOCAL_MODE": "True", "AWS_REGION": "us-east-1"}
    began = time.perf_counter()
    subprocess.run([TOOLKIT / "train"], env=os.environ | own, capture_output=True, check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    run(read_pace(__doc__))
