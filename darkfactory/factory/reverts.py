"""Which commits were taken back, as those say that take them back."""

import os
import re

from darkfactory.factory.line import Line
from darkfactory.gitio import git

_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{40})")


def reverted_since(line: Line, commit: str) -> frozenset[str]:
    """Return the commits that one on a branch since *commit* says it reverts.

    Dates of commits tell nothing: whoever makes one sets them.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    said = git(
        "--git-dir",
        os.fspath(line.state.hub),
        "log",
        "--fixed-strings",
        "--grep=This reverts commit",
        "--format=%B",
        "--glob=refs/heads/*",
        "--glob=refs/df/user/*",
        "--ignore-missing",
        f"^{commit}",
    )
    return frozenset(_REVERTS.findall(said.stdout.decode("utf-8", "replace")))
