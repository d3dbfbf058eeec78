"""``fieldstone run``."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.conftest import FIELDSTONE, wait_until

from fieldstone.cli.data_dir import find_server
from fieldstone.cli.namespace import can_show
from fieldstone.cli.surroundings import METADATA_FILE
from fieldstone.core.settings import DataDir

WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


@pytest.fixture
def program(run, data_dir):
    """Runs Python under `fieldstone run`, with nothing else set."""

    def program(script, *arguments, **variables):
        bare = {"FIELDSTONE_DATA_DIR": str(data_dir)} | variables
        return run("run", "--", sys.executable, "-c", script, *arguments, folder=None, **bare)

    return program


@pytest.fixture
def proxied(run, data_dir):
    """Runs Python under `fieldstone run --proxy`."""

    def proxied(script, *arguments, **variables):
        bare = {"FIELDSTONE_DATA_DIR": str(data_dir)} | variables
        return run("run", "--proxy", "--", sys.executable, "-c", script, *arguments, folder=None, **bare)

    return proxied


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="certificates are made by openssl")


def test_a_program_finds_the_server(detached, program):
    """boto3 works with nothing set, whatever the shell was pointed at."""
    elsewhere = {"AWS_PROFILE": "nobody", "AWS_SESSION_TOKEN": "stale", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}
    ran = program(WHO, **elsewhere)

    assert (ran.stdout, ran.stderr, ran.returncode) == (
        "arn:aws:sts::123456789012:assumed-role/FieldstoneRole/fieldstone\n",
        "",
        0,
    )


def test_a_server_is_started_if_none_runs_and_stays(program, data_dir):
    """Its address is told on standard error: the program's output is its own."""
    first, second = program(WHO), program(WHO)
    running = find_server(data_dir)

    assert running is not None
    assert first.stderr == f"Fieldstone answers at {running.url}; `fieldstone down` ends it.\n"
    assert (second.stderr, second.stdout) == ("", first.stdout)


def test_a_proxy_is_not_asked_for_what_is_here(detached, program):
    """Hosts that were left out of it before still are."""
    ran = program(
        WHO + "; import os; print(os.environ['NO_PROXY'])", HTTP_PROXY="http://127.0.0.1:1", NO_PROXY="intern"
    )

    assert ran.stdout.splitlines()[1:] == ["intern,127.0.0.1,localhost"]


def test_its_exit_code_and_arguments_are_the_programs(detached, program):
    """Options too: none of them are ours."""
    script = "import sys; print(sys.argv[1:]); sys.exit(7)"
    ran = program(script, "--data-dir", "x", "--help")

    assert (ran.returncode, ran.stdout) == (7, "['--data-dir', 'x', '--help']\n")


def test_the_program_gets_the_signals(detached, data_dir):
    """It is the process that was started."""
    command = [*FIELDSTONE, "run", "--data-dir", str(data_dir), "--", sys.executable, "-c", SIGNALLED]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"ready {process.pid}\n"
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=20) == 42
    process.stdout.close()


SIGNALLED = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(42))
print("ready", os.getpid(), flush=True)
time.sleep(60)
"""


def test_the_sdks_are_told_their_bucket_and_no_telemetry(detached, program):
    """In a file that stays with the data."""
    ran = program("import os; print(open(os.environ['SAGEMAKER_USER_CONFIG_OVERRIDE']).read())")

    assert "DefaultS3Bucket: sagemaker-us-east-1-123456789012" in ran.stdout
    assert "TelemetryOptOut: true" in ran.stdout


def listed_now():
    return sorted(entry.name for entry in Path("/opt").iterdir())


def test_the_metadata_file_is_there_for_the_program_alone(detached, program, tmp_path):
    """Both SDKs read their role from it; nobody else sees it, and what else is in its folder stays to be seen."""
    stage, source = tmp_path / "stage", tmp_path / "file"
    stage.mkdir()
    source.write_text("{}")
    if (why := can_show(source, METADATA_FILE, stage)) is not None:
        pytest.skip(f"this machine allows no mount namespace: {why}")
    before = listed_now()
    script = f"import os; print(open('{METADATA_FILE}').read()); print(sorted(os.listdir('/opt')), os.getuid())"
    document, listed = program(script).stdout.splitlines()

    role = "arn:aws:iam::123456789012:role/service-role/FieldstoneRole"
    assert json.loads(document)["ExecutionRoleArn"] == role
    assert listed == f"{sorted({*before, 'ml'})} {os.getuid()}"
    assert listed_now() == before


def test_a_file_that_is_there_already_is_covered(tmp_path):
    """For that process alone."""
    source, place, stage = tmp_path / "ours", tmp_path / "theirs", tmp_path / "stage"
    source.write_text("ours")
    place.write_text("theirs")
    stage.mkdir()
    why = can_show(source, place, stage)
    if why is not None:
        pytest.skip(f"this machine allows no mount namespace: {why}")

    assert place.read_text() == "theirs"


def test_where_no_folder_can_be_made_it_is_told_why(tmp_path):
    """A folder of the root cannot be added to."""
    (tmp_path / "file").write_text("{}")
    (tmp_path / "stage").mkdir()

    assert can_show(tmp_path / "file", Path("/no-such-folder/file"), tmp_path / "stage")


@pytest.mark.parametrize(("command", "code"), [("no-such-program", 127), ("/", 126)])
def test_what_cannot_be_run_is_told_as_a_shell_does(detached, run, data_dir, command, code):
    """With the shell's exit codes."""
    ran = run("run", "--", command, folder=None, FIELDSTONE_DATA_DIR=str(data_dir))

    assert ran.returncode == code
    assert command in ran.stderr


def test_the_programs_files_are_made_as_it_would_make_them(detached, program):
    """Ours are for the owner alone."""
    mask = os.umask(0o022)
    os.umask(mask)

    assert program("import os; print(os.umask(0))").stdout == f"{mask}\n"


AWS_ITSELF = """
import boto3
sts = boto3.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com")
print(sts.get_caller_identity()["Arn"])
print(boto3.client("s3", endpoint_url="https://s3.us-east-1.amazonaws.com").list_buckets()["Buckets"])
"""


@needs_openssl
def test_with_the_proxy_awss_own_addresses_are_answered_here(detached, proxied):
    """Over TLS, with every signature checked; requests to this machine go straight."""
    ran = proxied(AWS_ITSELF)

    assert ran.stderr == ""
    assert ran.stdout == "arn:aws:sts::123456789012:assumed-role/FieldstoneRole/fieldstone\n[]\n"


TUNNEL = """
import os, socket, sys
from urllib.parse import urlsplit
proxy = urlsplit(os.environ["HTTPS_PROXY"])
with socket.create_connection((proxy.hostname, proxy.port)) as client:
    client.sendall(f"CONNECT 127.0.0.1:{sys.argv[1]} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n".encode())
    client.recv(1000)
    client.sendall(b"anything")
    print(client.recv(1000), proxy.port)
"""


@needs_openssl
def test_with_the_proxy_other_hosts_get_a_blind_tunnel_and_it_ends_with_the_program(detached, proxied):
    """It looks at nothing that is not for AWS, and leaves nothing behind."""
    with socket.create_server(("127.0.0.1", 0)) as echo:
        threading.Thread(target=echo_once, args=[echo]).start()
        said, port = proxied(TUNNEL, str(echo.getsockname()[1])).stdout.rsplit(maxsplit=1)

    assert said == "b'anything'"
    assert wait_until(lambda: not listens(int(port)))


def echo_once(listening):
    connection, _ = listening.accept()
    with connection:
        connection.sendall(connection.recv(1000))


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@needs_openssl
def test_the_proxys_keys_are_for_their_owner_alone(detached, proxied, data_dir):
    """Whoever has them could pass for AWS before that program."""
    proxied("pass")
    kept = list(DataDir(data_dir).proxy.iterdir())

    assert {path.stat().st_mode & 0o077 for path in (*kept, DataDir(data_dir).proxy)} == {0}


def test_without_openssl_the_proxy_says_what_it_needs(detached, proxied, tmp_path):
    """And nothing is run."""
    ran = proxied("print('ran')", PATH=str(tmp_path))

    assert (ran.returncode, ran.stdout) == (1, "")
    assert "openssl" in ran.stderr
