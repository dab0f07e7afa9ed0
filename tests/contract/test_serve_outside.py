"""``df serve`` for others than this machine: TLS, names, and the door that sessions keep."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

from darkfactory.sessions.served import TOKEN, URL, way_in
from tests.fakes.factories import Factory, make_factory
from tests.fakes.proxies import certificate
from tests.fakes.served import PATIENCE, Served, serve

NAME = "factory.example"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    certificate(folder)
    return folder


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    made = make_factory(tmp_path_factory.mktemp("outside"), {"sessions": []}, [])
    yield made
    made.end()


@pytest.fixture(scope="module")
def served(factory: Factory, tls: Path) -> Served:
    files = ("--tls-cert", str(tls / "certificate.pem"), "--tls-key", str(tls / "key.pem"))
    return serve(factory, "--bind", "127.0.0.1", "--name", NAME, *files)


def trusting(tls: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(tls / "certificate.pem"))
    context.check_hostname = False  # it is of 127.0.0.1, and the name is only said
    return context


def ask(
    served: Served, tls: Path, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str]]:
    port = urlsplit(served.url).port
    client = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=trusting(tls))
    said = {"Host": served.host, "Authorization": f"Bearer {served.token}", **headers}
    try:
        client.request(method, path, body or None, said)
        answer = client.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        client.close()


def test_it_is_served_under_its_name_over_tls(factory: Factory, served: Served, tls: Path) -> None:
    port = urlsplit(served.url).port
    told = json.loads(factory.state.serve.read_text())

    made, headers = ask(served, tls, "PUT", "/v1/stream/x")

    assert served.url == f"https://{NAME}:{port}"
    assert (told["url"], told["port"]) == (served.url, port)
    assert (made, headers["location"]) == (201, f"{served.url}/v1/stream/x")
    assert ask(served, tls, "GET", "/v1/status", Host=f"127.0.0.1:{port}")[0] == 200
    for host in (NAME, f"other.example:{port}", f"{NAME}:{told['local_port']}"):
        assert ask(served, tls, "GET", "/v1/status", Host=host)[0] == 421


def test_whoever_speaks_plainly_to_it_gets_nothing(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(served.url).port or 0)) as client:
        client.settimeout(PATIENCE)
        client.sendall(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")

        assert b"HTTP/1.1" not in client.recv(4096)


def test_the_cookie_is_sent_over_tls_only_and_its_page_writes_from_its_own_origin(
    served: Served, tls: Path
) -> None:
    status, headers = ask(served, tls, "GET", served.page.removeprefix(served.url))

    cookie, body = headers["set-cookie"], json.dumps({"type": "message"}).encode()
    said = {
        "Cookie": cookie.partition(";")[0],
        "Authorization": "",
        "Content-Type": "application/json",
    }
    plain = served.url.replace("https", "http")
    assert status == 303
    assert cookie.startswith("__Host-df_")
    assert "; Secure" in cookie
    assert ask(served, tls, "POST", "/v1/stream/s/c", body, **said, Origin=served.url)[0] == 204
    assert ask(served, tls, "POST", "/v1/stream/s/c", body, **said, Origin=plain)[0] == 403


def test_the_socket_is_there_over_tls_too(served: Served, tls: Path) -> None:
    ask(served, tls, "POST", "/v1/stream/s/w", b'{"type": "message"}',
        **{"Content-Type": "application/json"})  # fmt: skip
    port = urlsplit(served.url).port or 0
    headers = {"Authorization": f"Bearer {served.token}"}
    raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)

    with connect(
        f"wss://{served.host}/v1/ws", sock=raw, ssl=trusting(tls), additional_headers=headers
    ) as client:
        client.send(json.dumps({"path": "s/w", "offset": "-1"}))
        said: Any = json.loads(client.recv(timeout=PATIENCE))

    assert [event["type"] for event in said["events"]] == ["message"]


def test_sessions_of_this_machine_write_plainly_through_loopback(
    factory: Factory, served: Served, tls: Path
) -> None:
    way = way_in(factory.state, "inside")

    factory.df("emit", "halfway", env={**factory.environment, **way.variables})
    link = factory.json("serve", "link")["page"]

    assert way.variables[URL].startswith(f"http://127.0.0.1:{way.ports[0]}/")
    assert way.ports[0] != urlsplit(served.url).port
    assert way.variables[TOKEN]
    assert ask(served, tls, "GET", "/v1/stream/s/inside?offset=-1")[0] == 200
    assert link.startswith(served.url + "/enter/")
    assert ask(served, tls, "GET", link.removeprefix(served.url))[0] == 303


def test_behind_a_proxy_its_names_are_believed_and_no_others(tmp_path: Path) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, [])
    served = serve(factory, "--bind", "127.0.0.1", "--behind-proxy", "--name", NAME)
    port = json.loads(factory.state.serve.read_text())["port"]

    def asked(host: str, origin: str) -> int:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        said = {"Host": host, "Origin": origin, "Authorization": f"Bearer {served.token}"}
        client.request("PUT", "/v1/stream/x", headers={**said, "X-Forwarded-Host": "evil.example"})
        status = client.getresponse().status
        client.close()
        return status

    found = [
        asked(NAME, f"https://{NAME}"),
        asked(NAME, f"http://{NAME}"),
        asked(f"127.0.0.1:{port}", f"https://{NAME}"),
    ]
    status = served.stop()
    factory.end()

    assert served.page.startswith(f"https://{NAME}/enter/")
    assert found == [201, 403, 421]
    assert status in (0, 130)


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python knows no IPv6")
def test_ipv6_loopback_is_served(tmp_path: Path) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"this machine has no ::1: {error}")
    factory = make_factory(tmp_path, {"sessions": []}, [])

    served = serve(factory, "--bind", "::1")
    answer = served.ask("GET", "/v1/status")
    factory.end()

    assert served.url.startswith("http://[::1]:")
    assert answer.status == 200


def test_what_is_not_safe_is_refused_before_anything_listens(factory: Factory) -> None:
    said = factory.df("serve", "--bind", "::", "--name", NAME, expect=2).stderr

    assert "the token too" in said
    assert "--tls-cert" in said
