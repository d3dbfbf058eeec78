"""A group, and streams whose events are written as a job's supervisor writes them: to the stream's file."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Server

from fieldstone.core.eventlog import format_event
from fieldstone.core.settings import DataDir
from fieldstone.store.logs import LogFiles

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def logs(aws: Callable[..., Any]) -> Any:
    """A client of an account that has the group."""
    client = aws("logs")
    client.create_log_group(logGroupName=GROUP)
    return client


@pytest.fixture
def stream(logs: Any, server: Server, account: str) -> Callable[..., str]:
    """Make a stream, or go on with it, and write events: pairs of time and message. Gives its name."""

    def stream(name: str, *events: tuple[int, str]) -> str:
        if not logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=name)["logStreams"]:
            logs.create_log_stream(logGroupName=GROUP, logStreamName=name)
        give_to_program(server.data_dir, account, name)
        logs.tag_log_group(
            logGroupName=GROUP, tags={"seen": "1"}
        )  # the server looks at its rows anew once it has written
        logs.untag_log_group(logGroupName=GROUP, tags=["seen"])
        with event_file(server.data_dir, account, name).open("a") as file:
            file.writelines(format_event(time, message) for time, message in events)
        return name

    return stream


def give_to_program(data_dir: Path, account: str, name: str) -> None:
    """Have a stream be one that a program writes to, as those of jobs are: all that is in its file counts."""
    with closing(sqlite3.connect(DataDir(data_dir).database, isolation_level=None)) as connection:
        without = "cast(json_remove(cast(internal as text), '$.end') as blob)"
        query = f"update resources set internal = {without} where kind = 'LogStream' and account = ? and name like ?"
        connection.execute(query, [account, f"%:log-stream:{name}"])


def event_file(data_dir: Path, account: str, name: str) -> Path:
    """The file with a stream's events."""
    connection = sqlite3.connect(DataDir(data_dir).database)
    query = "select internal from resources where kind = 'LogStream' and account = ? and name like ?"
    ((internal,),) = connection.execute(query, [account, f"%:log-stream:{name}"])
    connection.close()
    return LogFiles(DataDir(data_dir).logs).path(json.loads(internal)["file"])
