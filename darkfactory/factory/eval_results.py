"""Results on disk: files that are named, or those of the last run of each skill."""

import os
from collections.abc import Sequence
from pathlib import Path

from darkfactory.errors import UsageError
from darkfactory.evals.result import FILE, CellResult
from darkfactory.evals.result_lines import distinct, read_results
from darkfactory.factory.state_folder import state_of


class ResultsMissing(UsageError):
    """A file of results that cannot be read."""

    code = "evals.missing"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be read: {why}",
            fix="name a file that `df evals run` or `df evals import` has written",
        )


class NoResults(UsageError):
    """Nothing was run yet."""

    code = "evals.no_results"

    def __init__(self, skill: str | None) -> None:
        of = f" of skill {skill!r}" if skill else ""
        super().__init__(f"there are no results{of} yet", fix="run some: df evals run")


def named_results(files: Sequence[Path]) -> list[CellResult]:
    """Return the results in *files*.

    Raises:
        ResultsMissing: If one cannot be read.
        ResultsInvalid: If one holds a line that is no result.
    """
    found: list[CellResult] = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            raise ResultsMissing(path, why) from error
        found += read_results(text, path.name)
    return found


def given_results(files: Sequence[Path]) -> list[CellResult]:
    """Return the results in *files* that somebody names, each cell of a file once.

    A session that is told of twice, since a later run took over what was known, or since its work
    was graded again, counts once, too: as what it proves, and as what was said of it last.

    Raises:
        ResultsMissing: If one cannot be read.
        ResultsInvalid: If one holds a line that is no result.
        ResultsDiffer: If one tells two things of one cell.
    """
    every = [one for path in files for one in distinct(named_results([path]), path.name)]
    counts = {(one.session, one.place): one for one in sorted(every, key=lambda one: one.proves)}
    return [one for one in every if not one.session or counts[one.session, one.place] is one]


def last_results(root: Path, skill: str | None = None) -> list[CellResult]:
    """Return the results of the last run of each skill of the repository at *root*.

    Raises:
        NoResults: If there are none.
    """
    return named_results(last_files(root, skill))


def runs_of(root: Path, skill: str) -> list[Path]:
    """Return the results file of each run of *skill* in the repository at *root*, newest first."""
    files = state_of(root).evals.glob(f"*/{FILE}")
    found = [path for path in files if path.parent.name.rpartition("-")[0] == skill]
    return sorted(found, key=lambda path: os.stat(path).st_mtime_ns, reverse=True)


def last_files(root: Path, skill: str | None = None) -> list[Path]:
    """Return the results file that was written last, of each skill or of *skill* alone.

    Raises:
        NoResults: If there are none.
    """
    files = state_of(root).evals.glob(f"*/{FILE}")
    newest: dict[str, tuple[int, Path]] = {}
    for path in files:
        of = path.parent.name.rpartition("-")[0]
        stamp = os.stat(path).st_mtime_ns
        if skill in (None, of) and stamp > newest.get(of, (0, path))[0]:
            newest[of] = (stamp, path)
    if not newest:
        raise NoResults(skill)
    return [path for _, (_, path) in sorted(newest.items())]
