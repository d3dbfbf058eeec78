"""``fieldstone env``."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import boto3
print(boto3.client('sts').get_caller_identity()['Arn'])
print(boto3.client('s3').list_buckets()['Buckets'])
"""


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_its_lines_point_a_shells_programs_here(detached, run, shell):
    """boto3 works at once, with signatures checked, whatever the shell was pointed at before."""
    before = {"AWS_SESSION_TOKEN": "stale", "AWS_PROFILE": "nobody", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    before |= {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    lines = run("env", **before).stdout
    script = f'eval "$LINES_"; exec "{sys.executable}" -c "{PROGRAM}"'
    ran = subprocess.run(
        [shell, "-c", script], env=os.environ | before | {"LINES_": lines}, capture_output=True, text=True, check=False
    )

    assert ran.stderr == ""
    assert ran.stdout == "arn:aws:sts::123456789012:assumed-role/FieldstoneRole/fieldstone\n[]\n"


def test_the_line_that_up_prints_can_be_pasted(detached, run, data_dir):
    """Quotes and spaces in the folder's name included."""
    line = (data_dir / "server.log").read_text().splitlines()[2].partition("here:  ")[2]
    script = f'fieldstone() {{ "{sys.executable}" -m fieldstone "$@"; }}; {line}; echo "$AWS_ENDPOINT_URL"'
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)

    assert (ran.stderr, ran.stdout) == ("", f"{detached}\n")


def test_every_line_is_a_shells(detached, run):
    """Nothing but exports, and what has to be unset."""
    lines = run("env").stdout.splitlines()

    assert all(line.startswith(("export AWS_", "export SAGEMAKER_", "unset AWS_")) for line in lines)
    assert f"export AWS_ENDPOINT_URL={detached}" in lines


def test_without_a_server_the_lines_are_printed_all_the_same(detached, run):
    """That none runs is told on standard error."""
    run("down")
    env = run("env")

    assert env.returncode == 0
    assert "export AWS_ACCESS_KEY_ID=" in env.stdout
    assert "No server runs on" in env.stderr


def test_without_a_key_there_is_nothing_to_print(run):
    """It is made by the first start."""
    env = run("env")

    assert (env.returncode, env.stdout) == (1, "")
    assert "fieldstone up" in env.stderr
