"""The environments that jobs make for their requirements: kept for the account, whichever user a job runs as."""

import io
import json
import os
import tarfile
from typing import Any

import pytest
from tests.algorithms.script.conftest import make_wheel
from tests.conftest import Server
from tests.journeys.programs import wait_for_end
from tests.journeys.test_script import SKLEARN

SCRIPT = "import importlib, sys\nprint('word', importlib.import_module(sys.argv[2]).WORD)\n"


def train(aws: Any, request: dict[str, Any], job: str, package: str, folder: Any) -> str:
    """Run a script that wants a package of this name, which lies beside it; what its job printed."""
    wheel = make_wheel(folder / package, name=package)
    (folder / "train.py").write_text(SCRIPT)
    (folder / "requirements.txt").write_text(f"./{wheel.name}\n")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for file in (wheel, folder / "train.py", folder / "requirements.txt"):
            tar.add(file, file.name)
    bucket = request["OutputDataConfig"]["S3OutputPath"].split("/")[2]
    aws("s3").put_object(Bucket=bucket, Key=f"{job}.tar.gz", Body=packed.getvalue())
    source = {"sagemaker_program": "train.py", "sagemaker_submit_directory": f"s3://{bucket}/{job}.tar.gz"}
    request["AlgorithmSpecification"]["TrainingImage"] = SKLEARN
    request["HyperParameters"] = {name: json.dumps(value) for name, value in (source | {"package": package}).items()}
    aws("sagemaker").create_training_job(**request | {"TrainingJobName": job})
    assert wait_for_end(aws("sagemaker"), job)["TrainingJobStatus"] == "Completed"
    found = aws("logs").filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job}/")
    return "\n".join(event["message"] for event in found["events"])


@pytest.mark.slow
def test_each_job_adds_what_it_wants(
    aws: Any, account: str, server: Server, training_job: dict[str, Any], tmp_path: Any
) -> None:
    """The second finds the folder of the first, and has to put something else beside it."""
    logs = [train(aws, training_job, name, f"of_{name}", tmp_path) for name in ("one", "two")]
    kept = server.data_dir / "cache" / account / "environments"

    assert all("word small" in log and "is not kept" not in log for log in logs)
    assert len(list(kept.glob("*/.ready"))) == 2


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="jobs run as users of their own where the server is root")
def test_what_another_user_left_unfinished_is_in_nobodys_way(
    aws: Any, account: str, server: Server, training_job: dict[str, Any], tmp_path: Any
) -> None:
    """As a job does that is killed while it installs."""
    train(aws, training_job, "one", "wanted", tmp_path)
    [ready] = (server.data_dir / "cache" / account / "environments").glob("*/.ready")
    ready.unlink()
    next(ready.parent.glob("lib/*/site-packages/wanted.py")).unlink()
    log = train(aws, training_job, "two", "wanted", tmp_path)

    assert "word small" in log
    assert ready.exists()
