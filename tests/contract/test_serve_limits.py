"""What one client of ``df serve`` can take from the others: little."""

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from darkfactory.server.seats import MOST_SOCKETS
from tests.fakes.factories import Factory, make_factory
from tests.fakes.served import PATIENCE, STREAMS, Served, serve

MIB = 1 << 20


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    made = make_factory(tmp_path_factory.mktemp("limits"), {"sessions": []}, [])
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory) -> Served:
    return serve(factory)


def socket_of(served: Served, token: str = "", **more: Any) -> ClientConnection:
    headers = {"Authorization": f"Bearer {token or served.token}"}
    made: ClientConnection = connect(
        f"ws://{served.host}/v1/ws", additional_headers=headers, **more
    )
    return made


def test_a_client_that_does_not_read_costs_a_batch_whatever_it_follows(
    factory: Factory, served: Served
) -> None:
    line = json.dumps({"type": "message", "data": {"text": "x" * 1000}}).encode() + b"\n"
    names, each = [f"s/slow-{number}" for number in range(24)], 6 * MIB // len(line)
    (factory.state.streams / "s").mkdir(parents=True, exist_ok=True)
    for name in names:
        (factory.state.streams / f"{name}.jsonl").write_bytes(line * each)
    server = psutil.Process(served.process.pid)
    served.read(names[0])
    before = server.memory_info().rss

    with socket_of(
        served, max_queue=1, max_size=None, ping_interval=None, compression=None
    ) as client:
        for name in names:
            client.send(json.dumps({"path": name, "offset": "-1"}))
        asked = [served.read(name).status for name in names * 3]
        grown = server.memory_info().rss - before
        counts = dict.fromkeys(names, 0)
        while any(count < each for count in counts.values()):
            said = json.loads(client.recv(timeout=PATIENCE))
            counts[said["path"]] += len(said["events"])

    assert set(asked) == {200}
    assert grown < 48 * MIB
    assert set(counts.values()) == {each}


def test_a_token_has_so_many_sockets_and_others_have_theirs(
    factory: Factory, served: Served
) -> None:
    one, other = (
        str(factory.json("serve", "token", "--scope", "read", "--session", name)["token"])
        for name in "ab"
    )

    with ExitStack() as open_:
        for _ in range(MOST_SOCKETS):
            open_.enter_context(socket_of(served, one))
        with pytest.raises(InvalidStatus) as refused:
            socket_of(served, one)
        with socket_of(served, other):
            pass

    assert refused.value.response.status_code == 429
    assert b"at most 64 WebSockets" in refused.value.response.body
    with socket_of(served, one):
        pass


@pytest.mark.parametrize(("size", "status"), [(8, 204), (9, 413)])
def test_a_body_in_chunks_has_the_same_bound(served: Served, size: int, status: int) -> None:
    served.ask("PUT", f"{STREAMS}chunks", content_type="application/octet-stream")
    client = http.client.HTTPConnection(served.host, timeout=PATIENCE)
    headers = {
        "Authorization": f"Bearer {served.token}",
        "Content-Type": "application/octet-stream",
    }

    client.request(
        "POST", f"{STREAMS}chunks", iter([b"x" * MIB] * size), headers, encode_chunked=True
    )
    answer = client.getresponse()
    answer.read()
    client.close()

    assert answer.status == status


@pytest.mark.parametrize("path", ["a" * 129, "/".join(["ab"] * 200), "a/" * 3000 + "a"])
def test_a_name_that_is_too_long_is_refused_in_words(served: Served, path: str) -> None:
    answer = served.ask("PUT", STREAMS + path, content_type="application/json")

    assert (answer.status, b"is not a stream" in answer.body) == (400, True)


def test_a_session_takes_no_more_streams_than_it_may(factory: Factory, served: Served) -> None:
    token = factory.json("serve", "token", "--scope", "append", "--session", "many")["token"]

    found = [
        served.ask("PUT", f"{STREAMS}s/many/{number}", token=token).status for number in range(66)
    ]

    assert found.count(201) == 64
    assert found[-1] == 429
    assert served.post("s/other", {"type": "message"}).status == 204
