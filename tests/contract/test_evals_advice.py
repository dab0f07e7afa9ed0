"""``df evals report`` on a real run: rules are judged in cells as in lanes, and advice follows."""

import json
from pathlib import Path
from typing import Any

import pytest

from darkfactory.evals.result import CellResult, CheckResult
from darkfactory.evals.result_lines import result_line
from darkfactory.gitio import git
from tests.fakes.factories import Factory
from tests.fakes.studies import RULE, make_study, results, suite_files, writes

HOOKS = "NN-HOOKS"
SIDECAR = f"""\
version: 1.0.0
non_negotiables:
  - id: {RULE}
    text: Ask politely
    check: {{file_regex: {{path: a.txt, all: please}}}}
  - {{id: {HOOKS}, text: Keep the hooks, check: {{trace: {{never: {{arg: --no-verify}}}}}}}}
"""
BREAKS = {"do": [{"shell": "cat .agents/skills/greet/SKILL.md"}, {"shell": "echo --no-verify"}]}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    suite = {"conditions": ["baseline", "skill"], "agents": ["mock"], "repeats": 1}
    checks = [{"id": "there", "file_exists": "a.txt"}]
    files = suite_files("hello", suite=suite, checks=checks, nn=[RULE])
    files |= {
        "skills/greet/df.yaml": SIDECAR,
        "skills/greet/references/more.md": f"# More\n\n- [{RULE}] Ask politely.\n",
    }
    files["skills/greet/SKILL.md"] += f"\nSee references/more.md.\n\n- [{HOOKS}] Keep the hooks.\n"
    played = {
        "sessions": [
            {"marker": "# hello", "turns": writes("hello")},
            {"marker": RULE, "turns": [BREAKS, *writes("hello")]},
        ]
    }
    factory = make_study(tmp_path_factory.mktemp("advice"), files, played=played)
    factory.df("evals", "run", "--yes")
    return factory


@pytest.fixture(scope="module")
def advice(study: Factory) -> dict[str, dict[str, Any]]:
    return {one["rule"]: one for one in study.json("evals", "report")["advice"]}


def row(study: Factory, condition: str) -> dict[str, Any]:
    return next(one for one in results(study) if one["condition"] == condition)


def test_a_cell_judges_the_rules_of_its_skill_as_a_lane_does(study: Factory) -> None:
    lab = study.state.root / "evals" / "lab" / ".darkfactory"
    log = lab / "streams" / "s" / f"{row(study, 'skill')['session']}.jsonl"

    told = [json.loads(line) for line in log.read_text().splitlines()]

    judged = [(one["type"], one["data"]["id"]) for one in told if one["type"].startswith("nn.")]
    assert judged == [("nn.violated", HOOKS), ("nn.violated", RULE)]


def test_a_result_keeps_what_its_log_told_of_the_skill(study: Factory) -> None:
    bare, given = row(study, "baseline")["trace"], row(study, "skill")["trace"]

    assert list(given["opened"]) == ["SKILL.md"]
    assert given["rules"][RULE]["place"] == "references/more.md"
    assert [given["rules"][name]["kept"] for name in (RULE, HOOKS)] == [False, False]
    assert (bare["opened"], bare["rules"][RULE]["kept"], bare["rules"][HOOKS]["kept"]) == (
        {},
        False,
        None,  # nothing of the scenario tempts to it
    )


def test_the_advice_is_the_tables_with_counts_and_places(
    study: Factory, advice: dict[str, dict[str, Any]]
) -> None:
    one = advice[RULE]

    assert one["advice"] == "move inline"
    assert one["counts"] == (
        "violated 1/1; without the skill 1/1; loaded 1/1; references/more.md opened 0/1"
    )
    assert advice[HOOKS]["advice"] == "add reason and example"
    (cell,) = advice[HOOKS]["cells"]
    assert event_at(study, cell["session"], cell["violated_at"])["data"]["command"] == (
        "echo --no-verify"
    )


def event_at(study: Factory, session: str, offset: str) -> dict[str, Any]:
    lab = study.state.root / "evals" / "lab" / ".darkfactory"
    raw = (lab / "streams" / "s" / f"{session}.jsonl").read_bytes()
    found: dict[str, Any] = json.loads(raw[int(offset.partition("_")[2]) :].split(b"\n")[0])
    return found


def test_its_edit_is_one_that_git_takes(study: Factory, advice: dict[str, dict[str, Any]]) -> None:
    patch = advice[RULE]["patch"]

    git("apply", "--check", "-", cwd=study.root, stdin=patch.encode())

    assert f"+- [{RULE}] Ask politely." in patch


def test_results_of_others_give_no_guess(study: Factory, tmp_path: Path) -> None:
    checks = (CheckResult("c", passed=False, rule=RULE),)
    cells = [CellResult(f"s{at}", "skill", "x", checks=checks, completeness=0) for at in range(3)]
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(map(result_line, cells)))

    (one,) = study.json("evals", "report", str(path))["advice"]

    assert (one["advice"], one["counts"]) == ("unknown", "violated 3/3; loaded unknown")
