"""One fact to one hook: through its channel alone, a few tries, then an error that says why."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from darkfactory.domain.settings import FactKind, Hook
from darkfactory.factory.deliver import Undelivered, deliver, hook_name
from darkfactory.factory.facts import Fact
from darkfactory.processes.identity import is_alive, process_table

FACT = Fact("factory@7", FactKind.WAITING, "c-a waits", title="$(touch owned)`touch owned`'\"; x")
ON = (FactKind.WAITING,)


class Ear(ThreadingHTTPServer):
    """A webhook that notes what it is told and answers as planned."""

    def __init__(self, *answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.told: list[tuple[str, str | None, bytes]] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Ear

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.path, self.headers["Idempotency-Key"], body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Location", f"{self.server.url}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ears() -> Iterator[list[Ear]]:
    made: list[Ear] = []
    yield made
    for ear in made:
        ear.shutdown()
        ear.server_close()


def tell(hook: Hook, folder: Path, *, left: bool = True) -> None:
    """Deliver the fact; with *left* set nobody waits for a second try."""
    hurry = threading.Event()
    if left:
        hurry.set()
    deliver(hook, FACT, folder=folder, environment=dict(os.environ), left=hurry)


def test_a_command_is_given_json_and_variables_and_no_word_of_strangers(tmp_path: Path) -> None:
    command = 'cat > fact.json; printf "%s|%s" "$DF_NOTIFY_FACT" "$DF_NOTIFY_ID" > variables'

    tell(Hook(ON, command=command), tmp_path)

    assert json.loads((tmp_path / "fact.json").read_text()) == FACT.body()
    assert (tmp_path / "variables").read_text() == "waiting|factory@7"
    assert not (tmp_path / "owned").exists()


def test_a_command_that_fails_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(Undelivered, match="it ended with status 3: no bus"):
        tell(Hook(ON, command="echo no bus >&2; exit 3"), tmp_path)


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    hook = Hook(ON, command="sleep 600 & echo $! > pid; sleep 600", timeout_seconds=0.5)

    with pytest.raises(Undelivered, match=r"was not over after 0\.5 s"):
        tell(hook, tmp_path)

    child = int((tmp_path / "pid").read_text())
    while (found := process_table().identify(child)) is not None and is_alive(found):
        pass


def test_a_command_may_leave_something_running(tmp_path: Path) -> None:
    hook = Hook(ON, command="sleep 5 & echo $! > pid", timeout_seconds=4)

    tell(hook, tmp_path)

    os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_webhook_is_posted_the_fact_under_its_id(tmp_path: Path, ears: list[Ear]) -> None:
    ears.append(Ear())

    tell(Hook(ON, webhook=f"{ears[0].url}/a/b?c=d"), tmp_path)

    ((path, key, body),) = ears[0].told
    assert (path, key, json.loads(body)) == ("/a/b?c=d", "factory@7", FACT.body())


def test_a_webhook_is_tried_again_where_that_may_help(tmp_path: Path, ears: list[Ear]) -> None:
    ears.append(Ear(503, 200))

    tell(Hook(ON, webhook=ears[0].url), tmp_path, left=False)

    assert len(ears[0].told) == 2


@pytest.mark.parametrize("answer", [302, 307, 400, 404])
def test_a_redirect_or_a_no_is_final(tmp_path: Path, ears: list[Ear], answer: int) -> None:
    ears.append(Ear(answer))

    with pytest.raises(Undelivered, match=f"it answered {answer}"):
        tell(Hook(ON, webhook=ears[0].url), tmp_path, left=False)

    assert [path for path, _, _ in ears[0].told] == ["/"]


def test_a_webhook_that_keeps_silent_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        hook = Hook(ON, webhook=f"http://127.0.0.1:{mute.getsockname()[1]}", timeout_seconds=0.2)

        with pytest.raises(Undelivered, match="timed out"):
            tell(hook, tmp_path)


def test_what_may_be_secret_in_an_address_is_not_in_its_name() -> None:
    name = hook_name(Hook(ON, webhook="https://hooks.example/T0/secret"))

    assert name == "webhook hooks.example"
