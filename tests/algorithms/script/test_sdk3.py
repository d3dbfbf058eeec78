"""SDK v3's own drivers, as ModelTrainer uploads them, in a mount namespace that shows the job's folder as `/opt/ml`."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from tests.algorithms.script.conftest import PROGRAM, make_wheel

from fieldstone.contract.paths import Layout
from fieldstone.control.documents import training_documents
from fieldstone.engine.workspace import make_workspace

pytestmark = pytest.mark.slow
UPLOAD = """
import shutil, sys
from types import SimpleNamespace
from sagemaker.core.utils import install_requirements
from sagemaker.train import model_trainer
from sagemaker.train.configs import SourceCode

folder = sys.argv[1]
shutil.copytree(model_trainer.SM_DRIVERS_LOCAL_PATH, folder, dirs_exist_ok=True)
shutil.copy2(install_requirements.__file__, f"{folder}/scripts/install_requirements.py")
code = SourceCode(source_dir=sys.argv[2], entry_script="train.py", requirements="requirements.txt")
trainer = SimpleNamespace(hyperparameters={}, _jumpstart_config=None)
place = SimpleNamespace(name=folder)
model_trainer.ModelTrainer._prepare_train_script(trainer, tmp_dir=place, source_code=code)
model_trainer.ModelTrainer._write_source_code_json(trainer, tmp_dir=place, source_code=code)
model_trainer.ModelTrainer._write_distributed_json(trainer, tmp_dir=place)
"""
"""What `ModelTrainer.train` does before it uploads the folder as the channel `sm_drivers`."""
SHOW = "mount -t tmpfs none /opt && mkdir /opt/ml && mount --bind {ml} /opt/ml && cd {ml} && exec {command}"
ENTRY = "chmod +x /opt/ml/input/data/sm_drivers/sm_train.sh && /opt/ml/input/data/sm_drivers/sm_train.sh"
SCRIPT = """
import json, os, sys, tiny

def fit(rows):
    if not rows:
        raise ValueError("no rows")

print("SEEN", tiny.WORD, sys.argv[1:], os.environ["SM_HPS"])
fit(json.loads(os.environ["SM_HPS"])["rows"])
with open(os.environ["SM_MODEL_DIR"] + "/model", "w") as file:
    file.write("made")
"""


@pytest.fixture(scope="session")
def sdk():
    """The Python of an environment with SDK v3, kept for the next time."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fieldstone-tests" / "sagemaker-3"
    if not (home / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        if subprocess.run([home / "bin" / "pip", "install", "-q", "sagemaker>=3.2"], check=False).returncode:
            pytest.skip("SDK v3 cannot be installed here")
    return home / "bin" / "python"


def channel(name):
    return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://b/{name}"}}}


@pytest.fixture
def train(tmp_path, sdk):
    """Run a script as ModelTrainer has it run; gives the exit code, what was printed, and the layout."""
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system allows no mount namespace")

    def train(rows):
        layout = Layout(tmp_path / "task" / "ml")
        job = {
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "HyperParameters": {"rows": rows},
            "InputDataConfig": [channel("code"), channel("sm_drivers")],
            "AlgorithmSpecification": {"TrainingInputMode": "File"},
        }
        make_workspace(layout, training_documents(layout, job))
        code, drivers = layout.channel("code"), layout.channel("sm_drivers")
        make_wheel(code)
        (code / "requirements.txt").write_text("./tiny-1.0-py3-none-any.whl\n")
        (code / "train.py").write_text(dedent(SCRIPT))
        subprocess.run([sdk, "-W", "ignore", "-c", UPLOAD, drivers, code], check=True, capture_output=True)
        program = [*PROGRAM, "pytorch", "--image-version", "2.3-cpu-py311", "run", "/bin/bash", "-c", f"'{ENTRY}'"]
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "TMPDIR": str(layout.root.parent / "tmp"),
            "TRAINING_JOB_NAME": "job",
            "FIELDSTONE_CACHE": str(tmp_path / "cache"),
            "PIP_NO_INDEX": "1",
        }
        show = SHOW.format(ml=layout.root, command=" ".join(program))
        run = subprocess.run(
            ["unshare", "-m", "sh", "-c", show],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return run.returncode, run.stdout + run.stderr, layout

    return train


def test_a_script_of_sdk_v3_runs_with_its_requirements(train):
    """Twice; the second time they are there."""
    code, log, layout = train("[1]")

    assert code == 0, log
    assert "SEEN small ['--rows', '[1]'] {\"rows\": [1]}" in log
    assert (layout.model / "model").read_text() == "made"
    assert not layout.failure.exists()
    assert "Using the environment that was made for -r requirements.txt" in train("[1]")[1]


def test_a_script_of_sdk_v3_that_fails_says_why(train):
    """With the user's traceback, not the driver's."""
    code, log, layout = train("[]")
    reason = layout.failure.read_text()

    assert code == 1, log
    assert 'ErrorMessage "ValueError: no rows\nFile "/opt/ml/input/data/code/train.py", line 6, in fit\n' in reason
    assert "CalledProcessError" not in reason
