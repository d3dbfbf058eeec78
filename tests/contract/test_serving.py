"""The server as a process: its pages, its beginning and its end."""

import json
import os
import signal
import socket
import urllib.request


def test_a_ping_is_answered_once_the_model_is_loaded(client):
    """/ping means that predictions can be asked for."""
    client.ask(("GET", "/ping"))

    assert client.receive()[0] == 200


def test_execution_parameters_tell_batch_transform_what_to_send(start, connect):
    """As many at a time as there are cores, several records each, up to the limit of a body."""
    start(MAX_CONTENT_LENGTH=str(3 * 1024 * 1024))
    client = connect()
    client.ask(("GET", "/execution-parameters"))
    _, headers, body = client.receive()

    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "MaxConcurrentTransforms": os.cpu_count(),
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": 3,
    }


def test_only_the_contracts_pages_exist(client):
    """Another path is 404, another method 405."""
    client.ask(("GET", "/models"), ("POST", "/ping"), ("GET", "/invocations"), ("GET", "/ping?deep=1"))

    assert [client.receive()[0] for _ in range(4)] == [404, 405, 405, 200]


def test_without_a_socket_the_server_listens_on_its_port(start):
    """SAGEMAKER_BIND_TO_PORT names the port, on the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start(FIELDSTONE_BIND_TO_SOCKET="", SAGEMAKER_BIND_TO_PORT=str(port))

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping") as response:
        assert response.status == 200


def test_the_socket_is_for_its_owner_alone(server, tmp_path):
    """Nobody else on the machine may ask for predictions."""
    assert (tmp_path / "model.sock").stat().st_mode & 0o777 == 0o600


def test_a_server_that_was_killed_does_not_stand_in_the_way_of_the_next(start, connect):
    """A socket that is left over is replaced."""
    start().kill()
    start()
    client = connect()
    client.ask(("GET", "/ping"))

    assert client.receive()[0] == 200


def test_one_line_is_logged_at_the_start_and_none_per_request(server, client):
    """The log does not grow with the traffic."""
    client.post(b"a", b"b")
    client.receive()
    client.receive()
    server.send_signal(signal.SIGTERM)

    assert server.first_line == "Serving on model.sock"
    assert server.communicate(timeout=20)[0] == ""


def test_sigterm_ends_the_server_after_the_answers_it_owes(server, client, tmp_path):
    """The exit code is 0 and the socket is gone."""
    client.post(b"wait for go " + b"x" * 70_000)
    client.ask(("GET", "/ping"))
    server.send_signal(signal.SIGTERM)
    (tmp_path / "go").touch()

    assert client.receive()[0] == 200
    assert server.wait(timeout=20) == 0
    assert not (tmp_path / "model.sock").exists()


def test_a_model_that_does_not_load_ends_the_program_with_the_reason(start, tmp_path):
    """Nothing listens then, so the endpoint fails at once instead of at the first request."""
    (tmp_path / "model").rmdir()
    process = start()

    assert process.first_line == f"Unable to load model: no folder {tmp_path}/model"
    assert process.wait(timeout=20) == 1
