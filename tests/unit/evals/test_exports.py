"""Reports for other readers: one page without a network, JUnit, logs of Inspect."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from darkfactory.evals.advice import advise
from darkfactory.evals.inspect_log import inspect_logs
from darkfactory.evals.junit import junit
from darkfactory.evals.page import report_page
from darkfactory.evals.result import CellResult, CheckResult, RuleSeen, SkillTrace
from tests.fakes.published_evals import baseten, supabase

HOSTILE = "<script>alert(1)</script>\x1b[31m\ud800&\"'"


class Tags(HTMLParser):
    """Notes every tag, and that each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        self.found.append(tag)
        if tag not in ("meta", "rect", "line", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        del attrs
        self.found.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag


def hostile() -> list[CellResult]:
    checks = (CheckResult(HOSTILE, passed=False, why=HOSTILE),)
    return [
        CellResult(
            HOSTILE, condition, HOSTILE, 1, 0.5, strict=False, session=HOSTILE, checks=checks
        )
        for condition in ("baseline", HOSTILE)
    ] + [CellResult("t", "baseline", HOSTILE, 1, outcome="error", problem=HOSTILE)]


@pytest.mark.parametrize("cells", [supabase(first_attempt=True), baseten(), hostile(), []])
def test_the_page_is_whole_and_loads_and_runs_nothing(cells: list[CellResult]) -> None:
    text = report_page(cells, margin=0.05)
    tags = Tags(text)

    assert tags.open == []
    assert (tags.found.count("h1"), tags.found.count("main")) == (1, 1)
    assert not {"script", "link", "img", "iframe", "form"} & set(tags.found)
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|@import|url\(|\son[a-z]+=", text)


def test_the_page_tells_advice_with_its_edit_and_the_places_in_logs() -> None:
    seen = RuleSeen(HOSTILE, kept=False, offset=7)
    trace = SkillTrace({"SKILL.md": 0}, {HOSTILE: seen}, HOSTILE)
    cells = [replace(one, condition="skill", trace=trace, skill=HOSTILE) for one in hostile()[:1]]
    (advice,) = advise(cells)
    edited = replace(advice, patch=HOSTILE, query=(HOSTILE,))

    text = report_page(cells, margin=0.05, advice=[edited])

    tags = Tags(text)
    assert tags.open == []
    assert "script" not in tags.found
    assert tags.found.count("pre") == 2
    assert "0000000000000000_0000000000000007" in text
    assert "violated 1/1; loaded 1/1" in text


def test_the_page_draws_each_comparison_and_each_scenario() -> None:
    tags = Tags(report_page(supabase(first_attempt=True), margin=0.05))

    assert tags.found.count("circle") == 2 * 6  # two metrics, five agents and all of them
    assert tags.found.count("title") == 1 + 22 * 2 * 5


def test_a_scenario_without_a_cell_is_a_hole() -> None:
    cells = [CellResult("s", "baseline", "x", 1, 1.0, strict=True)]
    cells.append(CellResult("t", "skill", "x", 1, 1.0, strict=True))

    assert report_page(cells, margin=0.05).count('class="hole"') == 2


def test_junit_tells_passes_failures_and_errors() -> None:
    broken = CheckResult("c", passed=False, why="no")
    cells = [
        CellResult("s", "skill", "x", 1, 1.0, strict=True, seconds=2),
        CellResult("s", "skill", "x", 2, 0.5, strict=False, checks=(broken,)),
        CellResult("t", "skill", "x", 1, outcome="error", problem="crashed"),
    ]  # fmt: skip

    root = ET.fromstring(junit(cells))  # noqa: S314 - our own text

    (suite,) = root
    assert suite.attrib == {"name": "skill by x", "tests": "3", "failures": "1", "errors": "1"}
    assert [child.tag for case in suite for child in case] == ["failure", "error"]
    assert suite[1][0].text == "c: no"


def test_junit_holds_whatever_an_agent_has_said() -> None:
    ET.fromstring(junit(hostile()))  # noqa: S314 - our own text


def test_a_log_of_inspect_has_a_sample_for_each_cell() -> None:
    logs = inspect_logs([*baseten(), *hostile()])

    log = next(one for one in logs.values() if one["eval"]["task"] == "s1b1d1")
    assert (log["version"], log["status"], len(log["samples"])) == (2, "success", 64)
    assert log["results"]["scores"][1]["metrics"]["mean"]["value"] == pytest.approx(0.890625)
    assert {one["epoch"] for one in log["samples"]} == {1, 2, 3, 4}
    assert all(re.fullmatch(r"[\w.-]+\.json", name) for name in logs)
    json.dumps(logs)
