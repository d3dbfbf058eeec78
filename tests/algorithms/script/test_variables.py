"""SM_ variables: those of AWS's open toolkit, name by name and value by value."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.algorithms.script.conftest import RESOURCES

PRINTS = "import json, os\nprint('SEEN', json.dumps(dict(os.environ)))\n"
HYPERPARAMETERS = {
    "epochs": "3",
    "max-depth": "5",
    "name": '"quoted"',
    "plain": "words",
    "opts": '{"b": 1, "a": [1, 2]}',
    "nothing": "null",
    "sagemaker_job_name": '"job"',
    "sagemaker_region": '"eu-west-1"',
    "sagemaker_own": "7",
    "_tuning_objective_metric": "loss",
}
_DIFFERENT = {"SM_NUM_CPUS", "SM_NUM_GPUS"}
"""What the toolkit takes from the whole machine, and a job here from what it was given."""


def seen(log):
    [line] = [line for line in log.splitlines() if line.startswith("SEEN ")]
    return json.loads(line.removeprefix("SEEN "))


def test_a_script_finds_its_job_in_its_environment(folder):
    """Paths, channels, hosts, hyperparameters."""
    folder.add("train.py", PRINTS)

    found = seen(folder.train(environment={"OMP_NUM_THREADS": "1"}, **HYPERPARAMETERS).log)
    root = folder.root

    assert found["SM_MODEL_DIR"] == f"{root}/model"
    assert found["SM_OUTPUT_DATA_DIR"] == f"{root}/output/data"
    assert found["SM_CHANNELS"] == '["code","train"]'
    assert found["SM_CHANNEL_TRAIN"] == f"{root}/input/data/train"
    assert found["SM_HOSTS"] == '["algo-1"]'
    assert found["SM_HP_MAX-DEPTH"] == "5"
    assert found["SM_HP_OPTS"] == '{"a":[1,2],"b":1}'
    assert found["SM_HPS"] == (
        '{"epochs":3,"max-depth":5,"name":"quoted","nothing":null,"opts":{"a":[1,2],"b":1},"plain":"words"}'
    )
    assert found["SM_FRAMEWORK_PARAMS"] == '{"sagemaker_own":7}'
    assert found["SM_NUM_CPUS"] == "1"
    assert json.loads(found["SM_TRAINING_ENV"])["job_name"] == "job"
    assert found["SAGEMAKER_REGION"] == "eu-west-1"


def test_scripts_of_pytorch_find_their_rendezvous(folder):
    """At the first host, as in AWS's image; torch itself is not needed to say so."""
    from fieldstone.algorithms.script.frameworks import FRAMEWORKS  # noqa: PLC0415
    from fieldstone.algorithms.script.setting import Setting  # noqa: PLC0415
    from fieldstone.algorithms.script.variables import script_variables  # noqa: PLC0415
    from fieldstone.contract.paths import Layout  # noqa: PLC0415
    from fieldstone.contract.training import Job  # noqa: PLC0415

    folder.prepare("train.py", {})
    folder.configure("resourceconfig", RESOURCES | {"hosts": ["algo-1", "algo-2"], "current_host": "algo-2"})
    setting = Setting.read(Job.read(Layout(folder.root)), FRAMEWORKS["pytorch"])
    variables = script_variables(setting)

    assert (variables["MASTER_ADDR"], variables["MASTER_PORT"]) == ("algo-1", "7777")
    assert json.loads(variables["SM_TRAINING_ENV"])["is_master"] is False
    assert variables["SM_FRAMEWORK_MODULE"] == "sagemaker_pytorch_container.training:main"


@pytest.fixture(scope="session")
def toolkit():
    """AWS's toolkit in an environment of its own, kept for the next time."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fieldstone-tests" / "sagemaker-training"
    program = home / "bin" / "train"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        made = subprocess.run([home / "bin" / "pip", "install", "-q", "sagemaker-training==5.1.4"], check=False)
        if made.returncode:
            pytest.skip("the toolkit cannot be installed here")
    return program


@pytest.mark.slow
def test_the_variables_are_those_of_the_toolkit(folder, toolkit):
    """The same job, run by both; nothing of the toolkit's is missing, nothing says anything else."""
    folder.add("train.py", PRINTS)
    resources = {"OMP_NUM_THREADS": str(os.cpu_count())}
    ours = seen(folder.train(environment=resources, **HYPERPARAMETERS).log)
    subprocess.run(["rm", "-rf", folder.root / "code", folder.root / "output"], check=True)
    (folder.root / "output").mkdir()

    hyperparameters = json.loads((folder.root / "input/config/hyperparameters.json").read_text())
    folder.configure(
        "hyperparameters", hyperparameters | {"sagemaker_submit_directory": json.dumps(str(folder.sources))}
    )
    environment = folder.environment({"SM_STUDIO_LOCAL_MODE": "True", "AWS_REGION": "eu-west-1"})
    run = subprocess.run([toolkit], env=environment, capture_output=True, text=True, timeout=120, check=False)
    theirs = seen(run.stdout)
    normal = json.dumps(str(folder.sources))[1:-1]

    for name, value in theirs.items():
        if name.startswith("SM_") and name not in {*_DIFFERENT, "SM_STUDIO_LOCAL_MODE"}:
            expected = value.replace(normal, "/opt/ml/input/data/code")
            assert ours[name].replace(normal, "/opt/ml/input/data/code") == expected, name
    assert {name for name in ours if name.startswith("SM_")} <= theirs.keys()
