"""Scenarios: one folder each, with a task for agents and a hidden part for the graders."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from darkfactory.config.problems import shown
from darkfactory.domain.lane import Budget
from darkfactory.evals.reader import Reader, SuiteInvalid
from darkfactory.skills.checks import Check, parse_check

FILE = "scenario.yaml"
PROMPT = "prompt.md"
HIDDEN = "hidden"
_QUERY = "trigger"
KINDS = ("task", _QUERY, "regression", "negative")
_KEYS = (
    "id", "title", "kind", "nn", "tags", "workspace", "mcp", "limits", "checks", "reference",
    "mutants", "expect_fail_baseline", "loads",
)  # fmt: skip
_LIMITS = ("wall_s", "turns", "tokens", "usd")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_WALL_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """A solution kept with the scenario: a *patch* and, for trace checks, the *events* of a log.

    Both are files of the scenario's folder. *fails* is the check that a wrong one must fail.
    """

    patch: Path | None = None
    events: Path | None = None
    fails: str | None = None

    @property
    def name(self) -> str:
        """What to call it: its file."""
        file = self.patch or self.events
        return file.name if file else "?"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One task of a suite. *workspace* is the folder it begins with, None: an empty one.

    *commit*: it begins with the files of this commit of the repository instead, its skills apart.
    *loads*: it asks only whether an agent loads the skill by itself; true: it is to, false: not.
    """

    id: str
    folder: Path
    prompt: str
    checks: tuple[Check, ...]
    title: str = ""
    kind: str = "task"
    rules: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    mcp: tuple[str, ...] = ()
    limits: Budget = field(default_factory=Budget)
    workspace: Path | None = None
    commit: str = ""
    reference: Answer | None = None
    mutants: tuple[Answer, ...] = ()
    expect_fail_baseline: bool = False
    loads: bool | None = None

    @property
    def skill(self) -> str:
        """The name of the skill that it tries."""
        return self.folder.parent.parent.name

    @property
    def hidden(self) -> Path:
        """The folder that no agent sees; it is copied beside the work once the agent is gone."""
        return self.folder / HIDDEN


def load_scenario(folder: Path, name: str, defaults: Budget | None = None) -> Scenario:
    """Return the scenario in *folder*; *name* is what errors call the folder.

    Raises:
        SuiteInvalid: If it is none; names file, line and key.
        CheckInvalid: If a check of it is none.
    """
    reader = Reader(folder / FILE, f"{name}/{FILE}")
    reader.known(_KEYS)
    kind = reader.text(("kind",), KINDS[0]) or KINDS[0]
    if kind not in KINDS:
        raise reader.wrong(("kind",), f"must be one of {', '.join(KINDS)}, not {shown(kind)}")
    loads = _loads(reader, kind)
    checks = _checks(reader) if loads is None else ()
    return Scenario(
        id=_id(reader, folder.name),
        folder=folder,
        prompt=_prompt(folder, name),
        checks=checks,
        title=reader.text(("title",), "") or "",
        kind=kind,
        rules=reader.texts(("nn",)),
        tags=reader.texts(("tags",)),
        mcp=reader.texts(("mcp",)),
        limits=limits_of(reader, defaults or Budget()),
        workspace=_workspace(reader, folder),
        commit=_commit(reader),
        reference=_reference(reader, folder),
        mutants=tuple(_mutants(reader, folder, checks)),
        expect_fail_baseline=reader.flag(("expect_fail_baseline",)),
        loads=loads,
    )


def _loads(reader: Reader, kind: str) -> bool | None:
    """Return what a query is to come to, None where the scenario is no query."""
    if reader.at(("loads",)) is None:
        return None
    if kind != _QUERY:
        raise reader.wrong(("loads",), f"is for kind: {_QUERY} alone")
    for key in ("checks", "reference", "mutants"):
        if reader.at((key,)) is not None:
            what = "and loads: a query ends at the first load or edit, so nothing else is graded"
            raise reader.wrong((key,), what)
    return reader.flag(("loads",))


def limits_of(reader: Reader, defaults: Budget) -> Budget:
    """Return the limits that a file sets, *defaults* for what it leaves out."""
    given = reader.mapping(("limits",))
    reader.known(_LIMITS, ("limits",), given)
    wall = reader.number(("limits", "wall_s"), least=1)
    if wall is not None and wall > _MOST_WALL_SECONDS:
        raise reader.wrong(("limits", "wall_s"), f"must be at most {_MOST_WALL_SECONDS}")
    turns = reader.number(("limits", "turns"), least=1, whole=True)
    tokens = reader.number(("limits", "tokens"), least=1, whole=True)
    usd = reader.number(("limits", "usd"))
    return Budget(
        tokens=defaults.tokens if tokens is None else tokens,
        usd=defaults.usd if usd is None else float(usd),
        minutes=defaults.minutes if wall is None else wall / 60,
        turns=defaults.turns if turns is None else turns,
    )


def _id(reader: Reader, folder: str) -> str:
    found = reader.text(("id",), folder) or folder
    if not _ID.fullmatch(found):
        what = f"must be letters, digits, dots, dashes and underscores, not {shown(found)}"
        raise reader.wrong(("id",), what)
    return found


def _prompt(folder: Path, name: str) -> str:
    file = f"{name}/{PROMPT}"
    try:
        text = (folder / PROMPT).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        fix = f"write {PROMPT}: it is all that the agent is told"
        raise SuiteInvalid(file, None, "", "is missing", fix=fix) from error
    except UnicodeDecodeError as error:
        raise SuiteInvalid(file, None, "", "is not UTF-8", fix="save it as UTF-8") from error
    except OSError as error:
        raise SuiteInvalid(file, None, "", f"cannot be read: {error.strerror}") from error
    if not text:
        raise SuiteInvalid(file, 1, "", "is empty", fix="write what the agent is to do")
    return text


def _checks(reader: Reader) -> tuple[Check, ...]:
    found: dict[str, Check] = {}
    for number, given in enumerate(reader.items(("checks",))):
        path = ("checks", number)
        check = parse_check(given, reader.wrong(path, "").problem.rstrip())
        if not check.id:
            raise reader.wrong(path, "has no id")
        if check.kind == "judge" and check.weight > 0:
            what = "is judged by a model, whose word counts for nothing: give it weight 0"
            raise reader.wrong(path, what)
        if check.id in found:
            raise reader.wrong((*path, "id"), f"is the same as another's: {shown(check.id)}")
        found[check.id] = check
    if not any(check.weight > 0 for check in found.values()):
        what = "needs a check that counts (weight above 0)"
        raise reader.wrong(
            ("checks",) if found else (), what if found else f"has no checks: {what}"
        )
    return tuple(found.values())


def _workspace(reader: Reader, folder: Path) -> Path | None:
    given = reader.mapping(("workspace",))
    reader.known(("dir", "git", "commit"), ("workspace",), given)
    reader.flag(("workspace", "git"))
    name = reader.text(("workspace", "dir"))
    if name is None:
        usual = folder / "workspace"
        return usual if usual.is_dir() else None
    found = _inside(reader, folder, ("workspace", "dir"), name)
    if not found.is_dir():
        raise reader.wrong(("workspace", "dir"), f"is no folder here: {shown(name)}")
    return found


def _commit(reader: Reader) -> str:
    name = reader.text(("workspace", "commit"))
    if name is None:
        return ""
    if not _COMMIT.fullmatch(name):
        raise reader.wrong(("workspace", "commit"), f"is no full id of a commit: {shown(name)}")
    if reader.text(("workspace", "dir")) is not None:
        raise reader.wrong(("workspace", "dir"), "and commit: a scenario begins with one of them")
    return name


def _reference(reader: Reader, folder: Path) -> Answer | None:
    given = reader.mapping(("reference",))
    reader.known(("patch", "events"), ("reference",), given)
    return _answer(reader, folder, ("reference",)) if given else None


def _mutants(reader: Reader, folder: Path, checks: tuple[Check, ...]) -> Iterator[Answer]:
    known = {check.id for check in checks}
    for number, given in enumerate(reader.items(("mutants",))):
        path = ("mutants", number)
        if isinstance(given, str):
            yield Answer(patch=_file(reader, folder, path, given))
            continue
        if not isinstance(given, Mapping):
            raise reader.wrong(path, f"must be a mapping of patch and fails, not {shown(given)}")
        reader.known(("patch", "events", "fails"), path, given)
        fails = reader.text((*path, "fails"))
        if fails is not None and fails not in known:
            raise reader.wrong((*path, "fails"), f"names no check of this scenario: {shown(fails)}")
        answer = _answer(reader, folder, path)
        yield Answer(answer.patch, answer.events, fails)


def _answer(reader: Reader, folder: Path, path: tuple[str | int, ...]) -> Answer:
    files: dict[str, Any] = {}
    for key in ("patch", "events"):
        name = reader.text((*path, key))
        files[key] = None if name is None else _file(reader, folder, (*path, key), name)
    if not any(files.values()):
        raise reader.wrong(path, "needs a patch")
    return Answer(**files)


def _file(reader: Reader, folder: Path, path: tuple[str | int, ...], name: str) -> Path:
    found = _inside(reader, folder, path, name)
    if not found.is_file():
        raise reader.wrong(path, f"names no file of this scenario: {shown(name)}")
    return found


def _inside(reader: Reader, folder: Path, path: tuple[str | int, ...], name: str) -> Path:
    """Return the file *name* of the scenario, which must not lie outside of it."""
    root = os.path.realpath(folder)
    found = os.path.realpath(os.path.join(root, name))
    if os.path.commonpath((root, found)) != root:
        raise reader.wrong(path, f"lies outside of the scenario: {shown(name)}")
    return Path(found)
