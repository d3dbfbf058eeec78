"""Which requests are answered together, and what one bad request does to the others."""


def test_the_requests_of_one_tick_are_answered_together(client):
    """Five that arrive in one read are one batch."""
    client.post(*[b"x"] * 5)

    assert [client.receive()[2] for _ in range(5)] == [b"5  x"] * 5


def test_a_request_alone_waits_for_nobody(client):
    """There is no timer: it is a batch of one."""
    client.post(b"x")

    assert client.receive()[2] == b"1  x"


def test_a_request_that_the_model_fails_on_spoils_no_other(client):
    """It alone is answered with 500 and the error."""
    client.post(b"a", b"fail", b"b")
    replies = [client.receive() for _ in range(3)]

    assert [(status, body) for status, _, body in replies] == [
        (200, b"1  a"),
        (500, b"ValueError: told to fail"),
        (200, b"1  b"),
    ]


def test_a_large_request_leaves_the_server_awake(client, connect, tmp_path):
    """While the model works on it, /ping and small requests of others are answered."""
    client.post(b"wait for go " + b"x" * 70_000)
    other = connect()
    other.ask(("GET", "/ping"), ("POST", "/invocations", b"small"))
    assert [other.receive()[0] for _ in range(2)] == [200, 200]

    (tmp_path / "go").touch()
    assert client.receive()[2].startswith(b"1  wait for go")
