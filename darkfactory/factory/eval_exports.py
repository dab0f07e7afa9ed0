"""Write a report in the forms that other programs and people without a terminal read."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.clock import SystemClock, timestamp
from darkfactory.errors import NotReady
from darkfactory.evals.advice import Advice
from darkfactory.evals.inspect_log import inspect_logs
from darkfactory.evals.junit import junit
from darkfactory.evals.page import report_page
from darkfactory.evals.report import latest
from darkfactory.evals.result import CellResult
from darkfactory.evals.result_lines import result_line
from darkfactory.files import write_atomic


class NotWritten(NotReady):
    """A place that a report was to go to cannot be written."""

    code = "evals.write"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be written: {why}", fix="name a place that you may write")


@dataclass(frozen=True, slots=True)
class Targets:
    """Where to write what; *inspect* is a folder, the others are files."""

    html: Path | None = None
    junit: Path | None = None
    jsonl: Path | None = None
    inspect: Path | None = None


def export(
    results: Sequence[CellResult],
    targets: Targets,
    *,
    margin: float,
    advice: Sequence[Advice] = (),
) -> list[Path]:
    """Write *results* to *targets* and return what was written.

    Raises:
        DiskFull: If there is no room.
        NotWritten: If a place cannot be written.
    """
    texts: dict[Path, str] = {}
    if targets.html:
        texts[targets.html] = report_page(results, margin=margin, advice=advice)
    if targets.junit:
        texts[targets.junit] = junit(results)
    if targets.jsonl:
        texts[targets.jsonl] = "".join(map(result_line, latest(results)))
    if targets.inspect:
        created = timestamp(SystemClock().now())
        for name, log in inspect_logs(results, created=created).items():
            texts[targets.inspect / name] = json.dumps(log) + "\n"
    for path, text in texts.items():
        try:
            os.makedirs(path.parent, exist_ok=True)
            write_atomic(path, text)
        except OSError as error:
            raise NotWritten(path, error.strerror or type(error).__name__) from error
    return list(texts)
