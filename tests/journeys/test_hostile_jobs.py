"""A job that means harm, on a real server: it finds nothing of the server's or of others', and harms nobody."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.durability.conftest import NAMESPACE
from tests.durability.test_job_kills import is_tidy
from tests.journeys.conftest import ROLE
from tests.journeys.programs import install
from tests.journeys.test_processing import process, request
from tests.journeys.test_serving import deploy

from fieldstone.core.settings import DataDir

ACCOUNT = "111122223333"
PROGRAM = """
import ctypes, json, os, pathlib, signal, sys, threading, time

if COMMAND == "serve":
    from fieldstone.contract.serving import Reply, serve

    class Model:
        def answer(self, requests, /):
            return [Reply(os.environ["SECRET"].encode()) for request in requests]

    sys.exit(serve(lambda layout: Model()))

data_dir, server, victim = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
out = pathlib.Path("/opt/ml/processing/output")
libc = ctypes.CDLL(None, use_errno=True)
done = {}


def attempt(name, deed):
    try:
        done[name] = str(deed())
    except Exception as error:
        done[name] = type(error).__name__


def call(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), "refused")
    return "succeeded"


def fill():
    threading.stack_size(1 << 16)
    enough = threading.Event()
    begun = 0
    try:
        for begun in range(40_000):
            threading.Thread(target=enough.wait, daemon=True).start()
        return "no limit"
    except RuntimeError:
        return begun
    finally:
        enough.set()


attempt("tasks", lambda: sorted(os.listdir(data_dir / "tasks")))
attempt("its own task", lambda: [path.read_text() for path in (data_dir / "tasks").glob("*/task.json")])
for other in sys.argv[4].split(","):
    attempt(f"listing {other}", lambda: os.listdir(data_dir / "tasks" / other))
    attempt(f"reading {other}", lambda: (data_dir / "tasks" / other / "task.json").read_text())
attempt("database", lambda: (data_dir / "fieldstone.db").read_bytes()[:16])
attempt("owner's key", lambda: (data_dir / "credentials.json").read_text())
attempt("objects", lambda: os.listdir(data_dir / "objects"))
for pid, who in ((server, "server"), (victim, "model")):
    for name in ("environ", "cmdline", "maps", "mem", "fd/0"):
        attempt(f"{who}'s {name}", lambda: open(f"/proc/{pid}/{name}", "rb").read(100))
    attempt(f"{who}'s root", lambda: os.listdir(f"/proc/{pid}/root{data_dir}"))
    for number in (0, signal.SIGTERM, signal.SIGKILL):
        attempt(f"signal {int(number)} to the {who}", lambda: os.kill(pid, number) or "succeeded")
    attempt(f"tracing the {who}", lambda: call(libc.ptrace(16, pid, 0, 0)))
attempt("uncovering the data folder", lambda: call(libc.umount2(os.fsencode(data_dir), 2)))
attempt("mounting", lambda: call(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)))
attempt("a device", lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(8, 0)) or "succeeded")
done["namespaces"] = "refused" if libc.unshare(0x10000000 | 0x20000) else "given"
attempt("uncovering the data folder from within", lambda: call(libc.umount2(os.fsencode(data_dir), 2)))
attempt("owner's key from within", lambda: (data_dir / "credentials.json").read_text())
(out / "stolen").symlink_to(data_dir / "credentials.json")
(out / "all").symlink_to(data_dir)
if len(sys.argv) > 5:
    done["threads"] = str(fill())
(out / "done.json").write_text(json.dumps(done))
"""


@pytest.fixture(params=["a user of its own", "the server's user"])
def server(request: pytest.FixtureRequest, own_server: Callable[..., Server]) -> Server:
    """A server whose jobs run as users of their own, and one that may not change users."""
    if subprocess.run([*NAMESPACE, "true"], check=False).returncode:
        pytest.skip("no namespaces here")
    if request.param == "the server's user":
        return own_server("--auth", "off", before=NAMESPACE)
    if os.geteuid() != 0:
        pytest.skip("users cannot be changed here")
    return own_server("--auth", "off")


def model_process(server: Server) -> int:
    """The process of the model's server."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = [b"", b"", *path.read_bytes().split(b"\0")]
        except OSError:
            continue
        if line[-2].startswith(os.fsencode(server.data_dir.parent)) and line[-2].endswith(b"/serve"):
            found.append(int(path.parent.name))
    return found[0]


def test_a_hostile_job_gets_nothing_and_harms_nobody(server: Server, request: pytest.FixtureRequest) -> None:
    """What it has tried is in its output, and of all that nothing has worked; who was attacked goes on."""
    aws = partial(client, server.url, account=ACCOUNT)
    image = install(server.data_dir, "hostile", PROGRAM)
    aws("s3").create_bucket(Bucket="data")
    aws("s3").put_object(Bucket="data", Key="data/a.csv", Body=b"1\n")
    container = {"Image": image, "Environment": {"SECRET": "what nobody else may know"}}
    aws("sagemaker").create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    deploy(aws("sagemaker"), "model")
    own_users = "user of its own" in request.node.name

    key = DataDir(server.data_dir).owner_key.read_text()
    wanted = attack("data", image, server, model_process(server))
    if own_users:
        wanted["AppSpecification"]["ContainerArguments"].append("fill")
    job = process(aws("sagemaker"), wanted)

    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert [item["Key"] for item in aws("s3").list_objects_v2(Bucket="data", Prefix="out/")["Contents"]] == [
        "out/done.json"
    ]
    done = json.loads(aws("s3").get_object(Bucket="data", Key="out/done.json")["Body"].read())
    threads, tasks = done.pop("threads", None), done.pop("tasks")
    assert done.pop("namespaces") in {"refused", "given"}  # either does
    assert re.fullmatch(r"\['processing-\d+-1-algo-1'\]", tasks), tasks
    assert {name: said for name, said in done.items() if said not in REFUSED} == {"its own task": "[]"}
    assert threads is None or 1_000 < int(threads) <= 4_096

    asked = aws("sagemaker-runtime").invoke_endpoint(EndpointName="endpoint", Body=b"?")["Body"].read()
    assert asked == b"what nobody else may know"
    assert server.process.poll() is None
    assert DataDir(server.data_dir).owner_key.read_text() == key
    aws("sagemaker").delete_endpoint(EndpointName="endpoint")
    wait_until(lambda: is_tidy(server.data_dir))


REFUSED = {"FileNotFoundError", "PermissionError", "ProcessLookupError", "OSError"}


def attack(bucket: str, image: str, server: Server, victim: int) -> dict[str, Any]:
    """A job that knows where everything is."""
    wanted = request(bucket)
    others = ",".join(path.name for path in DataDir(server.data_dir).tasks.iterdir())
    arguments = [str(server.data_dir), str(server.process.pid), str(victim), others]
    wanted["AppSpecification"] = {"ImageUri": image, "ContainerArguments": arguments}
    del wanted["ProcessingInputs"][1]
    return wanted
