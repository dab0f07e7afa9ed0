"""Make and read ``waffle.json``: from the factory's finished sessions, or labelled logs."""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from darkfactory.domain.change import ChangeState
from darkfactory.domain.event import Event
from darkfactory.domain.session import Outcome
from darkfactory.errors import UsageError
from darkfactory.events.stream import Stream
from darkfactory.factory.foreign_logs import events_of_log
from darkfactory.factory.line import Line
from darkfactory.factory.log_lines import lines_of
from darkfactory.files import read_json
from darkfactory.sessions.view import SessionView, list_sessions
from darkfactory.waffle.calibration import Sample, Verdict, calibrated
from darkfactory.waffle.calibration_file import FILE, Calibration, from_file
from darkfactory.waffle.score import Scorer
from darkfactory.waffle.usual import Pace

_FAILED = frozenset({Outcome.FAILED, Outcome.NUKED, Outcome.BUDGET, Outcome.TIMED_OUT})
_REFUSED = frozenset({ChangeState.CLOSED, ChangeState.ABANDONED})
_ANSWERS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class BadLabels(UsageError):
    """A file of labels that does not say of each log whether its session failed."""

    code = "waffle.bad_labels"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name}: {why}",
            fix="give a CSV file with the columns log, failed (1 or 0) and, if known, lane and"
            " task; logs are named from its folder",
        )


class BadCalibration(UsageError):
    """A ``waffle.json`` that this version cannot use."""

    code = "waffle.bad_calibration"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is no calibration that this version can use",
            fix=f"take it back from git (`git checkout -- {FILE}`), delete it to go on without, or"
            " let `df waffle calibrate --write` make it again, if it finds enough to keep",
        )


@dataclass(frozen=True, slots=True)
class _Finished:
    """A finished session: how it got on, and the sample it is, if its outcome is known."""

    pace: Pace
    sample: Sample | None


def lane_calibrations(root: Path) -> dict[str, Calibration]:
    """Return the calibrations that lie beside lanes.yaml in *root*, by lane; none is fine.

    Raises:
        BadCalibration: If the file is there and cannot be used.
    """
    path = root / FILE
    return read_calibrations(path) if path.exists() else {}


def calibration_problem(root: Path) -> str:
    """Return why the calibrations in *root* cannot be used, empty where they can or are none."""
    try:
        lane_calibrations(root)
    except BadCalibration as error:
        return error.problem
    return ""


def read_calibrations(path: Path) -> dict[str, Calibration]:
    """Return the calibrations in the file *path* by lane.

    Raises:
        BadCalibration: If it is no such file.
    """
    try:
        found = from_file(read_json(path))
    except (OSError, ValueError):
        found = None
    if found is None:
        raise BadCalibration(str(path))
    return found


def calibrate_factory(line: Line) -> list[Verdict]:
    """Return what the finished sessions of each lane of a factory come to.

    One whose change has landed did not fail; one that ended without, or whose change was closed or
    given up, did. What waits for somebody, and what a person cancelled, tells no outcome yet, but
    how it got on.
    """
    states = {change.session: change.state for change in line.record.changes if change.session}
    found: dict[str, list[_Finished]] = defaultdict(list)
    for view in list_sessions(line.state, now=line.clock.now()):
        if view.outcome is None:
            continue
        events = Stream(line.state.streams, f"s/{view.id}").read()
        failed = _failed(view, states.get(view.id))
        found[view.lane].append(_finished((event for _, event in events), view.item, failed=failed))
    return _verdicts(found)


def calibrate_logs(labels: Path) -> list[Verdict]:
    """Return what the logs that the CSV file *labels* names come to, lane by lane.

    Raises:
        BadLabels: If it cannot be read, or a log that it names cannot.
    """
    found: dict[str, list[_Finished]] = defaultdict(list)
    named: dict[bytes, Path] = {}
    for lane, task, log, failed in _labelled(labels):
        told = _Read(log)
        try:
            found[lane].append(_finished(told.events(), task, failed=failed))
        except OSError as error:
            raise BadLabels(str(labels), f"{log} cannot be read: {error.strerror}") from error
        twin = named.setdefault(told.digest, log)
        if twin is not log:
            why = f"{log} says the same as {twin}: each session counts once"
            raise BadLabels(str(labels), why)
    return _verdicts(found)


class _Read:
    """A log that is read through once; *digest* is that of its lines, once it was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sum = hashlib.sha256()

    @property
    def digest(self) -> bytes:
        return self._sum.digest()

    def events(self) -> Iterator[Event]:
        with self._path.open("rb") as file:
            for events, _ in events_of_log(self._lines(file), name=str(self._path)):
                yield from events

    def _lines(self, file: IO[bytes]) -> Iterator[bytes]:
        for line in lines_of(file, name=str(self._path)):
            self._sum.update(line)
            yield line


def _finished(events: Iterable[Event], task: str, *, failed: bool | None) -> _Finished:
    scorer = Scorer()
    for event in events:
        scorer.feed(event)
    known = None if failed is None else Sample(task, scorer.features, failed)
    return _Finished(scorer.pace, known)


def _labelled(labels: Path) -> Iterator[tuple[str, str, Path, bool]]:
    try:
        with labels.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise BadLabels(str(labels), f"cannot be read: {error}") from error
    if not rows:
        raise BadLabels(str(labels), "it names no log")
    for number, row in enumerate(rows, start=2):
        log, failed = row.get("log"), _ANSWERS.get((row.get("failed") or "").strip().lower())
        if log and "\0" in log:
            raise BadLabels(str(labels), f"line {number} names no file: {log!r} has a NUL")
        if not log or failed is None:
            raise BadLabels(str(labels), f"line {number} lacks a log, or failed is not 1 or 0")
        yield row.get("lane") or "", row.get("task") or log, labels.parent / log, failed


def _failed(view: SessionView, change: ChangeState | None) -> bool | None:
    if change is ChangeState.LANDED:
        return False
    if change in _REFUSED or view.outcome in _FAILED:
        return True
    return None


def _verdicts(found: dict[str, list[_Finished]]) -> list[Verdict]:
    return [
        calibrated(
            lane,
            [one.sample for one in found[lane] if one.sample is not None],
            [one.pace for one in found[lane]],
        )
        for lane in sorted(found)
    ]
