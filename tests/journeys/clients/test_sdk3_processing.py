"""The SageMaker Python SDK, version 3: Processor, ScriptProcessor and FrameworkProcessor."""

from pathlib import Path

import pytest
from tests.algorithms.script.conftest import make_wheel

pytestmark = pytest.mark.client("sdk3")

BEGIN = """
import json, logging, sys
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.image_retriever import ImageRetriever
from sagemaker.core.processing import FrameworkProcessor, Processor, ScriptProcessor
from sagemaker.core.resources import ProcessingJob
from sagemaker.core.s3 import S3Downloader
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.utils.exceptions import FailedStatusError
session = Session()
place = "/opt/ml/processing"
image = image_uris.retrieve("sklearn", "us-east-1", "1.2-1", py_version="py3", instance_type="ml.m5.large")
common = {"role": get_execution_role(), "sagemaker_session": session}
common |= {"instance_count": 1, "instance_type": "ml.m5.large"}

def given(name):
    source = ProcessingS3Input(s3_uri=name, s3_data_type="S3Prefix", local_path=f"{place}/{name}", s3_input_mode="File")
    return ProcessingInput(input_name=name, s3_input=source)

def wanted(name, uri="not said"):
    target = ProcessingS3Output(s3_uri=uri, local_path=f"{place}/{name}", s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=name, s3_output=target)

def fetch(processor):
    for output in processor.latest_job.processing_output_config.outputs:
        S3Downloader.download(output.s3_output.s3_uri, output.output_name, sagemaker_session=session)
"""

SCRIPT = """
processor = ScriptProcessor(image_uri=image, command=["python3"], base_job_name="split", **common)
outputs = [wanted("train", f"s3://{session.default_bucket()}/split/train"), wanted("test")]
processor.run("split.py", inputs=[given("raw")], outputs=outputs, arguments=["--share", "0.8"])
fetch(processor)
"""

FRAMEWORK = """
processor = FrameworkProcessor(image_uri=image, base_job_name="split", command=["python3"], **common)
more = {"source_dir": "source", "requirements": "requirements.txt", "arguments": ["--share", "0.5"], "logs": False}
processor.run("split.py", inputs=[given("raw")], outputs=[wanted("train"), wanted("test")], **more)
fetch(processor)
"""

PLAIN = """
image = ImageRetriever.retrieve_base_python_image_uri("us-east-1")
entry = ["python3", "-c", f"import os; open('{place}/said/word', 'w').write(os.environ['WORD'])"]
processor = Processor(image_uri=image, entrypoint=entry, env={"WORD": "here"}, max_runtime_in_seconds=900, **common)
processor.run(outputs=[wanted("said")], logs=False)
fetch(processor)
job = ProcessingJob.get(processor.latest_job.processing_job_name)
found = [one.processing_job_name for one in ProcessingJob.get_all(name_contains=job.processing_job_name)]
print(job.processing_job_status, job.stopping_condition.max_runtime_in_seconds, found == [job.processing_job_name])
"""

FAILING = """
processor = ScriptProcessor(image_uri=image, command=["python3"], base_job_name="failing", **common)
processor.run("failing.py", wait=False)
try:
    processor.latest_job.wait(poll=1)
except FailedStatusError as error:
    print(error)
"""

SPLIT = """
import argparse
import pandas as pd
parser = argparse.ArgumentParser()
parser.add_argument("--share", type=float)
rows = pd.read_csv("/opt/ml/processing/raw/rows.csv")
some = int(len(rows) * parser.parse_args().share)
print("the first", some)
for name, part in {"train": rows[:some], "test": rows[some:]}.items():
    part.assign(doubled=part["number"] * 2).to_csv(f"/opt/ml/processing/{name}/part.csv", index=False)
"""


@pytest.fixture
def raw(tmp_path: Path) -> None:
    """The numbers below forty."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "rows.csv").write_text("number\n" + "".join(f"{number}\n" for number in range(40)))


def parts(folder: Path, first: int) -> bool:
    """Whether the outputs have the first numbers and the others, and each doubled."""
    whole = {"train": range(first), "test": range(first, 40)}
    expected = {
        name: "number,doubled\n" + "".join(f"{number},{2 * number}\n" for number in numbers)
        for name, numbers in whole.items()
    }
    return {name: (folder / name / "part.csv").read_text() for name in whole} == expected


def test_a_script_processor_splits_a_table(client_program, raw, tmp_path):
    """Its logs are shown; outputs go where they are to go, or where the SDK sends them."""
    (tmp_path / "split.py").write_text(SPLIT)

    assert "the first 32" in client_program(BEGIN + SCRIPT)
    assert parts(tmp_path, 32)


def test_a_framework_processor_brings_a_folder_and_its_requirements(client_program, raw, tmp_path):
    """By a script of the SDK's own, which unpacks and installs them."""
    make_wheel(tmp_path / "source")
    (tmp_path / "source" / "requirements.txt").write_text("./tiny-1.0-py3-none-any.whl\n")
    (tmp_path / "source" / "split.py").write_text(f"import tiny\nassert tiny.WORD == 'small'\n{SPLIT}")

    client_program(BEGIN + FRAMEWORK)

    assert parts(tmp_path, 20)


def test_a_processor_runs_a_command_and_is_found_as_a_resource(client_program, tmp_path):
    """With its environment, on the image of plain Python."""
    assert client_program(BEGIN + PLAIN).endswith("Completed 900 True\n")
    assert (tmp_path / "said" / "word").read_text() == "here"


def test_the_exception_tells_why_a_processing_script_failed(client_program, tmp_path):
    """By the resource's own wait: with ``wait=True`` SDK 3.27 trips over a name that botocore does not have."""
    (tmp_path / "failing.py").write_text("def find(name):\n    return {}[name]\n\nfind('age')\n")

    said = client_program(BEGIN + FAILING)

    assert "KeyError: 'age'" in said
    assert said.index("line 2, in find") < said.index("line 4, in <module>")
