"""Fit the estimates of ``waffle.json``: from the factory's finished sessions, or labelled logs."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from darkfactory.domain.change import ChangeState
from darkfactory.domain.session import Outcome
from darkfactory.errors import UsageError
from darkfactory.events.stream import Stream
from darkfactory.factory.foreign_logs import events_of_log
from darkfactory.factory.line import Line
from darkfactory.files import read_json
from darkfactory.sessions.view import SessionView, list_sessions
from darkfactory.waffle.calibration import Estimate, Sample, Verdict, calibrated, from_file
from darkfactory.waffle.score import Scorer

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
            f"{name} holds no estimates that this version can use",
            fix="make it again with `df waffle calibrate --write`, or delete it",
        )


def read_estimates(path: Path) -> dict[str, Estimate]:
    """Return the estimates in the file *path* by lane.

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
    """Return what fitting each lane of a factory comes to, by its finished sessions.

    One whose change has landed did not fail; one that ended without, or whose change was closed or
    given up, did. What waits for somebody, and what a person cancelled, tells nothing yet.
    """
    states = {change.session: change.state for change in line.record.changes if change.session}
    samples: dict[str, list[Sample]] = defaultdict(list)
    for view in list_sessions(line.state, now=line.clock.now()):
        failed = _failed(view, states.get(view.id))
        if failed is not None:
            scorer = Scorer()
            for _, event in Stream(line.state.streams, f"s/{view.id}").read():
                scorer.feed(event)
            samples[view.lane].append(Sample(view.item, scorer.features, failed))
    return _verdicts(samples)


def calibrate_logs(labels: Path) -> list[Verdict]:
    """Return what fitting each lane comes to by the logs that the CSV file *labels* names.

    Raises:
        BadLabels: If it cannot be read, or a log that it names cannot.
    """
    samples: dict[str, list[Sample]] = defaultdict(list)
    for lane, task, log, failed in _labelled(labels):
        try:
            features = _features(log)
        except OSError as error:
            raise BadLabels(str(labels), f"{log} cannot be read: {error.strerror}") from error
        samples[lane].append(Sample(task, features, failed))
    return _verdicts(samples)


def _features(log: Path) -> tuple[float, ...]:
    scorer = Scorer()
    with log.open("rb") as lines:
        for events, _ in events_of_log(lines, name=str(log)):
            for event in events:
                scorer.feed(event)
    return scorer.features


def _labelled(labels: Path) -> Iterator[tuple[str, str, Path, bool]]:
    try:
        with labels.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise BadLabels(str(labels), f"cannot be read: {error}") from error
    for number, row in enumerate(rows, start=2):
        log, failed = row.get("log"), _ANSWERS.get((row.get("failed") or "").strip().lower())
        if not log or failed is None:
            raise BadLabels(str(labels), f"line {number} lacks a log, or failed is not 1 or 0")
        yield row.get("lane") or "", row.get("task") or log, labels.parent / log, failed


def _failed(view: SessionView, change: ChangeState | None) -> bool | None:
    if change is ChangeState.LANDED:
        return False
    if change in _REFUSED or view.outcome in _FAILED:
        return True
    return None


def _verdicts(samples: dict[str, list[Sample]]) -> list[Verdict]:
    return [calibrated(lane, samples[lane]) for lane in sorted(samples)]
