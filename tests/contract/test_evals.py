"""``df evals`` with mock agents: cells are sessions, recorded once, graded by what they left."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from darkfactory.factory.eval_lab import held
from tests.fakes.factories import Factory
from tests.fakes.studies import EVALS, RULE, SKILL, make_study, results, script, suite_files, writes

CONDITIONS = ["baseline", "null-skill", "skill", "skill-inline", "skill+distractors:2"]
SUITE: dict[str, Any] = {"conditions": CONDITIONS, "agents": ["mock"], "repeats": 1}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    factory = make_study(tmp_path_factory.mktemp("study"), suite_files("hello", suite=SUITE))
    factory.df("evals", "run", "--yes")
    return factory


def by_condition(factory: Factory) -> dict[str, dict[str, Any]]:
    return {row["condition"]: row for row in results(factory)}


def test_a_cell_has_the_promised_keys_and_what_its_checks_say(study: Factory) -> None:
    row = by_condition(study)["baseline"]

    assert (row["scenario"], row["agent"], row["repeat"]) == ("hello", "mock", 1)
    assert (row["completeness"], row["strict"], row["outcome"]) == (0.25, False, "graded")
    assert [(one["id"], one["passed"]) for one in row["checks"]] == [
        ("there", True),
        ("polite", False),
        ("told", False),
    ]
    assert row["isolation_passed"] is True
    assert row["tokens"]["input"] > 0


@pytest.mark.parametrize(
    ("condition", "share"),
    [("null-skill", 0.25), ("skill", 1), ("skill-inline", 1), ("skill+distractors:2", 1)],
)
def test_what_a_condition_gives_is_what_the_agent_has(
    study: Factory, condition: str, share: float
) -> None:
    assert by_condition(study)[condition]["completeness"] == share


def test_a_cell_is_a_session_with_its_skills_in_its_log(study: Factory) -> None:
    rows = by_condition(study)
    lab = study.state.root / "evals" / "lab" / ".darkfactory"

    told = {name: started(lab, row["session"]) for name, row in rows.items()}

    assert {name: len(one["skills"]) for name, one in told.items()} == {
        "baseline": 0,
        "null-skill": 1,
        "skill": 1,
        "skill-inline": 0,
        "skill+distractors:2": 3,
    }
    assert told["skill"]["skills"][0]["name"] == "greet"
    assert told["baseline"]["confined"] is True


def started(lab: Path, session: str) -> dict[str, Any]:
    lines = (lab / "streams" / "s" / f"{session}.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    return next(one["data"] for one in found if one["type"] == "session.started")


def test_the_prompt_tells_the_task_and_not_what_is_graded(study: Factory) -> None:
    lab = study.state.root / "evals" / "lab" / ".darkfactory"
    row = by_condition(study)["baseline"]

    prompt = (lab / "sessions" / row["session"] / "prompt.md").read_text()

    assert prompt.startswith("# hello: Write a greeting into a.txt.\n")
    assert "polite" not in prompt


def test_the_repository_and_its_own_record_are_left_alone(study: Factory) -> None:
    assert study.json("sessions")["sessions"] == []
    assert not (study.state.root / "streams").exists()
    assert study.json("status")["sessions"] == []


def test_a_rerun_skips_what_is_recorded_and_another_run_takes_what_is_known(
    tmp_path: Path,
) -> None:
    suite = {**SUITE, "conditions": ["baseline", "skill"]}
    factory = make_study(tmp_path, suite_files("hello", suite=suite))
    factory.df("evals", "run")

    again = factory.df("evals", "run")
    part = factory.df("evals", "run", "--condition", "skill")
    bare = factory.df("evals", "plan", "--condition", "mcp+skill")

    assert "suite.yaml names no server, so mcp adds nothing to mcp+skill" in bare.stdout
    assert "2 cells, 0 of them run now" in again.stderr
    assert "1 cell, 0 of them run now" in part.stderr
    assert len(results(factory)) == 2 + 1


def test_the_plan_tells_cells_and_the_recorded_seed(study: Factory) -> None:
    (row,) = study.json("evals", "plan")["runs"]
    run = json.loads((study.state.root / "evals" / row["run"] / "run.json").read_text())

    assert (row["cells"], row["known"], row["open"], row["priced"]) == (5, 5, 0, 0)
    assert row["notes"] == []
    assert run["seed"] == row["seed"]


def test_a_report_says_that_one_scenario_proves_nothing(study: Factory) -> None:
    body = study.json("evals", "report", "--skill", "greet")
    pair = next(
        one
        for one in body["comparisons"]
        if (one["a"], one["b"], one["agent"]) == ("baseline", "skill", None)
    )

    assert (pair["delta"], pair["interval"], pair["p"]) == (0.75, None, 1.0)
    assert pair["verdict"] == "not enough data"


def test_a_changed_check_is_graded_anew_without_another_session(tmp_path: Path) -> None:
    suite = {**SUITE, "conditions": ["baseline"]}
    factory = make_study(tmp_path, suite_files("hello", suite=suite))
    factory.df("evals", "run")
    (factory.root / EVALS / "hello" / "hidden" / "polite.sh").write_text("true\n")

    factory.df("evals", "run")

    rows = results(factory)
    assert sorted(row["completeness"] for row in rows) == [0.25, 0.5]
    assert len({row["session"] for row in rows}) == 1


def test_an_old_skill_is_the_one_of_its_revision(tmp_path: Path) -> None:
    suite = {"conditions": ["skill", "skill@old"], "agents": ["mock"], "repeats": 1}
    factory = make_study(tmp_path, suite_files("hello", suite=suite))
    (factory.root / "skills/greet/SKILL.md").write_text(SKILL + "\nSay it twice.\n")

    factory.df("evals", "run")

    lab = factory.state.root / "evals" / "lab" / ".darkfactory"
    told = {row["condition"]: started(lab, row["session"]) for row in results(factory)}
    assert told["skill"]["skills"][0]["sha256"] != told["skill@old"]["skills"][0]["sha256"]


def test_a_session_that_reads_what_is_hidden_proves_nothing(tmp_path: Path) -> None:
    suite = {"conditions": ["baseline"], "agents": ["mock"], "repeats": 1}
    look = (
        "cat $(find / -name expected-answers.txt 2>/dev/null); find / -name polite.sh 2>/dev/null;"
        " git cat-file --batch-all-objects --batch-check='is a %(objecttype)'"
    )
    played = {
        "sessions": [
            {"marker": "# hello", "turns": [{"do": [{"shell": look}]}, *writes("hello")]},
        ]
    }
    factory = make_study(tmp_path, suite_files("hello", suite=suite), played=played)
    factory.df("evals", "run")  # its work is a commit of the laboratory from here on
    (factory.root / EVALS / "hello" / "prompt.md").write_text("# hello\n\nOnce more.\n")

    held = factory.df("evals", "run", "--json")

    (row,) = [json.loads(line) for line in held.stdout.splitlines()]
    assert row["isolation_passed"] is True  # the fence kept it out
    lab = factory.state.root / "evals" / "lab" / ".darkfactory"
    log = (lab / "streams" / "s" / f"{row['session']}.jsonl").read_text()
    assert "hidden/polite.sh" not in log
    told = (json.loads(line) for line in log.splitlines())
    outputs = [one["data"]["output"] for one in told if one["type"] == "tool.finished"]
    assert outputs[0].splitlines().count("is a commit") == 1


def test_a_limit_that_was_reached_is_an_outcome_and_is_graded(tmp_path: Path) -> None:
    suite = {"conditions": ["baseline"], "agents": ["mock"], "repeats": 1, "limits": {"tokens": 50}}
    factory = make_study(
        tmp_path, suite_files("hello", suite=suite), played=script(repeat=40, sleep=0.1)
    )

    factory.df("evals", "run")

    (row,) = results(factory)
    assert (row["outcome"], row["completeness"]) == ("budget", 0.25)


def test_an_agent_that_breaks_proves_nothing_and_is_tried_again(tmp_path: Path) -> None:
    suite = {"conditions": ["baseline"], "agents": ["mock"], "repeats": 1}
    played = script(fault={"kind": "exit", "status": 3})
    factory = make_study(tmp_path, suite_files("hello", suite=suite), played=played)

    factory.df("evals", "run", expect=1)
    factory.df("evals", "run", expect=1)

    first, second = results(factory)
    assert (first["outcome"], first["completeness"]) == ("error", None)
    assert first["session"] != second["session"]


def test_an_agent_that_is_not_there_is_told(tmp_path: Path) -> None:
    factory = make_study(tmp_path, suite_files("hello", suite={"agents": ["mokc"]}))

    done = factory.df("evals", "run", expect=2)

    assert "agent 'mokc' is not in lanes.yaml" in done.stderr


def test_a_lane_of_worktrees_changes_nothing_about_cells(tmp_path: Path) -> None:
    suite = {"conditions": ["skill"], "agents": ["mock"], "repeats": 1}
    factory = make_study(tmp_path, suite_files("hello", suite=suite))
    with (factory.root / "lanes.yaml").open("a") as lanes:
        lanes.write("workspace: {kind: worktree, keep: [.venv]}\n")

    factory.df("evals", "run")

    (row,) = results(factory)
    lab = factory.state.root / "evals" / "lab" / ".darkfactory"
    assert row["completeness"] == 1
    assert not (lab / "sessions" / row["session"] / "home").exists()


def test_whoever_leaves_with_ctrl_c_is_told_and_the_sessions_go_on(tmp_path: Path) -> None:
    suite = {"conditions": ["baseline"], "agents": ["mock"], "repeats": 2}
    factory = make_study(tmp_path, suite_files("hello", suite=suite), played=script(sleep=1))
    lab = factory.state.root / "evals" / "lab" / ".darkfactory"
    run = factory.start("evals", "run")
    factory.wait(lambda: len(list(lab.glob("sessions/*/host.json"))) == 2)

    run.send_signal(signal.SIGINT)
    status = run.wait(10)
    factory.df("evals", "run")

    assert status == 130
    assert "the same command takes them up" in (tmp_path / "stderr.txt").read_text()
    assert [row["outcome"] for row in results(factory)] == ["graded"] * 2
    assert len(list(lab.glob("sessions/*"))) == 2


def test_a_query_is_over_at_the_first_load_and_its_prompt_names_no_skill(tmp_path: Path) -> None:
    suite = {"conditions": ["baseline", "skill"], "agents": ["mock"], "repeats": 1}
    looks = {"do": [{"shell": "cat .agents/skills/greet/SKILL.md"}]}
    endless = {"do": [{"shell": "true"}], "forever": True, "sleep": 0.1}
    played = {"sessions": [{"marker": "# hello", "turns": [looks, endless]}]}
    files = suite_files("hello", suite=suite)
    files[f"{EVALS}/hello/scenario.yaml"] = json.dumps(
        {"kind": "trigger", "loads": True, "limits": {"wall_s": 20}}
    )
    factory = make_study(tmp_path, files, played=played)

    factory.df("evals", "run", "--condition", "skill")

    (row,) = results(factory)
    lab = factory.state.root / "evals" / "lab" / ".darkfactory"
    assert [(one["id"], one["passed"]) for one in row["checks"]] == [("loaded", True)]
    assert (row["completeness"], row["outcome"], row["seconds"] < 20) == (1, "graded", True)
    prompt = (lab / "sessions" / row["session"] / "prompt.md").read_text()
    assert "Skills for this work" not in prompt
    assert RULE not in prompt
    assert factory.json("evals", "selftest", "--skill", "greet")["problems"] == []


def test_a_skill_is_told_of_as_a_lane_would_tell_of_it(tmp_path: Path) -> None:
    suite = {"conditions": ["skill"], "agents": ["mock"], "repeats": 1}
    files = suite_files("hello", suite=suite)
    files["skills/greet/df.yaml"] += "deliver: {mock: mention, default: inline-all}\n"
    factory = make_study(tmp_path, files)

    factory.df("evals", "run")

    (row,) = results(factory)
    lab = factory.state.root / "evals" / "lab" / ".darkfactory"
    prompt = (lab / "sessions" / row["session"] / "prompt.md").read_text()
    assert "Skills for this work: greet." in prompt
    assert RULE not in prompt


def test_what_ended_sessions_left_is_swept_and_their_work_is_graded_all_the_same(
    tmp_path: Path,
) -> None:
    suite = {"conditions": ["baseline", "skill"], "agents": ["mock"], "repeats": 1}
    played = script(fault={"kind": "exit", "status": 3})  # without the skill
    factory = make_study(tmp_path, suite_files("hello", suite=suite), played=played)
    factory.df("evals", "run", expect=1)
    lab = factory.state.root / "evals" / "lab"

    plan = factory.json("gc")
    swept = factory.json("gc", "--apply", "--yes")

    assert {item["kind"] for item in plan["items"]} == {"lab"}
    assert len(swept["done"]) == len(plan["items"]) == 4  # home and tmp of the crash, and shared
    assert swept["left"] == []
    assert not (lab / ".darkfactory" / "workspaces").exists()
    assert not (lab / "arms").exists()
    (factory.root / EVALS / "hello" / "hidden" / "polite.sh").write_text("false\n")
    factory.df("evals", "run", expect=1)
    skilled = [row for row in results(factory) if row["condition"] == "skill"]
    assert sorted(row["completeness"] for row in skilled) == [0.75, 1]
    assert len({row["session"] for row in skilled}) == 1


def test_nothing_of_the_evals_is_swept_while_they_work(tmp_path: Path) -> None:
    suite = {"conditions": ["baseline"], "agents": ["mock"], "repeats": 1}
    factory = make_study(tmp_path, suite_files("hello", suite=suite))
    factory.df("evals", "run")

    with held(factory.state):
        swept = factory.json("gc", "--apply", "--yes")

    assert swept["done"] == []
    assert {reason for _, reason in map(dict.values, swept["left"])} == {"the evals need it"}
