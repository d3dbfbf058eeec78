"""``fieldstone coverage``."""

import json
from types import ModuleType

from click.testing import CliRunner

from fieldstone.cli.main import main
from fieldstone.services.catalog import SERVICES
from fieldstone.services.operation import document, read


def test_it_counts_what_each_service_has():
    """A line a service: real, documents, absent."""
    lines = CliRunner().invoke(main, ["coverage"]).output.splitlines()

    assert lines[0].split() == ["service", "real", "document", "absent"]
    counts = {name: [int(n) for n in rest] for name, *rest in (line.split() for line in lines[1:-1])}
    assert list(counts) == list(SERVICES)
    assert sum(counts["sts"]) == 11


def test_it_names_the_operations_of_one_service():
    """By boto3's name, under what they are."""
    said = CliRunner().invoke(main, ["coverage", "sts"]).output

    real, _, absent = said.partition("sts: 0 only keep documents")
    assert "  GetCallerIdentity\n" in real
    assert "  GetFederationToken\n" in absent


def test_programs_can_read_it():
    """One JSON document: service, operation, how far it is built."""
    table = json.loads(CliRunner().invoke(main, ["coverage", "--json"]).output)

    assert (table["s3"]["PutObject"], table["s3"]["RenameObject"]) == ("real", None)


def test_an_operation_that_only_keeps_documents_is_told_so(monkeypatch):
    """By its mark."""
    module = ModuleType("settings")
    vars(module).update(get_session_token=document(read(lambda ctx, request: {})))
    monkeypatch.setitem(SERVICES, "sts", (module,))
    table = json.loads(CliRunner().invoke(main, ["coverage", "--json"]).output)["sts"]

    assert (table["GetSessionToken"], table["GetCallerIdentity"]) == ("document", None)


def test_a_service_that_is_not_there_is_wrong_usage():
    """Exit code 2, with those that are."""
    result = CliRunner().invoke(main, ["coverage", "ec2"])

    assert result.exit_code == 2
    assert "sagemaker-runtime" in result.output
