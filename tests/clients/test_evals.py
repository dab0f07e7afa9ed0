"""A whole study with real agents: 6 scenarios, 3 conditions, Claude Code and Codex, a real server.

The model is scripted: it asks the server for a fact wherever it is offered one, and minds the rule
of the skill wherever its prompt holds it. So what each condition gives shows in the grades.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.real_line import CLAUDE, CODEX, RealLine, real_study
from tests.fakes.studies import EVALS, RULE, results, suite_files

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("the evals at work"),
]

NAMES = tuple(f"hello-{number}" for number in range(1, 7))
CONDITIONS = ["baseline", "mcp", "mcp+skill"]
AGENTS = [str(CLAUDE), str(CODEX)]
SUITE = {
    "conditions": CONDITIONS,
    "agents": AGENTS,
    "repeats": 1,
    "mcp": {"docs": {"facts": "facts.json"}},
    "limits": {"wall_s": 120},
}
CHECKS = [
    {"id": "there", "file_exists": "a.txt"},
    {"id": "asked", "trace": {"called": "mcp:docs/read_fact"}},
    {"id": "polite", "nn": RULE, "file_regex": {"path": "a.txt", "all": "please"}},
    {"id": "told", "weight": 0, "run": "sh hidden/polite.sh"},
]
LOUD = "NN-QUIET"
SIDECAR = f"""\
version: 1.0.0
non_negotiables:
  - {{id: {RULE}, text: "Say please", check: {{file_regex: {{path: a.txt, all: please}}}}}}
  - {{id: {LOUD}, text: "Shout nothing", check: {{trace: {{never: {{tool: shell, arg: LOUD}}}}}}}}
"""
READS = {"do": [{"shell": "cat .*/skills/greet/SKILL.md; echo LOUD"}]}
SHARES = {"baseline": 1 / 3, "mcp": 2 / 3, "mcp+skill": 1.0}


def turns(text: str) -> list[dict[str, Any]]:
    return [
        {"do": [{"mcp": {"name": "read_fact", "input": {"name": "greetings"}}}]},
        {"do": [{"write": {"path": "{cwd}/a.txt", "content": f"{text}\n"}}]},
        {"say": "Written."},
    ]


@dataclass(frozen=True, slots=True)
class Done:
    """A study that was run: its cells and its report."""

    line: RealLine
    rows: list[dict[str, Any]]
    report: dict[str, Any]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    files = suite_files(*NAMES, suite=SUITE, checks=CHECKS)
    files[f"{EVALS}/facts.json"] = json.dumps({"greetings": "A greeting is short."})
    files["skills/greet/df.yaml"] = SIDECAR
    files["skills/greet/references/more.md"] = f"# More\n\n- [{LOUD}] Shout nothing.\n"
    files["skills/greet/SKILL.md"] += "\nFor more, see references/more.md.\n"
    script = {
        "sessions": [
            {"marker": "# hello", "turns": turns("hello")},
            {"marker": RULE, "turns": [READS, *turns("hello, please")]},
        ]
    }
    with real_study(tmp_path_factory.mktemp("evals"), files, script) as line:
        line.df("evals", "run", "--yes", seconds=280)
        yield Done(line, results(line), line.json("evals", "report"))


def test_every_cell_is_a_graded_session_that_was_held_and_saw_nothing_hidden(done: Done) -> None:
    assert len(done.rows) == 6 * 3 * 2
    assert {(row["outcome"], row["isolation_passed"]) for row in done.rows} == {("graded", True)}
    assert len({row["session"] for row in done.rows}) == 36


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_gives_each_agent_its_server_and_its_skill(
    done: Done, agent: str, condition: str
) -> None:
    own = [row for row in done.rows if (row["agent"], row["condition"]) == (agent, condition)]

    assert [row["completeness"] for row in own] == pytest.approx([SHARES[condition]] * 6)
    assert {row["strict"] for row in own} == {condition == "mcp+skill"}


def test_the_log_of_a_session_names_its_servers(done: Done) -> None:
    lab = done.line.state.root / "evals" / "lab" / ".darkfactory" / "streams" / "s"

    told = {row["condition"]: servers(lab, row["session"]) for row in done.rows}

    assert told == {"baseline": [], "mcp": ["docs"], "mcp+skill": ["docs"]}


def servers(lab: Path, session: str) -> list[str]:
    lines = (lab / f"{session}.jsonl").read_text().splitlines()
    (data,) = [one["data"] for one in map(json.loads, lines) if one["type"] == "session.started"]
    return list(data["mcp"])


def test_the_report_says_better_where_all_six_scenarios_are(done: Done) -> None:
    rows = [row for row in done.report["comparisons"] if row["metric"] == "completeness"]

    assert len(rows) == 3 * 3  # pairs of conditions, by both agents and by each
    assert {(row["verdict"], row["p"], row["scenarios"]) for row in rows} == {
        ("better", 0.03125, 6)
    }


@pytest.mark.parametrize("agent", AGENTS)
def test_the_log_of_each_program_gives_the_advice_what_it_needs(done: Done, agent: str) -> None:
    own = [row for row in done.rows if (row["agent"], row["condition"]) == (agent, "mcp+skill")]

    traces = [row["trace"] for row in own]

    assert [list(one["opened"]) for one in traces] == [["SKILL.md"]] * 6
    assert [one["rules"][RULE]["kept"] for one in traces] == [True] * 6
    assert {(one["rules"][LOUD]["kept"], one["rules"][LOUD]["place"]) for one in traces} == {
        (False, "references/more.md")
    }


def test_the_report_advises_on_the_rule_that_all_of_them_broke(done: Done) -> None:
    (one,) = done.report["advice"]

    assert (one["rule"], one["advice"]) == (LOUD, "move inline")
    assert one["counts"] == "violated 12/12; loaded 12/12; references/more.md opened 0/12"
    assert len(one["cells"]) == 12
    assert all(cell["violated_at"] for cell in one["cells"])


def test_a_query_ends_both_programs_at_the_first_load(tmp_path: Path) -> None:
    files = suite_files("hello", suite={"conditions": ["skill"], "agents": AGENTS, "repeats": 1})
    query = {"kind": "trigger", "loads": True, "limits": {"wall_s": 120}}
    files[f"{EVALS}/hello/scenario.yaml"] = json.dumps(query)
    endless = {"do": [{"shell": "sleep 1"}], "forever": True}
    looks = {"do": [{"shell": "cat .*/skills/greet/SKILL.md"}]}
    script = {"sessions": [{"marker": "# hello", "turns": [looks, endless]}]}

    with real_study(tmp_path, files, script) as line:
        line.df("evals", "run", "--yes", seconds=200)
        rows = results(line)

    assert [(row["outcome"], row["completeness"]) for row in rows] == [("graded", 1)] * 2
    assert max(row["seconds"] for row in rows) < 60
