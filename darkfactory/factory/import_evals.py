"""Take scenarios and results of other tools into a repository; nothing is overwritten."""

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darkfactory.errors import UsageError
from darkfactory.evals.importing import (
    ForeignScenario,
    ImportInvalid,
    read_foreign,
    scenario_files,
)
from darkfactory.evals.result import FILE, CellResult
from darkfactory.evals.result_lines import result_line
from darkfactory.evals.suite import FOLDER as SUITE
from darkfactory.factory.eval_results import ResultsMissing
from darkfactory.factory.state_folder import check_writable, make_state_folder, state_of
from darkfactory.files import write_atomic
from darkfactory.skills.library import FOLDER as SHELF
from darkfactory.skills.library import RETIRED
from darkfactory.workspaces.base import exclude_state_folder

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class NoSkillName(UsageError):
    """What is imported is said to be about something that can be no skill."""

    code = "evals.skill"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is no name of a skill",
            fix="name the folder below skills/: --skill NAME",
        )


class ScenarioThere(UsageError):
    """A scenario that is to be imported is there already."""

    code = "evals.there"

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is there already", fix="move it away, or keep it as it is")


class ForeignFileMissing(UsageError):
    """A file that an imported scenario needs and that does not lie beside the list."""

    code = "evals.file"

    def __init__(self, name: str, scenario: str, file: str) -> None:
        super().__init__(
            f"{name}: scenario {scenario!r} names the file {file!r}, which is not beside it",
            fix=f"put it below the skill that {name} belongs to, or take it out of its `files`",
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written: folders of *scenarios*, or a file of *results* with so many *rows*."""

    scenarios: tuple[Path, ...] = ()
    results: Path | None = None
    rows: int = 0


def import_evals(root: Path, source: Path, skill: str) -> Imported:
    """Take what is in *source* into the repository at *root*, for *skill*.

    Raises:
        NoSkillName: If *skill* can be no skill.
        ResultsMissing: If it cannot be read.
        ImportInvalid: If it is neither scenarios nor results.
        ForeignFileMissing: If a scenario names a file that is not there.
        ScenarioThere: If a scenario of that name is there.
    """
    if not _NAME.fullmatch(skill) or skill == RETIRED:
        raise NoSkillName(skill)
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ResultsMissing(source, why) from error
    scenarios, results = read_foreign(text, source.name)
    if scenarios:
        suite = root / SHELF / skill / SUITE
        return Imported(_take_scenarios(suite, source.parent, scenarios, source.name))
    if not results:
        raise ImportInvalid(source.name, "", "holds nothing")
    return _take_results(root, skill, results)


def _take_scenarios(
    suite: Path, beside: Path, scenarios: Sequence[ForeignScenario], name: str
) -> tuple[Path, ...]:
    folders = [suite / one.id for one in scenarios]
    for folder in folders:
        if folder.exists() or folders.count(folder) > 1:
            raise ScenarioThere(folder)
    sources = [[_beside(beside, file, name, one.id) for file in one.files] for one in scenarios]
    for one, folder, files in zip(scenarios, folders, sources, strict=True):
        folder.mkdir(parents=True)
        for file, body in scenario_files(one).items():
            (folder / file).write_text(body, encoding="utf-8", errors="replace")
        for path in files:
            (folder / "workspace").mkdir(exist_ok=True)
            shutil.copyfile(path, folder / "workspace" / path.name)
    return tuple(folders)


def _beside(folder: Path, file: str, name: str, scenario: str) -> Path:
    """Return the file that an entry names, below the skill that the list lies in."""
    root = os.path.realpath(folder.parent)
    for start in (folder, folder.parent):
        found = os.path.realpath(start / file)
        if os.path.commonpath((root, found)) == root and os.path.isfile(found):
            return Path(found)
    raise ForeignFileMissing(name, scenario, file)


def _take_results(root: Path, skill: str, results: Sequence[CellResult]) -> Imported:
    state = state_of(root)
    make_state_folder(state)
    check_writable(state)
    exclude_state_folder(root)
    text = "".join(map(result_line, results))
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    path = state.evals / f"{skill}-{digest}" / FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomic(path, text)
    return Imported(results=path, rows=len(results))
