"""Estimates of risk are proposed by a command and kept by a person."""

import json
from pathlib import Path

from tests.fakes.factories import Factory, bug, make_factory
from tests.unit.factory.test_calibrate_waffle import labelled


def factory_in(folder: Path) -> Factory:
    return make_factory(folder, {"sessions": []}, [bug("item-1")])


def test_a_young_factory_calibrates_nothing(tmp_path: Path) -> None:
    factory = factory_in(tmp_path)

    told = json.loads(factory.df("waffle", "calibrate", "--json").stdout)

    assert told == {"version": 1, "lanes": [], "waffle.json": {"version": 1, "lanes": {}}}


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
