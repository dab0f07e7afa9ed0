"""The whole line with a small agent of the Agent Client Protocol, behind the fence."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.agent_bench import ACP_AGENT, acp_agent
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.studies import EVALS, results, suite_files

pytestmark = pytest.mark.timeout(60)

LANES = """\
version: 1
harness: {{command: test -f made.txt}}
allow: {{read: ["{root}", "{folder}"]}}
agents:
  small: {{kind: acp, command: {command}}}
lanes:
  all: {{default: true, agent: small, autonomy: {autonomy}}}
"""
MAKE: list[dict[str, Any]] = [
    {"do": [{"write": {"path": "{cwd}/made.txt", "content": "made\n"}}]},
    {"say": "Made it."},
]


def line(
    folder: Path, turns: list[dict[str, Any]], *options: str, autonomy: str = "propose"
) -> Factory:
    """Return a factory whose one item is given to the small agent, which plays *turns*."""
    played = folder / "script" / "script.json"
    played.parent.mkdir()
    played.write_text(json.dumps({"sessions": [{"marker": "ONE", "turns": turns}]}))
    return make_factory(
        folder / "line", {}, [bug("ONE")], lanes=lanes_of(played, autonomy, *options)
    )


def lanes_of(played: Path, autonomy: str = "propose", *options: str) -> str:
    return LANES.format(
        root=ACP_AGENT.parent.parent.parent,
        folder=played.parent,
        command=json.dumps(acp_agent(played, *options)),
        autonomy=autonomy,
    )


def test_its_work_is_proposed_and_its_tokens_are_counted(tmp_path: Path) -> None:
    made = line(tmp_path, MAKE)

    made.df("run")

    (row,) = made.json("status")["sessions"]
    (started,) = [e for e in made.events(f"s/{row['id']}") if e.type == "session.started"]
    change = made.json("gate", "show", "ONE")["change"]
    assert (row["outcome"], row["tokens"]) == ("proposed", 1000 + 50 + 1100 + 50)
    assert started.data["kind"] == "acp"
    assert "+made" in change["diff"]
    assert change["summary"] == "Made it."


def test_what_it_says_last_is_an_observers_report(tmp_path: Path) -> None:
    made = line(tmp_path, MAKE, autonomy="observe")

    made.df("run")

    (row,) = made.json("status")["sessions"]
    assert row["outcome"] == "reported"
    assert made.json("sessions", "show", row["id"])["session"]["summary"] == "Made it."
    assert [e for e in made.events(f"s/{row['id']}") if e.type == "denied"]


def test_a_lane_that_suggests_is_refused_as_nothing_makes_it_ask(tmp_path: Path) -> None:
    made = line(tmp_path, MAKE, autonomy="suggest")

    refused = made.df("run", expect=3)

    assert "ask before each command" in refused.stderr
    assert made.json("status")["sessions"] == []


def test_a_cell_of_the_evals_gives_it_the_servers_of_its_condition(tmp_path: Path) -> None:
    played = tmp_path / "script" / "script.json"
    played.parent.mkdir()
    asks = {"do": [{"mcp": {"name": "read_fact", "input": {"name": "greeting"}}}]}
    writes = {"do": [{"write": {"path": "{cwd}/a.txt", "content": "{last_result}\n"}}]}
    session = {"marker": "# hello", "turns": [asks, writes, {"say": "Written."}]}
    played.write_text(json.dumps({"sessions": [session]}))
    suite = {
        "agents": ["small"],
        "repeats": 1,
        "conditions": ["baseline", "mcp"],
        "mcp": {"docs": {"facts": "facts.json"}},
    }
    checks = [
        {"id": "asked", "trace": {"called": "mcp:docs/read_fact"}},
        {"id": "told", "file_regex": {"path": "a.txt", "all": "Hello, please"}},
    ]
    files = suite_files("hello", suite=suite, checks=checks)
    files[f"{EVALS}/facts.json"] = json.dumps({"greeting": "Hello, please"})
    made = make_factory(tmp_path / "line", {}, [], lanes=lanes_of(played), files=files)

    made.df("evals", "run", "--yes")

    assert {row["condition"]: row["completeness"] for row in results(made)} == {
        "baseline": 0,
        "mcp": 1,
    }


def test_rework_of_a_lost_conversation_goes_to_a_new_one(tmp_path: Path) -> None:
    turns: list[dict[str, Any]] = [
        {"do": [{"shell": "echo made >> made.txt"}]},
        {"say": "Made it."},
    ]
    made = line(tmp_path, turns, "--amnesia", "--boast")
    made.df("run")
    made.df("gate", "rework", "ONE", "-m", "Say it louder.")

    made.df("run", expect=None)

    rows = {row["id"]: row for row in made.json("status")["sessions"]}
    assert "refused session/load" in rows["s-ONE-1"]["evidence"]["why"]
    assert rows["s-ONE-2"]["outcome"] == "proposed"
    assert "Say it louder." in (made.state.session("s-ONE-2") / "prompt.md").read_text()


WANTS_LOGIN = """\
import json
import sys
for line in open(0):
    asked = json.loads(line)
    answer = {"result": {"protocolVersion": 1, "authMethods": [{"id": "x", "name": "a browser"}]}}
    if asked["method"] == "session/new":
        answer = {"error": {"code": -32000, "message": "Who are you?"}}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **answer}), flush=True)
"""


def test_an_agent_that_cannot_begin_says_why_where_its_end_is_told(tmp_path: Path) -> None:
    programs = {"dies": "raise SystemExit('error: no model is set')", "asks": WANTS_LOGIN}
    agents = {
        name: {"kind": "acp", "command": [sys.executable, "-I", "-c", code]}
        for name, code in programs.items()
    }
    lanes = {name: {"match": {"labels": [name]}, "agent": name, "attempts": 1} for name in programs}
    whole = {"version": 1, "harness": {"command": "true"}, "agents": agents, "lanes": lanes}
    items = [bug(name, labels=[name]) for name in programs]
    made = make_factory(tmp_path, {}, items, lanes=json.dumps(whole))

    made.df("run", expect=1)

    reasons = {row["lane"]: row["evidence"]["why"] for row in made.json("status")["sessions"]}
    assert reasons["dies"].endswith("exit status 1: error: no model is set")
    assert reasons["asks"].endswith(
        "Who are you?; it wants a log-in (a browser): pass it a key by pass_env"
    )
