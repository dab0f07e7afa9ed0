"""What a person sees, 80 columns wide: the files beside this one are the screens."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from darkfactory.cli.board import board_text
from darkfactory.cli.doctor_render import finding_lines
from darkfactory.factory.findings import attention, fine, unknown
from darkfactory.factory.line import open_line
from darkfactory.factory.status import read_status
from tests.fakes.factories import Factory, make_factory
from tests.fakes.gates import offer
from tests.fakes.golden import assert_golden, screen
from tests.fakes.recorded import make_recorded
from tests.fakes.repositories import Repository

MANY_LANES = """\
version: 1
harness: {command: "true"}
agents: {mock: {kind: mock, script: mock.yaml}}
lanes:
  urgent: {match: {priority: [P0]}}
  bugs:
    match:
      labels: [bug, regression]
      title: "crash(es|ed)?|does not .* any ?more"
      paths: ["src/**", "tests/**/*.py"]
  docs: {match: {labels: [docs], paths: ["docs/**", "*.md"]}}
  later: {}
  rest: {default: true}
"""
EXPLAINED: list[dict[str, Any]] = [
    {
        "id": "crash",
        "title": "The export crashed when a name held a comma, twice in one week",
        "labels": ["ui", "export"],
        "paths": ["docs/export.md", "src/export/csv.py"],
        "done_when": "pytest -q tests/test_export.py",
        "blocked_by": ["early", "done", "gone"],
    },
    {"id": "early", "title": "Read commas", "priority": "P3", "done_when": "it reads them"},
    {"id": "now", "title": "Stop the leak", "priority": "P0", "blocked_by": ["early"]},
    {"id": "mine", "title": "Nothing in it", "status": "deferred", "done_when": "make"},
    {"id": "done", "title": "Split the reader", "labels": ["bug"], "closed": True},
]


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    return make_recorded(tmp_path_factory.mktemp("screens"))


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("help", ("--help",)),
        ("triage", ("triage",)),
        ("triage-explain-duplicate", ("triage", "--explain", "slug-2")),
        ("triage-explain-blocked", ("triage", "--explain", "parse")),
        ("triage-explain-none", ("triage", "--explain", "logo")),
        ("status", ("status",)),
        ("brief", ("brief",)),
        ("sessions", ("sessions",)),
        ("sessions-show", ("sessions", "show", "s-add-1")),
        ("sessions-follow", ("sessions", "follow", "s-add-1")),
        ("gate", ("gate",)),
        ("gate-show", ("gate", "show", "add")),
        ("gate-log", ("gate", "log")),
        ("gc", ("gc",)),
        ("retro", ("retro",)),
    ],
)
def test_a_screen_is_as_it_was_reviewed(
    factory: Factory, name: str, command: tuple[str, ...]
) -> None:
    assert_golden(f"{name}.txt", screen(factory.df(*command), factory.root))


@pytest.mark.parametrize("item", ["crash", "early", "mine", "done"])
def test_an_explanation_holds_each_lane_against_the_item(tmp_path: Path, item: str) -> None:
    factory = make_factory(tmp_path, {"sessions": []}, EXPLAINED, lanes=MANY_LANES)
    factory.df("assign", "mine", "docs")

    shown = screen(factory.df("triage", "--explain", item), factory.root)

    assert len(shown.splitlines()) <= 24
    assert_golden(f"triage-explain-{item}.txt", shown)


def test_an_explanation_says_the_same_to_a_script(factory: Factory) -> None:
    told = factory.json("triage", "--explain", "slug-2")

    assert_golden("triage-explain.json", json.dumps(told, indent=1) + "\n")


def test_a_plan_that_replaces_another_says_what_leaves(tmp_path: Path) -> None:
    factory = make_recorded(tmp_path)
    kept = [{"id": "guide", "title": "Explain lanes", "labels": ["bug"], "done_when": "make docs"}]
    (factory.root / "other.json").write_text(json.dumps(kept))

    shown = screen(factory.df("triage", "--from", "other.json"), factory.root)

    assert_golden("triage-from.txt", shown)


def test_in_a_pipe_every_value_is_whole_and_nothing_is_filled_up(factory: Factory) -> None:
    commands = (("triage",), ("status",), ("brief",), ("sessions",), ("gate",), ("gate", "log"))

    shown = [
        screen(factory.df(*command, env={"COLUMNS": ""}), factory.root) for command in commands
    ]

    assert_golden("pipe.txt", "\n".join(shown))


def test_the_board_of_a_run_is_as_it_was_reviewed(factory: Factory) -> None:
    status = read_status(open_line(factory.root))
    words = ["12:00:00 run.started       at most 8 sessions at once", "12:00:01 more " + "x" * 90]

    shown = [board_text(status, words, columns=wide, rows=23) for wide in (80, 120)]

    assert_golden("board.txt", "\n\n".join(shown) + "\n")


@pytest.mark.parametrize("command", ["triage", "status", "brief", "sessions", "gate"])
def test_a_table_keeps_to_the_columns_of_the_terminal(factory: Factory, command: str) -> None:
    shown = factory.df(command, env={"COLUMNS": "72"}).stdout

    assert [line for line in shown.splitlines() if len(line) > 72] == []


def test_errors_are_as_they_were_reviewed(factory: Factory) -> None:
    wrong = (
        ("gaet",),
        ("gate", "aprove"),
        ("gate", "show", "none"),
        ("assign", "add", "none"),
        ("assign", "none", "bugs"),
        ("triage", "--from", "none.yaml"),
        ("sessions", "follow", "none", "--json"),
        ("gc", "--undo"),
        ("waffle", "score", "none.jsonl"),
        ("waffle", "score", "lanes.yaml"),
    )

    shown = [screen(factory.df(*command, expect=None), factory.root) for command in wrong]

    assert_golden("errors.txt", "\n".join(shown))


def test_a_branch_at_the_gate_is_shown_as_nobodys_session(tmp_path: Path) -> None:
    factory = make_recorded(tmp_path)
    user = Repository(factory.root)
    user.git("checkout", "-q", "-b", "fix/parse")
    user.commit("Keep the last line", {"parse.py": "lines = text.split()\n"})
    user.git("checkout", "-q", "main")
    user.git("branch", "old", "main")
    commands = (
        ("gate", "add", "fix/prase"),
        ("gate", "add", "fix/parse", "old"),
        ("gate", "show", "fix/parse"),
        ("gate", "rework", "fix/parse", "-m", "Split by lines.", "--at", "parse.py:1"),
        ("gate", "show", "fix/parse"),
    )

    shown = [screen(factory.df(*command, expect=None), factory.root) for command in commands]

    assert_golden("gate-add.txt", "\n".join(shown))


def test_a_weakened_test_is_seen_first_and_last_however_long_the_diff_is(tmp_path: Path) -> None:
    body = "".join(f"    assert total([{at}]) == {at}\n" for at in range(12))
    test = f"def test_total() -> None:\n{body}"
    factory = make_factory(tmp_path, {"sessions": []}, [], files={"tests/test_total.py": test})
    line = open_line(factory.root)
    line.hub.sync_base()
    lines = "".join(f"    {name} = {at}\n" for at, name in enumerate("abcdefghijklmnopqrst"))
    skipped = f"import pytest\n\n\n@pytest.mark.skip\n{test}"
    work = {"tests/test_total.py": skipped, "total.py": f"def total() -> None:\n{lines}"}
    offer(line.gate(), "total", work)

    shown = screen(factory.df("gate", "show", "total"), factory.root)

    assert_golden("gate-show-weakens.txt", shown)
    lines_shown = shown.splitlines()
    assert len(lines_shown) > 2 * 24
    assert "WEAKENS TESTS?" in "\n".join(lines_shown[1:4])
    assert "WEAKENS TESTS?" in "\n".join(lines_shown[-4:])


def test_a_sweep_names_what_it_takes_with_proof(tmp_path: Path) -> None:
    factory = make_recorded(tmp_path)
    home = factory.state.session("s-slug-1") / "home"
    home.mkdir(parents=True)
    (home / "cache").write_bytes(b"x" * 3_000_000)
    ended = home.parent / "exit.json"
    ended.write_text("{}")
    os.utime(ended, (1_600_000_000, 1_600_000_000))

    shown = [
        screen(factory.df(*command, expect=None), factory.root)
        for command in (("gc",), ("gc", "--apply"), ("gc", "--apply", "--yes"), ("gc", "--undo"))
    ]

    assert_golden("gc-sweep.txt", re.sub(r"\b\d{4}d\b", "2000d", "\n".join(shown)))


def test_scores_are_shown_with_their_reasons(factory: Factory) -> None:
    started = {"call": "1", "kind": "shell", "name": "shell", "command": "make", "paths": []}
    finished = {"call": "1", "status": "failed", "exit_code": 2, "output": "error: no rule"}
    turn = [("tool.started", started), ("tool.finished", finished)]
    lines = [json.dumps({"type": kind, "data": data}) for kind, data in turn * 6]
    (factory.root / "loop.jsonl").write_text("\n".join(lines) + "\n")
    (factory.root / "calm.jsonl").write_text(lines[0] + "\n")

    person = factory.df("waffle", "score", "loop.jsonl", "calm.jsonl")
    machine = factory.df("waffle", "score", "loop.jsonl", "calm.jsonl", "--json")

    assert_golden("waffle.txt", screen(person, factory.root))
    objects = [json.loads(line) for line in machine.stdout.splitlines()]
    assert_golden("waffle.json", json.dumps(objects, indent=1) + "\n")


def test_the_doctor_names_the_fix_below_what_needs_attention() -> None:
    findings = [
        fine("git", "2.47.1"),
        attention("confinement", "bubblewrap is not installed", "install the package `bubblewrap`"),
        unknown("agent codex", "no program 'codex' on PATH; no lane uses it"),
        attention(
            "lane bugs",
            "lane 'bugs' (propose) cannot be confined here: files: this host has neither "
            "bubblewrap nor Landlock 3 (Linux 6.2)",
            "`df doctor` says what to install; --unconfined runs without it, and is recorded",
        ),
        fine("hub", "whole, 12 refs"),
    ]

    assert_golden("doctor.txt", "\n".join(map(finding_lines, findings)) + "\n")
