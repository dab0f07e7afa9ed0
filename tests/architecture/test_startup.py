"""Start-up is a set of modules, not a stopwatch: what a command must not load before it answers."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream, Writer
from tests.architecture.figures import ROOT, modules
from tests.fakes.factories import Factory, bug, make_factory
from tests.fakes.repositories import make_repository

PRODUCT = modules(ROOT / "darkfactory")
_TELL = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
sys.argv = json.loads(sys.argv[1])
before = set(sys.modules)
from darkfactory.cli import main
with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
    try:
        status = main()
    except SystemExit as end:
        status = end.code
json.dump({"status": status, "modules": sorted(set(sys.modules) - before)}, sys.stdout)
"""

HEAVY = {
    "asyncio", "dbos", "email", "git", "http", "importlib.metadata", "multiprocessing", "psutil",
    "pydantic", "rich", "sqlalchemy", "sqlite3", "ssl", "textual", "unittest", "yaml",
}  # fmt: skip
WORKERS = {
    "darkfactory.agents", "darkfactory.changes", "darkfactory.engine", "darkfactory.harness",
    "darkfactory.processes.probe", "darkfactory.skills", "darkfactory.workspaces",
}  # fmt: skip
STAGES = {
    "darkfactory.backlog", "darkfactory.config", "darkfactory.events", "darkfactory.factory",
    "darkfactory.gate", "darkfactory.sessions", "darkfactory.triage", "darkfactory.waffle",
}  # fmt: skip

READING = (
    ("status", "--json"),
    ("brief", "--json"),
    ("gate", "--json"),
    ("gate", "log", "--json"),
    ("sessions", "--json"),
    ("sessions", "show", "s-1", "--json"),
    ("sessions", "follow", "s-2", "--json"),
)
HUMAN = (("status",), ("gate",))


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """A factory with a plan, a session that nobody runs any more and one that has ended."""
    made = make_factory(tmp_path_factory.mktemp("startup"), {"sessions": []}, [bug("1"), bug("2")])
    made.df("triage")
    _record_sessions(made.state)
    return made


def _record_sessions(state: StateFolder) -> None:
    for session in ("s-1", "s-2"):
        for path in ("factory", f"s/{session}"):
            writer = Writer(Stream(state.streams, path), producer="test", session=session)
            writer.write("session.started", {"item": session[2:], "lane": "bugs", "attempt": 1})
            if session == "s-2":
                writer.write("session.ended", {"outcome": "failed", "reason": "it gave up"})


def loaded(
    arguments: Sequence[str],
    *,
    cwd: Path,
    program: str = "darkfactory",
    variables: dict[str, str] | None = None,
    expect: int = 0,
) -> set[str]:
    """Return the modules that a command loads beyond those of bare Python."""
    done = subprocess.run(
        [sys.executable, "-c", _TELL, json.dumps([program, *arguments])],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8", **(variables or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["status"] == expect, f"{arguments} exited {told['status']}: {done.stderr}"
    return set(told["modules"])


def within(modules: set[str], packages: set[str]) -> list[str]:
    """Return those of *modules* that are, or lie in, one of *packages*."""
    return sorted(
        name for name in modules if any(f"{name}.".startswith(f"{each}.") for each in packages)
    )


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] == "darkfactory"}


def test_the_version_loads_nothing_but_the_two_modules_that_know_it(tmp_path: Path) -> None:
    assert ours(loaded(["--version"], cwd=tmp_path)) == {"darkfactory", "darkfactory.cli"}
    assert within(loaded(["--version"], cwd=tmp_path), {"typing", "re", "json", "pathlib"}) == []


def test_deciding_whether_disk_free_is_meant_loads_no_parser(tmp_path: Path) -> None:
    nobody_else = {"PATH": str(tmp_path)}  # with no other df to hand over to, help is what is left

    modules = loaded(["-h"], cwd=tmp_path, program="df", variables=nobody_else)

    assert "darkfactory.cli.disk_free" in modules
    assert within(modules, HEAVY | WORKERS | STAGES | {"typer", "json", "pathlib"}) == []


def test_the_help_of_all_commands_loads_none_of_them(tmp_path: Path) -> None:
    modules = loaded(["--help"], cwd=tmp_path)

    assert within(modules, HEAVY | WORKERS | STAGES | {"typer", "json", "pathlib", "inspect"}) == []


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_command_that_reads_loads_the_record_and_nothing_that_works(
    factory: Factory, command: tuple[str, ...]
) -> None:
    modules = loaded(command, cwd=factory.root)

    assert within(modules, HEAVY | WORKERS) == []


@pytest.mark.parametrize("command", HUMAN, ids=" ".join)
def test_a_table_for_people_does_not_load_the_terminal_library(
    factory: Factory, command: tuple[str, ...]
) -> None:
    assert within(loaded(command, cwd=factory.root), HEAVY | WORKERS) == []


def test_triage_of_an_unchanged_lanes_yaml_loads_no_validator(factory: Factory) -> None:
    modules = loaded(["triage", "--json"], cwd=factory.root)

    assert within(modules, (HEAVY - {"yaml"}) | WORKERS) == []


def test_an_edited_lanes_yaml_is_read_by_the_validator_once(factory: Factory) -> None:
    lanes = factory.root / "lanes.yaml"
    lanes.write_text(lanes.read_text() + "# edited\n")

    first, second = (loaded(["status", "--json"], cwd=factory.root) for _ in range(2))

    assert within(first, {"pydantic"})
    assert within(second, {"pydantic"}) == []


@pytest.mark.parametrize("command", ["demo", "doctor", "gate", "run", "waffle"])
def test_the_help_of_one_command_loads_no_stage(tmp_path: Path, command: str) -> None:
    modules = loaded([command, "--help"], cwd=tmp_path)

    assert within(modules, HEAVY | WORKERS | STAGES - {"darkfactory.factory"}) == []


def test_a_view_that_has_no_terminal_does_not_load_its_library(factory: Factory) -> None:
    modules = loaded(["attach", "s-1"], cwd=factory.root, expect=2)

    assert within(modules, HEAVY | WORKERS) == []


def test_scoring_a_log_loads_the_scorer_and_no_adapter(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"type": "message", "data": {"role": "user", "text": "go"}}\n')

    modules = loaded(["waffle", "score", str(log), "--json"], cwd=tmp_path)

    beyond = within(modules, HEAVY | WORKERS | (STAGES - {"darkfactory.waffle"}))
    assert beyond == [
        "darkfactory.factory",
        "darkfactory.factory.foreign_logs",
        "darkfactory.factory.log_lines",
    ]


@pytest.mark.parametrize("typed", ["darkfactory ga", "darkfactory gate ", "darkfactory run --"])
def test_completing_a_command_loads_no_stage(tmp_path: Path, typed: str) -> None:
    assert within(completing(typed, tmp_path), HEAVY | WORKERS | STAGES) == []


@pytest.mark.parametrize("typed", ["darkfactory gate show ", "darkfactory sessions steer s"])
def test_completing_an_id_loads_the_record_and_nothing_that_works(
    factory: Factory, typed: str
) -> None:
    modules = completing(typed, factory.root)

    assert "darkfactory.factory.record" in modules
    assert within(modules, HEAVY | WORKERS | {"darkfactory.config"}) == []


def completing(typed: str, cwd: Path) -> set[str]:
    """Return what one press of the completion key loads."""
    variables = {
        "_DARKFACTORY_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split(" ")) - 1),
    }
    return loaded([], cwd=cwd, variables=variables)


def test_one_module_alone_knows_the_git_library() -> None:
    imports = re.compile(r"^ *(?:from|import) git\b", re.MULTILINE)

    users = [module.name for module in PRODUCT if imports.search(module.text)]

    assert users == ["darkfactory.factory.own_repository"]


def test_beginning_a_factory_loads_nothing_that_works_but_the_git_library(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "new", {"a": "1"}).path

    modules = loaded(["init"], cwd=root)

    assert within(modules, {"git"})
    assert within(modules, {"dbos", "psutil", "pydantic", "rich", "textual"}) == []
