"""``fieldstone up``."""

import json
import os
import shlex
import signal
import socket
import sqlite3
import stat
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.conftest import FIELDSTONE, client, kill_tasks, start_server, wait_until

from fieldstone.core.settings import DataDir

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


@pytest.fixture
def up(data_dir):
    """Start servers in the foreground; they are ended with the test."""
    started = []

    def up(*options):
        command = [*FIELDSTONE, "up", "--data-dir", str(data_dir), *options]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield up
    for process in started:
        process.kill()
        process.communicate()
    kill_tasks(data_dir)


def first_lines(process, count):
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def health(url):
    with urlopen(f"{url}/_fieldstone/health", timeout=20) as answer:
        return json.loads(answer.read())["status"]


def test_it_tells_where_it_is_what_it_keeps_and_how_to_use_it(up, data_dir):
    """Three lines; with the first one it answers already. The last can be pasted into a shell."""
    address, folder, line = first_lines(up("--port", "0"), 3)

    assert address.startswith("Fieldstone answers at http://127.0.0.1:")
    assert health(address.split()[-1]) == "ready"
    assert folder == f"Everything is kept in {data_dir}"
    assert line == f'Point AWS clients here:  eval "$(fieldstone env --data-dir {shlex.quote(str(data_dir))})"'


NOT_TO_ANSWER = (
    *("duckdb", "jinja2", "numpy", "pandas", "scipy", "sklearn", "statsmodels"),  # framing
    *("numba", "pyarrow", "xgboost", "fieldstone.algorithms", "fieldstone.framing"),  # programs, which are started
    *("awscrt", "jsonpath"),  # some requests of S3, and of batch transform
    *("boto3", "botocore.client", "botocore.loaders", "botocore.session"),  # clients; botocore's models are data
    *("http.client", "urllib.request"),  # the other commands, which ask a server
    *("sqlalchemy.orm", "sqlalchemy.dialects.mysql", "sqlalchemy.dialects.postgresql"),
)
"""What takes long to import, and is needed for no answer to most requests."""

STARTS = """
import os, signal, sys
from fieldstone.cli import up

def show(url, data_dir):
    print(*sys.modules, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

up._introduce = show
up.up(sys.argv[1:])
"""
"""A server that prints, once it answers, what it has imported, and ends."""


def test_a_start_imports_nothing_that_the_first_answer_does_not_need(data_dir):
    """After ``kill -9`` clients wait for the start, and that is mostly imports."""
    command = [FIELDSTONE[0], "-c", STARTS, "--port", "0", "--data-dir", str(data_dir)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    imported = set(ended.stdout.split())
    assert "fieldstone.gateway.app" in imported
    assert sorted(imported.intersection(NOT_TO_ANSWER)) == []


def test_port_0_takes_any_free_port(up):
    """And says which."""
    (line,) = first_lines(up("--port", "0"), 1)

    assert int(line.rpartition(":")[2]) > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_good_order(up, data_dir, number):
    """On SIGTERM and on Ctrl-C, without a word on standard error; nobody is announced any more."""
    process = up("--port", "0")
    first_lines(process, 3)
    process.send_signal(number)

    assert (process.wait(20), process.stderr.read()) == (0, "")
    assert DataDir(data_dir).server.read_text() == ""


def test_it_ends_although_clients_are_still_connected(up):
    """Idle ones, and one in the midst of a request."""
    process = up("--port", "0", "--auth", "off")
    (line,) = first_lines(process, 1)
    address = ("127.0.0.1", int(line.rpartition(":")[2]))
    with socket.create_connection(address), socket.create_connection(address) as half:
        half.sendall(b"PUT /bucket/key HTTP/1.1\r\nContent-Length: 100\r\n\r\nx")
        process.terminate()
        assert process.wait(20) == 0


def test_everything_is_closed_to_other_users(up, data_dir):
    """The folder, and above all the key."""
    first_lines(up("--port", "0"), 1)

    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(DataDir(data_dir).owner_key.stat().st_mode) == 0o600


def test_what_is_written_into_an_open_folder_is_closed_to_other_users(up, data_dir):
    """The rows hold the secrets of sessions."""
    data_dir.mkdir(mode=0o755)
    first_lines(up("--port", "0"), 3)

    assert stat.S_IMODE(DataDir(data_dir).database.stat().st_mode) == 0o600


def test_a_second_server_on_the_same_folder_is_refused(up, run, data_dir):
    """With what to do instead; the first one goes on."""
    (line,) = first_lines(up("--port", "0"), 1)
    second = run("up", "--port", "0")

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith(f"Error: A server runs already on {data_dir}.")
    assert all(word in second.stderr for word in ("fieldstone status", "fieldstone down", "--data-dir"))
    assert health(line.split()[-1]) == "ready"


def test_a_folder_is_free_again_after_a_kill(up, run):
    """The lock goes with the process."""
    process = up("--port", "0")
    first_lines(process, 1)
    process.kill()
    process.wait()

    assert run("up", "--port", "0", "--detach").returncode == 0


def test_a_busy_port_is_refused(run):
    """With the way to another one."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        refused = run("up", "--port", str(port))

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: 127.0.0.1:{port} cannot be listened on: Address already in use.")
    assert "--port" in refused.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--auth", "off", "--host", "0.0.0.0"),
            "--auth off is for this machine alone, and 0.0.0.0 is open to others.",
        ),
        (("--auth", "off", "--host", "::"), "--auth off is for this machine alone, and :: is open to others."),
        (("--host", "no-such-host.invalid"), "no-such-host.invalid:0 cannot be listened on"),
    ],
)
def test_an_address_that_will_not_do_is_refused(run, options, said):
    """Nobody is let in without a signature but from this machine."""
    refused = run("up", "--port", "0", *options)

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: {said}")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "options", [("--port", "65536"), ("--port", "-1"), ("--port", "http"), ("--auth", "none"), ("--validation", "none")]
)
def test_wrong_usage_is_told_apart_from_failure(run, options):
    """Exit code 2, and nothing is made."""
    assert run("up", *options).returncode == 2


@pytest.mark.parametrize("detach", [(), ("--detach",)])
def test_a_folder_that_cannot_be_made_is_refused(run, tmp_path, detach):
    """Without a traceback."""
    (tmp_path / "file").write_text("in the way")
    refused = run("up", "--port", "0", *detach, folder=tmp_path / "file" / "data")

    assert refused.returncode == 1
    assert "cannot be used: Not a directory" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_of_a_later_version_is_refused(run, data_dir):
    """With what to do; nothing in it is changed."""
    data_dir.mkdir()
    connection = sqlite3.connect(DataDir(data_dir).database)
    connection.executescript("create table about (version integer primary key); insert into about values (99)")
    connection.close()
    refused = run("up", "--port", "0")

    assert refused.returncode == 1
    assert "version 99" in refused.stderr
    assert "Use a later Fieldstone." in refused.stderr
    assert "Traceback" not in refused.stderr


def test_detached_it_returns_once_the_server_answers(detached, run, data_dir):
    """The server runs on, in a session of its own; what it says goes to a file."""
    running = json.loads(run("status", "--json").stdout)

    assert health(detached) == "ready"
    assert running["url"] == detached
    assert os.getsid(running["pid"]) == running["pid"] != os.getsid(0)
    assert "Fieldstone answers at" in (data_dir / "server.log").read_text()


def test_detached_it_says_why_it_could_not_start(run, data_dir):
    """With the last line of the server's own words, and where the others are."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        refused = run("up", "--detach", "--port", str(busy.getsockname()[1]))

    assert refused.returncode == 1
    assert "cannot be listened on" in refused.stderr
    assert str(data_dir / "server.log") in refused.stderr


def test_a_second_one_detached_is_refused_too(detached, run):
    """It is not taken for the first one."""
    refused = run("up", "--detach", "--port", "0")

    assert refused.returncode == 1
    assert "A server runs already" in refused.stderr


@pytest.fixture
def training(tmp_path):
    """A server, and a job that trains for long."""
    server = start_server(tmp_path / "data", "--auth", "off")
    s3, sagemaker = (client(server.url, service, "123456789012") for service in ("s3", "sagemaker"))
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="data/a.csv", Body=b"1,2\n0,1\n" * 10_000)
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data/", "S3DataDistributionType": "FullyReplicated"}
    sagemaker.create_training_job(
        TrainingJobName="job",
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        RoleArn="arn:aws:iam::123456789012:role/service-role/FieldstoneRole",
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": "s3://bucket/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        HyperParameters={"num_round": "1000000", "objective": "binary:logistic"},
    )
    wait_until(lambda: list(DataDir(server.data_dir).tasks.glob("*/attendance.json")))
    yield server
    if server.process.poll() is None:
        server.kill()
    kill_tasks(server.data_dir)


def processes_of(data_dir):
    """The ids of the processes that name the folder on their command lines, the server apart."""
    found = set()
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just ended
            command = line.read_text(errors="replace")
            if str(data_dir) in command and "\0up\0" not in command:
                found.add(int(line.parent.name))
    return found


def open_files(pid):
    """What a process holds open; what it closes while we look does not count."""
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(str(descriptor.readlink()))
    return found


def test_what_a_server_starts_holds_nothing_of_the_servers(training):
    """Neither its socket nor its lock, its database or a client's connection; and each names the data folder."""
    wait_until(lambda: not strangers(training))  # one that has just been forked has our command line for a moment
    children = processes_of(training.data_dir)
    server_sockets = {file for file in open_files(training.process.pid) if file.startswith("socket:")}

    assert len(children) >= 2  # the supervisor and its program
    for pid in children:
        held = open_files(pid)
        assert not held & server_sockets
        assert not [file for file in held if file.endswith(("server.json", "fieldstone.db", "fieldstone.db-wal"))]


def strangers(server):
    """What a server has started that does not name its data folder."""
    descendants = {pid for pid in descendants_of(server.process.pid) if Path(f"/proc/{pid}").exists()}
    return descendants - set(processes_of(server.data_dir))


def descendants_of(pid):
    """The processes that a process started, and those that these started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children}.union(*(descendants_of(int(child)) for child in children))


def test_a_server_can_be_started_again_while_its_jobs_run_on(training):
    """After a kill: folder and port are free at once."""
    port = training.url.rpartition(":")[2]
    training.kill()
    assert processes_of(training.data_dir)
    again = start_server(training.data_dir, "--auth", "off", "--port", port)

    assert again.url == training.url
    assert again.stop() == 0
