"""``fieldstone coverage``."""

import json

from click.testing import CliRunner

from fieldstone.cli.main import main


def test_it_tells_of_each_service_what_is_built():
    """A line a service, with counts and names."""
    lines = CliRunner().invoke(main, ["coverage"]).output.splitlines()

    assert [line.split()[0] for line in lines] == ["s3", "sts", "iam", "logs", "sagemaker", "sagemaker-runtime"]
    assert lines[1].split() == ["sts", "2", "of", "11", "AssumeRole", "GetCallerIdentity"]


def test_it_can_tell_of_one_service_alone():
    """By boto3's name."""
    assert CliRunner().invoke(main, ["coverage", "iam"]).output.split()[:2] == ["iam", "1"]


def test_programs_can_read_it():
    """One JSON document: service, operation, whether it is built."""
    table = json.loads(CliRunner().invoke(main, ["coverage", "--json"]).output)

    assert (table["s3"]["PutObject"], table["s3"]["PutObjectRetention"]) == (True, False)


def test_a_service_that_is_not_there_is_wrong_usage():
    """Exit code 2, with those that are."""
    result = CliRunner().invoke(main, ["coverage", "ec2"])

    assert result.exit_code == 2
    assert "sagemaker-runtime" in result.output
