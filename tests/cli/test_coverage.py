"""``fieldstone coverage``."""

import json

from click.testing import CliRunner

from fieldstone.cli.main import main


def test_it_tells_of_each_service_what_is_built():
    """A line a service, with counts and names."""
    lines = CliRunner().invoke(main, ["coverage"]).output.splitlines()

    assert [line.split()[0] for line in lines][:4] == ["s3", "sts", "iam", "logs"]
    assert lines[1].split()[:6] == ["sts", "4", "of", "11", "AssumeRole", "GetAccessKeyInfo"]


def test_it_can_tell_of_one_service_alone():
    """By boto3's name."""
    assert CliRunner().invoke(main, ["coverage", "kms"]).output.split()[:2] == ["kms", "22"]


def test_programs_can_read_it():
    """One JSON document: service, operation, whether it is built."""
    table = json.loads(CliRunner().invoke(main, ["coverage", "--json"]).output)

    assert (table["s3"]["PutObject"], table["s3"]["PutObjectRetention"]) == (True, False)


def test_a_service_that_is_not_there_is_wrong_usage():
    """Exit code 2, with those that are."""
    result = CliRunner().invoke(main, ["coverage", "ec2"])

    assert result.exit_code == 2
    assert "sagemaker-runtime" in result.output
