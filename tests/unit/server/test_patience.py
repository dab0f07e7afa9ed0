"""Clients that never say what they want, against the real protocol of the server."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from darkfactory.server.http import Receive, Scope, Send, answer, read_body
from darkfactory.server.patience import PatientProtocol, PatientServer

PATIENCE = 10.0
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


class Hasty(PatientProtocol):
    """One that does not wait long."""

    head_seconds = 0.2
    body_seconds = 0.4


async def echo(_: Scope, receive: Receive, send: Send) -> None:
    await answer(send, 200, body=await read_body(receive))


async def slow(_: Scope, receive: Receive, send: Send) -> None:
    await read_body(receive)
    worked = asyncio.Event()
    asyncio.get_running_loop().call_later(3 * Hasty.body_seconds, worked.set)
    await worked.wait()
    await answer(send, 200)


@pytest.fixture(params=[echo])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(request.param, http=Hasty, lifespan="off", log_level="critical")
    server = PatientServer(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
    listening.close()


def heard(client: socket.socket) -> bytes:
    """Return all that comes until the server hangs up."""
    client.settimeout(PATIENCE)
    found = b""
    try:
        while came := client.recv(4096):
            found += came
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nA: ", HEAD, HEAD + b"ab"],
    ids=["nothing", "half a line", "half a head", "no body", "half a body"],
)
def test_who_never_ends_a_request_is_hung_up_on(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(said)

        assert heard(client) == b""


def test_a_head_without_end_is_cut(port: int) -> None:
    endless = b"GET / HTTP/1.1\r\n" + b"X: %s\r\n" % (b"x" * 1000) * 20_000

    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(PATIENCE)

        with pytest.raises(OSError, match=r"reset|[Bb]roken"):
            client.sendall(endless)


def test_between_two_requests_a_client_may_wait(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(PATIENCE)
        client.sendall(HEAD + b"abcd")
        first = client.recv(4096)
        client.settimeout(1.5)
        with pytest.raises(TimeoutError):
            client.recv(4096)
        client.sendall(HEAD + b"efgh")

        assert [answer[-4:] for answer in (first, client.recv(4096))] == [b"abcd", b"efgh"]


@pytest.mark.parametrize("port", [slow], indirect=True)
def test_an_answer_may_take_longer_than_the_question(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(PATIENCE)
        client.sendall(HEAD + b"abcd")

        assert client.recv(4096).startswith(b"HTTP/1.1 200")
