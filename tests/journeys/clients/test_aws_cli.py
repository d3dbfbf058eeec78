"""The AWS CLI, in a shell in which ``eval "$(fieldstone env)"`` was typed."""

import hashlib
import json
import random
import urllib.request

import pytest
from tests.journeys.clients.chain import FILES, requests, verify


@pytest.fixture
def tree(tmp_path):
    """A folder with files of all kinds, one of them large enough for parts."""
    folder = tmp_path / "tree"
    (folder / "sub").mkdir(parents=True)
    (folder / "large.bin").write_bytes(random.Random(3).randbytes(18 << 20))
    (folder / "a b.txt").write_text("one\n")
    (folder / "sub" / "é+%.txt").write_text("two\n")
    (folder / "empty").touch()
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_goes_there_and_back(shell, lake, tree, tmp_path):
    """By sync, which sends nothing twice; with --delete what is gone here goes there."""
    first = shell(f"aws s3 sync tree s3://{lake}/tree --no-progress && echo again && aws s3 sync tree s3://{lake}/tree")
    sent, again = first.split("again\n")
    (tree / "a b.txt").unlink()
    mirrored = shell(f"aws s3 sync tree s3://{lake}/tree --delete && aws s3 sync s3://{lake}/tree back --quiet")

    assert sent.count("upload: ") == 4
    assert again == ""
    assert mirrored == f"delete: s3://{lake}/tree/a b.txt\n"
    assert contents(tmp_path / "back") == contents(tree)


@pytest.mark.slow
def test_a_stream_is_copied_moved_listed_and_removed(shell, lake, tree, tmp_path):
    """Through pipes, without a file in between."""
    lines = f"""
    cat tree/large.bin | aws s3 cp - s3://{lake}/from/stdin.bin
    aws s3 mv s3://{lake}/from/stdin.bin s3://{lake}/to/moved.bin --quiet
    aws s3 cp s3://{lake}/to/moved.bin - | sha256sum
    aws s3 ls s3://{lake}
    aws s3 ls s3://{lake} --recursive --summarize
    aws s3 rm s3://{lake} --recursive
    """
    said = shell(lines).splitlines()

    assert said[0].split()[0] == hashlib.sha256((tree / "large.bin").read_bytes()).hexdigest()
    assert said[1].split() == ["PRE", "to/"]
    assert said[2].split()[2:] == [str(18 << 20), "to/moved.bin"]
    assert [line.strip() for line in said[-3:]] == [
        "Total Objects: 1",
        f"Total Size: {18 << 20}",
        f"delete: s3://{lake}/to/moved.bin",
    ]


def test_a_presigned_address_needs_no_key(shell, lake):
    """Anybody may fetch it while it is good."""
    url = shell(f"echo hello | aws s3 cp - s3://{lake}/hello.txt; aws s3 presign s3://{lake}/hello.txt --expires-in 60")
    with urllib.request.urlopen(url.strip()) as answer:
        assert answer.read() == b"hello\n"


@pytest.mark.slow
def test_s3api_speaks_of_ranges_conditions_and_checksums(shell, lake):
    """As boto3 does, in JSON."""
    lines = f"""
    printf 0123456789 > ten
    aws s3api put-object --bucket {lake} --key ten --body ten --checksum-algorithm CRC64NVME --query ChecksumCRC64NVME
    aws s3api get-object --bucket {lake} --key ten --range bytes=-3 tail > answer
    cat tail; echo
    aws s3api put-object --bucket {lake} --key ten --body ten --if-none-match '*' 2>&1 || true
    aws s3api list-objects-v2 --bucket {lake} --query 'Contents[].[Key,Size]' --output text
    """
    said = shell(lines).splitlines()

    assert len(json.loads(said[0])) == 12
    assert said[1] == "789"
    assert "PreconditionFailed" in "".join(said[2:-1])
    assert said[-1] == "ten\t10"


@pytest.mark.slow
def test_lists_of_sagemaker_are_answered(shell, account):
    """Empty or not; what is not built says so."""
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    role = "arn:aws:iam::123456789012:role/service-role/FieldstoneRole"
    lines = f"""
    aws sagemaker create-model --model-name m-{account} --primary-container Image={image} \
        --execution-role-arn {role} --output text
    aws sagemaker list-models --name-contains {account} --query 'Models[].ModelName' --output text
    aws sagemaker list-training-jobs --name-contains {account} --query 'length(TrainingJobSummaries)'
    aws sagemaker list-endpoints --name-contains {account} --output json | tr -d ' \\n'; echo
    aws sagemaker list-pipelines 2>&1 || echo "code $?"
    """
    made, listed, jobs, endpoints, *absent = shell(lines).splitlines()

    assert made == f"arn:aws:sagemaker:us-east-1:123456789012:model/m-{account}"
    assert (listed, jobs, endpoints) == (f"m-{account}", "0", '{"Endpoints":[]}')
    assert "NotImplemented" in "".join(absent)
    assert absent[-1] == "code 255"


JOBS = """
aws s3 cp --recursive --quiet given s3://BUCKET
for kind in processing-job training-job model transform-job; do
    aws sagemaker create-$kind --cli-input-json file://$kind.json > made
    if [ $kind = model ]; then continue; fi
    tries=0
    until aws sagemaker describe-$kind --$kind-name NAME | grep -E 'JobStatus": "(Completed|Failed)' > ended; do
        test $((tries += 1)) -lt 60
    done
    cat ended
done
aws sagemaker describe-training-job --training-job-name NAME --output text \
    --query "FinalMetricDataList[?MetricName=='validation:logloss'].Value" > logloss
aws s3 cp --recursive --quiet s3://BUCKET left
"""


@pytest.mark.slow
def test_rows_are_prepared_learned_from_and_scored(shell, lake, account, tmp_path):
    """By three jobs from files of JSON, each number held against NumPy and XGBoost."""
    name = f"chain-{account}"
    for key, body in FILES.items():
        (tmp_path / "given" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "given" / key).write_bytes(body)
    for kind, request in requests(lake, name).items():
        (tmp_path / f"{kind}.json").write_text(json.dumps(request))
    said = shell(JOBS.replace("BUCKET", lake).replace("NAME", name))

    assert [line.split('"')[1::2] for line in said.splitlines()] == [
        [f"{kind}JobStatus", "Completed"] for kind in ("Processing", "Training", "Transform")
    ]
    left = tmp_path / "left"
    verify(
        train=(left / "train" / "rows.csv").read_bytes(),
        validation=(left / "validation" / "rows.csv").read_bytes(),
        model=(left / "models" / name / "output" / "model.tar.gz").read_bytes(),
        scored=(left / "scored" / "rows.csv.out").read_bytes(),
        logloss=float((tmp_path / "logloss").read_text()),
    )
