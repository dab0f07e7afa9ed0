"""Suites: ``skills/<name>/evals/`` with suite.yaml and a folder for each scenario."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from darkfactory.agents.protocol import McpServer
from darkfactory.config.problems import shown
from darkfactory.domain.lane import Budget
from darkfactory.errors import UsageError
from darkfactory.evals.condition import CONDITIONS, Condition, UnknownCondition, parse_condition
from darkfactory.evals.facts_server import read_facts
from darkfactory.evals.reader import Reader
from darkfactory.evals.scenario import FILE as SCENARIO
from darkfactory.evals.scenario import Scenario, limits_of, load_scenario
from darkfactory.skills.library import RETIRED

FILE = "suite.yaml"
FOLDER = "evals"
MOST_REPEATS = 100
_KEYS = ("version", "conditions", "agents", "repeats", "mcp", "limits", "old")
_REPEATS = 3
# -I: what lies in a workspace is never imported
FACTS = (sys.executable, "-I", "-m", "darkfactory.evals.facts_server")
"""What starts our server of facts; the file of facts follows."""
_SERVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class NoSuite(UsageError):
    """There is nothing to evaluate."""

    code = "evals.none"

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} has no scenarios",
            fix=f"write skills/NAME/{FOLDER}/SCENARIO/{SCENARIO}; docs/evals.md shows one",
        )


@dataclass(frozen=True, slots=True)
class Suite:
    """All scenarios of one skill, and how they are run. Without *agents*: all of lanes.yaml."""

    skill: str
    folder: Path
    scenarios: tuple[Scenario, ...]
    conditions: tuple[Condition, ...]
    agents: tuple[str, ...] = ()
    repeats: int = _REPEATS
    mcp: Mapping[str, McpServer] = field(default_factory=dict)
    old: str = "HEAD"


def suite_folders(root: Path, skill: str | None = None) -> list[Path]:
    """Return the folders of suites in the repository at *root*, that of *skill* alone if given.

    Raises:
        NoSuite: If there is none.
    """
    shelf = root / "skills"
    names = [skill] if skill is not None else sorted(_names(shelf) - {RETIRED})
    found = [shelf / name / FOLDER for name in names if _has_scenarios(shelf / name / FOLDER)]
    if not found:
        raise NoSuite(f"skills/{skill}/{FOLDER}" if skill else "this repository")
    return found


def load_suite(folder: Path) -> Suite:
    """Return the suite in *folder*, ``skills/<name>/evals``.

    Raises:
        SuiteInvalid: If a file of it is wrong; names file, line and key.
        NoSuite: If it has no scenario.
    """
    skill = folder.parent.name
    place = f"skills/{skill}/{FOLDER}"
    suite = folder / FILE
    reader = Reader(suite, f"{place}/{FILE}") if suite.exists() else None
    limits = Budget()
    if reader is not None:
        reader.known(_KEYS)
        if reader.at(("version",)) not in (None, 1):
            raise reader.wrong(("version",), f"must be 1, not {shown(reader.at(('version',)))}")
        limits = limits_of(reader, limits)
    mcp = _servers(reader, folder) if reader else {}
    scenarios = _scenarios(folder, place, limits)
    _check_servers(scenarios, mcp, place)
    return Suite(
        skill=skill,
        folder=folder,
        scenarios=scenarios,
        conditions=_conditions(reader),
        agents=reader.texts(("agents",)) if reader else (),
        repeats=_repeats(reader),
        mcp=mcp,
        old=(reader.text(("old",)) if reader else None) or "HEAD",
    )


def _names(shelf: Path) -> set[str]:
    try:
        return {entry.name for entry in os.scandir(shelf) if entry.is_dir()}
    except (FileNotFoundError, NotADirectoryError):
        return set()


def _has_scenarios(folder: Path) -> bool:
    return any(folder.glob(f"*/{SCENARIO}"))


def _scenarios(folder: Path, place: str, limits: Budget) -> tuple[Scenario, ...]:
    names = sorted(path.parent.name for path in folder.glob(f"*/{SCENARIO}"))
    if not names:
        raise NoSuite(place)
    found: dict[str, Scenario] = {}
    for name in names:
        scenario = load_scenario(folder / name, f"{place}/{name}", limits)
        if scenario.id in found:
            other = found[scenario.id].folder.name
            reader = Reader(folder / name / SCENARIO, f"{place}/{name}/{SCENARIO}")
            raise reader.wrong(("id",), f"is that of {other} as well: {shown(scenario.id)}")
        found[scenario.id] = scenario
    return tuple(found.values())


def _check_servers(scenarios: Sequence[Scenario], mcp: Mapping[str, McpServer], place: str) -> None:
    for scenario in scenarios:
        for name in scenario.mcp:
            if name not in mcp:
                file = f"{place}/{scenario.folder.name}/{SCENARIO}"
                reader = Reader(scenario.folder / SCENARIO, file)
                what = f"names a server that {FILE} does not have: {shown(name)}"
                known = ", ".join(sorted(mcp)) or "none"
                raise reader.wrong(("mcp",), what, fix=f"add it to `mcp:` there; known: {known}")


def _conditions(reader: Reader | None) -> tuple[Condition, ...]:
    names = reader.texts(("conditions",)) if reader else ()
    found: list[Condition] = []
    for number, name in enumerate(names or CONDITIONS):
        try:
            found.append(parse_condition(name))
        except UnknownCondition as error:
            if reader is None:
                raise
            raise reader.wrong(("conditions", number), error.problem, fix=error.fix) from error
    return tuple(dict.fromkeys(found))


def _repeats(reader: Reader | None) -> int:
    found = reader.number(("repeats",), least=1, whole=True) if reader else None
    if reader is not None and found is not None and found > MOST_REPEATS:
        raise reader.wrong(("repeats",), f"must be at most {MOST_REPEATS}")
    return _REPEATS if found is None else int(found)


def _servers(reader: Reader, folder: Path) -> dict[str, McpServer]:
    found = {}
    for name, given in reader.mapping(("mcp",)).items():
        path = ("mcp", name)
        if not _SERVER.fullmatch(name):
            raise reader.wrong(path, "must be letters, digits, dashes and underscores")
        reader.known(("command", "env", "facts"), path, reader.mapping(path))
        command = _command(reader, path, given, folder)
        env = reader.mapping((*path, "env"))
        values = {key: reader.text((*path, "env", key)) or "" for key in env}
        found[name] = McpServer(name, tuple(_own(word, folder) for word in command), values)
    return found


def _command(reader: Reader, path: tuple[str, ...], given: object, folder: Path) -> tuple[str, ...]:
    """Return what starts a server: its own command, or ours with a file of facts."""
    command, facts = reader.texts((*path, "command")), reader.text((*path, "facts"))
    if bool(command) == bool(facts):
        raise reader.wrong(path, f"needs a command or facts, not {shown(given)}")
    if facts is None:
        return command
    word = f"./{facts.removeprefix('./')}"
    try:
        read_facts(Path(_own(word, folder)).read_text(encoding="utf-8"))
    except OSError as error:
        told = f"{shown(facts)} cannot be read: {error.strerror}"
        raise reader.wrong((*path, "facts"), told) from error
    except (ValueError, RecursionError) as error:
        told = f"{shown(facts)} is no JSON object of texts"
        raise reader.wrong((*path, "facts"), told) from error
    return (*FACTS, word)


def _own(word: str, folder: Path) -> str:
    """Return *word* of a command; one that begins with ``./`` is a file of the suite."""
    return os.path.join(os.path.realpath(folder), word[2:]) if word.startswith("./") else word
