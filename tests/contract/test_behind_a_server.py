"""``df sessions … --server``: the same from any machine, over cuts, restarts and odd proxies."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from tests.fakes.factories import Factory, bug, make_factory, write_note
from tests.fakes.proxies import certificate, proxy
from tests.fakes.served import PATIENCE, Served, serve
from tests.fakes.warm import Running

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    made = make_factory(tmp_path, {"sessions": [write_note("slow", sleep=300)]}, [bug("slow")])
    yield made
    made.end()


@pytest.fixture
def away(tmp_path: Path) -> Factory:
    """A place without repository or factory, from which commands run."""
    folder = tmp_path / "away" / "repository"
    folder.mkdir(parents=True)
    return Factory(folder)


class Reader:
    """A follow that runs, and what it has printed."""

    def __init__(self, away: Factory, url: str, token: str, *arguments: str) -> None:
        self.file = away.root / "read.txt"
        with self.file.open("w") as out:
            self.process: Running = away.start(
                "sessions", "follow", *arguments, "--server", url, env={"DF_TOKEN": token},
                stdout=out,
            )  # fmt: skip

    @property
    def text(self) -> str:
        return self.file.read_text()

    @property
    def events(self) -> list[Any]:
        return [json.loads(line) for line in self.text.splitlines()]

    def numbers(self) -> list[int]:
        return [event["data"]["n"] for event in self.events if "n" in event["data"]]


def write(factory: Factory, session: str, *numbers: int, last: bool = False) -> None:
    stream = Stream(factory.state.streams, f"s/{session}")
    stream.append([Event("message", {"role": "user", "text": f"é{n}", "n": n}) for n in numbers])
    if last:
        stream.append([Event("session.ended", {"outcome": "reported"})])
    stream.close()


def asked(away: Factory, served: Served, *arguments: str, expect: int = 0, **more: str) -> Any:
    env: Mapping[str, str] = {"DF_TOKEN": served.token, **more}
    return away.df("sessions", *arguments, "--server", served.url, env=env, expect=expect)


def test_a_server_that_is_killed_and_comes_back_costs_no_event_and_doubles_none(
    factory: Factory, away: Factory
) -> None:
    served = serve(factory)
    write(factory, "far", 0, 1)
    reader = Reader(away, served.url, served.token, "far", "--json")
    factory.wait(lambda: reader.numbers() == [0, 1])

    served.process.kill()
    served.process.wait()
    write(factory, "far", 2, 3)
    said = away.root.parent / "stderr.txt"
    factory.wait(lambda: "the server is gone" in said.read_text())
    serve(factory)
    factory.wait(lambda: reader.numbers() == [0, 1, 2, 3])
    write(factory, "far", 4, last=True)
    status = reader.process.wait(PATIENCE)

    assert (status, reader.numbers()) == (0, [0, 1, 2, 3, 4])
    assert said.read_text().count("the server is back") == 1
    local = factory.df("sessions", "follow", "far", "--json").stdout.splitlines()
    assert [event["next"] for event in reader.events] == [json.loads(one)["next"] for one in local]


def test_every_event_says_where_to_resume_behind_it(factory: Factory, away: Factory) -> None:
    served = serve(factory)
    write(factory, "far", *range(5), last=True)
    events = [
        json.loads(line)
        for line in asked(away, served, "follow", "far", "--json").stdout.splitlines()
    ]

    for number, event in enumerate(events):
        rest = asked(away, served, "follow", "far", "--json", "--from", event["next"]).stdout
        assert [json.loads(line) for line in rest.splitlines()] == events[number + 1 :]


def test_behind_a_proxy_that_keeps_events_back_it_asks_again_and_again(
    factory: Factory, away: Factory
) -> None:
    served = serve(factory)
    write(factory, "far", 0)
    with proxy(served.host, holds_back=True) as between:
        reader = Reader(away, between.url, served.token, "far", "--json")
        factory.wait(lambda: any("live=long-poll" in path for path in between.asked))
        write(factory, "far", 1, 2, last=True)
        status = reader.process.wait(PATIENCE)

    assert (status, reader.numbers()) == (0, [0, 1, 2])


def test_a_proxy_that_cuts_every_connection_costs_no_event_and_doubles_none(
    factory: Factory, away: Factory
) -> None:
    served = serve(factory)
    write(factory, "far", 0)
    with proxy(served.host) as between:
        reader = Reader(away, between.url, served.token, "far", "--json")
        factory.wait(lambda: any("live=sse" in path for path in between.asked))
        between.cuts_after = 700
        write(factory, "far", *range(1, 20))
        factory.wait(lambda: len([path for path in between.asked if "live=sse" in path]) > 4)
        between.cuts_after = None
        write(factory, "far", 20, last=True)
        status = reader.process.wait(PATIENCE)

    assert (status, reader.numbers()) == (0, list(range(21)))


def test_over_https_the_authority_that_is_named_is_trusted_and_no_other(
    factory: Factory, away: Factory, tmp_path: Path
) -> None:
    served = serve(factory)
    write(factory, "far", 0, last=True)
    tls, file = certificate(tmp_path)
    with proxy(served.host, tls=tls) as between:
        command = ("sessions", "follow", "far", "--server", between.url)
        trusted = away.df(*command, "--ca", str(file), env={"DF_TOKEN": served.token})
        refused = away.df(*command, "--json", env={"DF_TOKEN": served.token}, expect=3)

    assert trusted.stdout == "USER: é0\n== reported: no reason told\n"
    assert json.loads(refused.stderr)["error"]["code"] == "server.certificate"


def test_who_leaves_is_told_how_to_read_on_from_there(factory: Factory, away: Factory) -> None:
    served = serve(factory)
    write(factory, "far", 0)
    reader = Reader(away, served.url, served.token, "far")
    factory.wait(lambda: "é0" in reader.text)

    reader.process.send_signal(signal.SIGINT)
    status = reader.process.wait(PATIENCE)
    said = (away.root.parent / "stderr.txt").read_text()
    command = said.partition("read on with: df ")[2].split()
    write(factory, "far", 1, last=True)
    rest = away.df(*command, env={"DF_TOKEN": served.token})

    assert status == 130
    assert rest.stdout == "USER: é1\n== reported: no reason told\n"


def test_several_are_told_apart_by_a_name_and_interleaved_in_time(
    factory: Factory, away: Factory
) -> None:
    served = serve(factory)
    for session, times in (("s-one-1", (1, 4)), ("s-eleven-1", (2, 3))):
        stream = Stream(factory.state.streams, f"s/{session}")
        for at in times:
            stamp = f"2026-11-20T10:00:0{at}.000Z"
            stream.append([Event("message", {"role": "user", "text": f"at {at}"}, ts=stamp)])
        stream.append([Event("session.ended", {"outcome": "reported"}, ts="2026-11-20T10:00:09Z")])

    there = asked(away, served, "follow", "s-one-1", "s-eleven-1").stdout
    here = factory.df("sessions", "follow", "s-one-1", "s-eleven-1").stdout

    assert there == here
    assert here.splitlines()[:4] == [
        "one-1    | USER: at 1",
        "eleven-1 | USER: at 2",
        "eleven-1 | USER: at 3",
        "one-1    | USER: at 4",
    ]


@pytest.mark.parametrize("behind", [True, False], ids=["behind a server", "here"])
def test_without_a_name_all_are_followed_that_run_and_that_start(
    factory: Factory, away: Factory, *, behind: bool
) -> None:
    served = serve(factory)
    run = factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")
    place = (away, served.url) if behind else (factory, "")
    shown = place[0].root.parent / "shown.txt"
    with shown.open("w") as out:
        server = ("--server", place[1]) if behind else ()
        reader = place[0].start(
            "sessions", "follow", *server, env={"DF_TOKEN": served.token}, stdout=out
        )
    factory.wait(lambda: "slow-1 | ASSISTANT: Writing." in shown.read_text())

    factory.df("sessions", "cancel", "s-slow-1")
    run.wait(PATIENCE)
    status = reader.wait(PATIENCE)

    assert status == 0
    assert "slow-1 | == cancelled" in shown.read_text()


def test_it_is_asked_for_things_with_the_answers_it_gives_locally(
    factory: Factory, away: Factory
) -> None:
    served = serve(factory)
    run = factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")

    refused = asked(away, served, "approve", "s-slow-1", "r-none", "--json", expect=1)
    unknown = asked(away, served, "steer", "s-slwo-1", "x", expect=2)
    steered = asked(away, served, "steer", "s-slow-1", "Hurry.", "--wait", "--json")
    run.wait(PATIENCE)
    ended = asked(away, served, "interrupt", "s-slow-1", expect=1)

    assert json.loads(refused.stderr)["error"]["code"] == "control.rejected"
    assert "did you mean s-slow-1?" in unknown.stderr
    assert json.loads(steered.stdout)["state"] == "applied"
    assert "session s-slow-1 has ended (proposed)" in ended.stderr


def test_a_cancel_ends_the_session_from_afar(factory: Factory, away: Factory) -> None:
    served = serve(factory)
    run = factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")

    cancelled = asked(away, served, "cancel", "s-slow-1", "--wait")
    run.wait(PATIENCE)

    assert cancelled.stdout == "cancel applied: s-slow-1\n"
    assert factory.wait_for("session.ended", "s/s-slow-1").data["outcome"] == "cancelled"


def test_a_stopped_host_goes_on_for_nothing_but_its_end(factory: Factory, away: Factory) -> None:
    served = serve(factory)
    run = factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")
    os.kill(factory.host("s-slow-1")["pid"], signal.SIGSTOP)
    host = ("sessions", "list", "--json")
    factory.wait(
        lambda: "stopped" in json.loads(factory.df(*host).stdout)["sessions"][0]["evidence"]
    )

    steered = asked(away, served, "steer", "s-slow-1", "Hurry.", "--json", expect=3)
    cancelled = asked(away, served, "cancel", "s-slow-1", "--wait")
    run.wait(PATIENCE)

    assert json.loads(steered.stderr)["error"]["code"] == "session.host_stopped"
    assert cancelled.stdout == "cancel applied: s-slow-1\n"


def test_a_session_without_a_host_keeps_what_it_is_asked(factory: Factory, away: Factory) -> None:
    served = serve(factory)
    run = factory.start("run")
    factory.wait_for("turn.started", "s/s-slow-1")
    for process in (run.pid, factory.host("s-slow-1")["pid"]):
        os.kill(process, signal.SIGKILL)
    run.wait(PATIENCE)

    gone = asked(away, served, "steer", "s-slow-1", "Hurry.", "--json", expect=3)

    assert json.loads(gone.stderr)["error"]["code"] == "session.host_gone"
    control = factory.state.streams / "s" / "s-slow-1" / "control.jsonl"
    assert json.loads(control.read_text())["text"] == "Hurry."


@pytest.mark.parametrize(
    ("arguments", "env", "code", "status"),
    [
        (("--server", "ftp://x"), {"DF_TOKEN": "t"}, "server.url", 2),
        (("--server", "http://127.0.0.1:1"), {"DF_TOKEN": "t"}, "server.away", 3),
        (("--server", "http://127.0.0.1:1"), {}, "server.no_token", 3),
        (("--server", "http://x", "--token-file", "none"), {}, "server.token_file", 2),
        (("--server", "https://x", "--ca", "none"), {"DF_TOKEN": "t"}, "server.ca", 2),
        (("--ca", "none"), {}, "usage.no_server", 2),
    ],
)
def test_what_keeps_one_from_the_server_is_said(
    away: Factory, arguments: tuple[str, ...], env: dict[str, str], code: str, status: int
) -> None:
    done = away.df("sessions", "follow", "x", *arguments, "--json", env=env, expect=status)

    assert json.loads(done.stderr)["error"]["code"] == code


def test_a_token_that_is_not_taken_is_said(factory: Factory, away: Factory) -> None:
    served = serve(factory)

    said = asked(away, served, "list", "--json", expect=3, DF_TOKEN="wrong").stderr

    assert json.loads(said)["error"]["code"] == "server.token"


def test_a_plain_server_that_is_asked_over_tls_is_told_from_none(
    factory: Factory, away: Factory
) -> None:
    served = serve(factory)
    url = served.url.replace("http://", "https://")

    said = away.df("sessions", "list", "--server", url, env={"DF_TOKEN": "t"}, expect=3).stderr

    assert f"what answers at {url} does not speak TLS" in said
    assert "it may speak plain http" in said
