"""A log weighs itself while it is written, and comes to what weighing it later gives."""

import json
from pathlib import Path

from darkfactory.domain.lane import WaffleLimits
from darkfactory.events.stream import Stream, Writer
from darkfactory.sessions.scored import ScoringWriter
from darkfactory.waffle.calibration_file import Calibration, calibration_json
from darkfactory.waffle.course import Moment, course_of
from darkfactory.waffle.log import score_log
from darkfactory.waffle.profile import FEATURES
from darkfactory.waffle.ridge import Estimate


def writer(folder: Path, epoch: int = 1) -> ScoringWriter:
    stream = Stream(folder, "s/s-1")
    return ScoringWriter(stream, producer="host", epoch=epoch, session="s-1", limits=WaffleLimits())


def loop(log: ScoringWriter, times: int, first: int = 0) -> None:
    for call in range(first, first + times):
        started = {"call": str(call), "kind": "shell", "name": "bash", "command": "make check"}
        log.write("tool.started", {**started, "input_hash": "same"}, turn=1)
        ended = {"call": str(call), "status": "failed", "exit_code": 2, "output": "error: no"}
        log.write("tool.finished", {**ended, "output_hash": "same"}, turn=1)


def scored(folder: Path) -> list[dict[str, object]]:
    events = Stream(folder, "s/s-1").read()
    return [dict(event.data) for _, event in events if event.type == "waffle.scored"]


def test_a_loop_is_told_with_the_lines_that_show_it(tmp_path: Path) -> None:
    loop(writer(tmp_path), 6)

    told = scored(tmp_path)[-1]

    assert told["action"] in ("steer", "nuke")
    signals = told["signals"]
    assert isinstance(signals, list)
    shown = {index for signal in signals for index in signal["events"]}
    kinds = [event.type for _, event in Stream(tmp_path, "s/s-1").read()]
    assert {kinds[index] for index in shown} == {"tool.finished"}


def test_quiet_work_is_not_told(tmp_path: Path) -> None:
    log = writer(tmp_path)
    for call in range(4):
        log.write(
            "tool.started", {"call": str(call), "kind": "read", "name": "read", "command": None}
        )
        log.write("tool.finished", {"call": str(call), "status": "ok", "output_hash": str(call)})

    assert scored(tmp_path) == []


def test_a_log_without_its_scores_has_the_course_that_its_host_told(tmp_path: Path) -> None:
    loop(writer(tmp_path), 14)
    events = list(Stream(tmp_path, "s/s-1").read())
    bare = [(behind, event) for behind, event in events if event.type != "waffle.scored"]

    told, again = course_of(events), course_of(bare)

    assert (told.recomputed, again.recomputed) == (False, True)
    assert [_seen(one) for one in again.moments] == [_seen(one) for one in told.moments]


def _seen(moment: Moment) -> tuple[object, ...]:
    return moment.calls, moment.score, moment.action, moment.signals


def test_a_restart_changes_no_score(tmp_path: Path) -> None:
    loop(writer(tmp_path), 3)
    loop(writer(tmp_path, epoch=2), 3, first=3)

    last = scored(tmp_path)[-1]

    whole = score_log(Path(Stream(tmp_path, "s/s-1").file).read_text().splitlines())
    assert abs(float(str(last["score"])) - whole["peak"]) <= 0.1
    assert last["action"] == whole["action"]


def test_what_others_write_is_weighed_where_it_stands(tmp_path: Path) -> None:
    log = writer(tmp_path)
    log.write("message", {"role": "assistant", "text": "All tests pass now."})
    factory = Writer(Stream(tmp_path, "s/s-1"), producer="run", session="s-1")
    red = {"tree": "t", "result": "fail", "passed": 1, "failed": 2, "where": "workspace"}
    factory.write("harness.finished", red)

    log.look()

    (told,) = scored(tmp_path)
    signals = told["signals"]
    assert isinstance(signals, list)
    assert [(signal["name"], signal["events"]) for signal in signals] == [("bluff", [0, 1])]


def test_lines_that_are_no_events_count_for_the_indexes(tmp_path: Path) -> None:
    log = writer(tmp_path)
    log.write("thought", {"text": "hm"})
    with open(Stream(tmp_path, "s/s-1").file, "ab") as file:
        file.write(b"no json\n[]\n")

    loop(log, 6)

    signals = scored(tmp_path)[-1]["signals"]
    assert isinstance(signals, list)
    lines = Path(Stream(tmp_path, "s/s-1").file).read_bytes().splitlines()
    shown = {json.loads(lines[index])["type"] for one in signals for index in one["events"]}
    assert shown == {"tool.finished"}


ESTIMATE = Estimate(-2.0, tuple(float(name in ("calls", "failed_last")) for name in FEATURES))
CALIBRATED = {"lane": "bugs", "calibration": calibration_json(Calibration(ESTIMATE))}


def test_the_risk_is_told_of_a_calibrated_lane_and_is_that_of_the_whole_log(
    tmp_path: Path,
) -> None:
    log = writer(tmp_path)
    log.write("session.started", CALIBRATED)
    for call in range(7):
        told = {"call": str(call), "kind": "read", "name": "read", "paths": [f"{call}.py"]}
        log.write("tool.started", told)
        log.write("tool.finished", {"call": str(call), "status": "ok", "output": f"text {call}"})
    log.write("turn.finished", {"reason": "done"})

    whole = score_log(Path(Stream(tmp_path, "s/s-1").file).read_text().splitlines())

    risks = [told["risk"] for told in scored(tmp_path)]
    assert len(risks) == 2
    assert risks[-1] == whole["risk"]
    assert 0 < whole["risk"] < 1


def test_without_a_calibration_there_is_no_risk(tmp_path: Path) -> None:
    log = writer(tmp_path)
    log.write("session.started", {"lane": "bugs", "calibration": None})
    loop(log, 6)
    log.write("turn.finished", {"reason": "done"})

    assert {told["risk"] for told in scored(tmp_path)} == {None}
