"""Many processes append to one stream at once."""

import fcntl
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from darkfactory.clock import SystemClock
from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream, Writer

WRITER = """
import random, sys
from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream

root, name = sys.argv[1:]
stream, rest = Stream(root, "shared"), list(range(60))
random.seed(name)
print(flush=True)
sys.stdin.readline()
while rest:
    batch = [rest.pop(0) for _ in range(min(len(rest), random.choice([1, 1, 1, 4])))]
    size = random.choice([0, 10, 5_000, 70_000])
    stream.append(Event("n", {"by": name, "n": n, "text": name * size}) for n in batch)
"""


def play(program: str, names: str, folder: Path) -> None:
    """Let one process a name write at the same time, to their ends."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-S", "-c", program, str(folder), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(Path(__file__).parents[3])},
        )
        for name in names
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        writer.communicate(b"go\n")
    assert [writer.returncode for writer in writers] == [0] * len(names)


def test_lines_of_many_processes_never_mix_and_keep_each_ones_order(tmp_path: Path) -> None:
    play(WRITER, "abcdef", tmp_path)

    found: dict[str, list[int]] = defaultdict(list)
    for _, body in Stream(tmp_path, "shared").read_bodies():
        data = body["data"]
        assert set(data["text"]) <= {data["by"]}
        found[data["by"]].append(data["n"])
    assert found == {name: list(range(60)) for name in "abcdef"}


class Watched(SystemClock):
    """A clock that notes at each look whether somebody else could append meanwhile."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.open: list[bool] = []

    def now(self) -> float:
        with open(self.file, "a") as mine:
            try:
                fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.open.append(False)
            else:
                self.open.append(True)
        return 1.0


def test_times_are_taken_in_turn_so_that_they_rise_as_the_stream_does(tmp_path: Path) -> None:
    stream = Stream(tmp_path, "shared")
    clock = Watched(stream.file)
    writer = Writer(stream, producer="p", clock=clock)

    writer.write("n", {})
    writer.write_all([("n", {}), ("n", {})])

    assert clock.open == [False, False, False]


def test_a_reader_beside_a_writer_sees_every_event_once(tmp_path: Path) -> None:
    stream, seen, position = Stream(tmp_path, "live"), [], 0

    for number in range(50):
        stream.append([Event("n", {"n": number})])
        if number % 7 == 0:
            for position, event in stream.read(position):  # noqa: B007, B020 - where to go on
                seen.append(event.data["n"])
    seen += [event.data["n"] for _, event in stream.read(position)]

    assert seen == list(range(50))
