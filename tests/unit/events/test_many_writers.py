"""Many processes append to one stream at once."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream

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


def test_lines_of_many_processes_never_mix_and_keep_each_ones_order(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-S", "-c", WRITER, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(Path(__file__).parents[3])},
        )
        for name in "abcdef"
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        writer.communicate(b"go\n")

    assert [writer.returncode for writer in writers] == [0] * 6
    found: dict[str, list[int]] = defaultdict(list)
    for _, body in Stream(tmp_path, "shared").read_bodies():
        data = body["data"]
        assert set(data["text"]) <= {data["by"]}
        found[data["by"]].append(data["n"])
    assert found == {name: list(range(60)) for name in "abcdef"}


def test_a_reader_beside_a_writer_sees_every_event_once(tmp_path: Path) -> None:
    stream, seen, position = Stream(tmp_path, "live"), [], 0

    for number in range(50):
        stream.append([Event("n", {"n": number})])
        if number % 7 == 0:
            for position, event in stream.read(position):  # noqa: B007, B020 - where to go on
                seen.append(event.data["n"])
    seen += [event.data["n"] for _, event in stream.read(position)]

    assert seen == list(range(50))
