"""Begin a factory in a repository: lanes.yaml, a first backlog, the starter skills."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.backlog.read import DEFAULT_SOURCES
from darkfactory.config.presets import Preset
from darkfactory.config.starters import example_lanes
from darkfactory.factory.guess_harness import Guess, guess_harness
from darkfactory.factory.own_repository import OwnRepository, look_at
from darkfactory.skills.library import FOLDER
from darkfactory.skills.starter import lay_starter, starter_skills

_BACKLOG_NAME = "backlog.yaml"
_BACKLOG = """\
# Items for `df triage`. Ids must stay stable; done_when is a command, or a sentence for people.
# Nothing is worked on until you have written one, in this form:
#
# - id: first-item
#   title: One small, testable piece of work
#   body: What is wrong or missing, and where.
#   labels: [bug]
#   done_when: a command that passes once it is done
"""


@dataclass(frozen=True, slots=True)
class Started:
    """What was written, what was there and was kept, and what to do before anything can run."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    hints: tuple[str, ...]


def start_factory(root: Path, preset: Preset) -> Started:
    """Write the first files of a factory in the repository at *root*; nothing is overwritten.

    A first backlog is written where there is none yet.

    Raises:
        DiskFull: If there is no room.
    """
    repository = look_at(root)
    backlog = [name for name in DEFAULT_SOURCES if (root / name).exists()]
    harness = guess_harness(root)
    lanes = example_lanes(
        preset,
        harness=harness.command,
        base=repository.branch,
        backlog=backlog or (_BACKLOG_NAME,),
        github=repository.github,
    )
    files = {"lanes.yaml": lanes} if backlog else {"lanes.yaml": lanes, _BACKLOG_NAME: _BACKLOG}
    new = {name: _write_new(root / name, text) for name, text in files.items()}
    new |= {f"{FOLDER}/{name}": lay_starter(name, root / FOLDER) for name in starter_skills()}
    return Started(
        written=tuple(name for name, is_new in new.items() if is_new),
        kept=(*(name for name, is_new in new.items() if not is_new), *backlog),
        hints=tuple(_hints(repository, harness if new["lanes.yaml"] else None)),
    )


def _hints(repository: OwnRepository, harness: Guess | None) -> Iterator[str]:
    """Yield what keeps agents from starting.

    Args:
        harness: What was written into lanes.yaml; None: it was there.
    """
    if harness is not None and harness.lacks:
        yield f"harness.command in lanes.yaml does not run here: {harness.lacks}"
    if repository.unread is not None:
        yield f"the repository could not be read, so lanes.yaml names no base: {repository.unread}"
    elif repository.branch is None:
        yield "no branch is checked out: name one as `base:` in lanes.yaml"
    elif not repository.has_commits:
        yield f"branch {repository.branch} has no commit yet, and agents work on commits: make one"


def _write_new(path: Path, text: str) -> bool:
    """Write *path* unless it exists, also when somebody makes it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    draft.write_text(text, encoding="utf-8")
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
