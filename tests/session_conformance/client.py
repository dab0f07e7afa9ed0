"""A small client of sessions over HTTP, on the standard library alone."""

import http.client
import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 30.0
_JSON = {"Content-Type": "application/json"}
_LITTLE = (0.003, 0.02, 0.1, 1.0)  # seconds: too little now and then, so that writers try again

Event = dict[str, Any]


class TooLate(AssertionError):
    """What was waited for has not come."""


@dataclass(frozen=True)
class Answer:
    """One whole response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[Event]:
        """What a stream holds."""
        found: list[Event] = json.loads(self.body or b"[]")
        return found

    @property
    def next(self) -> str:
        """The offset to go on from."""
        return self.headers["stream-next-offset"]

    @property
    def is_up_to_date(self) -> bool:
        """Whether there was nothing behind it."""
        return self.headers.get("stream-up-to-date") == "true"


@dataclass
class Producer:
    """A writer whose retries are stored once."""

    id: str = field(default_factory=lambda: f"p-{uuid.uuid4().hex[:8]}")
    epoch: int = 0
    seq: int = 0

    def headers(self) -> dict[str, str]:
        """Return what marks the next append."""
        told = {"Id": self.id, "Epoch": str(self.epoch), "Seq": str(self.seq)}
        return {f"Producer-{key}": value for key, value in told.items()}


@dataclass(frozen=True)
class Client:
    """One client: its requests need nothing of each other."""

    url: str
    token: str

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        timeout: float = PATIENCE,
    ) -> Answer:
        """Send one request on a connection of its own."""
        with self._connection(timeout) as connection:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, f"/v1/stream/{path}", data, self._headers(headers))
            response = connection.getresponse()
            found = {key.lower(): value for key, value in response.getheaders()}
            return Answer(response.status, found, response.read())

    def append(
        self,
        session: str,
        *events: Event,
        producer: Producer | None = None,
        timeout: float = PATIENCE,
    ) -> Answer:
        """Append events to the log of *session*."""
        marks = producer.headers() if producer else {}
        return self.ask("POST", f"s/{session}", list(events), headers=marks, timeout=timeout)

    def append_surely(self, session: str, event: Event, producer: Producer) -> None:
        """Append one event with little patience, again and again until the server has it."""
        deadline = time.monotonic() + PATIENCE
        for patience in cycle(_LITTLE):
            if time.monotonic() > deadline:
                raise TooLate(f"no answer to {event}")
            try:
                answer = self.append(session, event, producer=producer, timeout=patience)
            except OSError:
                continue
            assert answer.status in (200, 204), answer
            producer.seq += 1
            return

    def read(self, path: str, offset: str = "-1", **query: str) -> Answer:
        """Read one piece of a stream."""
        more = "".join(f"&{key}={value}" for key, value in query.items())
        return self.ask("GET", f"{path}?offset={offset}{more}")

    def log(self, session: str) -> list[Event]:
        """Return all that the log of *session* holds now."""
        return list(self.pages(f"s/{session}"))

    def pages(self, path: str, offset: str = "-1") -> Iterator[Event]:
        """Yield a stream piece by piece until there is no more."""
        while True:
            answer = self.read(path, offset)
            assert answer.status == 200, answer
            yield from answer.events
            offset = answer.next
            if answer.is_up_to_date:
                return

    @contextmanager
    def follow(
        self, path: str, offset: str = "-1", *, patience: float = PATIENCE
    ) -> Iterator["Live"]:
        """Give a live reading by server-sent events; leaving it drops the connection."""
        with self._connection(patience) as connection:
            place = f"/v1/stream/{path}?offset={offset}&live=sse"
            connection.request("GET", place, headers=self._headers(None))
            response = connection.getresponse()
            assert response.status == 200, response.status
            yield Live(response)

    def control(self, session: str, op: str, **wish: str) -> str:
        """Send a control message and return its id."""
        name = wish.pop("id", f"c-{uuid.uuid4().hex[:8]}")
        answer = self.ask(
            "POST", f"s/{session}/control", {"id": name, "op": op, **wish}, headers=_JSON
        )
        assert answer.status in (200, 204), (answer.status, answer.body)
        return name

    def wait_for(
        self, session: str, is_it: Callable[[Event], bool], *, patience: float = PATIENCE
    ) -> Event:
        """Return the first event of *session* that *is_it*.

        Raises:
            TooLate: If none comes in time.
        """
        deadline = time.monotonic() + patience
        position = "-1"
        while time.monotonic() < deadline:
            answer = self.read(f"s/{session}", position)
            for event in answer.events if answer.status == 200 else []:
                if is_it(event):
                    return event
            position = answer.headers.get("stream-next-offset", position)
            time.sleep(0.02)
        raise TooLate(f"{[event['type'] for event in self.log(session)]}")

    def answered(self, session: str, name: str, how: str) -> Event:
        """Wait until the session has answered control message *name*: applied, rejected, …"""
        return self.wait_for(
            session, lambda event: event["type"] == f"control.{how}" and event["data"]["id"] == name
        )

    @contextmanager
    def _connection(self, timeout: float) -> Iterator[http.client.HTTPConnection]:
        place = urlsplit(self.url)
        kind = (
            http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        )
        connection = kind(place.netloc, timeout=timeout)
        try:
            yield connection
        finally:
            connection.close()

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **_JSON, **(more or {})}


class Live:
    """A stream as it comes."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[Event]:
        for events, _ in self.batches():
            yield from events

    def batches(self) -> Iterator[tuple[list[Event], str]]:
        """Yield what comes together, with the offset to go on from behind it."""
        kind, data = "", ""
        events: list[Event] = []
        while line := self._response.readline():
            name, _, value = line.decode().rstrip("\r\n").partition(":")
            if name == "event":
                kind = value.strip()
            elif name == "data":
                data += value.strip()
            elif not name and data:
                if kind == "data":
                    events += json.loads(data)
                else:  # the control event that follows
                    yield events, json.loads(data)["streamNextOffset"]
                    events = []
                kind = data = ""


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return once *is_so*.

    Raises:
        TooLate: If it does not come true in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise TooLate("it has not come true")
        time.sleep(0.02)


def together(*tasks: Callable[[], None]) -> None:
    """Run *tasks* at once and wait for all; raise the first of their errors."""
    with ThreadPoolExecutor(len(tasks)) as threads:
        for running in [threads.submit(task) for task in tasks]:
            running.result()
