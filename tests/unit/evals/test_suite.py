"""Suites and scenarios from their files; what is wrong is told with file, line and key."""

import json
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.lane import Budget
from darkfactory.errors import UsageError
from darkfactory.evals.reader import SuiteInvalid
from darkfactory.evals.suite import NoSuite, load_suite, suite_folders
from tests.fakes.studies import EVALS, PROMPT, suite_files, write_files


def test_a_suite_of_promised_keys_alone_is_read(tmp_path: Path) -> None:
    given = {
        "conditions": ["baseline", "mcp"],
        "agents": ["mock"],
        "repeats": 2,
        "mcp": {"notes": {"command": ["python3", "./server.py"], "env": {"A": "1"}}},
        "limits": {"wall_s": 90, "turns": 5},
    }
    folder = write_files(tmp_path, suite_files("b", "a", suite=given, mcp=["notes"]))

    suite = load_suite(folder)

    assert (suite.skill, [one.id for one in suite.scenarios]) == ("greet", ["a", "b"])
    assert ([one.name for one in suite.conditions], suite.agents) == (
        ["baseline", "mcp"],
        ("mock",),
    )
    assert (suite.repeats, suite.scenarios[0].limits) == (2, Budget(minutes=1.5, turns=5))
    assert suite.mcp["notes"].command == ("python3", str(folder.resolve() / "server.py"))
    assert suite.mcp["notes"].env == {"A": "1"}


def test_a_server_of_facts_is_ours_with_a_file_of_the_suite(tmp_path: Path) -> None:
    files = suite_files("a", suite={"mcp": {"docs": {"facts": "facts.json"}}})
    files[f"{EVALS}/facts.json"] = '{"colour": "blue"}'

    (server,) = load_suite(write_files(tmp_path, files)).mcp.values()

    assert server.command[-2:] == (
        "darkfactory.evals.facts_server",
        str((tmp_path / EVALS / "facts.json").resolve()),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [(None, "cannot be read: No such file"), ("[1]", "is no JSON object"), ("{", "is no JSON")],
)
def test_a_file_of_facts_is_looked_at_before_anything_starts(
    tmp_path: Path, text: str | None, told: str
) -> None:
    files = suite_files("a", suite={"mcp": {"docs": {"facts": "f.json"}}})
    files |= {} if text is None else {f"{EVALS}/f.json": text}

    with pytest.raises(SuiteInvalid) as caught:
        load_suite(write_files(tmp_path, files))

    assert f"mcp.docs.facts 'f.json' {told}" in caught.value.problem


def test_without_a_suite_file_the_method_is_baseline_mcp_and_both(tmp_path: Path) -> None:
    files = suite_files("hello")
    del files[f"{EVALS}/suite.yaml"]

    suite = load_suite(write_files(tmp_path, files))

    assert [one.name for one in suite.conditions] == ["baseline", "mcp", "mcp+skill"]
    assert suite.repeats == 3


def test_a_scenario_knows_its_prompt_its_checks_and_its_answers(tmp_path: Path) -> None:
    mutants = [{"patch": "hidden/polite.sh", "fails": "polite"}, "hidden/polite.sh"]
    more: dict[str, Any] = {"reference": {"patch": "hidden/polite.sh"}, "mutants": mutants}
    folder = write_files(tmp_path, suite_files("hello", **more))

    (scenario,) = load_suite(folder).scenarios

    assert (scenario.prompt, scenario.kind) == (PROMPT, "task")
    assert [check.id for check in scenario.checks] == ["there", "polite", "told"]
    assert scenario.workspace == folder / "hello" / "workspace"
    assert scenario.reference is not None
    assert [one.fails for one in scenario.mutants] == ["polite", None]


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("chekcs", [], "chekcs is not a known key; did you mean checks?"),
        ("checks", [], "needs a check that counts"),
        ("checks", [{"id": "a", "weight": 0, "file_exists": "x"}], "needs a check that counts"),
        ("checks", [{"file_exists": "x"}], "checks[0] has no id"),
        ("checks", [{"id": "a", "file_exits": "x"}], "checks[0] has no kind"),
        ("checks", [{"id": "a", "file_exists": "x"}] * 2, "checks[1].id is the same"),
        ("checks", [{"id": "a", "judge": {"rubric": "nice"}}], "checks[0] is judged by a model"),
        ("kind", "chore", "kind must be one of task"),
        ("id", "../up", "id must be letters"),
        ("workspace", {"dir": "../other"}, "workspace.dir lies outside"),
        ("workspace", {"dir": "nowhere"}, "workspace.dir is no folder"),
        ("mcp", ["nobody"], "mcp names a server that suite.yaml does not have"),
        ("limits", {"turns": 0}, "limits.turns must be a whole number from 1 up"),
        ("limits", {"turns": True}, "limits.turns must be a whole number"),
        ("limits", {"wall_s": 1e9}, "limits.wall_s must be at most"),
        ("mutants", [{"patch": "hidden/polite.sh", "fails": "c9"}], "names no check"),
        ("mutants", [{"patch": "/etc/passwd"}], "lies outside of the scenario"),
        ("mutants", [7], "mutants[0] must be a mapping"),
        ("reference", {}, ""),
        ("expect_fail_baseline", "yes", "must be true or false"),
    ],
)
def test_a_mistake_in_a_scenario_is_told_with_its_place(
    tmp_path: Path, key: str, value: Any, told: str
) -> None:
    folder = write_files(tmp_path, suite_files("hello", **{key: value}))

    if not told:
        assert load_suite(folder).scenarios[0].reference is None
        return
    with pytest.raises(UsageError) as caught:
        load_suite(folder)

    assert f"{EVALS}/hello/scenario.yaml line 1: " in caught.value.problem
    assert told in caught.value.problem


@pytest.mark.parametrize(
    ("suite", "told"),
    [
        ({"version": 2}, "version must be 1"),
        ({"conditions": ["skil"]}, "conditions[0] condition 'skil'"),
        ({"repeats": 0}, "repeats must be a whole number from 1 up"),
        ({"repeats": 101}, "repeats must be at most 100"),
        ({"agents": [3]}, "agents[0] must be text"),
        ({"mcp": {"a b": {"command": ["x"]}}}, "must be letters"),
        ({"mcp": {"a": {}}}, "mcp.a needs a command or facts"),
        ({"mcp": {"a": {"command": "x", "facts": "y"}}}, "mcp.a needs a command or facts"),
        ({"agent": "x"}, "did you mean agents?"),
    ],
)
def test_a_mistake_in_a_suite_is_told_with_its_place(
    tmp_path: Path, suite: dict[str, Any], told: str
) -> None:
    folder = write_files(tmp_path, suite_files("hello", suite=suite))

    with pytest.raises(UsageError) as caught:
        load_suite(folder)

    assert f"{EVALS}/suite.yaml line 1" in caught.value.problem
    assert told in caught.value.problem


@pytest.mark.parametrize(
    ("text", "told"),
    [("a: [", "scenario.yaml line"), ("- a", "must be a mapping"), ("", "has no checks")],
)
def test_what_is_no_mapping_is_told(tmp_path: Path, text: str, told: str) -> None:
    files = suite_files("hello") | {f"{EVALS}/hello/scenario.yaml": text}

    with pytest.raises(UsageError) as caught:
        load_suite(write_files(tmp_path, files))

    assert told in caught.value.problem


def query(folder: Path, **body: object) -> Path:
    text = json.dumps({"kind": "trigger", "loads": False, **body})
    return write_files(folder, suite_files("hello") | {f"{EVALS}/hello/scenario.yaml": text})


def test_a_query_needs_no_checks_as_its_load_is_graded(tmp_path: Path) -> None:
    (scenario,) = load_suite(query(tmp_path)).scenarios

    assert (scenario.loads, scenario.checks, scenario.skill) == (False, (), "greet")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"kind": "task"}, "loads is for kind: trigger alone"),
        ({"checks": [{"id": "a", "file_exists": "x"}]}, "checks and loads: a query ends"),
        ({"loads": "maybe"}, "loads must be true or false"),
    ],
)
def test_what_a_query_cannot_have_is_told(
    tmp_path: Path, body: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load_suite(query(tmp_path, **body))

    assert told in caught.value.problem


@pytest.mark.parametrize(("prompt", "told"), [(None, "is missing"), (" \n", "is empty")])
def test_a_scenario_without_a_prompt_is_none(tmp_path: Path, prompt: str | None, told: str) -> None:
    folder = write_files(tmp_path, suite_files("hello"))
    file = folder / "hello" / "prompt.md"
    file.unlink() if prompt is None else file.write_text(prompt)

    with pytest.raises(UsageError, match=told):
        load_suite(folder)


def test_two_scenarios_of_one_id_are_told(tmp_path: Path) -> None:
    folder = write_files(tmp_path, suite_files("a", "b", id="same"))

    with pytest.raises(UsageError, match="id is that of a as well"):
        load_suite(folder)


def test_a_skill_without_scenarios_has_no_suite(tmp_path: Path) -> None:
    write_files(tmp_path, {"skills/other/SKILL.md": "x"} | suite_files("hello"))

    assert [path.parent.name for path in suite_folders(tmp_path)] == ["greet"]
    with pytest.raises(NoSuite):
        suite_folders(tmp_path, "other")


def test_a_scenario_of_lines_names_the_line(tmp_path: Path) -> None:
    lines = ["title: x", "checks:", "  - {id: a, file_exists: x}", "kind: odd"]
    files = suite_files("hello") | {f"{EVALS}/hello/scenario.yaml": "\n".join(lines)}

    with pytest.raises(UsageError, match=r"scenario\.yaml line 4: kind"):
        load_suite(write_files(tmp_path, files))


def test_the_files_that_the_tests_write_are_yaml_as_well() -> None:
    assert json.loads(suite_files("hello")[f"{EVALS}/hello/scenario.yaml"])["title"]
