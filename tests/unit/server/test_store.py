"""All streams of one factory: create, find again, expire, fork, delete."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from darkfactory.events.stream import BadStreamPath, Stream, Writer
from darkfactory.server.asked import JSON, ForkAsked, Lifetime
from darkfactory.server.census import MOST_OF_SESSION, TooMany
from darkfactory.server.log import Log
from darkfactory.server.refused import BadRequest, Conflict, Gone, Missing, Protected
from darkfactory.server.store import Store
from tests.fakes.gates import ManualClock

FOREVER = Lifetime()


@dataclass
class Bench:
    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.store = self.restarted()

    def restarted(self, most_open: int = 100, most_own: int = 100) -> Store:
        self.store = Store(self.folder, self.clock, most_open=most_open, most_own=most_own)
        return self.store

    def make(
        self,
        path: str,
        data: bytes = b"",
        *,
        lifetime: Lifetime = FOREVER,
        closed: bool = False,
        fork: ForkAsked | None = None,
        content_type: str | None = JSON,
    ) -> Log:
        log, new = self.store.create(path, content_type, lifetime, closed=closed, fork=fork)
        if data and new:
            log.append(data)
        if closed and new:
            log.close_stream(None)
        return log


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_stream_is_found_again_after_a_restart(bench: Bench) -> None:
    bench.make("a/b", b"1\n", lifetime=Lifetime(ttl=60), closed=True)

    found = bench.restarted().find("a/b")

    assert (found.tail(), found.meta.closed, found.meta.lifetime) == (2, True, Lifetime(60))


def test_the_factorys_own_streams_are_there_without_being_made(bench: Bench) -> None:
    writer = Writer(Stream(bench.folder, "s/x"), producer="host")
    writer.write("message", {"text": "hi"})

    assert bench.store.find("s/x").tail() == Stream(bench.folder, "s/x").end()
    assert bench.store.record("s/new").tail() == 0
    with pytest.raises(Missing):
        bench.store.find("s/other")


@pytest.mark.parametrize("path", ["factory", "s/x", "s/x/control"])
def test_the_record_is_neither_deleted_nor_given_an_end(bench: Bench, path: str) -> None:
    bench.store.record(path)

    with pytest.raises(Protected):
        bench.store.delete(path)
    for lifetime, closed in ((Lifetime(ttl=1), False), (FOREVER, True)):
        with pytest.raises(Conflict):
            bench.store.create(path, JSON, lifetime, closed=closed, fork=None)
    with pytest.raises(Conflict):
        bench.store.create(path, "text/plain", FOREVER, closed=False, fork=None)


@pytest.mark.parametrize(
    "path", ["", "/", "../x", "a//b", "a/../b", ".x", "a\x00", "x" * 200, "a.jsonl"]
)
def test_no_name_leads_out_of_the_folder(bench: Bench, path: str) -> None:
    with pytest.raises(BadStreamPath):
        bench.make(path)
    with pytest.raises(BadStreamPath):
        bench.store.find(path)


def test_making_it_again_changes_nothing_and_making_another_is_refused(bench: Bench) -> None:
    first = bench.make("a", b"1\n", lifetime=Lifetime(ttl=60))

    assert bench.make("a", b"2\n", lifetime=Lifetime(ttl=60)) is first
    assert first.tail() == 2
    for content_type, lifetime, closed in (
        ("text/plain", Lifetime(ttl=60), False),
        (JSON, FOREVER, False),
        (JSON, Lifetime(ttl=60), True),
    ):
        with pytest.raises(Conflict):
            bench.make("a", content_type=content_type, lifetime=lifetime, closed=closed)


def test_a_stream_lives_as_long_as_it_is_used(bench: Bench) -> None:
    bench.make("a", b"1\n", lifetime=Lifetime(ttl=10))

    bench.clock.at += 9
    bench.store.find("a")
    bench.clock.at += 9
    bench.restarted().find("a", use=False)
    bench.clock.at += 2

    with pytest.raises(Missing):
        bench.store.find("a")
    assert list(bench.folder.iterdir()) == []


def test_a_deleted_stream_lives_on_for_its_forks_alone(bench: Bench) -> None:
    bench.make("a", b"1\n2\n")
    bench.make("b", fork=ForkAsked("a", None, 0), content_type=None)
    bench.make("c", fork=ForkAsked("b", None, 0), content_type=None)

    bench.store.delete("a")
    bench.restarted().delete("b")

    for path in ("a", "b"):
        with pytest.raises(Gone):
            bench.store.find(path)
        with pytest.raises(Conflict):
            bench.make(path)
    assert bench.store.find("c").tail() == 4
    bench.store.delete("c")
    assert list(bench.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("offset", "sub", "base"),
    [(None, 0, 6), ("-1", 0, 0), ("0000000000000000_0000000000000002", 0, 2), ("-1", 2, 4)],
)
def test_a_fork_begins_where_it_is_told(
    bench: Bench, offset: str | None, sub: int, base: int
) -> None:
    bench.make("a", b"1\n2\n3\n")

    fork = bench.make("b", fork=ForkAsked("a", offset, sub), content_type=None)

    assert (fork.tail(), fork.meta.content_type) == (base, JSON)
    assert bench.make("b", fork=ForkAsked("a", offset, sub), content_type=None) is fork


@pytest.mark.parametrize(
    ("offset", "sub"),
    [
        ("0000000000000000_0000000000000001", 0),
        ("0000000000000000_0000000000000099", 0),
        ("x", 0),
        ("-1", 4),
    ],
)
def test_a_fork_cannot_begin_where_nothing_does(bench: Bench, offset: str, sub: int) -> None:
    bench.make("a", b"1\n2\n3\n")

    with pytest.raises(BadRequest):
        bench.make("b", fork=ForkAsked("a", offset, sub), content_type=None)


def test_only_so_many_streams_have_their_files_open(bench: Bench) -> None:
    store = bench.restarted(most_open=3)
    for number in range(10):
        bench.make(f"s{number}", b"1\n")
        bench.clock.at += 1

    tails = [store.find(f"s{number}").tail() for number in range(10)]
    held = [name for name in os.listdir("/proc/self/fd") if _is_below(name, bench.folder)]

    assert tails == [2] * 10
    assert len(held) <= 3


def _is_below(descriptor: str, folder: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith(os.fspath(folder))
    return False


def test_a_session_has_only_so_many_streams_and_another_has_its_own(bench: Bench) -> None:
    for number in range(MOST_OF_SESSION):
        bench.make(f"s/a/{number}")

    with pytest.raises(TooMany, match="session a"):
        bench.restarted().create("s/a/more", JSON, FOREVER, closed=False, fork=None)

    assert bench.make("s/a/0").path == "s/a/0"
    assert bench.make("s/b/0").path == "s/b/0"


def test_streams_that_are_gone_or_over_make_room(bench: Bench) -> None:
    bench.restarted(most_own=2)
    bench.make("a")
    bench.make("b", lifetime=Lifetime(ttl=60))

    with pytest.raises(TooMany):
        bench.make("c")
    bench.store.delete("a")
    bench.make("c")
    bench.clock.at += 61
    bench.make("d")

    assert bench.store.find("d").path == "d"
