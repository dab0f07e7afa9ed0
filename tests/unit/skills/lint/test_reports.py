import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from darkfactory.skills.lint.engine import Choice, lint, parted
from darkfactory.skills.lint.junit import junit
from darkfactory.skills.lint.reader import read_skill
from darkfactory.skills.lint.report import Linted
from darkfactory.skills.lint.sarif import sarif

HEAD = "---\nname: a\ndescription: Use when a is asked for.\n---\n"
ALLOW = '<!-- df-lint: allow I005 reason="{0}" until={1} -->\n'
DANGER = "Pass --no-verify.\n"


def linted(folder: Path, files: Mapping[str, str]) -> Linted:
    for name, text in files.items():
        path = folder / "a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    skill = read_skill(folder / "a", date(2026, 11, 1))
    (found,) = lint([skill], Choice())
    kept, allowed = parted(skill, found, Choice())
    return Linted("a", folder / "a", kept, allowed)


def rules(told: Linted) -> set[str]:
    return {found.rule for found in told.findings}


@pytest.mark.parametrize(
    "text",
    [
        ALLOW.format("the hooks are tried here", "2026-11") + DANGER,
        DANGER.strip() + " " + ALLOW.format("the hooks are tried here", "2027-02"),
    ],
)
def test_a_finding_is_suppressed_on_its_line_or_by_the_line_above(
    tmp_path: Path, text: str
) -> None:
    told = linted(tmp_path, {"SKILL.md": HEAD + text})

    assert [found.rule for found in told.allowed] == ["I005"]
    assert rules(told).isdisjoint({"I005", "S015"})


@pytest.mark.parametrize(
    "text",
    [
        ALLOW.format("", "2027-02"),
        ALLOW.format("a reason", "2026-10"),
        ALLOW.format("a reason", "soon"),
        ALLOW.format("a reason", "2027-02-99"),
        "<!-- df-lint: allow I005 -->\n",
    ],
)
def test_without_a_reason_or_past_its_end_nothing_is_suppressed_and_that_is_told(
    tmp_path: Path, text: str
) -> None:
    told = linted(tmp_path, {"SKILL.md": HEAD + text + DANGER})

    assert rules(told) >= {"I005", "S015"}


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        (
            "<!-- df-lint: allow I005 -->\n",
            'it lacks a reason (`reason="..."`) and an end',
            "write",
        ),
        (
            '<!-- df-lint: allow I005 reason="a" -->\n',
            "it lacks an end (`until=2027-02`):",
            "write",
        ),
        ('<!-- df-lint: reason="a" until=2027-02 -->\n', "it lacks a rule (`allow I003`)", "write"),
        (ALLOW.format("a reason", "2026-10"), "ended on 2026-10-31", "a later `until`"),
        (
            ALLOW.replace("I005", "I055").format("a reason", "2027-02"),
            "a suppression of I055, which is no rule",
            "did you mean I005?",
        ),
    ],
)
def test_a_suppression_of_nothing_says_what_it_lacks(
    tmp_path: Path, text: str, said: str, fix: str
) -> None:
    told = linted(tmp_path, {"SKILL.md": HEAD + text + DANGER})

    (found,) = (one for one in told.findings if one.rule == "S015")
    assert said in found.message
    assert fix in found.fix


def test_a_suppression_holds_for_its_rule_and_place_alone(tmp_path: Path) -> None:
    text = HEAD + ALLOW.format("tried", "2027-02") + DANGER + "\n" + DANGER + "Push --yolo.\n"

    told = linted(tmp_path, {"SKILL.md": text})

    assert [found.line for found in told.findings if found.rule == "I005"] == [8, 9]


def test_a_suppression_of_nothing_is_told_where_its_rule_was_asked(tmp_path: Path) -> None:
    idle = "".join(
        ALLOW.replace("I005", rule).format("a reason", "2027-02")
        for rule in ("I006", "R006", "L006", "D007")  # the others are asked elsewhere, or not
    )

    told = linted(tmp_path, {"SKILL.md": HEAD + idle})

    (found,) = (one for one in told.findings if one.rule == "S015")
    assert (found.line, found.severity) == (5, "warning")
    assert "the suppression of I006 suppresses nothing" in found.message


def test_a_finding_in_the_sidecar_is_suppressed_there(tmp_path: Path) -> None:
    allow = '# df-lint: allow S013 reason="for another tool" until=2027-02\n'

    told = linted(tmp_path, {"SKILL.md": HEAD, "df.yaml": f"version: 1\n{allow}owners: [a]\n"})

    assert [(found.rule, found.file) for found in told.allowed] == [("S013", "df.yaml")]


@pytest.mark.parametrize(("until", "holds"), [("2026-11-01", True), ("2026-10-31", False)])
def test_a_suppression_may_end_on_a_day(tmp_path: Path, until: str, *, holds: bool) -> None:
    told = linted(tmp_path, {"SKILL.md": HEAD + ALLOW.format("tried", until) + DANGER})

    assert ("I005" not in rules(told)) is holds


def test_a_finding_without_a_line_is_suppressed_from_skill_md(tmp_path: Path) -> None:
    allow = ALLOW.format("people read it", "2027-02").replace("I005", "F001")

    told = linted(tmp_path, {"SKILL.md": HEAD + allow, "README.md": "hi"})

    assert [found.rule for found in told.allowed] == ["F001"]


def test_sarif_names_rule_level_file_and_line_relative_to_the_folder(tmp_path: Path) -> None:
    told = linted(tmp_path, {"SKILL.md": HEAD + DANGER, "references/x y.md": "a"})

    (run,) = sarif([told], tmp_path)["runs"]

    by_rule = {result["ruleId"]: result for result in run["results"]}
    danger = by_rule["I005"]
    assert run["tool"]["driver"]["rules"][danger["ruleIndex"]]["id"] == "I005"
    assert danger["level"] == "error"
    assert danger["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a/SKILL.md"},
                "region": {"startLine": 5},
            }
        }
    ]
    assert by_rule["R002"]["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "a/references/x%20y.md"}}}
    ]


def test_sarif_keeps_what_is_suppressed_and_names_outside_files_whole(tmp_path: Path) -> None:
    text = HEAD + ALLOW.format("tried", "2027-02") + DANGER

    log = sarif([linted(tmp_path, {"SKILL.md": text})], tmp_path / "elsewhere")

    (found,) = (one for one in log["runs"][0]["results"] if one["ruleId"] == "I005")
    place = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert found["suppressions"] == [{"kind": "inSource"}]
    assert place == f"file://{tmp_path}/a/SKILL.md"
    assert json.loads(json.dumps(log)) == log


def test_junit_fails_errors_alone_and_holds_any_text(tmp_path: Path) -> None:
    files = {"SKILL.md": HEAD + 'Pass --no-verify <&" \x01.\n', "a\x02.pth": ""}

    suites = ET.fromstring(junit([linted(tmp_path, files)]))  # noqa: S314 - made above

    cases = suites.findall("./testsuite[@name='a']/testcase")
    failed = [str(case.get("name")) for case in cases if case.find("failure") is not None]
    hidden = ["I001 SKILL.md:5", "I001 a\\x02.pth"]
    assert sorted(failed) == [*hidden, "I005 SKILL.md:5", "I014 a\ufffd.pth"]
    assert suites.find("testsuite").get("failures") == "4"  # type: ignore[union-attr]
    assert len(cases) == int(str(suites[0].get("tests")))


def test_junit_is_what_its_first_line_says_in_any_locale(tmp_path: Path) -> None:
    told = linted(tmp_path, {"SKILL.md": HEAD, "é.pth": ""})

    text = junit([told])

    assert text.isascii()
    assert "I014 é.pth" in {case.get("name") for case in ET.fromstring(text).iter("testcase")}  # noqa: S314


def test_a_skill_without_findings_is_a_case_that_passed() -> None:
    suites = ET.fromstring(junit([Linted("a", Path(os.sep), ())]))  # noqa: S314 - made above

    assert [case.get("name") for case in suites.iter("testcase")] == ["no findings"]
    assert list(suites.iter("failure")) == []
