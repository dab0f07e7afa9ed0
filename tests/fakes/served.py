"""A served factory and a small client of it: plain HTTP, server-sent events, a WebSocket."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.factories import Factory
from tests.fakes.warm import Running

STREAMS = "/v1/stream/"
PATIENCE = 20.0


@dataclass(frozen=True)
class Answer:
    """One whole response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def next(self) -> str:
        return self.headers["stream-next-offset"]


@dataclass
class Served:
    """A server that runs, and what it said of itself."""

    process: Running
    url: str
    token: str
    page: str
    open: list[http.client.HTTPConnection] = field(default_factory=list)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str | None = "",
        **headers: str,
    ) -> Answer:
        """Send one request on a connection of its own; *token* None sends none."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        try:
            connection.request(method, path, body, self._headers(token, headers))
            return _answer(connection.getresponse())
        finally:
            connection.close()

    def post(self, stream: str, *events: Any, token: str | None = "", **headers: str) -> Answer:
        """Append JSON messages to a stream."""
        body = json.dumps(list(events)).encode()
        path = STREAMS + stream
        return self.ask("POST", path, body, token=token, content_type="application/json", **headers)

    def read(self, stream: str, offset: str = "-1", *, token: str | None = "") -> Answer:
        """Read a stream from *offset* on."""
        return self.ask("GET", f"{STREAMS}{stream}?offset={offset}", token=token)

    @contextmanager
    def follow(self, stream: str, offset: str = "-1") -> Iterator[Iterator[Any]]:
        """Give the events of a stream as they come, by server-sent events."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        path = f"{STREAMS}{stream}?offset={offset}&live=sse"
        connection.request("GET", path, headers=self._headers("", {}))
        try:
            yield _events(connection.getresponse())
        finally:
            connection.close()

    def _headers(self, token: str | None, more: Mapping[str, str]) -> dict[str, str]:
        known = {} if token is None else {"Authorization": f"Bearer {token or self.token}"}
        return known | {name.replace("_", "-"): value for name, value in more.items()}

    def stop(self) -> int:
        """End the server as Ctrl-C does and return its exit status."""
        self.process.send_signal(2)
        return self.process.wait(PATIENCE)


def serve(factory: Factory, *arguments: str) -> Served:
    """Start a server for *factory* and wait until it says where."""
    said_in = factory.root.parent / "served.txt"
    with said_in.open("w") as out:
        process = factory.start("serve", "--json", "--long-poll", "0.5s", *arguments, stdout=out)
    factory.wait(lambda: said_in.read_text().endswith("\n"))
    said = json.loads(said_in.read_text())
    return Served(process, said["url"], said["token"], said["page"])


def _answer(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def _events(response: http.client.HTTPResponse) -> Iterator[Any]:
    """Yield ``(event, data)`` of each block: data decoded from JSON."""
    kind, lines = "", []
    for raw in response:
        line = raw.decode().rstrip("\n")
        if line.startswith("event:"):
            kind = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            lines.append(line.removeprefix("data:"))
        elif not line and kind:
            yield kind, json.loads("".join(lines))
            kind, lines = "", []
