"""Estimates of risk are proposed by a command and kept by a person."""

import json
from pathlib import Path

from darkfactory.events.stream import Stream
from darkfactory.waffle.calibration_file import Calibration, calibration_json
from darkfactory.waffle.profile import FEATURES
from darkfactory.waffle.ridge import Estimate
from darkfactory.waffle.usual import Spread, Usual
from tests.fakes.factories import Factory, bug, make_factory
from tests.unit.factory.test_calibrate_waffle import labelled


def factory_in(folder: Path) -> Factory:
    return make_factory(folder, {"sessions": []}, [bug("item-1")])


def test_a_young_factory_calibrates_nothing(tmp_path: Path) -> None:
    factory = factory_in(tmp_path)

    told = json.loads(factory.df("waffle", "calibrate", "--json").stdout)

    assert told == {"version": 1, "lanes": [], "waffle.json": {"version": 2, "lanes": {}}}


def test_what_is_written_tells_the_risk_of_logs_of_that_lane(tmp_path: Path) -> None:
    factory = factory_in(tmp_path)
    labels = labelled(factory.root, 120)
    factory.df("waffle", "calibrate", "--labels", str(labels), "--write")

    risks = [
        json.loads(factory.df("waffle", "score", "1.jsonl", "--lane", lane, "--json").stdout)[
            "risk"
        ]
        for lane in ("bugs", "docs")
    ]

    assert 0.5 < risks[0] <= 1
    assert risks[1] is None


def test_a_session_runs_by_what_is_committed_and_tells_its_risk(tmp_path: Path) -> None:
    turns = [{"say": "Looking.", "do": [{"shell": f"echo {n} > {n}.txt"} for n in range(6)]}]
    script = {"sessions": [{"marker": "item-1", "turns": turns}]}
    factory = make_factory(tmp_path, script, [bug("item-1")])
    known = calibration_json(
        Calibration(Estimate(0.5, (0.01,) * len(FEATURES)), Usual(files=Spread(1, 9)))
    )
    calibration = {"version": 2, "lanes": {"bugs": known}}
    (factory.root / "waffle.json").write_text(json.dumps(calibration))

    factory.df("run", "--json")

    (shown,) = json.loads(factory.df("status", "--json").stdout)["sessions"]
    log = factory.root / f".darkfactory/streams/s/{shown['id']}.jsonl"
    events = [event for _, event in Stream(log.parent.parent, f"s/{shown['id']}").read()]
    scored = json.loads(factory.df("waffle", "score", str(log), "--json").stdout)
    started = next(event for event in events if event.type == "session.started")
    told = [event.data["risk"] for event in events if event.type == "waffle.scored"]
    assert started.data["calibration"] == known
    assert shown["risk"] == told[-1] == scored["risk"]
    assert 0.5 < shown["risk"] < 1


def test_a_run_refuses_a_calibration_that_it_cannot_use(tmp_path: Path) -> None:
    factory = factory_in(tmp_path)
    (factory.root / "waffle.json").write_text("{")

    said = factory.df("run", expect=2).stderr

    assert "waffle.json is no calibration that this version can use" in said
    assert "fix: take it back from git (`git checkout -- waffle.json`), delete it" in said
    assert "waffle.json is no calibration" in factory.df("status").stderr
    assert (
        "waffle.json is no calibration"
        in factory.df("waffle", "calibrate", "--write", expect=2).stderr
    )
