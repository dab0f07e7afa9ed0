import json
from pathlib import Path

import pytest

from darkfactory.factory.calibrate_waffle import (
    BadCalibration,
    BadLabels,
    calibrate_logs,
    lane_calibrations,
    read_calibrations,
)
from darkfactory.waffle.usual import Spread
from tests.unit.waffle.logs import Log


def labelled(folder: Path, count: int) -> Path:
    """Write *count* logs, half of them of failing commands, and their labels."""
    rows = ["log,failed,lane,task"]
    for number in range(count):
        log = Log()
        for call in range(2 + number % 7):
            log.call(f"make {call}", f"says {call} of {number}", exit_code=number % 2)
        name = f"{number}.jsonl"
        (folder / name).write_text("\n".join(log.lines()))
        rows.append(f"{name},{number % 2},bugs,t{number // 3}")
    labels = folder / "labels.csv"
    labels.write_text("\n".join(rows))
    return labels


def test_labelled_logs_calibrate_their_lane(tmp_path: Path) -> None:
    (verdict,) = calibrate_logs(labelled(tmp_path, 120))

    assert (verdict.lane, verdict.sessions, verdict.failed) == ("bugs", 120, 60)
    assert verdict.estimate is not None
    assert verdict.finished == 120
    assert verdict.usual is not None
    assert verdict.usual.files == Spread(0, 0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("log,failed\n,1\n", "line 2 lacks a log"),
        ("log,failed\na.jsonl,perhaps\n", "line 2 lacks a log, or failed is not 1 or 0"),
        ("", "it names no log"),
        ("log,failed\n", "it names no log"),
        ("log,failed\na\x00b.jsonl,1\n", "line 2 names no file: .* has a NUL"),
        ("log,failed\nnowhere.jsonl,1\n", "nowhere.jsonl cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_labels_that_say_nothing_are_refused(tmp_path: Path, text: str | None, why: str) -> None:
    labels = tmp_path / "labels.csv"
    if text is not None:
        labels.write_text(text)

    with pytest.raises(BadLabels, match=why):
        calibrate_logs(labels)


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"version": 3})])
def test_a_file_that_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "waffle.json"
    path.write_text(text)

    with pytest.raises(BadCalibration):
        read_calibrations(path)


def test_a_repository_without_the_file_is_not_calibrated(tmp_path: Path) -> None:
    assert lane_calibrations(tmp_path) == {}


def test_a_file_of_the_wrong_kind_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "waffle.json").mkdir()

    with pytest.raises(BadCalibration):
        lane_calibrations(tmp_path)


def test_a_log_that_is_named_twice_or_copied_counts_for_none(tmp_path: Path) -> None:
    labels = labelled(tmp_path, 4)
    (tmp_path / "copy.jsonl").write_bytes((tmp_path / "0.jsonl").read_bytes())

    for name in ("0.jsonl", "copy.jsonl"):
        (tmp_path / "again.csv").write_text(f"{labels.read_text()}\n{name},1,bugs,t9")
        with pytest.raises(
            BadLabels, match=r"says the same as .*0\.jsonl: each session counts once"
        ):
            calibrate_logs(tmp_path / "again.csv")
