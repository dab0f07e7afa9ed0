"""Events appended and read per second, by one process and by twenty at once."""

import multiprocessing
import time
from pathlib import Path

from darkfactory.events.stream import Stream, Writer
from scripts.benchmarks.report import Row

_TEXT = "x" * 120


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Return append and read rates of one stream."""
    number = 2_000 if quick else 20_000
    rows = [
        _rate("appended, one writer", _append(folder, "one", number, 1), number),
        _rate(
            "appended, 20 processes, one stream", _append(folder, "many", number // 20, 20), number
        ),
        _rate("appended durably, one writer", _durable(folder, 200), 200),
    ]
    started = time.monotonic()
    read = sum(1 for _ in Stream(folder, "one").read())
    rows.append(_rate("read", time.monotonic() - started, read))
    return rows


def _rate(what: str, seconds: float, number: int) -> Row:
    how = f"{number} events of about 400 bytes"
    return Row(f"events {what}", f"{number / seconds:,.0f} /s", "-", how)


def _append(folder: Path, name: str, number: int, processes: int) -> float:
    started = time.monotonic()
    if processes == 1:
        _write(folder, name, number)
    else:
        context = multiprocessing.get_context("fork")
        workers = [
            context.Process(target=_write, args=(folder, name, number)) for _ in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return time.monotonic() - started


def _write(folder: Path, name: str, number: int) -> None:
    writer = Writer(Stream(folder, name), producer="bench", session="s-1", once=True)
    for at in range(number):
        writer.write("tool.finished", {"call": str(at), "status": "ok", "output": _TEXT}, turn=1)


def _durable(folder: Path, number: int) -> float:
    writer = Writer(Stream(folder, "durable"), producer="bench")
    started = time.monotonic()
    for at in range(number):
        writer.write("control.accepted", {"id": str(at), "op": "steer"}, durable=True)
    return time.monotonic() - started
