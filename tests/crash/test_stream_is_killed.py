"""Kill -9 of a process while it appends: what it was told is stored is stored."""

import subprocess
import sys
from pathlib import Path

import pytest

from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream

WRITER = """
import sys
from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream

stream, number = Stream(sys.argv[1], "s/one"), 0
while True:
    events = [Event("n", {"n": number + ahead, "text": "x" * 20_000}) for ahead in range(3)]
    stream.append(events, durable=number % 2 == 0)
    number += 3
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("acknowledged", [1, 2, 7, 40])
def test_kill_9_loses_no_acknowledged_event(tmp_path: Path, acknowledged: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-S", "-c", WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    ) as writer:
        assert writer.stdout is not None
        for _ in range(acknowledged):
            stored = int(writer.stdout.readline())
        writer.kill()
        told = [int(line) for line in writer.stdout.read().split()]
    stored = max([stored, *told])
    stream = Stream(tmp_path, "s/one")

    before = [int(event.data["n"]) for _, event in stream.read()]
    end = stream.append([Event("n", {"n": -1})])
    after = [int(event.data["n"]) for _, event in stream.read()]

    assert before == list(range(len(before)))
    assert len(before) >= stored
    assert after == [*before, -1]
    assert Path(stream.file).stat().st_size == end
